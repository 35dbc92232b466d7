"""Code without a grammar: strings and comments told apart by the rules of its language, which are a row of a table.

For languages whose tree-sitter grammar does not bear hostile text: Bash's and Kotlin's take minutes on 100 kB, and
Java's takes gigabytes on 6 kB (`x=>` over and over), whatever its progress is stopped at. Here every character is
looked at once: what is not closed goes on to the end.

In `Code.code` comments are blanks and each string is its number among `Code.strings`, in double quotes; lines keep
their numbers. So a pattern over it never matches inside of a string or a comment.

Sources, checked 2026-11-24:
- https://docs.oracle.com/javase/specs/jls/se25/html/jls-3.html#jls-3.7 (comments, strings, text blocks)
- https://groovy-lang.org/syntax.html (comments, strings in one and three quotes)
- https://kotlinlang.org/docs/reference/grammar.html (`LineComment`, `DelimitedComment`, string literals)
- https://www.php.net/manual/language.basic-syntax.comments.php, https://www.php.net/manual/language.types.string.php
- https://code.visualstudio.com/docs/languages/json#_json-with-comments
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

# What follows in a larger file, which is generated or data, does not count.
_MAX_CHARACTERS = 256 * 1024


class Quotes(NamedTuple):
    """How a string begins and ends; `escape` is a backslash, or nothing."""

    opens: str
    closes: str
    escape: str = ""
    lines: bool = False


class Rules(NamedTuple):
    """Comments and strings of a language; of two that begin alike the first counts.

    `line` are patterns of comments that end with their line, `block` are the ends of longer ones.
    """

    line: tuple[str, ...]
    block: tuple[tuple[str, str], ...]
    strings: tuple[Quotes, ...]


_ONE_LINE = (Quotes('"', '"', "\\"), Quotes("'", "'", "\\"))
_THREE = (Quotes('"""', '"""', lines=True), Quotes("'''", "'''", lines=True))
_SLASHES = (r"//[^\n]*+",)
_C_COMMENTS = (("/*", "*/"),)
RULES = {
    # Java, Kotlin and Groovy.
    "jvm": Rules(_SLASHES, _C_COMMENTS, (*_THREE, *_ONE_LINE)),
    # `?>` ends a comment too; what follows it is text of the page, not code.
    "php": Rules(
        (r"//(?:[^\n?]|\?(?!>))*+", r"#(?!\[)(?:[^\n?]|\?(?!>))*+"),
        _C_COMMENTS,
        (
            Quotes('"', '"', "\\", lines=True),
            Quotes("'", "'", "\\", lines=True),
            Quotes("?>", "<?", lines=True),
        ),
    ),
    "json": Rules(_SLASHES, _C_COMMENTS, (Quotes('"', '"', "\\"),)),
}


class Code(NamedTuple):
    """A file; see the module's text."""

    path: str
    code: str
    strings: tuple[str, ...]

    def string(self, number: str) -> str:
        """Return the string whose number stands in `code`."""
        return self.strings[int(number)]

    def origin(self, offset: int, key: str | None = None) -> Origin:
        """Return the place of an offset in `code`."""
        return Origin(self.path, self.code.count("\n", 0, offset) + 1, key)

    def block(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield offset and text of what stands in `name { … }`, at any depth."""
        for match in re.finditer(
            rf"(?<![\w.]){re.escape(name)}\s{{0,20}}(?:\([^(){{}}]{{0,200}}\)\s{{0,20}})?\{{", self.code
        ):
            end = closing(self.code, match.end())
            yield match.end(), self.code[match.end() : end]

    def value(self, pattern: str) -> Sourced[str] | None:
        """Return the first group of a pattern over `code`; a number in quotes there stands for its string."""
        match = re.search(pattern, self.code)
        if match is None:
            return None
        text = match[1]
        if text.startswith('"'):
            text = self.string(text.strip('"'))
        return Sourced(text, self.origin(match.start(1)))


def closing(code: str, start: int) -> int:
    """Return where the bracket ends whose content begins at `start`."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return match.start()
    return len(code)


def manifest(tree: SourceTree, path: str, language: str) -> Code:
    """Return a file that the build is made of; raises FileError when it is not text."""
    text = tree.text(path)
    return tree.memo("code manifest", path, lambda: parse(path, text, language))


def read(tree: SourceTree, path: str, language: str) -> Code | None:
    """Return a file that is only a hint, None when it is missing or not text."""

    def opened() -> Code | None:
        text = tree.text_or_none(path)
        return None if text is None else parse(path, text, language)

    return tree.memo("code text", path, opened)


def parse(path: str, text: str, language: str) -> Code:
    """Return the code of a text."""
    text = text[:_MAX_CHARACTERS]
    pieces: list[str] = []
    strings: list[str] = []
    position = 0
    rules = RULES[language]
    for match in _pieces(language).finditer(text):
        token = match[0]
        pieces.append(text[position : match.start()])
        position = match.end()
        lines = "\n" * token.count("\n")
        kind = int((match.lastgroup or "_0")[1:])
        if not kind:
            pieces.append(" " + lines)
            continue
        pieces.append(f'"{len(strings)}"{lines}')
        quotes = rules.strings[kind - 1]
        strings.append(token[len(quotes.opens) :].removesuffix(quotes.closes))
    pieces.append(text[position:])
    return Code(path, "".join(pieces), tuple(strings))


def without_comments(text: str, language: str) -> str:
    """Return the code with a blank and its line ends for each comment, and with its strings."""

    def kept(match: re.Match[str]) -> str:
        return match[0] if match.lastgroup != "_0" else " " + "\n" * match[0].count("\n")

    return _pieces(language).sub(kept, text)


@functools.cache
def _pieces(language: str) -> re.Pattern[str]:
    """Return the pattern of strings and comments: the group `_0` is a comment, `_1` a string in the first quotes."""
    rules = RULES[language]
    comments = list(rules.line)
    comments += [rf"{re.escape(begin)}(?s:.*?(?:{re.escape(end)}|\Z))" for begin, end in rules.block]
    strings = (rf"(?P<_{number}>{_string(quotes)})" for number, quotes in enumerate(rules.strings, 1))
    return re.compile("|".join((f"(?P<_0>{'|'.join(comments)})", *strings)))


def _string(quotes: Quotes) -> str:
    opens, closes = re.escape(quotes.opens), re.escape(quotes.closes)
    if not quotes.escape:
        return rf"{opens}(?s:.*?(?:{closes}|\Z))"
    end = "" if quotes.lines else r"\n"
    return rf"{opens}(?:[^{closes}\\{end}]|(?s:\\.))*+(?:{closes})?"
