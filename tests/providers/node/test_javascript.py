from __future__ import annotations

import time

import pytest
from node_installs import tree

from buildplan.language.javascript import javascript


def texts(source: str) -> list[str]:
    return [token.text for token in javascript.tokens(source)]


def kinds(source: str) -> list[str]:
    return [token.kind for token in javascript.tokens(source)]


def test_comments_are_left_out() -> None:
    assert texts("a // b 'c'\n/* d\n\"e\" */ f") == ["a", "f"]


def test_a_string_that_looks_like_a_comment_is_a_string() -> None:
    assert texts("x = 'http://a' + \"/* b */\"") == ["x", "=", "http://a", "+", "/* b */"]


def test_tokens_know_their_lines_behind_comments_and_templates() -> None:
    found = javascript.tokens("a\n/*\n*/ b\n`x\ny` c\n'd'")
    assert [(token.text, token.line) for token in found] == [("a", 1), ("b", 3), ("x\ny", 4), ("c", 5), ("d", 6)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"'a\'b'", "a'b"),
        (r'"\u0041\x42\u{43}"', "ABC"),
        (r"'a\nb'", "a\nb"),
        (r"'\u{110000}'", ""),
        ("`plain`", "plain"),
    ],
)
def test_escapes_of_strings_are_resolved(source: str, expected: str) -> None:
    (token,) = javascript.tokens(source)
    assert (token.kind, token.text) == ("string", expected)


def test_a_template_with_a_substitution_is_no_string() -> None:
    assert kinds("`a ${b ? `c` : '}'} d` + e") == ["template", "punctuation", "name"]


def test_a_slash_starts_a_regular_expression_only_where_one_can_stand() -> None:
    assert texts("a = /['\"]/g; b = c / d / e") == ["a", "=", "/['\"]/g", ";", "b", "=", "c", "/", "d", "/", "e"]
    assert texts("return /[/]'/.test(x)")[1] == "/[/]'/"


def test_numbers_and_marks_of_several_characters_are_one_token() -> None:
    assert texts("a ?? 3_000 || 0xff?.b => ...c") == ["a", "??", "3_000", "||", "0xff", "?.", "b", "=>", "...", "c"]


def test_a_string_without_an_end_stops_at_the_line() -> None:
    assert texts("a = 'b\nc") == ["a", "=", "b", "c"]


def test_a_string_is_never_a_name() -> None:
    (token,) = javascript.tokens("'listen'")
    assert not token.is_("listen")


@pytest.mark.parametrize(
    "source",
    ["", "\0\x01\x02", "`${`${`${", "'" * 5000, "/*" * 5000, "((((" * 5000, "é漢字 = 1", "#!/usr/bin/env node\na"],
)
def test_any_text_gives_tokens(source: str) -> None:
    javascript.tokens(source)


@pytest.mark.parametrize("part", ["=/[", "`${", "'\\", "${{", "/**/", "\\u{", "a?.b"])
def test_hostile_text_takes_no_longer_than_its_length(part: str) -> None:
    source = part * (60_000 // len(part))
    begin = time.process_time()
    javascript.tokens(source)
    assert time.process_time() - begin < 6


def test_a_file_that_is_too_long_is_not_read() -> None:
    source = tree({"a.js": "a;" * javascript.MAX_CHARACTERS, "b.js": b"\xff\xfe"})
    assert javascript.read(source, "a.js") == ()
    assert javascript.read(source, "b.js") == ()
    assert javascript.read(source, "c.js") == ()
