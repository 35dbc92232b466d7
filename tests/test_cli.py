"""The command: the product on stdout, the rest on stderr, exit codes, nothing written unless asked."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import FIXTURES, ROOT

import buildplan
from buildplan.cli.main import main

APP = FIXTURES / "node-procfile"


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_without_a_command_the_dockerfile_is_printed_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, APP)
    assert (code, out, err) == (0, buildplan.plan(APP).dockerfile(), "")


def test_the_module_and_the_script_are_the_same_command() -> None:
    module = subprocess.run([sys.executable, "-m", "buildplan", APP], capture_output=True, text=True, check=True)
    script = Path(sys.executable).with_name("buildplan")
    installed = subprocess.run([script, APP], capture_output=True, text=True, check=True)
    assert module.stdout == installed.stdout


def test_another_process_of_the_procfile_can_be_started(capsys: pytest.CaptureFixture[str]) -> None:
    _, web, _ = run(capsys, APP)
    code, worker, _ = run(capsys, APP, "--process", "worker")
    assert code == 0
    assert 'CMD ["node", "worker.js"]' in worker
    assert 'CMD ["node", "worker.js"]' not in web
    assert "EXPOSE" not in worker


def test_a_process_that_is_not_there_is_an_error_that_lists_what_is(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, APP, "--process", "cron")
    assert (code, out) == (1, "")
    assert "no process `cron`" in err
    assert "`worker`" in err


def test_the_plan_is_json_toml_or_text(capsys: pytest.CaptureFixture[str]) -> None:
    _, as_json, _ = run(capsys, "plan", APP)
    _, as_toml, _ = run(capsys, "plan", APP, "--format", "toml")
    _, as_text, _ = run(capsys, "plan", APP, "-f", "text")
    assert json.loads(as_json)["start"] == "web"
    assert tomllib.loads(as_toml)["start"] == "web"
    assert "node server.js" in as_text


def test_detect_names_the_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "detect", APP)
    assert out.startswith("node (express)  for the app, by the manifest of an app\n  ")
    assert "package.json" in out


def test_explain_answers_for_a_field_and_for_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    _, field, _ = run(capsys, "explain", APP, "start")
    assert field.startswith("start = node server.js\n  from  package.json:6 scripts.start\n")
    text = buildplan.plan(APP).dockerfile().split("\n")
    number = next(index for index, line in enumerate(text, 1) if line.startswith("CMD"))
    _, line, _ = run(capsys, "explain", APP, f"Dockerfile:{number}")
    assert line.startswith(f"Dockerfile:{number}  CMD")
    assert "scripts.start" in line


def test_every_line_of_a_dockerfile_has_an_explanation(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1, buildplan.plan(APP).dockerfile().count("\n") + 1):
        code, out, _ = run(capsys, "explain", APP, f"Dockerfile:{number}")
        assert code == 0
        assert out.startswith(f"Dockerfile:{number}  ")


def test_a_query_that_fits_nothing_names_the_nearest_field(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "explain", APP, "node.versoin")
    assert (code, out) == (2, "")
    assert "`node.version`" in err


def test_diagnostics_are_printed_on_demand_and_never_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    app = FIXTURES / "node-nixpacks-express"
    _, quiet, silence = run(capsys, app)
    _, loud, words = run(capsys, app, "--verbose")
    assert quiet == loud
    assert silence == ""
    assert "BP601" in words


def test_options_beat_the_configuration_and_explain_says_what_they_beat(capsys: pytest.CaptureFixture[str]) -> None:
    app = FIXTURES / "node-nixpacks-express"
    _, out, _ = run(capsys, app, "--start-cmd", "node other.js", "--set", "versions.node=22", "-e", "PORT=9999")
    assert "FROM node:22-" in out
    assert "EXPOSE" in out
    assert 'CMD ["node", "other.js"]' in out
    _, why, _ = run(capsys, "explain", app, "start", "--start-cmd", "node other.js")
    assert "beat  node server.js  (nixpacks.toml:8" in why


def test_an_environment_variable_without_a_value_is_read_from_the_callers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREETING", "hi")
    monkeypatch.delenv("ABSENT", raising=False)
    _, out, _ = run(capsys, APP, "-e", "GREETING", "-e", "ABSENT")
    assert "GREETING=hi" in out
    assert "ABSENT" not in out


@pytest.mark.parametrize("what", ["plan", "config"])
def test_a_schema_is_a_json_schema(capsys: pytest.CaptureFixture[str], what: str) -> None:
    _, out, _ = run(capsys, "schema", what)
    schema = json.loads(out)
    assert schema["type"] == "object"
    assert "start" in schema["properties"]


def test_init_prints_a_configuration_that_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "init", "--print")
    files = {path.name: path.read_text() for path in APP.iterdir() if path.is_file()}
    assert buildplan.plan({**files, "buildplan.toml": out}).dockerfile() == buildplan.plan(files).dockerfile()


def test_write_writes_both_files_once_and_keeps_them(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for path in APP.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert run(capsys, "write", tmp_path)[1] == f"{tmp_path}/Dockerfile: new\n{tmp_path}/.dockerignore: new\n"
    first = (tmp_path / "Dockerfile").read_bytes()
    assert run(capsys, "write", tmp_path)[1].count(": unchanged\n") == 2
    assert (tmp_path / "Dockerfile").read_bytes() == first


def test_write_never_overwrites_what_a_person_wrote(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for path in APP.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "Dockerfile").write_text("FROM node:22-trixie-slim\n")
    code, out, err = run(capsys, "write", tmp_path)
    assert (code, out) == (1, "")
    assert "BP402" in err
    assert (tmp_path / "Dockerfile").read_text() == "FROM node:22-trixie-slim\n"
    assert not (tmp_path / ".dockerignore").exists()
    assert run(capsys, "write", tmp_path, "--force")[0] == 0


def test_a_bug_is_exit_code_3_and_says_how_to_report_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("buildplan.api.plan", broken)
    code, out, err = run(capsys, APP)
    assert (code, out) == (3, "")
    assert "please report" in err


def test_nothing_is_printed_into_a_pipe_that_was_closed() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m buildplan plan {APP} | head -c 1; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
