from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import FIXTURES

from buildplan.railpack.main import main

SEED = str(FIXTURES / "node-nixpacks-express")


def test_plan_has_steps_and_a_deployment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--env", "REGION=eu", SEED]) == 0
    out = capsys.readouterr()
    content = json.loads(out.out)
    assert out.err == ""
    assert [step["name"] for step in content["steps"]] == ["setup", "install", "build"]
    assert {"cmd": "npm ci"} in content["steps"][1]["commands"]
    assert content["deploy"]["startCommand"] == "node server.js"
    assert content["deploy"]["variables"]["REGION"] == "eu"


def test_info_says_versions_and_where_they_come_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", "--format", "json", SEED]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["success"] is True
    assert content["detectedProviders"] == ["node"]
    node = content["resolvedPackages"]["node"]
    assert (node["requestedVersion"], node["resolvedVersion"]) == ("20", "20")
    assert node["source"].startswith("nixpacks.toml:2")


def test_prepare_writes_the_result_and_refuses_a_plan_for_the_frontend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info, plan = tmp_path / "info.json", tmp_path / "plan.json"
    assert main(["prepare", SEED, "--plan-out", str(plan), "--info-out", str(info)]) == 1
    out = capsys.readouterr()
    assert "BuildKit frontend" in out.err
    assert "hint:" in out.err
    assert json.loads(info.read_text(encoding="utf-8"))["success"] is True
    assert not plan.exists()


def test_prepare_writes_the_result_of_a_failure_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    info = tmp_path / "info.json"
    app = tmp_path / "app"
    app.mkdir()
    assert main(["prepare", str(app), "--info-out", str(info)]) == 1
    content = json.loads(info.read_text(encoding="utf-8"))
    assert content["success"] is False
    assert "the tree is empty" in content["logs"][0]["Msg"]
    assert "Traceback" not in capsys.readouterr().err


def test_a_wrong_command_line_exits_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["plan", SEED, "--nonsense"])
    assert exited.value.code == 1
    assert "Incorrect Usage" in capsys.readouterr().err


def test_the_program_goes_by_the_name_that_it_is_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from buildplan import multicall

    for name, first in (("nixpacks", "node\n"), ("buildplan", "node"), ("/usr/bin/railpack", "Error")):
        words = ["prepare", SEED, "--plan-out", "x"] if name.endswith("railpack") else ["detect", SEED]
        monkeypatch.setattr("sys.argv", [name, *words])
        multicall.main()
        out = capsys.readouterr()
        assert (out.out or out.err).startswith(first)
