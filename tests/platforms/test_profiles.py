"""Every profile over every fixture: what the platform needs is there, and nothing that it does not need is given up."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import dockerfile
import pytest
from conftest import FIXTURE_NAMES, FIXTURES

import buildplan
from buildplan import api
from buildplan.catalogue.platforms import platforms
from buildplan.config.command_line import to_text
from buildplan.config.options import Options
from buildplan.errors import ConfigError
from buildplan.nixpacks.lenient_plan import planned
from buildplan.nixpacks.main import main

GIVEN = {"REGION": "eu", "API_TOKEN": "hush"}


def assert_sound(text: str) -> None:
    """Stages are copied from only after they were named or counted, and the image's user is not root."""
    stages: list[str] = []
    user = ""
    for item in dockerfile.parse_string(text):
        if item.cmd.upper() == "FROM":
            stages.append(item.value[2] if len(item.value) > 2 else str(len(stages)))
        for flag in item.flags:
            source = re.fullmatch(r"--from=(.*)", flag)
            assert source is None or source[1] in stages[:-1]
        if item.cmd.upper() == "USER":
            user = item.value[0]
    assert user.partition(":")[0] not in {"", "0", "root"}


@pytest.mark.parametrize("name", platforms())
def test_a_profile_keeps_every_fixture_sound(name: str) -> None:
    platform = platforms()[name]
    for fixture in FIXTURE_NAMES:
        plan = planned(api.open_source(FIXTURES / fixture), Options(profile=name, env=GIVEN)).plan
        if plan is None:
            continue
        text = plan.dockerfile()
        last = text.rpartition("\nFROM ")[2]
        assert_sound(text)
        assert GIVEN["API_TOKEN"] not in text
        assert plan.decision("platform") is not None
        assert (text.split("\n", 1)[0].split()[0] == "FROM") == platform.output_in_first_stage
        if platform.shell:
            assert "distroless" not in last
        if platform.probe and plan.run.site is None:
            assert "curl" in last
        if platform.output_in_app and plan.run.site is not None:
            assert "/usr/share/nginx/html" not in text
        if platform.port and any(process.port for process in plan.processes) and "PORT" in dict(plan.run.environment):
            assert f"EXPOSE {platform.port}\n" in text


def test_an_unknown_profile_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match="there is no profile `coolfy`") as raised:
        api.plan(FIXTURES / "node-express-plain", Options(profile="coolfy"))
    assert raised.value.hint == "did you mean `coolify`?"


def test_a_profile_is_recorded_with_the_other_options() -> None:
    assert to_text(Options(profile="coolify")) == "--profile=coolify"


def test_a_plan_with_a_profile_survives_its_json() -> None:
    plan = api.plan(FIXTURES / "node-vite-react-spa", Options(profile="zaneops"))
    assert type(plan).from_json(plan.to_json()).dockerfile() == plan.dockerfile()


def test_caprover_finds_the_dockerfile_by_its_definition(tmp_path: Path) -> None:
    app = FIXTURES / "node-express-plain"
    assert main(["build", "--profile", "caprover", "--env", "API_TOKEN=hush", str(app), "-o", str(tmp_path)]) == 0
    definition = json.loads((tmp_path / "captain-definition").read_text(encoding="utf-8"))
    assert definition == {"schemaVersion": 2, "dockerfilePath": "./.nixpacks/Dockerfile"}
    assert "EXPOSE 80\n" in (tmp_path / ".nixpacks" / "Dockerfile").read_text(encoding="utf-8")


def test_write_for_caprover_says_where_the_dockerfile_is(tmp_path: Path) -> None:
    app = tmp_path / "app"
    shutil.copytree(FIXTURES / "node-express-plain", app)
    changes = buildplan.write_files(app, Options(profile="caprover"))
    assert [change.path for change in changes] == ["Dockerfile", ".dockerignore", "captain-definition"]
    definition = app / "captain-definition"
    assert json.loads(definition.read_text(encoding="utf-8")) == {"schemaVersion": 2, "dockerfilePath": "./Dockerfile"}
    definition.write_text('{"schemaVersion": 2, "imageName": "mine"}\n', encoding="utf-8")
    assert buildplan.write_files(app, Options(profile="caprover"))[2].result.status == "unchanged"
    assert "mine" in definition.read_text(encoding="utf-8")
