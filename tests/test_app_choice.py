"""`--app` means one thing in every language: a member of a workspace, or a folder; anything else is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from conftest import FIXTURE_NAMES, FIXTURES
from planned import diagnostic, started

import buildplan
from buildplan.api import Options
from buildplan.errors import BuildplanError, NoStartError, PlanError

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan

BACKEND = {
    "backend/requirements.txt": "fastapi\nuvicorn\n",
    "backend/main.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
}
FRONTEND = {
    "frontend/package.json": '{"name": "shop-ui", "scripts": {"build": "vite build"}, "dependencies": {"vite": "7"}}',
    "frontend/package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}}}',
    "frontend/index.html": "<script src=main.js>",
    "frontend/main.js": "",
}
BOTH = {"README.md": "", **BACKEND, **FRONTEND}


def plan(files: dict[str, str], app: str) -> BuildPlan:
    return buildplan.plan(files, Options(app=app))


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_no_fixture_accepts_an_app_that_does_not_exist(name: str) -> None:
    with pytest.raises(PlanError, match="there is no app `no-such-app`") as caught:
        buildplan.plan(FIXTURES / name, Options(app="no-such-app"))
    assert caught.value.code == "BP301"
    assert str(caught.value.origin) == "<option> --app"
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(("name one of `", "leave the option out"))


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_the_root_can_be_asked_for_in_every_language(name: str) -> None:
    tree = FIXTURES / name
    try:
        made = buildplan.plan(tree, Options(app="."))
    except PlanError:
        # A workspace whose root starts nothing.
        assert any(item.field.endswith((".app", ".module", ".package")) for item in buildplan.plan(tree).decisions)
    else:
        assert made.processes


@pytest.mark.parametrize("asked", ["jobs", "packages/jobs", "./packages/jobs/"])
def test_a_member_of_a_workspace_of_uv_is_planned(asked: str) -> None:
    member = '[project]\nname = "{}"\nversion = "1"\ndependencies = ["flask", "gunicorn"]\n'
    tree = {
        "pyproject.toml": '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
        "uv.lock": "version = 1\n",
        "packages/api/pyproject.toml": member.format("api"),
        "packages/api/app.py": "from flask import Flask\napp = Flask(__name__)\n",
        "packages/jobs/pyproject.toml": member.format("jobs"),
        "packages/jobs/worker.py": "from flask import Flask\napp = Flask(__name__)\n",
    }
    made = plan(tree, asked)
    decision = made.decision("python.app")
    assert decision is not None
    assert (decision.value, str(decision.origin)) == ("packages/jobs", "<option> --app")
    assert "worker:app" in started(made)


def test_a_member_that_is_a_library_is_an_error_about_that_member() -> None:
    with pytest.raises(NoStartError) as caught:
        buildplan.plan(FIXTURES / "python-uv-workspace", Options(app="greeting"))
    assert str(caught.value.origin) == "packages/greeting/pyproject.toml"


def test_a_project_of_a_solution_is_planned_by_its_name() -> None:
    fixture = FIXTURES / "dotnet-solution"
    names = sorted(path.stem for path in fixture.rglob("*.csproj"))
    planned = {}
    for name in names:
        try:
            planned[name] = buildplan.plan(fixture, Options(app=name)).process("web")
        except PlanError as error:
            assert "cannot be the app" in error.problem  # noqa: PT017  # a library
    assert planned


def test_a_folder_is_planned_as_if_it_were_the_tree() -> None:
    made = plan(BOTH, "frontend")
    assert [use.name for use in made.providers] == ["node"]
    assert made.providers[0].evidence[0].origin.path == "frontend/package.json"
    decision = made.decision("app")
    assert decision is not None
    assert (decision.value, str(decision.origin)) == ("frontend", "<option> --app")
    text = made.dockerfile()
    assert "COPY frontend/package.json frontend/package-lock.json ./\n" in text
    assert "backend" not in text
    assert started(plan(BOTH, "backend")) == started(buildplan.plan(BOTH))


def test_a_folder_is_found_by_the_name_in_its_manifest() -> None:
    assert plan(BOTH, "shop-ui").dockerfile() == plan(BOTH, "frontend").dockerfile()


def test_a_folder_beside_an_app_at_the_root_is_planned() -> None:
    root = {"go.mod": "module example.com/shop\n\ngo 1.26\n", "main.go": "package main\n\nfunc main() {}\n"}
    made = plan({**root, **FRONTEND}, "frontend")
    assert [use.name for use in made.providers] == ["node"]


def test_a_member_of_a_workspace_in_a_folder_is_planned_from_there() -> None:
    tree = {
        "README.md": "",
        "js/package.json": '{"workspaces": ["apps/*"]}',
        "js/package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}}}',
        "js/apps/web/package.json": '{"name": "web", "scripts": {"start": "node server.js"}}',
        "js/apps/web/server.js": "require('http').createServer().listen(3000)",
        "js/apps/api/package.json": '{"name": "api", "scripts": {"start": "node api.js"}}',
        "js/apps/api/api.js": "require('http').createServer().listen(3000)",
    }
    made = plan(tree, "js/apps/api")
    assert started(made) == "node api.js"
    assert "COPY js/package.json js/package-lock.json ./\n" in made.dockerfile()


def test_a_name_that_two_folders_have_is_an_error_that_names_both() -> None:
    tree = {f"{name}/api/{path}": text for name in ("a", "b") for path, text in {"package.json": "{}"}.items()}
    with pytest.raises(PlanError, match="`api` names several apps") as caught:
        plan(tree, "api")
    assert caught.value.hint == "name the folder: one of `a/api`, `b/api`"


def test_the_names_that_there_are_are_told() -> None:
    with pytest.raises(PlanError) as caught:
        plan(BOTH, "frontnd")
    assert caught.value.hint == "name one of `backend`, `frontend`"


def test_the_procfile_of_the_folder_counts_and_that_of_the_root_does_not() -> None:
    tree = {**BOTH, "Procfile": "web: cd frontend && npx serve", "backend/Procfile": "web: uvicorn main:app --port 9"}
    made = plan(tree, "backend")
    assert "uvicorn main:app --port" in started(made)
    decision = made.decision("start")
    assert decision is not None
    assert decision.origin.path == "backend/Procfile"


def test_the_configuration_of_the_root_keeps_its_place() -> None:
    tree = {**BOTH, "buildplan.toml": 'app = "backend"\n[python]\nentry = "main:app"\n'}
    made = buildplan.plan(tree)
    assert "buildplan.toml" in {item.origin.path for item in made.decisions}
    assert "backend/buildplan.toml" not in {item.origin.path for item in made.decisions}


def test_a_configuration_in_the_folder_is_reported() -> None:
    made = plan({**BOTH, "backend/nixpacks.toml": '[start]\ncmd = "x"\n'}, "backend")
    assert diagnostic(made, "BP660").text.startswith("`backend/nixpacks.toml` is not read")


def test_a_language_that_was_named_is_the_only_one_that_is_asked() -> None:
    tree = {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask", "gunicorn"]\n',
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
        "package.json": '{"name": "shop", "scripts": {"start": "node server.js"}}',
        "server.js": "require('http').createServer().listen(3000)",
    }
    assert plan(tree, "shop").providers[0].name == "node"
    assert buildplan.plan(tree, Options(app="shop", provider=("python",))).providers[0].name == "python"


def test_detect_is_about_the_folder_that_was_asked_for() -> None:
    found = buildplan.detect(BOTH, Options(app="frontend"))
    assert found[0].provider.name == "node"
    assert "python" not in [item.provider.name for item in found]


@pytest.mark.parametrize(
    ("fixture", "option"),
    [
        ("node-express-plain", "node.app"),
        ("python-bottle", "python.app"),
        ("python-uv-flask", "python.app"),
        ("go-worker", "go.package"),
        ("rust-axum", "rust.package"),
        ("java-spring-boot", "java.module"),
        ("dotnet-worker", "dotnet.project"),
        ("deno-jsonc-worker", "deno.app"),
        ("elixir-oban-worker", "elixir.app"),
    ],
)
def test_an_option_of_a_language_that_names_no_app_is_an_error(fixture: str, option: str) -> None:
    with pytest.raises(BuildplanError, match="no-such-app") as caught:
        buildplan.plan(FIXTURES / fixture, Options(set=(f"{option}=no-such-app",)))
    assert caught.value.origin is not None
    assert caught.value.origin.key == f"--set {option}"
