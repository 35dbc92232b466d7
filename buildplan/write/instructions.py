"""The text of a Dockerfile as instructions and comments, and an instruction as words: the units that are merged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

COMMENT = "#"
# A line of which nothing more is known: of an ignore file, or of a Dockerfile that cannot be parsed.
LINE = ""
_NAME = re.compile(r"\s*([A-Za-z]+)")
_AS = re.compile(r"\sAS\s+(\S+)\s*$", re.IGNORECASE)
_PIECE = re.compile(r"(?P<gap>[ \t]*)(?P<text>\S+)")
_QUOTED = re.compile(r"""(?<![ \t])(?P<gap>[ \t]*+)(?P<text>(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+)""")
_ARRAY = re.compile(r"\[.*\]\s*$", re.DOTALL)
_PAIRS = frozenset({"ENV", "LABEL", "ARG"})


@dataclass(frozen=True, slots=True)
class Item:
    """An instruction or a comment: its lines, the first of them from 1, and how many empty lines stand before it."""

    kind: str
    text: str
    line: int = 1
    blanks: int = 0

    @property
    def stage(self) -> str | None:
        """The name that a FROM gives to its stage."""
        found = _AS.search(self.text) if self.kind == "FROM" else None
        return found[1].lower() if found else None


def items(text: str) -> tuple[Item, ...]:
    """Return the instructions and comments of a Dockerfile; of a text that is not one, its lines."""
    lines = text.splitlines()
    ends = _ends(text, lines)
    found = []
    blanks = index = 0
    while index < len(lines):
        if not lines[index].strip():
            blanks += 1
            index += 1
            continue
        kind, end = ends.get(index, (LINE, index + 1))
        if kind == LINE and lines[index].lstrip().startswith("#"):
            kind = COMMENT
        whole = "\n".join(line.rstrip() for line in lines[index:end])
        found.append(Item(kind, whole, index + 1, blanks))
        blanks = 0
        index = end
    return tuple(found)


def _ends(text: str, lines: Sequence[str]) -> dict[int, tuple[str, int]]:
    """Return for each line that begins an instruction its name, and the line after its last."""
    from e2b_dockerfile_utils import DockerfileSyntaxError, parse_dockerfile_ast

    if not any(_NAME.match(line) and line.lstrip()[:4].upper() == "FROM" for line in lines):
        return {}
    try:
        parsed = parse_dockerfile_ast(text).instructions
    except (DockerfileSyntaxError, RecursionError, ValueError):
        return {}
    return {item.start_line - 1: (item.name.upper(), item.end_line) for item in parsed}


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an instruction and the white space before it; a comment inside of the instruction is one word.

    `element` for what stands in a JSON array, where commas are not words.
    """

    gap: str
    text: str
    element: bool = False

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment between two lines of an instruction."""
        return self.text.startswith("#") and "\n" in self.gap


def words(item: Item) -> tuple[Word, ...] | None:
    """Return the words of an instruction; None when it has a here-document, whose text has no words."""
    if "<<" in item.text:
        return None
    return tuple(_words(item))


def _words(item: Item) -> Iterator[Word]:
    array = _ARRAY.search(item.text) if item.kind not in _PAIRS else None
    elements = _elements(array[0]) if array is not None else None
    text = item.text if array is None or elements is None else item.text[: array.start()]
    pattern = _QUOTED if item.kind in _PAIRS else _PIECE
    gap = ""
    for number, raw in enumerate(text.split("\n")):
        line = raw.lstrip()
        gap = "\n" + raw[: len(raw) - len(line)] if number else ""
        if number and line.startswith("#"):
            yield Word(gap, line.rstrip())
            continue
        line = line.rstrip().removesuffix("\\")
        position = 0
        while found := pattern.match(line, position) or _PIECE.match(line, position):
            yield Word(gap if not position else found["gap"], found["text"])
            position = found.end()
        if position:
            gap = " "
    if elements is not None:
        yield Word(gap, "[")
        yield from (Word(" " if index else "", element, element=True) for index, element in enumerate(elements))
        yield Word("", "]")


def _elements(text: str) -> tuple[str, ...] | None:
    try:
        content = json.loads(text.replace("\\\n", "\n"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, list) or not all(isinstance(word, str) for word in content):
        return None
    return tuple(json.dumps(word, ensure_ascii=False) for word in content)


def text_of(words: Iterable[Word]) -> str:
    """Return the text of an instruction with these words: line continuations are where they have to be."""
    parts: list[str] = []
    before: Word | None = None
    for word in words:
        gap = word.gap
        if before is None:
            gap = ""
        elif "\n" in gap or before.is_comment or word.is_comment:
            indent = gap.rpartition("\n")[2] if "\n" in gap else "    "
            gap = f"\n{indent}" if before.is_comment else f" \\\n{indent}"
        elif before.text == "[" or (word.text == "]" and before.element):
            gap = ""
        else:
            gap = gap or " "
        if before is not None and before.element and word.element:
            gap = f",{gap}"
        parts += [gap, word.text]
        before = word
    return "".join(parts)
