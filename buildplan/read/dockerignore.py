"""The `.dockerignore` of a tree.

Source, checked 2026-11-24: https://docs.docker.com/build/concepts/context/#dockerignore-files (patterns are anchored at
the root, `**` is any depth, `!` brings back, the last match wins, a matched directory takes all below it).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from buildplan.source.budget import check_size

if TYPE_CHECKING:
    from buildplan.source import SourceTree

PATH = ".dockerignore"
MAX_CHARACTERS = 64 * 1024


class Rule(NamedTuple):
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
    """Return the rules of a `.dockerignore`; raises LimitError for one of more than 64 kB."""
    check_size(PATH, "characters", len(text), MAX_CHARACTERS)
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
    names = path.strip("/").split("/")
    last = None
    for item in found:
        if _matches(_segments(item.pattern), names):
            last = None if item.keep else item
    return last


def _matches(pattern: tuple[re.Pattern[str] | None, ...], names: list[str]) -> bool:
    """Return whether a pattern matches the path or a directory above it; None in a pattern is `**`.

    After a `**` the first place where the rest fits up to the next `**` is taken and never reconsidered: the time is
    that of names times segments, whatever the pattern.
    """
    at = step = 0
    resume: tuple[int, int] | None = None
    while step < len(pattern):
        segment = pattern[step]
        if segment is None:
            if step == len(pattern) - 1:
                return at < len(names)
            step += 1
            resume = (step, at)
        elif at < len(names) and segment.fullmatch(names[at]):
            step += 1
            at += 1
        elif resume is not None and resume[1] < len(names):
            step, at = resume[0], resume[1] + 1
            resume = (step, at)
        else:
            return False
    return True


@lru_cache(maxsize=4096)
def _segments(pattern: str) -> tuple[re.Pattern[str] | None, ...]:
    return tuple(None if part == "**" else _expression(part) for part in pattern.split("/"))


def _expression(part: str) -> re.Pattern[str]:
    """Return the expression of one segment.

    What stands between two `*` is taken at the first place where it fits, for good (an atomic group), so that no
    segment makes the matcher go back more than linearly.
    """
    pieces = [""]
    for piece in re.findall(r"\*+|\?|\[\^?[^\]]*+\]|\\.|.", part):
        if piece.startswith("*"):
            pieces.append("")
        elif piece == "?":
            pieces[-1] += "."
        elif piece.startswith("[") and len(piece) > 2:  # noqa: PLR2004  # more than the brackets
            pieces[-1] += _character_class(piece)
        else:
            pieces[-1] += re.escape(piece[-1])
    first, *rest = pieces
    if not rest:
        return re.compile(first)
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in rest[:-1] if piece) + f".*{rest[-1]}")


def _character_class(piece: str) -> str:
    negated = piece.startswith("[^")
    inner = piece[2 if negated else 1 : -1]
    escaped = "".join(char if char == "-" else re.escape(char) for char in inner)
    try:
        expression = f"[{'^' if negated else ''}{escaped}]"
        re.compile(expression)
    except re.error:
        return re.escape(piece)
    return expression
