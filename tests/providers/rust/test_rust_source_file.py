"""What is read of a Rust file: strings, fields and words of the code, without what only tests hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import planned
import pytest
from buildplan.providers.rust import source_file

if TYPE_CHECKING:
    from buildplan.read.syntax import Source


def parsed(text: str) -> Source:
    found: Source | None = source_file.read(planned.of({"a.rs": text}), "a.rs")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('let a = "x";', ["x"]),
        (r'let a = "a\"b\n";', ['a"b\n']),
        ('let a = r"c:\\";', ["c:\\"]),
        ('let a = r#"say "hi""#; let b = "y";', ['say "hi"', "y"]),
        ('let a = b"bytes";', ["bytes"]),
        ('// "no"\n/* "no" /* nested "no" */ "no" */ let a = \'x\';', []),
        ("fn f<'a>(x: &'a str) -> &'a str { \"z\" }", ["z"]),
        ('let quote = \'"\'; let a = "x";', ["x"]),
        ('let a = "one \\\n    line";', ["one line"]),
    ],
)
def test_strings_are_told_from_comments_characters_and_lifetimes(text: str, values: list[str]) -> None:
    assert [literal.text for literal in parsed(text).strings()] == values


def test_tests_do_not_count_and_lines_keep_their_numbers() -> None:
    tests = '#[cfg(test)]\nmod more {\n  const A: &str = "127.0.0.1:1";\n}\n'
    text = f'#[cfg(test)]\nmod tests;\nfn main() {{}}\n{tests}let a = "x";\n'
    found = parsed(text)
    assert [(literal.text, literal.line) for literal in found.strings()] == [("x", 8)]
    assert found.line_at(found.content.index(b"fn main")) == 3


@pytest.mark.parametrize(
    "item",
    [
        'mod tests {\n    const A: &str = "no";\n}',
        'pub fn made(\n    a: &str,\n) {\n    f("no");\n}',
        '#[allow(unused)]\n// "why"\nmod tests {\n    fn f() {\n        g("no");\n    }\n}',
        "use a::{\n    b,\n    c,\n};",
        'const A: &str = "no";',
    ],
)
def test_an_item_of_tests_ends_where_rustfmt_closes_it(item: str) -> None:
    text = f'fn a() {{}}\n\n#[cfg(test)]\n{item}\n\nfn b() {{ f("x"); }}\n'
    lines = text.count("\n")
    assert [(literal.text, literal.line) for literal in parsed(text).strings()] == [("x", lines)]


def test_the_attributes_of_a_field_stand_right_before_it() -> None:
    text = 'struct A {\n  #[a]\n  one: u8,\n  /// Two.\n  #[b(x = 1)]\n  // why\n  #[c = "d"]\n  pub two: B<u8>,\n}\n'
    found = [
        (item.name.text, [row.name for row in item.attributes]) for item in source_file.fields(parsed(text), ("",))
    ]
    assert found == [("one", ["a"]), ("two", ["b", "c"])]


def test_words_of_strings_and_comments_are_not_code() -> None:
    found = parsed('// here\nfn a() { f("here"); here(); }\n')
    assert found.words(("here",)) == (found.content.index(b"here()"),)
