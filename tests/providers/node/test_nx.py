from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import manifest as manifests
from buildplan.providers.node import project as projects
from node_installs import tree


def build(executor: str, directory: str = "apps/api", **options: Any) -> projects.NxBuild | None:
    target = {"executor": executor, "options": options}
    source = tree({f"{directory}/project.json": {"name": "api", "targets": {"build": target}}})
    return projects.build_of(source, manifests.absent(directory, f"{directory}/project.json", "api"))


@pytest.mark.parametrize(
    ("executor", "options", "kind", "output", "entry"),
    [
        (
            "@nx/esbuild:esbuild",
            {"outputPath": "dist/api", "main": "apps/api/src/main.ts"},
            "node",
            "dist/api",
            "dist/api/main.js",
        ),
        ("@nrwl/node:webpack", {"main": "apps/api/src/srv.ts"}, "node", "dist/apps/api", "dist/apps/api/srv.js"),
        ("@nx/js:tsc", {"outputPath": "o", "main": "apps/api/src/main.ts"}, "node", "o", "o/src/main.js"),
        ("@nx/js:swc", {"outputPath": "o"}, "node", "o", "o/main.js"),
        ("@nx/next:build", {"outputPath": "dist/web"}, "next", "dist/web", None),
        ("@nx/vite:build", {"outputPath": "dist/web"}, "static", "dist/web", None),
        ("@angular-devkit/build-angular:browser", {"outputPath": "dist/web"}, "static", "dist/web", None),
        ("@nx/vite:build", {"outputPath": "{workspaceRoot}/dist/{projectRoot}"}, "static", "dist/apps/api", None),
    ],
)
def test_what_a_target_makes(executor: str, options: dict[str, Any], kind: str, output: str, entry: str | None) -> None:
    found = build(executor, **options)
    assert found is not None
    assert (found.kind, found.output, found.entry) == (kind, output, entry)


def test_a_target_that_cannot_be_understood_is_none() -> None:
    assert build("@nx/vite:build", outputPath="../out") is None
    source = tree({"project.json": {"targets": {"build": {"executor": 1}}}, "package.json": {}})
    assert projects.build_of(source, manifests.read(source)) is None
    assert projects.build_of(tree({"package.json": {}}), manifests.read(source)) is None
