"""The commands in a RUN: what surely runs, and what only may."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.drift.dockerfile_reader import parse
from buildplan.drift.shell_commands import commands_in, commands_of


def certain(line: str) -> list[str]:
    return [" ".join(command.words) for command in commands_in(line, {"V": "9"}) if command.certain]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("npm ci && npm run build", ["npm ci", "npm run build"]),
        ("npm ci; ls | wc -l & wait", ["npm ci", "ls", "wc -l", "wait"]),
        ("if [ -f yarn.lock ]; then yarn; else npm ci; fi; ls", ["ls"]),
        ("npm ci || npm install; ls", ["ls"]),
        ("[ -f x ] && npm ci; ls", ["[ -f x ]", "ls"]),
        ("for f in a b; do npm ci; done && ls", ["ls"]),
        ("case $X in a) npm ci;; esac; ls", ["ls"]),
        ("npm i -g pnpm@$V ${V} $W", ["npm i -g pnpm@9 9 $W"]),
        ("echo '$V' \"$V\" \\$V", ["echo $V 9 $V"]),
        ("sh -c 'npm ci && ls'", ["npm ci", "ls"]),
        ("exec env A=1 corepack pnpm install", ["pnpm install"]),
        ("corepack enable", ["corepack enable"]),
        ("npm ci > log 2>&1 < in", ["npm ci"]),
        ("ls # npm ci", ["ls"]),
        ("echo a#b", ["echo a#b"]),
        ("echo $(npm ci) `npm ci`", ["echo $(npm ci) `npm ci`"]),
        ("echo 'open", []),
        ("echo $(open", []),
    ],
)
def test_the_commands_that_surely_run(line: str, words: list[str]) -> None:
    assert certain(line) == words


def test_directories_and_assignments_are_followed() -> None:
    found = commands_in("cd web && A=1 npm ci && (cd x; ls) && pwd; cd $HOME; ls", {})
    assert [(command.program, command.directory, command.environment) for command in found] == [
        ("npm", "web", (("A", "1"),)),
        ("ls", "web/x", ()),
        ("pwd", "web", ()),
        ("ls", None, ()),
    ]


def test_an_assignment_on_its_own_is_a_variable() -> None:
    assert certain("export X=1; Y=2; echo $X $Y")[-1] == "echo 1 2"


def test_a_here_document_is_a_script_or_input() -> None:
    stage = parse(
        "FROM a\nRUN <<EOF\nnpm ci\nls\nEOF\nRUN cat <<EOF > f\nnpm ci\nEOF\nRUN bash <<EOF\nls\nEOF\n"
    ).stages[0]
    found = [[command.program for command in commands_of(item)] for item in stage.instructions]
    assert found == [["npm", "ls"], ["cat"], ["ls"]]


@given(st.text(alphabet="ab '\"\\$(){}`&|;<>\n#-=", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_line_gives_commands_and_never_an_error(line: str) -> None:
    assert all(command.words for command in commands_in(line, {}))
