"""Lines of an ignore file, as rules that match names.

A rule is split into what it demands of the directory and what it demands of the name. Patterns are translated so that
no input makes them backtrack: after a `*` the leftmost fit is taken and never reconsidered, which is enough because
what follows it within a segment is either another `*` or the end. (`pathspec` takes a minute for one name of sixty
letters under `*a*a*a*a*a*a*a*a*b`, and any tree may bring such a `.gitignore`.)

Git matches bytes. Here a byte is a Latin-1 character: for ASCII names nothing has to be converted.

One known difference: git's matcher takes `**` for `**/` also after a literal that is no whole segment (`foo**/bar`
matches `foobar`), against its own manual; here it is a plain `*`, as the manual says.

Sources, checked 2026-11-24: https://git-scm.com/docs/gitignore, dir.c and wildmatch.c of git 2.39.
"""

from __future__ import annotations

import re
import string
from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# No path is longer, so a pattern that is cannot be meant for one.
MAX_PATTERN_LENGTH = 4096
_MAX_ALTERNATIVES = 8

_BOUNDARY = r"(?=/|\Z)"
_CLASSES = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, (*range(32), 127))),
    "digit": string.digits,
    "graph": "".join(map(chr, range(33, 127))),
    "lower": string.ascii_lowercase,
    "print": "".join(map(chr, range(32, 127))),
    "punct": string.punctuation,
    "space": " \t\n\r",
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}


class _NeverMatchesError(Exception):
    """A pattern that git accepts and that matches nothing: an open bracket, a lone backslash at the end."""


class Rule(NamedTuple):
    """One line of an ignore file, or a part of it: `*.py[co]` is two rules.

    `directory` is a path, or the pattern of one, relative to the ignore file's; None is any. `name` is a literal
    name, `suffix` the end of one, `pattern` the general case; all None is any name.
    `needle` occurs in `/name/` for every name that the rule matches; None when nothing is known to.
    """

    negated: bool
    only_directories: bool
    directory: str | re.Pattern[str] | None
    name: str | None
    suffix: str | None
    pattern: re.Pattern[str] | None
    needle: str | None

    def applies_in(self, directory: str) -> bool:
        """Return whether the rule can match names in this directory."""
        if self.directory is None:
            return True
        if isinstance(self.directory, str):
            return self.directory == directory
        return self.directory.match(directory) is not None

    def matches(self, name: str) -> bool:
        """Return whether the rule matches the name."""
        if self.name is not None:
            return name == self.name
        if self.suffix is not None:
            return name.endswith(self.suffix)
        return self.pattern is None or self.pattern.match(name) is not None


def parse(content: bytes) -> tuple[Rule, ...]:
    """Return the rules of an ignore file, in order, without those that cannot match anything."""
    rules: list[Rule] = []
    for line in content.removeprefix(b"\xef\xbb\xbf").decode("latin-1").split("\n"):
        pattern = line.removesuffix("\r")
        if not pattern or pattern[0] == "#" or len(pattern) > MAX_PATTERN_LENGTH:
            continue
        try:
            rules.extend(_rules(_without_trailing_spaces(pattern)))
        except _NeverMatchesError:
            continue
    return tuple(rules)


def _without_trailing_spaces(pattern: str) -> str:
    if not pattern.endswith(" "):
        return pattern
    kept = pattern.rstrip(" ")
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return f"{kept} " if backslashes % 2 else kept


# A segment of a pattern, character by character: which ones are allowed there, or a star. None is the segment `**`.
_Segment = list[str] | None
_STAR = ""
_ANY = "".join(map(chr, range(256))).replace("/", "")
_SPECIAL = {"*": _STAR, "?": _ANY}


def _rules(pattern: str) -> Iterator[Rule]:
    """Yield the rules of a line; raises _NeverMatchesError."""
    negated = pattern.startswith("!")
    pattern = pattern[negated:]
    only_directories = pattern.endswith("/")
    pattern = pattern[: len(pattern) - only_directories]
    anchored = "/" in pattern
    *above, last = _segments(pattern.removeprefix("/"))
    if [] in (*above, last):
        raise _NeverMatchesError  # `a//b`, `/`
    if last is None:
        above.append(None)
    directory = _directory(above) if anchored else None
    for segment in _alternatives(last):
        yield Rule(negated, only_directories, directory, *_name(segment), _needle(segment))


def _alternatives(segment: _Segment) -> list[_Segment]:
    """Return a segment as several without brackets, when they are few: plain names and suffixes are much cheaper."""
    if segment is None or prod(len(part) for part in segment if part) > _MAX_ALTERNATIVES:
        return [segment]
    return [list(choice) for choice in product(*(part or [_STAR] for part in segment))]


def _segments(pattern: str) -> list[_Segment]:
    """Take a pattern apart; raises _NeverMatchesError."""
    segments: list[_Segment] = []
    parts: list[str] = []
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "\\":
            if position == len(pattern):
                raise _NeverMatchesError
            character = pattern[position]
            position += 1
            if character != "/":
                parts.append(character)
        elif character == "[":
            part, position = _bracket(pattern, position)
            parts.append(part)
        elif character != "/":
            parts.append(_SPECIAL.get(character, character))
        if character == "/":
            segments.append(_segment(parts))
            parts = []
    segments.append(_segment(parts))
    # `**/**` is `**`.
    return [now for before, now in pairwise(([], *segments)) if not (before is now is None)]


