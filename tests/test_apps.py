"""`buildplan apps` and `buildplan.apps`: every app of a tree, and what `--app` calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import FIXTURE_NAMES, FIXTURES

import buildplan
from buildplan.api import Options
from buildplan.cli.main import main
from buildplan.errors import NoStartError

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = '{"name": "api", "scripts": {"start": "node s.js"}, "dependencies": {"express": "5"}}'
FRONTEND = '{"name": "ui", "scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}'
SIDE_BY_SIDE = {
    "package.json": '{"private": true, "devDependencies": {"concurrently": "9"}}',
    "backend/package.json": BACKEND,
    "backend/s.js": "require('express')().listen(process.env.PORT || 4000)",
    "frontend/package.json": FRONTEND,
    "frontend/index.html": "<p>",
}
SOME = sorted(FIXTURE_NAMES)[::9]


def test_the_apps_of_folders_are_listed_with_what_starts_them() -> None:
    backend, frontend = buildplan.apps(SIDE_BY_SIDE)
    assert (backend.app, backend.name, backend.folder, backend.provider) == ("backend", "api", "backend", "node")
    assert (backend.start, backend.port, backend.frameworks) == ("node s.js", 4000, ("express",))
    assert backend.evidence.origin.path == "backend/package.json"
    assert (frontend.app, frontend.name) == ("frontend", "ui")
    assert not backend.is_default
    assert not frontend.is_default


def test_a_front_end_beside_the_app_at_the_root_is_listed() -> None:
    found = buildplan.apps(FIXTURES / "python-fastapi-beside-frontend")
    assert [(app.app, app.provider, app.is_default) for app in found] == [
        (".", "python", True),
        ("frontend", "node", False),
    ]


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("node-pnpm-workspace", {"apps/web": True, "apps/worker": False}),
        ("go-workspace", {"api": True, "worker": False}),
        ("rust-workspace", {"api": True, "worker": False}),
        ("dotnet-solution", {"src/Shop.Admin": False, "src/Shop.Web": True}),
        ("elixir-umbrella-releases", {"mail": True, "sender": False}),
        ("python-uv-workspace", {"apps/web": True}),
        ("deno-workspace", {"packages/server": True}),
    ],
)
def test_members_that_start_something_are_listed_and_libraries_are_not(fixture: str, expected: dict[str, bool]) -> None:
    found = buildplan.apps(FIXTURES / fixture)
    assert {app.app: app.is_default for app in found} == expected


@pytest.mark.parametrize("name", SOME)
def test_every_app_that_is_listed_can_be_asked_for(name: str) -> None:
    found = buildplan.apps(FIXTURES / name)
    assert found
    for app in found:
        made = buildplan.plan(FIXTURES / name, Options(app=app.app))
        assert made.providers[0].name == app.provider


def test_an_app_that_cannot_be_planned_is_listed_with_the_reason() -> None:
    broken = '{"engines": {"node": "banana"}, "scripts": {"start": "node s.js"}}'
    (found,) = buildplan.apps({"README.md": "", "web/package.json": broken, "web/s.js": ""})
    assert found.problem is not None
    assert "banana" in found.problem
    assert found.start is None


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apps", str(FIXTURES / "python-fastapi-beside-frontend")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["APP", "LANGUAGE", "PORT", "START"]
    assert lines[1].split()[:4] == ["*", ".", "python", "(fastapi)"]
    assert lines[2].strip() == "requirements.txt:1: FastAPI is declared"
    assert lines[-1] == "* is planned when `--app` names none"


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["apps", str(FIXTURES / "node-pnpm-workspace"), "--format", "json"]) == 0
    web, worker = json.loads(capsys.readouterr().out)
    assert (web["app"], web["start"], web["port"], web["default"]) == ("apps/web", "node server.js", 3000, True)
    assert worker["folder"] == "apps/worker"
    assert web["evidence"]["origin"].startswith("apps/web/package.json")


def test_a_tree_without_an_app_is_said_to_have_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x")
    assert main(["apps", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "there is no app here\n"


def test_a_root_that_is_no_app_names_those_in_folders() -> None:
    with pytest.raises(NoStartError) as caught:
        buildplan.plan(SIDE_BY_SIDE)
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("choose one of the apps of this tree: `--app backend`, `--app frontend`; or ")
