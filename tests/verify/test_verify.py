"""What `verify` makes of an engine's answers: the engine is a small program that plays one."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import FIXTURES

import buildplan
from buildplan.cli.main import main
from buildplan.errors import ConfigError, EngineError
from buildplan.repository import targets
from buildplan.verify.verify import Settings, installed_again, verify

if TYPE_CHECKING:
    from buildplan.verify.report import Report

APP = FIXTURES / "node-nixpacks-express"

# Plays docker: answers from the file `answers.json` beside it, and writes down what it was asked.
FAKE = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
answers = json.loads((here / "answers.json").read_text())
with (here / "calls.txt").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
found = answers.get(" ".join(sys.argv[1:3]), answers.get(sys.argv[1], ["", 0]))
sys.stdout.write(found[0])
sys.exit(found[1])
"""


class Engine:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = folder / "docker"
        program.write_text(FAKE.format(python=sys.executable))
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
        self.answers: dict[str, tuple[str, int]] = {
            "image": (json.dumps([{"Config": {"User": "1000:1000"}, "Size": 1000}]), 0),
            "run": ("c0ffee\n", 0),
            "inspect": (json.dumps({"Running": False, "ExitCode": 1, "Pid": 0}), 0),
        }

    def write(self) -> None:
        self._folder.joinpath("answers.json").write_text(json.dumps(self.answers))

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self._folder.joinpath("calls.txt").read_text().splitlines()]


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path)


def checked(engine: Engine, settings: Settings = Settings(wait=1)) -> Report:  # noqa: B008
    engine.write()
    return verify(buildplan.plan(APP), APP, settings, engine.environment, lambda _: None)


def test_a_build_that_fails_is_explained_by_its_log(engine: Engine) -> None:
    engine.answers["build"] = ("#7 sh: 1: tsc: not found\n", 1)
    report = checked(engine)
    assert [(check.name, check.status) for check in report.checks] == [("build", "failed")]
    assert "`tsc` is not in the image" in report.to_text()
    assert json.loads(report.to_json())["cause"]["fix"]


def test_a_container_that_ends_by_itself_is_explained_by_its_log(engine: Engine) -> None:
    engine.answers["logs"] = ("Error: Cannot find module 'express'\n", 0)
    report = checked(engine)
    assert report.status("answer") == "failed"
    assert "`express` is not in the image" in report.to_text()


def test_an_image_that_runs_as_root_fails(engine: Engine) -> None:
    engine.answers["image"] = (json.dumps([{"Config": {"User": ""}, "Size": 1}]), 0)
    report = checked(engine)
    assert report.status("user") == "failed"


def test_only_what_carries_the_label_of_the_run_is_removed(engine: Engine) -> None:
    engine.answers["ps"] = ("c0ffee\n", 0)
    checked(engine)
    calls = engine.calls()
    listed = [call for call in calls if call[0] in {"ps", "images"} or call[:2] == ["network", "ls"]]
    assert len(listed) == 3
    assert all(call[-1].startswith("label=buildplan.verify=") for call in listed)
    made = [call for call in calls if call[0] in {"build", "run"}]
    assert all(any(word.startswith("buildplan.verify=") for word in call) for call in made)
    assert ["rm", "--force", "--volumes", "c0ffee"] in calls


def test_no_value_of_a_secret_is_on_a_command_line(engine: Engine, tmp_path: Path) -> None:
    tree = tmp_path / "app"
    tree.mkdir()
    for file in (FIXTURES / "node-express-plain").iterdir():
        if file.is_file():
            (tree / file.name).write_bytes(file.read_bytes())
    (tree / ".npmrc").write_text("//npm.example.com/:_authToken=${NPM_TOKEN}\n")
    engine.environment["NPM_TOKEN"] = "hidden-value"  # noqa: S105
    engine.write()
    verify(buildplan.plan(tree), tree, Settings(wait=1), engine.environment, lambda _: None)
    calls = engine.calls()
    assert any("id=NPM_TOKEN,env=NPM_TOKEN" in call for call in calls)
    assert not any("hidden-value" in word for call in calls for word in call)


def test_an_unknown_service_and_process_are_errors_before_anything_runs(engine: Engine) -> None:
    with pytest.raises(ConfigError, match="no service `oracle`"):
        checked(engine, Settings(services=("oracle",)))
    with pytest.raises(ConfigError, match="no process `cron`"):
        checked(engine, Settings(process="cron"))


def test_the_app_is_told_of_a_service_by_the_variables_that_it_reads(engine: Engine) -> None:
    files = {
        "package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "5", "pg": "8"}}',
        "server.js": "new Pool({host: process.env.DB_HOST, password: process.env.DB_PASSWORD}); app.listen(3000)",
    }
    tree = buildplan.open_source(files)
    plan = buildplan.plan(tree)
    needs = targets.needed(tree, plan, buildplan.Options()).needs
    assert [need.service.name for need in needs] == ["postgres"]
    engine.write()
    settings = Settings(wait=1, services=("postgres",), needs=needs)
    verify(plan, APP, settings, engine.environment, lambda _: None)
    started = [call for call in engine.calls() if call[:2] == ["run", "--detach"]]
    database = next(call for call in started if "postgres:18" in call)
    app = next(call for call in started if "postgres:18" not in call)
    password = next(word for word in database if word.startswith("POSTGRES_PASSWORD=")).partition("=")[2]
    assert password
    assert {"DB_HOST=postgres", f"DB_PASSWORD={password}"} <= set(app)
    assert not any(word.startswith("DATABASE_URL=") for word in app)


def test_auto_starts_what_the_code_needs(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = tmp_path / "app"
    app.mkdir()
    manifest = '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "5", "ioredis": "5"}}'
    (app / "package.json").write_text(manifest)
    (app / "server.js").write_text("new Redis(process.env.REDIS_URL); app.listen(3000)")
    engine.write()
    monkeypatch.setenv("PATH", engine.environment["PATH"])
    main(["verify", str(app), "--service", "auto", "--wait", "1", "--no-rebuild"])
    capsys.readouterr()
    assert any("redis:8" in call for call in engine.calls())
    assert any("REDIS_URL=redis://redis:6379/0" in call for call in engine.calls())


def test_without_an_engine_the_error_names_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="docker, podman, nerdctl"):
        verify(buildplan.plan(APP), APP, Settings(), {"PATH": str(tmp_path)}, lambda _: None)


def test_an_install_step_that_ran_again_is_seen() -> None:
    plan = buildplan.plan(APP)
    log = "#5 [build 3/5] RUN --mount=type=cache,id=npm,target=/root/.npm     npm ci\n#6 [build 5/5] RUN echo x\n"
    assert installed_again(log, plan)
    assert installed_again(f"{log}#5 CACHED\n", plan) == ()


def test_the_command_ends_with_1_when_a_check_failed(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.answers["build"] = ("boom\n", 1)
    engine.write()
    monkeypatch.setenv("PATH", engine.environment["PATH"])
    assert main(["verify", str(APP), "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


def test_a_wrong_variable_name_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(APP), "--env", "A-B=1"]) == 2
    assert "`A-B` is not a valid variable name" in capsys.readouterr().err
