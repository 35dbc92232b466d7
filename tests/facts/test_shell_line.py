from __future__ import annotations

import pytest

from buildplan.read import shell_line
from buildplan.read.shell_line import Line, Simple, Word


def only(text: str) -> Simple:
    line = shell_line.parse(text)
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
    line = shell_line.parse("a && b; c || d | e &")
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
    assert shell_line.parse(text) is None


def test_a_line_break_separates_commands() -> None:
    assert shell_line.parse("a\nb") == Line((only("a"), only("b")), (";",))


def test_a_list_of_words_needs_no_quoting() -> None:
    command = shell_line.simple(("node", "a b", "$X"))
    assert command.source == "node 'a b' '$X'"
    assert not command.needs_shell
