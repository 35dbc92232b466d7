"""Shell lines: lists of simple commands, and what a script surely runs and what it only may."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildplan.read import shell
from buildplan.read.shell import Line, Simple, Word, commands_in


def only(text: str) -> Simple:
    line = shell.parse(text)
    assert line is not None
    assert line.operators == ()
    (command,) = line.commands
    return command


def words(text: str) -> list[str]:
    return [word.text for word in only(text).words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node server.js", ["node", "server.js"]),
        ("  node\tserver.js  ", ["node", "server.js"]),
        ("node 'a b' \"c d\" e\\ f", ["node", "a b", "c d", "e f"]),
        ("""node "a\\"b" 'it'"'"'s'""", ["node", 'a"b', "it's"]),
        ("node a#b # comment", ["node", "a#b"]),
        ("node --x=$ a~b", ["node", "--x=$", "a~b"]),
        ("node ''", ["node", ""]),
        ("node \\\n  x", ["node", "x"]),
        ("node x;", ["node", "x"]),
    ],
)
def test_words_are_split_as_a_shell_does(text: str, expected: list[str]) -> None:
    assert words(text) == expected
    assert not only(text).needs_shell


@pytest.mark.parametrize(
    "text", ["node $X", 'node "${PORT:-3000}"', "node *.js", "ls ~/x", "A=$B node x", "node x > log", "node x 2>&1"]
)
def test_what_only_a_shell_can_do_is_told_apart(text: str) -> None:
    assert only(text).needs_shell


def test_the_source_of_a_command_reads_back_as_the_same_command() -> None:
    for text in ("A='b c' node 'x y' $Z > out", 'node "it\'s"', "x '' '$a'"):
        command = only(text)
        assert only(command.source) == command


def test_assignments_stand_before_the_program_only() -> None:
    command = only("A=1 B='x y' node C=3")
    assert command.assignments == (("A", Word("1")), ("B", Word("x y")))
    assert command.arguments == ("C=3",)
    assert command.program == "node"


def test_a_program_is_named_without_its_directory() -> None:
    assert only("./node_modules/.bin/next start").program == "next"
    assert only("$NODE x").program == ""


def test_lists_keep_their_operators() -> None:
    line = shell.parse("a && b; c || d | e &")
    assert line is not None
    assert [command.source for command in line.commands] == ["a", "b", "c", "d", "e"]
    assert line.operators == ("&&", ";", "||", "|", "&")


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "# only", "(a; b)", "{ a; }", "if a; then b; fi", "for x in y; do z; done", "a `b`", "a $(b)",
        'a "$(b)"',
        "a 'b", 'a "b', "&& a", "a && && b", "a ${b", "while true; do x; done", "a <<E\nE", "x" * 5000, "f() { a; }",
    ],
)  # fmt: skip
def test_more_than_a_list_of_commands_is_not_split(text: str) -> None:
    assert shell.parse(text) is None


def test_a_line_break_separates_commands() -> None:
    assert shell.parse("a\nb") == Line((only("a"), only("b")), (";",))


def test_a_list_of_words_needs_no_quoting() -> None:
    command = shell.simple(("node", "a b", "$X"))
    assert command.source == "node 'a b' '$X'"
    assert not command.needs_shell


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
        ("tar c x >out.tar 2>&1>/dev/null y", ["tar c x y"]),
        ("A=1;A=$A$A;A=$A$A;echo $A", ["echo 1111"]),
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


@given(st.text(alphabet="ab '\"\\$(){}`&|;<>\n#-=", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_line_gives_commands_and_never_an_error(line: str) -> None:
    assert all(command.words for command in commands_in(line, {}))
    shell.parse(line)


def test_an_expansion_with_a_default_is_one_word() -> None:
    assert [word.text for word in only('useradd ${ID:+--uid "${ID}" -o} app').words][1:] == [
        '${ID:+--uid "${ID}" -o}',
        "app",
    ]


def test_a_number_behind_a_copied_descriptor_belongs_to_it() -> None:
    assert only("node x 2>&1>/dev/null").redirections == ("2>&1", ">/dev/null")


def test_what_is_written_is_known_and_the_null_device_does_not_count() -> None:
    (command,) = commands_in("a >b.txt >>$D/c 2>/dev/null 2>&1 <in &>log", {"D": "/d"})
    assert command.writes == ("b.txt", "/d/c", "log")


@pytest.mark.parametrize("part", ["A=$A$A;echo $A;", "a||", "~", "cd a;ls;", "${", "env ", "$(", "'", "1<", "\\"])
def test_hostile_scripts_take_no_longer_than_their_length(part: str) -> None:
    text = "A=xxxxxxxx;" + part * (60_000 // len(part))
    begin = time.process_time()
    found = commands_in(text, {})
    assert time.process_time() - begin < 3
    assert sum(len(word) for command in found for word in command.words) < len(text) + 300_000
