"""JSON, and JSON with comments and trailing commas (`tsconfig.json`, `turbo.json`, `deno.jsonc`)."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import shown
from buildplan.model.visible_text import half_character, visible
from buildplan.read import code_text
from buildplan.read.document import Document, Key, dotted
from buildplan.source.budget import check_size

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_STRING = r'"(?:[^"\\\n]++|\\.)*+"'
_TOKEN = re.compile(rf"{_STRING}|\"[^\n]*+|[{{}}\[\],:]|\n")
_TRAILING_COMMA = re.compile(rf"({_STRING}|\"[^\n]*+)|,(?=\s*+[}}\]])")
MAX_NODES = 600_000
# So many marks are looked at for the lines of keys; what stands behind them has no line.
_MAX_MARKS = 200_000
# Deeper than any manifest; the parser itself would stop at the interpreter's recursion limit.
_MAX_NESTING = 200


def read(tree: SourceTree, path: str, *, comments: bool = False) -> Document:
    """Return the parsed file; with `comments`, comments and trailing commas are allowed.

    Raises FileError for what cannot be read, is not JSON, or is not a table.
    """

    def parsed() -> Document:
        text = tree.text(path)
        nodes = text.count(",") + text.count("[") + text.count("{")
        check_size(path, "values", nodes, MAX_NODES)
        tree.budget.spend(nodes // 3 + len(text) // 500, path)
        return _parse(text, path, comments=comments)

    return tree.memo("json", path, parsed)


def _parse(text: str, path: str, *, comments: bool) -> Document:
    source = text
    if comments:
        source = code_text.without_comments(source, "json")
        source = _TRAILING_COMMA.sub(lambda match: match[1] or " ", source)
    try:
        data = json.loads(source)
    except json.JSONDecodeError as error:
        raise FileError(
            f"it is not JSON: {_reason(source, error)}",
            origin=Origin(path, error.lineno),
            hint=f"correct line {error.lineno}, column {error.colno}",
        ) from error
    except (RecursionError, ValueError) as error:
        raise FileError("it is nested too deeply to be read", origin=Origin(path)) from error
    if not isinstance(data, dict):
        found = "a list" if isinstance(data, list) else f"`{json.dumps(data)[:40]}`"
        raise FileError(f"it holds {found}; expected an object, `{{…}}`", origin=Origin(path, 1))
    half = half_character(data) if "\\u" in source else None
    lines: dict[tuple[Key, ...], int] | None = None

    def locate(keys: tuple[Key, ...]) -> int | None:
        nonlocal lines
        if lines is None:
            lines = _lines(source)
        return lines.get(keys)

    document = Document(path, data, locate)
    if half is not None:
        raise FileError(
            f"`{shown(dotted(half))}` holds half of a character (a lone `\\ud800` or the like)",
            origin=Origin(path, document.origin(*half).line, visible(dotted(half))),
            hint="write the whole character",
        )
    return document


def _reason(text: str, error: json.JSONDecodeError) -> str:
    before = text[: error.pos].rstrip()
    if before.endswith(",") and text[error.pos : error.pos + 1] in {"}", "]"}:
        return "a trailing comma"
    if error.msg.startswith("Expecting property name") and before.endswith(","):
        return "a trailing comma"
    found = text[error.pos : error.pos + 1]
    if not found:
        return "it ends too early"
    return f"{error.msg[0].lower()}{error.msg[1:]}, found {found!r}"


def _lines(text: str) -> dict[tuple[Key, ...], int]:
    """Return key path → line, for objects and lists down to a sane depth; one pass over the tokens."""
    found: dict[tuple[Key, ...], int] = {}
    line = 1
    path: list[Key] = []
    in_object: list[bool] = []
    pending: str | None = None
    expect_key = False
    for match in islice(_TOKEN.finditer(text), _MAX_MARKS):
        mark = match[0]
        if mark == "\n":
            line += 1
        elif mark in "{[":
            if pending is None and in_object and not in_object[-1]:
                found.setdefault(tuple(path), line)
            in_object.append(mark == "{")
            path.append("" if mark == "{" else 0)
            pending = None
            expect_key = mark == "{"
            if len(path) > _MAX_NESTING:
                return found
        elif mark in "}]":
            if not in_object:
                return found
            in_object.pop()
            path.pop()
            expect_key = False
        elif mark == ",":
            if not in_object:
                return found
            expect_key = in_object[-1]
            if not in_object[-1]:
                last = path[-1]
                path[-1] = last + 1 if isinstance(last, int) else last
        elif mark == ":":
            expect_key = False
        elif expect_key:
            key = _string(mark)
            path[-1] = key
            found[tuple(path)] = line
        elif in_object and not in_object[-1]:
            found.setdefault(tuple(path), line)
    return found


def _string(mark: str) -> str:
    if "\\" not in mark:
        return mark[1:-1]
    try:
        value: Any = json.loads(mark)
    except ValueError:
        return mark[1:-1]
    return str(value)
