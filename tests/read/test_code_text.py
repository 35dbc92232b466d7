"""Code without a grammar: comments and strings are told apart, on the same lines, whatever the text."""

from __future__ import annotations

import random
import time

import pytest

from buildplan.read import code_text

PIECES = {
    language: [
        *rules.line,
        *(end for pair in rules.block for end in pair),
        *(part for quotes in rules.strings for part in (quotes.opens, quotes.closes, quotes.opens + "\\")),
        "\n",
        "\\",
        "a",
        "(",
        "#",
    ]
    for language, rules in code_text.RULES.items()
}


@pytest.mark.parametrize(
    ("language", "text", "code", "strings"),
    [
        ("jvm", 'a("x") // "y"\nb', 'a("0")  \nb', ("x",)),
        ("jvm", "a /* '\n */ 'b\\'c'", 'a  \n "0"', ("b\\'c",)),
        ("jvm", '"""a\n"b" // c"""; d', '"0"\n; d', ('a\n"b" // c',)),
        ("jvm", 'a = "not closed\nb = "c"', 'a = "0"\nb = "1"', ("not closed", "c")),
        ("jvm", "a /* not closed\nb", "a  \n", ()),
        ("php", "# a 'b'\n#[C('d')]", ' \n#[C("0")]', ("d",)),
        ("php", "'a\nb' . \"c\"", '"0"\n . "1"', ("a\nb", "c")),
    ],
)
def test_strings_are_numbered_and_comments_blank(language: str, text: str, code: str, strings: tuple[str, ...]) -> None:
    found = code_text.parse("a", text, language)
    assert (found.code, found.strings) == (code, strings)


def test_comments_alone_can_be_taken_out() -> None:
    text = '{"a": "//b", // c\n/* d\n */ "e": 1}'
    assert code_text.without_comments(text, "json") == '{"a": "//b",  \n \n "e": 1}'


@pytest.mark.parametrize("language", sorted(PIECES))
def test_lines_keep_their_numbers_in_any_text(language: str) -> None:
    mixer = random.Random(20261125)  # repeatable text, not a secret
    for _ in range(400):
        text = "".join(mixer.choices(PIECES[language], k=mixer.randrange(60)))
        found = code_text.parse("a", text, language)
        assert found.code.count("\n") == text.count("\n"), text
        assert code_text.without_comments(text, language).count("\n") == text.count("\n"), text
        for number in range(len(found.strings)):
            assert f'"{number}"' in found.code


@pytest.mark.parametrize("language", sorted(PIECES))
def test_hostile_text_takes_no_longer_than_any_other(language: str) -> None:
    begin = time.process_time()
    for piece in PIECES[language]:
        for text in (piece, f"{piece} ", f"a{piece}"):
            code_text.parse("a", text * (200_000 // len(text)), language)
    assert time.process_time() - begin < 10


def test_a_block_ends_with_its_own_bracket() -> None:
    found = code_text.parse("a", "jar { a { 'b' } }\nx.jar { c }\n jar(d) { e }", "jvm")
    assert [text for _, text in found.block("jar")] == [' a { "0" } ', " e "]
