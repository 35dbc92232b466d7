"""An app in a folder below a root without a manifest."""

from __future__ import annotations

import pytest
from python_trees import FASTAPI, FLASK, SCRIPT, Files, detected, planned, tree

import buildplan
from buildplan.language.contract import Strength

APP: Files = {"requirements.txt": "flask\ngunicorn\n", "app.py": FLASK}


def inside(folder: str, files: Files = APP) -> Files:
    return {f"{folder}/{name}": text for name, text in files.items()}


def test_the_folder_is_planned_as_if_it_were_the_tree() -> None:
    made = planned({"README.md": "", **inside("src"), "src/.python-version": "3.12\n"})
    assert made.start == "gunicorn app:app"
    assert made.run.runtime is not None
    assert made.run.runtime.version == "3.12"
    assert [(item.path, item.dest) for item in made.phase("install").inputs] == [("src/requirements.txt", "")]
    assert made.copies == [(".venv/", "install"), ("src/", None)]
    assert made.run.working_dir == "/app"
    assert str(made.decision("start").origin).startswith("src/app.py:3")
    assert made.diagnostic("BP635").text == "the app is in `src`"


def test_the_claim_is_weak_and_names_the_place() -> None:
    found = detected({"README.md": "", **inside("service")})
    assert found is not None
    assert found.strength == Strength.STRAY
    assert found.frameworks == ("flask",)
    assert str(found.evidence[0].origin).startswith("service/requirements.txt")


def test_of_several_folders_the_usual_name_is_the_app_and_the_others_are_said() -> None:
    made = planned({**inside("backend"), **inside("admin")})
    assert made.decision("python.app").value == "backend"
    assert [item.value for item in made.decision("python.app").runners_up] == ["admin"]
    assert made.diagnostic("BP635").severity == "warning"


@pytest.mark.parametrize(
    "files",
    [
        # A collection.
        {**inside("one"), **inside("two")},
        # What is there for something else.
        inside("tests"),
        inside("docs"),
        inside(".github"),
        # No app.
        inside("lib", {"requirements.txt": "requests\n", "x.py": "x = 1\n"}),
        # Too deep.
        inside("a/b"),
    ],
)
def test_what_is_no_app_in_a_folder(files: Files) -> None:
    assert detected(files) is None


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "requests\n", "run.py": SCRIPT},
        {"main.py": SCRIPT},
        {"pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["requests"]\n', "run.py": SCRIPT},
    ],
)
def test_a_root_that_is_an_app_itself_is_the_app(files: Files) -> None:
    made = planned({**files, **inside("backend")})
    assert made.start.startswith("python ")
    assert "BP635" not in made.codes()


def test_settings_of_tools_at_the_root_do_not_hide_the_folder() -> None:
    made = planned({"pyproject.toml": "[tool.ruff]\nline-length = 99\n", **inside("server")})
    assert made.start == "gunicorn app:app"
    assert made.decision("python.app").value == "server"


def test_a_backend_is_the_app_before_the_site_beside_it() -> None:
    page = '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "^8"}}'
    api = {"requirements.txt": "fastapi\nuvicorn\n", "main.py": FASTAPI}
    whole = tree({**inside("backend", api), "frontend/package.json": page, "frontend/index.html": "<p>"})
    made = buildplan.plan(whole)
    assert made.providers[0].name == "python"
    assert made.processes[0].text.startswith("uvicorn main:app")
    assert "COPY backend/requirements.txt ./" in made.dockerfile()


def test_a_folder_of_a_usual_name_needs_no_manifest_when_it_serves() -> None:
    made = planned({"client/package.json": "{}", "server/app.py": FLASK})
    assert made.start == "gunicorn app:app"
    assert planned({"app/main.py": "from nicegui import ui\nui.run()\n"}).start == "python main.py"
    assert detected({"client/package.json": "{}", "things/app.py": FLASK}) is None
    assert detected({"server/app.py": "print(1)\n"}) is None
