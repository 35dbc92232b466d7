from __future__ import annotations

from typing import Any

import pytest
from node_installs import NPM_LOCK
from node_plans import detected, options, planned

from buildplan.language.contract import Strength
from buildplan.model.build_plan import Input

API: dict[str, Any] = {
    "README.md": "two apps",
    "LICENSE": "",
    ".gitignore": "",
    "api/package.json": {"scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}},
    "api/package-lock.json": NPM_LOCK,
    "api/server.js": "x.listen(process.env.PORT || 4000)",
    "client/package.json": {"scripts": {"build": "react-scripts build"}, "dependencies": {"react-scripts": "5"}},
}


def test_an_app_below_a_root_of_documents_is_planned_in_its_folder() -> None:
    found = planned(API)
    assert found.start == "node server.js"
    assert found.main.port == 4000
    assert found.phase("install").inputs == (
        Input("api/package.json", dest=""),
        Input("api/package-lock.json", dest=""),
    )
    assert found.run.copies == (Input("node_modules/", "install"), Input("api/", dest=""))
    assert str(found.decision("port").origin) == "api/server.js:1"
    assert found.decision("node.app").value == "api"
    assert [item.value for item in found.decision("node.app").runners_up] == ["client"]


def test_the_other_apps_are_named() -> None:
    assert "`client` is not part of the image" in planned(API).diagnostic("BP635").text


def test_another_folder_can_be_named() -> None:
    found = planned(API, options(app="client"))
    assert found.start == "site"
    assert found.run.copies == (Input("build/", "build", ""),)


def test_files_of_deeper_folders_keep_them() -> None:
    web = {"scripts": {"build": "next build"}, "dependencies": {"next": "16"}}
    found = planned({"web/package.json": web, "web/public/a.txt": "", "web/next.config.js": ""})
    assert Input("web/public/", dest="public/") in found.run.copies
    assert Input("web/next.config.js", dest="") in found.run.copies


@pytest.mark.parametrize("more", ["main.go", "index.html", "requirements.py", "Gemfile", "server.rb"])
def test_a_root_with_anything_but_documents_is_about_that(more: str) -> None:
    assert detected({**API, more: ""}) is None


def test_the_claim_is_as_weak_as_a_stray_file() -> None:
    found = detected(API)
    assert found is not None
    assert found.strength is Strength.STRAY
    assert "api/package.json" in found.evidence[0].text


@pytest.mark.parametrize("folder", ["test", "examples", "docs", ".github", "node_modules"])
def test_test_folders_hold_no_app(folder: str) -> None:
    assert detected({f"{folder}/package.json": API["api/package.json"]}) is None


def test_a_broken_manifest_in_a_folder_is_no_app() -> None:
    assert detected({"api/package.json": "{"}) is None
