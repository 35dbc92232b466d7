"""The words of the command: options anywhere, misspellings answered, help in groups, colour, quiet, completion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

from buildplan.cli.arguments import COMMANDS
from buildplan.cli.container_engine import Request
from buildplan.cli.container_engine import build as build_image
from buildplan.cli.main import main
from buildplan.model.diagnostic_codes import CODES

APP = FIXTURES / "node-nixpacks-express"


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main([str(word) for word in words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in APP.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_options_may_stand_anywhere(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    expected = run(capsys, "plan", ".", "-f", "text", "--provider", "node")
    assert expected[0] == 0
    for words in (
        ("--provider", "node", "plan", "-f", "text"),
        ("plan", "--provider=node", ".", "--format=text"),
        ("-q", "--provider", "node", "plan", "-f", "text", "."),
    ):
        assert run(capsys, *words)[:2] == expected[:2]
    assert run(capsys, "-v", "check", "--ignore", "BP7")[2] == "there is no Dockerfile to check\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("chekc",), "did you mean `check`?"),
        (("-v", "exlain"), "did you mean `explain`?"),
        (("help", "plann"), "did you mean `plan`?"),
        (("plan", "--provder", "node"), "did you mean `--provider`?"),
        (("write", "--conflict", "mines"), "did you mean `mine`?"),
        (("schema", "confg"), "did you mean `config`?"),
        (("check", "--select", "XYZ"), "`buildplan check --help` lists the codes"),
        (("schema", "plan", "config"), "`buildplan schema --help` says what it takes"),
        (("explain", ".", "a", "b"), "ask one thing at a time"),
    ],
)
def test_what_is_misspelt_is_answered_with_what_was_meant(
    capsys: pytest.CaptureFixture[str], app: Path, words: tuple[str, ...], hint: str
) -> None:
    code, out, err = run(capsys, *words)
    assert (code, out) == (2, "")
    assert err.endswith(f"hint: {hint}\n")


def test_help_has_one_line_a_command_and_no_shared_option_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(out.count(f"\n  {name} ") == 1 for name in COMMANDS)
    assert "--set KEY=VALUE" in out
    for name in COMMANDS:
        code, text, _ = run(capsys, "help", name)
        assert code == 0
        assert name in {"help", "verify"} or "--set" not in text.split("hold here too")[0].split("such as")[0]
    assert run(capsys, "help")[1].startswith(out[:200])


def test_a_single_word_that_is_not_a_path_is_the_query(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    for query in ("node.version", "Dockerfile:3", "go", "NODE_ENV", "start", "variables"):
        code, out, err = run(capsys, "explain", query)
        expected = run(capsys, "explain", ".", query)
        assert (code, out, err) == expected
    assert run(capsys, "explain", "node.version")[1].startswith("node.version = 20\n")
    assert "variables.NODE_ENV = development\n" in run(capsys, "explain", "NODE_ENV")[1]
    (app / "go").mkdir()
    assert run(capsys, "explain", "go")[0] == 1
    assert run(capsys, "explain")[1] == run(capsys, "explain", ".")[1]


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(capsys: pytest.CaptureFixture[str], code: str) -> None:
    status, out, err = run(capsys, "explain", code.lower())
    assert (status, err) == (0, "")
    assert out.startswith(f"{code}  {CODES[code]}\n")
    assert "  why  " in out


def test_warnings_about_the_callers_own_options_are_always_printed(
    capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ABSENT", raising=False)
    assert "BP602" in run(capsys, "--set", "versions.node=99")[2]
    assert "did you mean `node`?" in run(capsys, "plan", "--set", "versions.nod=22")[2]
    assert "`ABSENT` is not set here" in run(capsys, "--env", "ABSENT")[2]
    for words in (("--set", "versions.node=99"), ("--env", "ABSENT")):
        assert run(capsys, "-q", *words)[2] == ""
    assert run(capsys)[2] == ""


def test_another_directory_and_back(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    before = Path.cwd()
    assert run(capsys, "-C", APP, "plan")[1] == run(capsys, "plan", APP)[1]
    assert Path.cwd() == before
    code, _, err = run(capsys, "-C", tmp_path / "no", "plan")
    assert code == 2
    assert "cannot be entered" in err


def test_colour_is_a_choice(capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    (app / "Dockerfile").write_text("FROM node:16\n")
    always = run(capsys, "check", "--color", "always")[1]
    assert "BP712 \x1b[33mwarning\x1b[0m: " in always
    assert "\x1b" not in run(capsys, "check")[1]
    assert "\x1b[31mBP101\x1b[0m" in run(capsys, "--color=always", "nowhere/at/all")[2]
    assert "\x1b" not in run(capsys, "--color=never", "nowhere/at/all")[2]


def test_quiet_leaves_errors_and_failures(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    (app / "Dockerfile").write_text("FROM node:20\nUSER 1\nEXPOSE 3001\n")
    assert "BP712" in run(capsys, "check")[1]
    assert run(capsys, "check", "-q")[:2] == (0, "")
    assert run(capsys, "check", "-q", "--fail-on", "warning")[0] == 1
    assert run(capsys, "-q", "nowhere/at/all")[2].startswith("BP101 ")


def test_what_comes_next_is_told_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "next:" not in run(capsys, "write")[2]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    name = app.name.replace("_", "-").lower()
    assert f"next: `docker build -t {name} . && docker run --rm -p 3001:3001 {name}`" in run(capsys, "write")[2]
    assert "next:" not in run(capsys, "write", "-q")[2]


def test_notes_come_once_and_never_before_an_answer(
    capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "BP601" in run(capsys, "plan")[2]
    assert "BP601" not in run(capsys, "plan", "-f", "text")[2]
    assert "BP601" not in run(capsys, "explain", "node.version")[2]
    assert "BP601" not in run(capsys, "plan", "-q")[2]


def test_init_writes_the_file_with_its_schema_once(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    before = run(capsys, "plan")[1]
    assert run(capsys, "init")[1] == "buildplan.toml: new\nbuildplan.schema.json: new\n"
    text = (app / "buildplan.toml").read_text()
    assert text.startswith("#:schema ./buildplan.schema.json\n")
    assert text == run(capsys, "init", "--print")[1]
    assert (app / "buildplan.schema.json").read_text() == run(capsys, "schema", "config")[1]
    code, out, err = run(capsys, "init")
    assert (code, out) == (1, "")
    assert "it is there already" in err
    assert '"start": "web"' in before


def test_check_says_what_it_fixed_and_what_it_did_not_find(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    assert run(capsys, "check") == (0, "", "there is no Dockerfile to check\n")
    (app / "package.json").write_text('{"engines": {"node": "24"}}')
    (app / "nixpacks.toml").unlink()
    (app / "Dockerfile").write_text("FROM node:20-slim\nUSER 1\n")
    code, out, _ = run(capsys, "check", "--fix")
    assert code == 0
    assert out.startswith("Dockerfile:1: BP710 fixed: `node:20-slim` is now `node:24-slim`\n") or ":20" in out
    assert (app / "Dockerfile").read_text().startswith("FROM node:24-slim\n")


def test_an_unknown_tree_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "detect", tmp_path) == (0, "", "no language claims this tree\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_names_every_command(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    code, out, _ = run(capsys, "completion", shell)
    assert code == 0
    assert all(name in out for name in COMMANDS)
    assert "--fail-on" in out or "fail-on" in out


def test_the_script_for_bash_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    script = run(capsys, "completion", "bash")[1]
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_the_manual_page_has_every_command_and_option(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "man")[1]
    assert out.startswith(".TH BUILDPLAN 1 ")
    assert all(f'.SS "buildplan {name}"\n' in out for name in COMMANDS)
    assert r"\fB\-\-fail\-on\fR" in out
    assert out.count(r"\fB\-\-install\-cmd\fR") == 1
    assert out.isascii()


ENGINE = """#!/bin/sh
echo "$0 $@" >> "{log}"
"""


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_build_hands_its_options_to_the_engine(
    capsys: pytest.CaptureFixture[str], app: Path, tmp_path_factory: pytest.TempPathFactory, engine: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    place = tmp_path_factory.mktemp("bin")
    log = place / "log"
    (place / engine).write_text(ENGINE.format(log=log))
    (place / engine).chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    options = ("--platform", "linux/arm64", "--push", "--load", "--no-cache", "--build-arg", "A=1", "--secret", "id=T")
    assert run(capsys, "build", "-t", "shop:1", *options)[0] == 0
    words = log.read_text()
    for part in ("--tag shop:1", "--platform linux/arm64", "--no-cache", "--build-arg A=1", "--secret id=T"):
        assert part in words
    assert ("--push" in words, "--load" in words) == ((engine == "docker"),) * 2
    assert (f"{engine} push shop:1" in words) == (engine == "podman")


def test_an_image_without_a_name_gets_that_of_its_directory(
    capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Request] = []

    def build(plan: object, context: object, request: Request, *_: object, **__: object) -> str:
        asked.append(request)
        return "docker"

    assert build_image is not build
    monkeypatch.setattr("buildplan.cli.container_engine.build", build)
    assert run(capsys, "build")[0] == 0
    assert asked[0].tags == (app.name.replace("_", "-").lower(),)


def test_an_address_is_told_to_be_cloned_first(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "plan", "https://git.example.com/shop.git")
    assert code == 1
    assert "is an address, and buildplan uses no network" in err
    assert "clone or download it first" in err


def test_a_page_that_cannot_be_written_says_what_to_do_about_the_page(
    capsys: pytest.CaptureFixture[str], app: Path
) -> None:
    code, _, err = run(capsys, "explain", "--html", "no/such/folder/page.html")
    assert code == 1
    assert "or name another" in err
    assert "buildplan . >" not in err


def test_a_configuration_that_is_not_read_is_said_also_where_nobody_looks(
    capsys: pytest.CaptureFixture[str], app: Path
) -> None:
    assert (app / "nixpacks.toml").exists()
    (app / "buildplan.toml").write_text("port = 4000\n")
    _, out, err = run(capsys)
    assert "EXPOSE 4000" in out
    assert err.startswith(
        "nixpacks.toml: BP660 warning: `nixpacks.toml` is not read at all, since `buildplan.toml` wins"
    )
    assert err.count("BP6") == 1
    assert run(capsys, "-q")[2] == ""


COMPLETE = """
source /dev/stdin
COMP_WORDS=(buildplan {words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); COMPREPLY=()
_shtab_buildplan
echo "${{COMPREPLY[*]}}"
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [("ch", "check"), ("lo", "lock"), ("explain --ht", "--html"), ("check --fail-on w", "warning"),
     ("--prov", "--provider")],
)  # fmt: skip
def test_bash_completes_commands_options_and_choices(
    capsys: pytest.CaptureFixture[str], words: str, expected: str
) -> None:
    script = run(capsys, "completion", "bash")[1]
    command = ["bash", "-c", COMPLETE.format(words=words)]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [expected]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_no_path_stands_where_the_other_shells_expect_a_command(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    script = run(capsys, "completion", shell)[1]
    first = {"zsh": "': :_shtab_buildplan_commands' '*::: :->buildplan'", "fish": "_npos -eq 0' -a check "}
    assert first[shell] in script
