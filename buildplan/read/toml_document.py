"""TOML files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import FileError, LimitError
from buildplan.model.origin import Origin
from buildplan.read.document import Document, Key
from buildplan.source.budget import check_size

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_HEADER = re.compile(r"\s*+(\[\[?)\s*+([^\[\]#]++)\]\]?\s*+(?:#.*)?$")
_KEY = re.compile(
    r"""\s*((?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')(?:\s*+\.\s*+(?:[A-Za-z0-9_-]++|"[^"\n]*"|'[^'\n]*'))*+)\s*+="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*'""")
# `tomllib` needs time and memory that grow with the square of a key's parts.
MAX_CHARACTERS = 512 * 1024
_MAX_PARTS = 32
_LONG_KEY = re.compile(
    rf"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_MAX_PARTS}}}""", re.ASCII
)
_ERROR_LINE = re.compile(r"\(at line (\d+), column (\d+)\)")


def read(tree: SourceTree, path: str) -> Document:
    """Return the parsed file; raises FileError for what cannot be read or is not TOML."""

    def parsed() -> Document:
        text = tree.text(path)
        tree.budget.spend(len(text) * 3 // 2, path)
        return parse(text, path)

    return tree.memo("toml", path, parsed)


def parse(text: str, path: str) -> Document:
    """Return the parsed text; raises FileError for what is not TOML."""
    import tomllib

    check_size(path, "characters", len(text), MAX_CHARACTERS)
    long = _LONG_KEY.search(text)
    if long is not None:
        origin = Origin(path, text.count("\n", 0, long.start()) + 1)
        raise LimitError(f"a key has more than {_MAX_PARTS} parts", origin=origin, hint="shorten the key")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _ERROR_LINE.search(str(error))
        line = int(place[1]) if place else None
        message = _ERROR_LINE.sub("", str(error)).strip()
        raise FileError(
            f"it is not TOML: {message[:1].lower()}{message[1:]}",
            origin=Origin(path, line),
            hint=f"correct line {place[1]}, column {place[2]}" if place else None,
        ) from error
    except ValueError as error:
        raise FileError("it has a number of too many digits to be read", origin=Origin(path)) from error
    except RecursionError as error:
        raise FileError("it is nested too deeply to be read", origin=Origin(path)) from error
    lines: dict[tuple[Key, ...], int] | None = None

    def locate(keys: tuple[Key, ...]) -> int | None:
        nonlocal lines
        if lines is None:
            lines = _lines(text)
        return lines.get(keys)

    return Document(path, data, locate)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _lines(text: str) -> dict[tuple[Key, ...], int]:
    """Return key path → line of tables and of keys that start a line; good enough for messages."""
    found: dict[tuple[Key, ...], int] = {}
    table: tuple[Key, ...] = ()
    counts: dict[tuple[Key, ...], int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.match(line)
        if header:
            table = _parts(header[2])
            if header[1] == "[[":
                index = counts.get(table, -1) + 1
                counts[table] = index
                found.setdefault(table, number)
                table = (*table, index)
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            found.setdefault((*table, *_parts(key[1])), number)
    return found
