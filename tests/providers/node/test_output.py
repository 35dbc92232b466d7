from __future__ import annotations

from typing import Any

import pytest
from node_plans import Planned, options, package, planned

from buildplan.errors import PlanError
from buildplan.model.origin import environment
from buildplan.model.requests import Overrides, VariableRequest


def vite(build: str = "vite build", config: str | None = None, overrides: Overrides | None = None) -> Planned:
    files: dict[str, Any] = {**package(scripts={"build": build}, devDependencies={"vite": "7"}), "index.html": "<p>"}
    if config is not None:
        files["vite.config.ts"] = config
    return planned(files, overrides)


@pytest.mark.parametrize(
    ("build", "config", "folder"),
    [
        ("vite build", None, "dist/"),
        ("vite build", "export default defineConfig({ build: { outDir: 'out/site' } })", "out/site/"),
        ("tsc && vite build --outDir www", "export default { build: { outDir: 'out' } }", "www/"),
        ("vite build --outDir=www --mode x", None, "www/"),
        ("vite build client", None, "client/dist/"),
        ("vite build", "export default { root: 'client', build: { outDir: '../public' } }", "public/"),
        ("cd web && vite build", None, "web/dist/"),
    ],
)
def test_the_folder_of_a_vite_build(build: str, config: str | None, folder: str) -> None:
    assert vite(build, config).copies == [f"{folder} < build"]


def test_the_config_that_the_script_names_is_read() -> None:
    files: dict[str, Any] = {
        **package(scripts={"build": "vite build --config ./config/vite.js"}, devDependencies={"vite": "7"}),
        "index.html": "<p>",
        "config/vite.js": "export default { build: { outDir: 'there' } }",
    }
    assert planned(files).copies == ["there/ < build"]


def test_a_value_that_is_no_literal_is_reported_and_not_guessed() -> None:
    found = vite(config="export default {\n  build: { outDir: process.env.OUT }\n}")
    assert found.copies == ["dist/ < build"]
    diagnostic = found.diagnostic("BP631")
    assert str(diagnostic.origin) == "vite.config.ts:2 build.outDir"
    assert "process.env.OUT" in diagnostic.text
    assert "`output" in (diagnostic.fix or "") or "output =" in (diagnostic.fix or "")


def test_a_named_folder_wins() -> None:
    found = vite(config="export default { build: { outDir: 'a' } }", overrides=options(output="b/c"))
    assert found.copies == ["b/c/ < build"]


@pytest.mark.parametrize("folder", ["../out", "/srv/x", "."])
def test_a_folder_outside_of_the_tree_is_an_error(folder: str) -> None:
    with pytest.raises(PlanError, match="no folder inside the tree"):
        vite(config=f"export default {{ build: {{ outDir: '{folder}' }} }}")


@pytest.mark.parametrize(
    ("dependency", "build", "config", "folder"),
    [
        ("react-scripts", "BUILD_PATH=./www react-scripts build", {}, "www/"),
        ("vitepress", "vitepress build docs", {}, "docs/.vitepress/dist/"),
        ("vitepress", "vitepress build", {".vitepress/config.ts": "export default { outDir: '../public' }"}, None),
        (
            "vitepress",
            "vitepress build docs",
            {"docs/.vitepress/config.mts": "export default { outDir: './out' }"},
            "docs/out/",
        ),
        ("vuepress", "vuepress build src", {"src/.vuepress/config.js": "module.exports = { dest: 'www' }"}, "www/"),
        ("@11ty/eleventy", "npx @11ty/eleventy --output=site", {}, "site/"),
        ("@11ty/eleventy", "eleventy", {".eleventy.js": "module.exports = c => ({ dir: { output: 'o' } })"}, "o/"),
        ("hexo", "hexo generate", {"_config.yml": "public_dir: www\n"}, "www/"),
        ("astro", "astro build", {"astro.config.mjs": "export default defineConfig({ outDir: './o' })"}, "o/"),
        ("@vue/cli-service", "vue-cli-service build --dest o", {}, "o/"),
        ("docusaurus", "docusaurus-build", {"siteConfig.js": "module.exports = { projectName: 'x' }"}, "build/x/"),
        ("next", "next build", {"next.config.js": "module.exports = { output: 'export', distDir: 'o' }"}, "o/"),
        (
            "@react-router/dev",
            "react-router build",
            {"react-router.config.ts": "export default { ssr: false, buildDirectory: 'b' }"},
            "b/client/",
        ),
    ],
)
def test_where_frameworks_write(dependency: str, build: str, config: dict[str, str], folder: str | None) -> None:
    files = {**package(scripts={"build": build}, dependencies={dependency: "99"}), **config}
    if folder is None:
        with pytest.raises(PlanError):
            planned(files)
        return
    assert planned(files).copies[0] == f"{folder} < build"


def test_a_variable_that_the_owner_sets_moves_the_output() -> None:
    overrides = Overrides(variables={"BUILD_PATH": VariableRequest("www", environment("BUILD_PATH"))})
    files = package(scripts={"build": "react-scripts build"}, dependencies={"react-scripts": "5"})
    assert planned(files, overrides).copies == ["www/ < build"]


ANGULAR: dict[str, Any] = {
    "projects": {
        "lib": {"projectType": "library"},
        "shop": {
            "projectType": "application",
            "architect": {"build": {"builder": "@angular/build:application", "options": {"outputPath": "dist/shop"}}},
        },
        "admin": {
            "architect": {"build": {"builder": "@angular-devkit/build-angular:browser", "options": {"outputPath": "o"}}}
        },
    }
}


@pytest.mark.parametrize(
    ("build", "changes", "project", "folder"),
    [
        ("ng build", {}, None, "dist/shop/browser/"),
        ("ng build admin", {}, None, "o/"),
        ("ng build", {"defaultProject": "admin"}, None, "o/"),
        ("ng build", {}, "admin", "o/"),
    ],
)
def test_the_output_path_of_an_angular_project(
    build: str, changes: dict[str, Any], project: str | None, folder: str
) -> None:
    files = package(scripts={"build": build}, dependencies={"@angular/core": "22"})
    files["angular.json"] = {**ANGULAR, **changes}
    overrides = options(angular_project=project) if project else None
    assert planned(files, overrides).copies == [f"{folder} < build"]


def test_an_output_path_may_be_a_table() -> None:
    build = {"builder": "x:application", "options": {"outputPath": {"base": "o", "browser": ""}}}
    files = package(scripts={"build": "ng build"}, dependencies={"@angular/core": "22"})
    files["angular.json"] = {"projects": {"a": {"architect": {"build": build}}}}
    assert planned(files).copies == ["o/ < build"]


def test_a_project_that_is_not_there_is_an_error_with_those_that_are() -> None:
    files = package(scripts={"build": "ng build"}, dependencies={"@angular/core": "22"})
    files["angular.json"] = ANGULAR
    with pytest.raises(PlanError) as caught:
        planned(files, options(angular_project="gone"))
    assert "`shop`" in str(caught.value)


def test_a_path_from_the_configurations_own_folder_is_one_of_the_tree() -> None:
    files: dict[str, Any] = {
        **package(
            scripts={"build": "webpack --config tools/build/webpack.config.js"},
            devDependencies={"webpack": "5", "webpack-cli": "5"},
        ),
        "index.html": "<p>",
        "tools/build/webpack.config.js": "const up = path.join(__dirname, '..');\n"
        "module.exports = { output: { path: path.resolve(up, '..', 'out') } };",
    }
    assert planned(files).copies == ["out/ < build"]
