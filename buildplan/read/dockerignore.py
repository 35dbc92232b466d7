"""The `.dockerignore` of a tree.

Source, checked 2026-11-24: https://docs.docker.com/build/concepts/context/#dockerignore-files (patterns are anchored at
the root, `**` is any depth, `!` brings back, the last match wins, a matched directory takes all below it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.source import SourceTree

PATH = ".dockerignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern: `keep` for a line with `!`; `line` counts from 1."""

    pattern: str
    keep: bool
    line: int


def rules(tree: SourceTree) -> tuple[Rule, ...]:
    """Return the rules of the tree's own `.dockerignore`, none when there is none; raises FileError."""
    if not tree.has(PATH):
        return ()
    return parse(tree.text(PATH))


def parse(text: str) -> tuple[Rule, ...]:
    """Return the rules of a `.dockerignore`."""
    found = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        keep = line.startswith("!")
        pattern = line.removeprefix("!").strip().strip("/")
        parts = [part for part in pattern.split("/") if part not in {"", "."}]
        if parts:
            found.append(Rule("/".join(parts), keep, number))
    return tuple(found)


def excluding(found: tuple[Rule, ...], path: str) -> Rule | None:
    """Return the rule that keeps a path out of the build context, or None when it is in it."""
    path = path.strip("/")
    parents = [path[: match.start()] for match in re.finditer("/", path)]
    last = None
    for item in found:
        expression = _expression(item.pattern)
        if any(expression.fullmatch(candidate) for candidate in (path, *parents)):
            last = None if item.keep else item
    return last


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    text = ""
    parts = pattern.split("/")
    for index, part in enumerate(parts):
        final = index == len(parts) - 1
        if part == "**":
            text += ".*" if final else "(?:[^/]+/)*"
            continue
        # Runs of `*` mean the same as one, and one cannot blow up.
        for piece in re.findall(r"\*+|\?|\[\^?[^\]]*\]|\\.|.", part):
            if piece.startswith("*"):
                text += "[^/]*"
            elif piece == "?":
                text += "[^/]"
            elif piece.startswith("[") and len(piece) > 2:  # noqa: PLR2004  # more than the brackets
                text += _character_class(piece)
            else:
                text += re.escape(piece[-1])
        text += "" if final else "/"
    return re.compile(text)


def _character_class(piece: str) -> str:
    negated = piece.startswith("[^")
    inner = piece[2 if negated else 1 : -1]
    escaped = "".join(char if char == "-" else re.escape(char) for char in inner)
    try:
        expression = f"[{'^/' if negated else ''}{escaped}]"
        re.compile(expression)
    except re.error:
        return re.escape(piece)
    return expression
