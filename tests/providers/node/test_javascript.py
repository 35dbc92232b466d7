from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from node_installs import tree

from buildplan.language.javascript import javascript
from buildplan.read import syntax

if TYPE_CHECKING:
    from buildplan.language.javascript.javascript import Token


def tokens(text: str, path: str = "a.js") -> tuple[Token, ...]:
    return javascript.read(tree({path: text}), path)


def texts(source: str, path: str = "a.js") -> list[str]:
    return [token.text for token in tokens(source, path)]


def kinds(source: str) -> list[str]:
    return [token.kind for token in tokens(source)]


def test_comments_are_left_out() -> None:
    assert texts("a // b 'c'\n/* d\n\"e\" */ f") == ["a", "f"]


def test_a_string_that_looks_like_a_comment_is_a_string() -> None:
    assert texts("x = 'http://a' + \"/* b */\"") == ["x", "=", "http://a", "+", "/* b */"]


def test_tokens_know_their_lines_behind_comments_and_templates() -> None:
    found = tokens("a\n/*\n*/ b\n`x\ny` c\n'd'")
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
    (token,) = tokens(source)
    assert (token.kind, token.text) == ("string", expected)


def test_a_template_with_a_substitution_is_no_string() -> None:
    assert kinds("`a ${b ? `c` : '}'} d` + e") == ["template", "punctuation", "name"]


def test_a_slash_starts_a_regular_expression_only_where_one_can_stand() -> None:
    assert texts("a = /['\"]/g; b = c / d / e") == ["a", "=", "/['\"]/g", ";", "b", "=", "c", "/", "d", "/", "e"]
    assert texts("return /[/]'/.test(x)")[1] == "/[/]'/"


def test_numbers_and_marks_of_several_characters_are_one_token() -> None:
    assert texts("a ?? 3_000 || 0xff?.b; (...c) => c")[:9] == ["a", "??", "3_000", "||", "0xff", "?.", "b", ";", "("]
    assert texts("(...c) => c++") == ["(", "...", "c", ")", "=>", "c", "++"]


@pytest.mark.parametrize(
    ("path", "source", "expected"),
    [
        ("a.ts", "const a: string = <T>b as 'c'", ["const", "a", ":", "string", "=", "<", "T", ">", "b", "as", "c"]),
        ("a.tsx", "x = <A b='c'>it's 'd'</A>", ["x", "=", "<", "A", "b", "=", "c", ">", "</", "A", ">"]),
        ("a.mts", "a!.b?.c", ["a", "!", ".", "b", "?.", "c"]),
        ("a.jsx", "x = <A>{y}</A>", ["x", "=", "<", "A", ">", "{", "y", "}", "</", "A", ">"]),
        ("a.js", "class A { #b = 1 }", ["class", "A", "{", "#b", "=", "1", "}"]),
    ],
)
def test_types_and_markup_are_told_from_strings(path: str, source: str, expected: list[str]) -> None:
    assert texts(source, path) == expected


def test_a_string_without_an_end_hides_no_other() -> None:
    assert "listen" in texts("a = 'b\nlisten(1)")


def test_a_string_is_never_a_name() -> None:
    (token,) = tokens("'listen'")
    assert not token.is_("listen")


@pytest.mark.parametrize(
    "source",
    ["", "\0\x01\x02", "`${`${`${", "'" * 5000, "/*" * 5000, "((((" * 5000, "é漢字 = 1", "#!/usr/bin/env node\na"],
)
def test_any_text_gives_tokens(source: str) -> None:
    assert all(token.text in source for token in tokens(source) if token.kind == "name")


def test_a_file_that_is_too_long_or_not_text_is_not_read() -> None:
    source = tree({"a.js": "a;" * javascript.MAX_BYTES, "b.js": "a\0"})
    assert [javascript.read(source, path) for path in ("a.js", "b.js", "c.js")] == [(), (), ()]
    assert source.unread == {}


def test_a_file_without_the_words_is_not_parsed() -> None:
    source = tree({"a.js": "listen(1)"})
    assert javascript.read(source, "a.js", ("serve", "export")) == ()
    assert syntax.budget(source).units == syntax.Budget({}).units
    assert javascript.read(source, "a.js", ("serve", "listen")) != ()
    assert syntax.budget(source).units < syntax.Budget({}).units
