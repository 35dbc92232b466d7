"""Text of a tree, an owner or a plan from elsewhere adds no instruction, no flag and no stage to a Dockerfile.

Judged by the official parser, and by BuildKit's own rules for what that parser leaves to the build: how the words of
COPY are unquoted.
"""

from __future__ import annotations

import json
import string
from dataclasses import replace
from typing import Any

import dockerfile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_stages import BUILD, INSTALL, SETUP
from test_stages import plan as sample

import buildplan
from buildplan import BuildPlan
from buildplan.errors import BuildplanError, ConfigError, PlanError
from buildplan.model.build_plan import Input
from buildplan.render.dockerfile import render

EXPRESS = {
    "package.json": '{"scripts": {"start": "node server.js"}, "dependencies": {"express": "^4"}}',
    "server.js": "require('express')().listen(process.env.PORT)",
}
COMMANDS = (
    "echo a \\ ",
    "echo a \\\t",
    "echo a \\",
    "echo a \\\\ ",
    " --network=host id",
    "\t--mount=type=bind,target=/x id",
    "\u00a0--network=host id",
    "--security=insecure id",
    ' ["/bin/sh", "-c", "id"]',
    " # nothing",
    "cat <<EOF",
    "cat 3<<-'EOF' x",
    "echo a\nRUN evil",
    "echo a\r\nRUN evil",
    "echo \u2028 RUN evil",
    "echo \x85 RUN evil",
    "::error::pwned",
    "",
    "  ",
)
FILE_NAMES = (
    "--from=evil",
    "--chown=0:0",
    "--link",
    "-",
    "<<EOF",
    "0<<EOF",
    "it's",
    'say "hi"',
    "back\\slash",
    "$HOME",
    "${HOME}",
    "a b",
    "[x]",
    "*",
    "?",
    "[",
    '["a", "b"]',
    "#x",
    "::error::x",
    "é",
)


