"""What one Rust file says, without compiling it: its strings, and its code without comments, strings and tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

# Larger files are generated.
_MAX_CHARACTERS = 512 * 1024
# An unfinished comment or string takes the rest, so that no second attempt starts inside of it. A lifetime (`'a`) has
# no second quote behind its first character, so it is no token.
_TOKEN = re.compile(
    r'//[^\n]*|/\*|(?<!\w)[bc]?r(?P<raw>#{0,8})"|"'
    r"|'(?:[^'\\\n]|\\(?:u\{[0-9a-fA-F_]{1,8}\}|x[0-9a-fA-F]{2}|.))'",
)
_STRING = re.compile(r'(?:[^"\\]|\\.)*"?', re.DOTALL)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_TESTS = re.compile(r"#\[cfg\(test\)\]")
_EDGE = re.compile(r"[{};]")
_QUOTED = re.compile(r'"(\d+)"')
_ESCAPE = re.compile(r"\\(?:\n\s*|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": ""}


class Literal(NamedTuple):
    """A string of the code and the line where it begins."""

    text: str
    line: int


class RustFile(NamedTuple):
    """A Rust file.

    In `code` comments, and what only tests hold, are blanks, and each string is its number among `literals`, in
    quotes; lines keep their numbers.
    """

    path: str
    literals: tuple[Literal, ...]
    code: str

    def origin(self, line: int | None, key: str | None = None) -> Origin:
        """Return a place in the file."""
        return Origin(self.path, line, key)

    def line_at(self, offset: int) -> int:
        """Return the line of an offset in `code`."""
        return self.code.count("\n", 0, offset) + 1

    def literal(self, number: str) -> Literal:
        """Return the string whose number stands in `code`."""
        return self.literals[int(number)]

    def strings(self) -> Iterator[tuple[int, Literal]]:
        """Yield the strings that are no part of tests, with their offsets in `code`."""
        for match in _QUOTED.finditer(self.code):
            yield match.start(), self.literal(match[1])


def read(tree: SourceTree, path: str) -> RustFile | None:
    """Return the file, or None when it is no text: a source file is only a hint."""
    return tree.memo("rust file", path, lambda: _parse(path, tree.text_or_none(path)))


def _parse(path: str, text: str | None) -> RustFile | None:
    if text is None or len(text) > _MAX_CHARACTERS:
        return None
    literals: list[Literal] = []
    pieces: list[str] = []
    position, line = 0, 1
    while True:
        match = _TOKEN.search(text, position)
        if match is None:
            break
        between = text[position : match.start()]
        line += between.count("\n")
        pieces.append(between)
        if match[0].startswith("//"):
            end = match.end()
            pieces.append(" ")
        elif match[0] == "/*":
            end = _comment_end(text, match.end())
            pieces.append(" ")
        elif match[0].endswith('"'):
            end, value = _string(text, match)
            pieces.append(f'"{len(literals)}"')
            literals.append(Literal(value, line))
        else:
            end = match.end()
            pieces.append("' '")
        lines = text.count("\n", match.start(), end)
        pieces.append("\n" * lines)
        line += lines
        position = end
    pieces.append(text[position:])
    return RustFile(path, tuple(literals), _without_tests("".join(pieces)))


def _string(text: str, match: re.Match[str]) -> tuple[int, str]:
    """Return where the string ends, and its value."""
    if match["raw"] is not None:
        close = text.find('"' + match["raw"], match.end())
        end = len(text) if close < 0 else close
        return min(end + 1 + len(match["raw"]), len(text)), text[match.end() : end]
    inside = _STRING.match(text, match.end())
    assert inside is not None  # noqa: S101  # it can be empty
    value = inside[0].removesuffix('"')
    if "\\" in value:
        value = _ESCAPE.sub(lambda found: "" if found[1] is None else _ESCAPES.get(found[1], found[1]), value)
    return inside.end(), value


def _comment_end(text: str, position: int) -> int:
    """Return the end of a block comment; they nest."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(text, position):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return len(text)


def _without_tests(code: str) -> str:
    pieces: list[str] = []
    position = 0
    while True:
        match = _TESTS.search(code, position)
        if match is None:
            break
        end = _item_end(code, match.end())
        pieces += [code[position : match.start()], "\n" * code.count("\n", match.start(), end)]
        position = end
    pieces.append(code[position:])
    return "".join(pieces)


def _item_end(code: str, position: int) -> int:
    """Return where the item behind an attribute ends: `mod tests;` or `mod tests { … }`."""
    depth = 0
    for edge in _EDGE.finditer(code, position):
        if edge[0] == "{":
            depth += 1
        elif edge[0] == "}":
            depth -= 1
        if depth <= 0:
            return edge.end()
    return len(code)
