"""MSBuild conditions: `'$(Configuration)' == 'Release' and Exists('x')`, after their properties were filled in.

What is not understood is false: a project that needs it says so to MSBuild, and we only look for facts.

Sources, checked 2026-11-24:
- https://learn.microsoft.com/visualstudio/msbuild/msbuild-conditions
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKEN = re.compile(r"\s*('[^']*'|==|!=|<=|>=|<|>|!|\(|\)|,|[^\s'()=!<>,]+)")
_LONGEST = 4000
_DEEPEST = 30


class _NotUnderstoodError(ValueError):
    """A condition that is not one of ours."""


def holds(text: str, exists: Callable[[str], bool]) -> bool:
    """Return whether a condition holds; `exists` says whether a path is in the tree."""
    if not text.strip():
        return True
    if len(text) > _LONGEST:
        return False
    try:
        return _Reader(text, exists).whole()
    except _NotUnderstoodError:
        return False


class _Reader:
    def __init__(self, text: str, exists: Callable[[str], bool]) -> None:
        self._tokens: list[str] = []
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None:
                raise _NotUnderstoodError
            self._tokens.append(match[1])
            position = match.end()
        self._at = 0
        self._depth = 0
        self._exists = exists

    def whole(self) -> bool:
        result = self._either()
        if self._at != len(self._tokens):
            raise _NotUnderstoodError
        return result

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        self._at += 1
        return word

    def _either(self) -> bool:
        result = self._both()
        while self._peek().lower() == "or":
            self._at += 1
            other = self._both()
            result = result or other
        return result

    def _both(self) -> bool:
        result = self._single()
        while self._peek().lower() == "and":
            self._at += 1
            other = self._single()
            result = result and other
        return result

    def _single(self) -> bool:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotUnderstoodError
        try:
            return self._term()
        finally:
            self._depth -= 1

    def _term(self) -> bool:
        word = self._next()
        if word == "!":
            return not self._single()
        if word == "(":
            result = self._either()
            if self._next() != ")":
                raise _NotUnderstoodError
            return result
        if self._peek() == "(":
            return self._called(word.lower())
        sign = self._peek()
        if sign in {"==", "!=", "<", ">", "<=", ">="}:
            self._at += 1
            return _compared(_plain(word), sign, _plain(self._next()))
        word = _plain(word).lower()
        if word in {"true", "on", "yes"}:
            return True
        if word in {"false", "off", "no"}:
            return False
        raise _NotUnderstoodError

    def _called(self, name: str) -> bool:
        self._at += 1
        argument = _plain(self._next())
        if self._next() != ")":
            raise _NotUnderstoodError
        if name == "exists":
            return self._exists(argument)
        if name == "hastrailingslash":
            return argument.endswith(("/", "\\"))
        raise _NotUnderstoodError


def _plain(word: str) -> str:
    return word[1:-1].strip() if word.startswith("'") else word


def _compared(left: str, sign: str, right: str) -> bool:
    if sign in {"==", "!="}:
        return (left.lower() == right.lower()) is (sign == "==")
    numbers = [_number(left), _number(right)]
    if None in numbers:
        raise _NotUnderstoodError
    one, other = (tuple(item or ()) for item in numbers)
    return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[sign]


def _number(text: str) -> tuple[int, ...] | None:
    if not re.fullmatch(r"[vV]?[0-9]{1,9}(?:\.[0-9]{1,9}){0,3}", text):
        return None
    return tuple(int(part) for part in text.lstrip("vV").split("."))
