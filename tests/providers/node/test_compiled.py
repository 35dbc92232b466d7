from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import manifest as manifests
from buildplan.providers.node import project as projects
from buildplan.providers.node import workspaces
from buildplan.providers.node.command_lines import Follower, Unclear
from buildplan.providers.node.project import Compiled
from node_installs import tree

from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides


def written(build: str, files: dict[str, Any] | None = None) -> Compiled:
    source = tree({"package.json": {"scripts": {"build": build}}, **(files or {})})
    workspace = workspaces.select(source, Overrides(), Reasons())
    steps = Follower(source, workspace).script(manifests.read(source), "build")
    assert not isinstance(steps, Unclear)
    return projects.analyse(source, steps, {"next build": (".next",)})


def options(**values: Any) -> dict[str, Any]:
    return {"tsconfig.json": {"compilerOptions": values}}


@pytest.mark.parametrize(
    ("build", "files", "outputs"),
    [
        ("tsc", options(outDir="dist"), ("dist",)),
        ("tsc --outDir build", options(outDir="dist"), ("build",)),
        ("tsc -p server", {"server/tsconfig.json": {"compilerOptions": {"outDir": "../dist"}}}, ("dist",)),
        ("tsc", {"tsconfig.json": {"extends": "./base"}, "base.json": {"compilerOptions": {"outDir": "o"}}}, ("o",)),
        ("rimraf dist && tsc && tsc-alias && cp -r views dist/views", options(outDir="dist"), ("dist",)),
        ("nest build", {"tsconfig.build.json": {"extends": "./tsconfig.json"}, **options(outDir="./dist")}, ("dist",)),
        ("tsup", {}, ("dist",)),
        ("tsup src/index.ts -d out", {}, ("out",)),
        ("tsup", {"tsup.config.ts": "export default defineConfig({ outDir: 'lib' })"}, ("lib",)),
        ("esbuild src/i.ts --bundle --outfile=out/i.js", {}, ("out",)),
        ("ncc build src/index.ts -o bundle", {}, ("bundle",)),
        ("swc src -d lib", {}, ("lib",)),
        ("babel src --out-dir lib", {}, ("lib",)),
        ("bun build src/i.ts --outdir out", {}, ("out",)),
        ("vite build --ssr src/s.ts", {}, ("dist",)),
        ("vue-tsc --noEmit && next build", {}, (".next",)),
        ("eslint . && tsc --noEmit", {}, ()),
        ("prisma generate", {}, ()),
        ("cd server && tsc", {"server/tsconfig.json": {"compilerOptions": {"outDir": "dist"}}}, ("server/dist",)),
    ],
)
def test_where_a_build_writes(build: str, files: dict[str, Any], outputs: tuple[str, ...]) -> None:
    found = written(build, files)
    assert found.outputs == outputs
    assert found.known


@pytest.mark.parametrize(
    ("build", "files"),
    [
        ("node build.js", {}),
        ("tsc", {}),
        ("tsc", options(outDir="../dist")),
        ("tsc", {"tsconfig.json": "{ broken"}),
        ("tsup", {"tsup.config.ts": "export default { outDir: pick() }"}),
        ("esbuild a.ts", {}),
        ("tsc --outDir $OUT", options()),
        ("make", {}),
        ("next build && node postbuild.js", {}),
    ],
)
def test_a_build_that_may_write_anywhere(build: str, files: dict[str, Any]) -> None:
    assert not written(build, files).known


def test_what_is_generated_into_the_packages_is_told_apart() -> None:
    assert written("prisma generate && tsc", options(outDir="dist")).into_packages
    assert not written("tsc", options(outDir="dist")).into_packages


@pytest.mark.parametrize(
    ("config", "source", "made"),
    [
        ({"compilerOptions": {"outDir": "dist", "rootDir": "src"}}, "src/a/b.ts", "dist/a/b.js"),
        ({"compilerOptions": {"outDir": "dist"}, "include": ["src"]}, "src/b.ts", "dist/b.js"),
        ({"compilerOptions": {"outDir": "dist"}, "include": ["src", "test"]}, "src/b.ts", "dist/src/b.js"),
        ({"compilerOptions": {"outDir": "dist"}}, "src/b.ts", "dist/b.js"),
    ],
)
def test_what_a_source_file_is_compiled_to(config: dict[str, Any], source: str, made: str) -> None:
    assert written("tsc", {"tsconfig.json": config}).made_from(source)[0] == made


def test_nest_compiles_its_source_folder() -> None:
    files = {**options(outDir="out"), "nest-cli.json": {"sourceRoot": "app"}}
    assert written("nest build", files).made_from("app/main.ts") == ("out/main.js",)


def test_files_that_extend_each_other_end() -> None:
    files = {"tsconfig.json": {"extends": "./a.json"}, "a.json": {"extends": "./tsconfig.json"}}
    assert not written("tsc", files).known


def test_an_output_holds_what_lies_in_it() -> None:
    found = Compiled(("dist",))
    assert found.holds("dist/a.js")
    assert found.holds("dist")
    assert not found.holds("distant/a.js")