def _segment(parts: list[str]) -> _Segment:
    if len(parts) > 1 and set(parts) == {_STAR}:
        return None
    return [now for before, now in pairwise(("x", *parts)) if not (before == now == _STAR)]


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    """Return the characters that the bracket which was opened before `start` allows, and where the pattern goes on.

    Follows wildmatch.c step by step; raises _NeverMatchesError for an open bracket or an unknown class.
    """
    end = len(pattern)
    position = start
    negated = pattern[position : position + 1] in ("!", "^")
    position += negated
    members: set[int] = set()
    previous = ""
    first = True
    while first or pattern[position : position + 1] != "]":
        first = False
        if position >= end:
            raise _NeverMatchesError
        character = pattern[position]
        following = pattern[position + 1 : position + 2]
        if character == "\\":
            if not following:
                raise _NeverMatchesError
            position += 1
            members.add(ord(following))
            previous = following
        elif character == "-" and previous and following not in ("", "]"):
            position += 1
            if following == "\\":
                position += 1
                if position >= end:
                    raise _NeverMatchesError
            members.update(range(ord(previous), ord(pattern[position]) + 1))
            previous = ""
        elif character == "[" and following == ":":
            close = pattern.find("]", position + 2)
            if close < 0:
                raise _NeverMatchesError
            if close > position + 2 and pattern[close - 1] == ":":
                named = _CLASSES.get(pattern[position + 2 : close - 1])
                if named is None:
                    raise _NeverMatchesError
                members.update(map(ord, named))
                position = close
                previous = ""
            else:
                members.add(ord("["))
                previous = "["
        else:
            members.add(ord(character))
            previous = character
        position += 1
    chosen = (set(range(256)) - members if negated else members) - {ord("/")}
    if not chosen:
        raise _NeverMatchesError
    return "".join(map(chr, sorted(chosen))), position + 1


def _name(segment: _Segment) -> tuple[str | None, str | None, re.Pattern[str] | None]:
    """Return how a last segment is matched: as a literal name, as a suffix, by a pattern; three None are any name."""
    if segment is None or segment == [_STAR]:
        return None, None, None
    literal = _literal(segment)
    if literal is not None:
        return literal, None, None
    suffix = _literal(segment[1:]) if segment[0] == _STAR else None
    if suffix is not None:
        return None, suffix, None
    return None, None, re.compile(_expression(segment) + r"\Z", re.DOTALL)


def _needle(segment: _Segment) -> str | None:
    """Return the longest piece of `/name/` that a last segment fixes."""
    pieces = [""]
    for part in ("/", *(segment or [_STAR]), "/"):
        if len(part) == 1:
            pieces[-1] += part
        else:
            pieces.append("")
    return max((piece for piece in pieces if piece.strip("/")), key=len, default=None)


def _directory(segments: list[_Segment]) -> str | re.Pattern[str] | None:
    """Return how a rule's directory is matched: as a path, by a pattern, or not at all."""
    if segments == [None]:
        return None
    literals = [_literal(segment) if segment is not None else None for segment in segments]
    if None not in literals:
        return "/".join([literal for literal in literals if literal])
    chunks: list[list[list[str]]] = [[]]
    for segment in segments:
        if segment is None:
            chunks.append([])
        else:
            chunks[-1].append(segment)
    first, *rest = ["/".join(map(_expression, chunk)) for chunk in chunks]
    # The directory of the ignore file itself is the empty path: no segment stands for it, not even `*`.
    expression = rf"(?!\Z){first}" + (_BOUNDARY if first else "")
    for position, chunk in enumerate(rest):
        slash = "/" if position or first else ""
        if chunk:
            ending = _BOUNDARY if position < len(rest) - 1 else r"\Z"
            expression += f"{slash}(?>(?:[^/]*/)*?{chunk}{ending})"
        else:
            expression += r"(?:/.*)?"
    return re.compile(expression + r"\Z", re.DOTALL)


def _literal(segment: list[str]) -> str | None:
    """Return the text that a segment stands for when it has no wildcard."""
    return "".join(segment) if all(len(part) == 1 for part in segment) else None


def _expression(segment: list[str]) -> str:
    """Return the regular expression of a segment; it does not backtrack over a `*` once that has found its fit."""
    runs = [""]
    for part in segment:
        if part == _STAR:
            runs.append("")
        elif part == _ANY:
            runs[-1] += "[^/]"
        else:
            runs[-1] += re.escape(part) if len(part) == 1 else f"[{_ranges(part)}]"
    first, *rest = runs
    for position, run in enumerate(rest):
        ending = "" if position < len(rest) - 1 else _BOUNDARY
        first += f"(?>[^/]*?{run}{ending})"
    return first


def _ranges(characters: str) -> str:
    """Return the inside of a bracket expression for these characters."""
    members = {ord(character) for character in characters}
    starts = [member for member in sorted(members) if member - 1 not in members]
    ends = [member for member in sorted(members) if member + 1 not in members]
    return "".join([rf"\x{first:02x}-\x{last:02x}" for first, last in zip(starts, ends, strict=True)])
