from __future__ import annotations

from typing import Any

import pytest
from node_plans import Planned, app, options, package, planned

from buildplan.errors import PlanError
from buildplan.model.build_plan import Site


def site(found: Planned) -> Site:
    assert found.run.site is not None
    return found.run.site


def spa(**fields: Any) -> dict[str, Any]:
    return {
        **package(**{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}, **fields}),
        "index.html": "<p>",
    }


def test_a_single_page_app_answers_unknown_paths_with_its_page() -> None:
    found = planned(spa())
    assert site(found) == Site(fallback="index.html", immutable=("assets",))
    assert found.main.name == "web"
    assert [phase.name for phase in found.plan.phases] == ["setup", "install", "build"]


def test_a_document_site_has_a_page_for_404() -> None:
    found = planned(package(scripts={"build": "docusaurus build"}, dependencies={"@docusaurus/core": "3"}))
    assert (site(found).fallback, site(found).not_found) == (None, "404.html")


def test_files_that_are_copied_as_they_are_are_not_immutable() -> None:
    assert site(planned({**spa(), "public/assets/logo.png": "x"})).immutable == ()


def test_a_renamed_folder_of_hashed_files_is_read_from_the_configuration() -> None:
    config = {"vite.config.js": "export default { build: { assetsDir: 'static' } }"}
    assert site(planned({**spa(), **config})).immutable == ("static",)


@pytest.mark.parametrize(
    ("adapter", "fallback"),
    [("adapter({ fallback: '200.html' })", "200.html"), ("adapter()", None)],
)
def test_the_fallback_of_the_static_adapter_is_a_literal_of_its_options(adapter: str, fallback: str | None) -> None:
    dependencies = {"@sveltejs/kit": "2", "@sveltejs/adapter-static": "3"}
    config = f"import adapter from '@sveltejs/adapter-static'\nexport default {{ kit: {{ adapter: {adapter} }} }}"
    found = planned({**package(devDependencies=dependencies), "svelte.config.js": config})
    assert site(found).fallback == fallback


@pytest.mark.parametrize(
    ("config", "target"),
    [
        ("base: '/repo/'", "repo/"),
        ("base: 'https://x.github.io/a/b'", "a/b/"),
        ("base: './'", None),
        ("base: '/'", None),
    ],
)
def test_a_site_for_a_path_is_served_there_and_at_the_root(config: str, target: str | None) -> None:
    found = planned({**spa(), "vite.config.ts": f"export default {{ {config} }}"})
    assert [item.dest for item in found.run.copies] == ["", *([target] if target else [])]


@pytest.mark.parametrize(
    "start", ["serve -s dist", "npx serve dist", "vite preview", "http-server dist -p 80", "vite", None]
)
def test_a_start_script_that_only_serves_files_makes_no_server(start: str | None) -> None:
    scripts = {"build": "vite build", **({"start": start} if start else {})}
    assert planned(spa(scripts=scripts)).start == "site"


def test_a_server_of_the_app_that_serves_the_files_is_a_server() -> None:
    found = planned(
        {**app("node server.js", scripts={"build": "vite build"}, devDependencies={"vite": "7"}), "index.html": ""}
    )
    assert found.start == "node server.js"
    assert found.copies == [". < prune"]


def test_a_server_file_beside_a_site_is_started_without_a_script_too() -> None:
    files = app("", scripts={"build": "vite build"}, devDependencies={"vite": "7"})
    del files["package.json"]["scripts"]["start"]
    assert planned({**files, "index.html": ""}).start == "node server.js"


def test_the_folder_of_serve_is_taken_when_nothing_is_built() -> None:
    found = planned({**package(scripts={"start": "serve -s www"}), "www/index.html": "<p>"})
    assert found.start == "site"
    assert found.copies == ["www/"]
    assert site(found).fallback == "index.html"


def test_a_site_can_be_asked_for_and_refused() -> None:
    files = app("node server.js", scripts={"build": "vite build"}, devDependencies={"vite": "7"})
    assert planned({**files, "index.html": ""}, options(spa="true", output="dist")).start == "site"
    refused = planned(spa(scripts={"build": "vite build", "start": "vite preview"}), options(spa="false"))
    assert refused.start == "vite preview"


def test_a_folder_that_nothing_names_is_an_error() -> None:
    with pytest.raises(PlanError, match="nothing says where"):
        planned(package(scripts={"start": "serve"}, dependencies={"react": "19"}))


def test_the_same_options_can_be_asked_for_in_vain() -> None:
    with pytest.raises(PlanError):
        planned(package(scripts={"start": "serve"}), options(spa="true"))
