"""What is read of a Rust file: strings, and code without comments, strings and tests."""

from __future__ import annotations

import planned
import pytest
from buildplan.providers.rust import source_file


def parsed(text: str) -> source_file.RustFile:
    found = source_file.read(planned.of({"a.rs": text}), "a.rs")
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
        ('let a = "never closed', ["never closed"]),
        ('let a = r#"never closed', ["never closed"]),
    ],
)
def test_strings_are_told_from_comments_characters_and_lifetimes(text: str, values: list[str]) -> None:
    assert [literal.text for _, literal in parsed(text).strings()] == values


def test_tests_do_not_count_and_lines_keep_their_numbers() -> None:
    tests = '#[cfg(test)]\nmod more {\n  const A: &str = "127.0.0.1:1";\n}\n'
    text = f'#[cfg(test)]\nmod tests;\nfn main() {{}}\n{tests}let a = "x";\n'
    found = parsed(text)
    assert [(literal.text, literal.line) for _, literal in found.strings()] == [("x", 8)]
    assert found.line_at(found.code.index("fn main")) == 3


def test_a_generated_file_is_not_read() -> None:
    assert source_file.read(planned.of({"a.rs": "// " + "x" * 600_000}), "a.rs") is None