def instructions(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return instruction and flags of every line; a here-document is an instruction too many."""
    found = dockerfile.parse_string(text)
    assert not any(item.heredocs for item in found), text
    return [(item.cmd.upper(), item.flags) for item in found]


def unquoted(word: str) -> str:
    """Return what BuildKit makes of a word of COPY (`shell/lex.go`, `ProcessWord`): quotes and backslashes go.

    An unescaped `$` would be expanded: the test fails.
    """
    result, quote, position = "", "", 0
    while position < len(word):
        char = word[position]
        position += 1
        if quote == "'":
            quote = "" if char == "'" else quote
            result += "" if char == "'" else char
        elif char == "\\" and position < len(word) and (not quote or word[position] in '"$\\'):
            result += word[position]
            position += 1
        elif char == '"':
            quote = "" if quote else char
        elif char == "'" and not quote:
            quote = char
        else:
            assert char != "$", word
            result += char
    assert not quote, word
    return result


def matched(pattern: str) -> str:
    """Return the one path that a pattern of Go's `filepath.Match` fits, as we write them."""
    result, position = "", 0
    while position < len(pattern):
        char = pattern[position]
        if char == "[":
            only = pattern[position + 1 : pattern.index("]", position + 2)]
            assert only == "\\\\" or (len(only) == 1 and only != "\\"), pattern
            result += only[0]
            position += len(only) + 2
        else:
            assert char not in "*?\\", pattern
            result += char
            position += 1
    return result


@pytest.mark.parametrize("text", COMMANDS)
@pytest.mark.parametrize("entrance", ["buildplan.toml", "railpack.json", "nixpacks.toml", "option"])
def test_a_command_adds_neither_instruction_nor_flag(text: str, entrance: str) -> None:
    tree = dict(EXPRESS)
    options = buildplan.Options()
    quoted = json.dumps(text)
    if entrance == "buildplan.toml":
        tree["buildplan.toml"] = f"[phases.build]\ncommands = [{quoted}]\n"
    elif entrance == "railpack.json":
        tree["railpack.json"] = json.dumps({"steps": {"build": {"commands": [text]}}})
    elif entrance == "nixpacks.toml":
        tree["nixpacks.toml"] = f"[phases.build]\ncmds = [{quoted}]\n"
    else:
        options = buildplan.Options(build_cmd=text)
    try:
        found = instructions(buildplan.plan(tree, options).dockerfile())
    except BuildplanError:
        return
    tree = dict(EXPRESS)
    plain = buildplan.plan(tree, buildplan.Options(build_cmd="echo x")).dockerfile()
    assert [flag for flag in found if flag[0] != "RUN"] == [flag for flag in instructions(plain) if flag[0] != "RUN"]
    flags = {flag for name, flags in found if name == "RUN" for flag in flags}
    assert all(flag.startswith("--mount=type=cache,") for flag in flags)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_the_name_of_a_file_is_copied_as_it_is(name: str) -> None:
    text = render(
        sample((SETUP, replace(INSTALL, inputs=(Input(name), Input("b"))), BUILD), (Input(".", "build"),))
    ).text
    plain = render(
        sample((SETUP, replace(INSTALL, inputs=(Input("a"), Input("b"))), BUILD), (Input(".", "build"),))
    ).text
    assert instructions(text) == instructions(plain)
    copy = next(item for item in dockerfile.parse_string(text) if item.cmd.upper() == "COPY")
    sources = [matched(unquoted(word)) for word in copy.value[:-1]]
    assert [path.removeprefix("./") for path in sources] == [name, "b"]
    assert not any(word.startswith(("-", "<<", "0<<")) for word in copy.value)


@pytest.mark.parametrize("name", FILE_NAMES)
def test_the_name_of_a_file_of_a_site_adds_no_flag(name: str) -> None:
    plain = instructions(buildplan.plan({"index.html": "x", "a": "x"}).dockerfile())
    try:
        text = buildplan.plan({"index.html": "x", name: "x"}).dockerfile()
    except BuildplanError:
        return
    assert instructions(text) == plain


def test_a_requirement_of_another_image_is_not_copied_from_it() -> None:
    tree = {"app.py": "import flask", "requirements.txt": "-r --from=ghcr.io/evil/img:1/r.txt\nflask\n"}
    tree["--from=ghcr.io/evil/img:1/r.txt"] = "requests\n"
    try:
        text = buildplan.plan(tree).dockerfile()
    except BuildplanError:
        return
    flags = [flag for name, flags in instructions(text) if name == "COPY" for flag in flags]
    stages = {
        f"--from={word}" for item in dockerfile.parse_string(text) for word in item.value[2:] if item.cmd == "FROM"
    }
    assert {flag for flag in flags if not flag.startswith("--chown=")} <= stages


@given(
    st.text(
        alphabet=st.one_of(st.sampled_from("-<'\"\\$[]*? #\t:\u00a0\u202e"), st.characters()), min_size=1, max_size=12
    )
)
def test_no_name_of_a_file_changes_what_is_copied(name: str) -> None:
    built = sample((SETUP, replace(INSTALL, inputs=(Input(name), Input("b"))), BUILD), (Input(".", "build"),))
    if name.endswith("/") or name == "." or "//" in name or name.startswith("/"):
        return
    try:
        text = render(built).text
    except PlanError:
        return
    copies = [item for item in dockerfile.parse_string(text) if item.cmd.upper() == "COPY"]
    found = {matched(unquoted(word)).removeprefix("./") for copy in copies for word in copy.value[:-1]}
    assert name.removeprefix("./") in found
    assert not any(item.heredocs for item in copies)


@given(
    st.text(alphabet=st.one_of(st.sampled_from("\\ \t\n-<[#'\"$:"), st.sampled_from(string.ascii_letters)), max_size=16)
)
@settings(max_examples=300)
def test_no_command_adds_an_instruction_or_a_flag(text: str) -> None:
    made = render(sample((SETUP, INSTALL, replace(BUILD, commands=(text,))), (Input(".", "build"),))).text
    plain = render(sample((SETUP, INSTALL, replace(BUILD, commands=("x",))), (Input(".", "build"),))).text
    assert instructions(made) == instructions(plain)


def test_a_command_of_more_than_a_line_can_hold_is_refused_when_it_is_planned() -> None:
    with pytest.raises(PlanError, match=r"phases.build.commands.*bytes"):
        buildplan.plan({**EXPRESS, "buildplan.toml": f'[phases.build]\ncommands = ["echo {"x" * 66_000}"]\n'})


def test_a_long_chain_of_commands_is_folded() -> None:
    chain = " && ".join(["echo x"] * 9_000)
    text = buildplan.plan(EXPRESS, buildplan.Options(build_cmd=chain)).dockerfile()
    assert len(chain) > 65_536
    assert max(map(len, text.splitlines())) < 65_536


def changed(path: str, value: Any) -> str:
    """Return a plan as JSON with one value changed; a number in the path is an index."""
    data = json.loads(buildplan.plan(EXPRESS).to_json())
    *above, last = path.split(".")
    at = data
    for key in above:
        at = at[int(key)] if key.isdecimal() else at[key]
    at[int(last) if last.isdecimal() else last] = value
    return json.dumps(data)


EVIL = "x\nRUN evil"


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("run.apt_packages", [EVIL], "run.apt_packages.0"),
        ("run.apt_packages", ["x; evil"], "run.apt_packages.0"),
        ("phases.0.apt_packages", [EVIL], "phases.0.apt_packages.0"),
        ("phases.0.caches", [{"id": "a,from=evil", "target": "/x"}], "phases.0.caches.0.id"),
        ("phases.0.caches", [{"id": "a", "target": "/x --network=host"}], "phases.0.caches.0.target"),
        ("phases.0.caches", [{"id": "a", "target": "x"}], "phases.0.caches.0.target"),
        ("phases.0.secrets", ["A --network=host"], "phases.0.secrets.0"),
        ("secrets", [EVIL], "secrets.0"),
        ("phases.0.environment", [["A=b C", "d"]], "phases.0.environment.0"),
        ("run.environment", [[EVIL, "d"]], "run.environment.0"),
        ("variables", [{"name": EVIL, "value": "x"}], "variables.0"),
        ("run.user", "1000 --from=evil", "run.user"),
        ("run.user", "", "run.user"),
        ("run.copies.0", {"path": "a", "phase": "zzz"}, "run.copies.0.phase"),
        ("phases.0.inputs", [{"path": "a", "phase": "zzz"}], "phases.0.inputs.0.phase"),
        ("phases.0.inputs", [{"path": "../x"}], "phases.0.inputs.0.path"),
        ("phases.0.inputs", [{"path": EVIL}], "phases.0.inputs.0.path"),
        ("phases.0.inputs", [{"path": "a", "dest": EVIL}], "phases.0.inputs.0.dest"),
        ("ca_certificates", [EVIL], "ca_certificates.0"),
        ("processes.0.port", -5, "processes.0.port"),
        ("processes.0.port", 10**30, "processes.0.port"),
        ("processes.0.argv", [], "processes.0"),
        ("start", "nothing", "start"),
        ("run.health_check", {"argv": []}, "run.health_check.argv"),
        ("run.health_check", {"argv": ["x"], "interval_seconds": -1}, "run.health_check.interval_seconds"),
        ("run.stop_signal", "TERM x", "run.stop_signal"),
        ("run.runtime.image", "x AS y", "run.runtime.image"),
        ("phases.0.runtime.image", "--platform=x y", "phases.0.runtime.image"),
        ("ignore", [EVIL], "ignore"),
        ("mirrors", [["docker.io", EVIL]], "mirrors.0"),
        ("phases.0.name", "", "phases.0.name"),
        ("phases.0.commands", ["\ud800"], "phases.0.commands.0"),
    ],
)
def test_a_wrong_value_of_a_plan_from_elsewhere_is_named(path: str, value: object, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        BuildPlan.from_json(changed(path, value))
    assert caught.value.origin is not None
    assert caught.value.origin.key == key
    assert "\nRUN" not in str(caught.value)


def test_a_plan_with_thousands_of_phases_is_refused() -> None:
    phases = [{"name": f"p{n}", "depends_on": [f"p{n - 1}"] if n else []} for n in range(5_000)]
    with pytest.raises(ConfigError, match="5000 phases"):
        BuildPlan.from_json(changed("phases", phases))


def test_a_chain_of_phases_is_ordered_however_long_it_is() -> None:
    tree = dict(EXPRESS)
    phases = [
        f'[phases.p{n}]\ncommands = ["echo {n}"]\ndepends_on = ["{f"p{n + 1}" if n < 399 else "setup"}"]'
        for n in range(400)
    ]
    tree["buildplan.toml"] = "\n".join(phases)
    assert "echo 399" in buildplan.plan(tree).to_json()
    more = [f'[phases.q{n}]\ncommands = ["echo"]\ndepends_on = ["setup"]' for n in range(600)]
    tree["buildplan.toml"] = "\n".join([*phases, *more])
    with pytest.raises(BuildplanError, match="phases"):
        buildplan.plan(tree)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "9" * 5_000, "", "null", '"\\ud800"', '{"\\ud800": 1}']
)
def test_a_text_that_is_not_a_plan_is_a_typed_error(text: str) -> None:
    with pytest.raises(ConfigError):
        BuildPlan.from_json(text)


def test_a_plan_of_many_megabytes_is_refused() -> None:
    with pytest.raises(ConfigError, match="characters"):
        BuildPlan.from_json(changed("phases.0.comment", "x" * 5_000_000))
