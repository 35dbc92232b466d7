"""`explain` as text: each line and each value has a reason and a way to change it, and each provider an answer."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from conftest import FIXTURE_NAMES, FIXTURES

import buildplan
from buildplan.cli.main import main
from buildplan.config.schema import Settings
from buildplan.language import registry
from buildplan.render import explanation

APP = FIXTURES / "node-nixpacks-express"


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_every_line_of_the_dockerfile_is_explained(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    lines = explanation.explained(plan)
    text = "\n".join("\n".join(line.texts) for line in lines) + "\n"
    assert text == plan.dockerfile()
    unexplained = [line for line in lines if not line.reasons and not re.match(r"#|$", line.texts[0])]
    assert unexplained == []


# A value of each key's type, so that the schema can say whether there is such a key.
VALUES = (
    (
        r"providers|apt\..*|phases\..*\.(commands|inputs|caches|outputs|secrets|paths|depends_on)|ca_certificates",
        '["curl"]',
    ),
    (r"port", "1"),
    (r"user", '"1:1"'),
    (r"health_check", '"/"'),
    (r"stop_signal", '"SIGQUIT"'),
    (r".*", '"a"'),
)


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_what_is_said_to_change_a_value_is_a_key_of_the_configuration(name: str) -> None:
    plan = buildplan.plan(FIXTURES / name)
    decisions = {item.field: item for line in explanation.explained(plan) for item in line.reasons}
    decisions |= {item.field: item for item in plan.decisions}
    keys = {explanation.setting(plan, field) for field in decisions} - {None}
    assert keys
    for key in keys:
        value = next(value for pattern, value in VALUES if re.fullmatch(pattern, str(key)))
        Settings.model_validate(tomllib.loads(f"{key} = {value}"))
    assert all(explanation.change(plan, item) for item in decisions.values())


def printed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main(["explain", *map(str, words)]) == 0
    return capsys.readouterr().out


def test_a_value_says_how_to_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    expected = (
        "  change  edit nixpacks.toml:2; or set `versions.node` in buildplan.toml, or `--set versions.node=VERSION`"
    )
    assert expected in printed(capsys, APP, "node.version")
    assert "--env NODE_ENV=VALUE" in printed(capsys, APP, "variables.NODE_ENV")
    assert "`buildplan write` keeps the edit" in printed(capsys, APP, "run.init")


def test_a_line_of_another_process_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    app = FIXTURES / "node-procfile"
    number = buildplan.plan(app).dockerfile(process="worker").rstrip("\n").count("\n") + 1
    assert "processes.worker" in printed(capsys, app, f"Dockerfile:{number}", "--process", "worker")


@pytest.mark.parametrize("name", sorted(registry.languages()))
def test_every_provider_that_claims_nothing_says_what_it_looked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    out = printed(capsys, tmp_path, name)
    assert out.startswith(f"{name} (")
    assert "does not claim the tree\n  looked for  " in out
    assert "  help  " in out


def test_a_provider_that_lost_says_to_whom_and_one_in_the_plan_why(capsys: pytest.CaptureFixture[str]) -> None:
    lost = printed(capsys, APP, "static")
    assert lost.startswith("static (")
    assert "claims the tree (stray), and is not in the plan\n" in lost
    assert "  instead  node: the strongest evidence is the app" in lost
    assert "`--provider static`" in lost
    won = printed(capsys, APP, "nodejs")
    assert won.startswith("node (Node.js) is in the plan: app\n  package.json:10")
    assert "\nnode.version = 20\n" in won


def test_the_page_takes_no_query(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(APP), "start", "--html", "-"]) == 2
    assert "takes no query" in capsys.readouterr().err
    assert printed(capsys, APP, "--html", "-").startswith("\n<!DOCTYPE html>".lstrip())


def test_a_provider_is_explained_where_no_plan_can_be_made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x"}')
    out = printed(capsys, tmp_path, "node")
    assert out.startswith("node (Node.js) claims the tree (")
    assert "package.json" in out
    assert main(["explain", str(tmp_path), "start"]) == 1
    assert "BP30" in capsys.readouterr().err


def test_a_value_that_the_owner_replaced_is_what_his_own_beat_and_no_reason_of_its_own() -> None:
    plan = buildplan.plan(FIXTURES / "node-nixpacks-express")
    assert plan.decision("run.environment.NODE_ENV") is None
    own = plan.decision("variables.NODE_ENV")
    assert own is not None
    assert [(item.value, item.reason) for item in own.runners_up] == [("production", "the owner set another")]
