"""Build constraints: whether a Go file belongs to a build for Linux.

Sources, checked 2026-11-24:
- https://pkg.go.dev/cmd/go#hdr-Build_constraints
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# What holds in our builds; `amd64` stands for every architecture, which no plan depends on.
_HOLD = frozenset({"linux", "unix", "amd64", "gc"})
_TOKEN = re.compile(r"\s*(&&|\|\||[!()]|[\w.]+)")
# Deeper than any constraint that a person wrote.
_MAX_TOKENS = 100


def holds(name: str, comments: Iterable[str], tags: frozenset[str], *, cgo: bool) -> bool:
    """Return whether the file of that name, with those comments above its package clause, is part of the build."""
    if name.endswith("_test.go") or name.startswith(("_", ".")) or not _name_holds(name):
        return False

    def known(tag: str) -> bool:
        if tag == "cgo":
            return cgo
        return tag in _HOLD or tag in tags or re.fullmatch(r"go1\.[0-9]{1,3}", tag) is not None

    lines = tuple(comments)
    for line in lines:
        match = re.match(r"//go:build\s+(.*)", line)
        if match:
            return _expression(match[1], known)
    old = [match[1] for line in lines if (match := re.match(r"//\s*\+build\s+(.*)", line))]
    return all(any(_all(option, known) for option in text.split()) for text in old)


def _name_holds(name: str) -> bool:
    """Return whether the system and architecture in a file name (`x_windows_arm64.go`) are those of the build."""
    parts = name.removesuffix(".go").split("_")[1:]
    if parts and parts[-1] in tables.ARCHITECTURES:
        if parts[-1] not in _HOLD:
            return False
        parts.pop()
    return not (parts and parts[-1] in tables.SYSTEMS) or parts[-1] in _HOLD


def _all(option: str, known: Callable[[str], bool]) -> bool:
    """Return whether `linux,!cgo`, the old way to write it, holds."""
    return all(known(tag.removeprefix("!")) is not tag.startswith("!") for tag in option.split(","))


def _expression(text: str, known: Callable[[str], bool]) -> bool:
    """Return the value of `linux && !(cgo || ignore)`; what is no expression keeps the file out, as Go refuses it."""
    tokens: list[str] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or len(tokens) > _MAX_TOKENS:
            return False
        tokens.append(match[1])
        position = match.end()
    value, rest = _either(tokens, 0, known)
    return value and rest == len(tokens)


def _either(tokens: list[str], at: int, known: Callable[[str], bool]) -> tuple[bool, int]:
    value, at = _both(tokens, at, known)
    while tokens[at : at + 1] == ["||"]:
        other, at = _both(tokens, at + 1, known)
        value = value or other
    return value, at


def _both(tokens: list[str], at: int, known: Callable[[str], bool]) -> tuple[bool, int]:
    value, at = _single(tokens, at, known)
    while tokens[at : at + 1] == ["&&"]:
        other, at = _single(tokens, at + 1, known)
        value = value and other
    return value, at


def _single(tokens: list[str], at: int, known: Callable[[str], bool]) -> tuple[bool, int]:
    if at >= len(tokens):
        return False, at + 1
    token = tokens[at]
    if token == "!":  # noqa: S105  # a sign of the grammar
        value, after = _single(tokens, at + 1, known)
        return not value, after
    if token == "(":  # noqa: S105  # a sign of the grammar
        value, after = _either(tokens, at + 1, known)
        return value, after + 1 if tokens[after : after + 1] == [")"] else len(tokens) + 1
    return known(token), at + 1
