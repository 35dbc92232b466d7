"""Elixir source as tokens: strings, sigils, heredocs and comments are told from code, and nothing is ever run.

Source, checked 2026-11-24: https://hexdocs.pm/elixir/syntax-reference.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_CODE = re.compile(
    r"(?:[ \t\n\r]|#[^\n]*)*(?:(?P<heredoc>\"\"\"|''')|(?P<quote>[\"'])"
    r"|~(?P<sigil>[a-zA-Z]{1,20})(?P<open>\"\"\"|'''|[\"'(\[{</|])|(?P<character>\?(?:\\.|[^\s]))"
    r"|(?P<key>[A-Za-z_]\w{0,200}[?!]?):(?=[ \t\n])|:(?P<atom>[A-Za-z_]\w{0,200}[?!]?)|:(?P<quoted>\")"
    r"|(?P<word>\w{1,500}[?!]?)|(?P<operator>\|\||&&|\|>|->|<-|<>|==|!=|::|\+\+)|(?P<other>.))",
    re.ASCII | re.DOTALL,
)
_PLAIN = re.compile(r"[^\\\"'#]*")
_CLOSES = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPENERS = {"(": ")", "[": "]", "{": "}"}
_MAX_TOKENS = 200_000
_MAX_NESTED = 50


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the file; `kind` is key, atom, string, interpolated, sigil, word, operator or other."""

    kind: str
    text: str
    line: int


def of(tree: SourceTree, path: str) -> tuple[Token, ...]:
    """Return the tokens of a file; none where it is missing or no text."""
    return tree.memo("elixir-tokens", path, lambda: tokens(tree.text_or_none(path) or ""))


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of Elixir source, without comments and heredocs; what cannot be read ends the list."""
    return tuple(_Scanner(text).scan())


class _Scanner:
    def __init__(self, text: str) -> None:
        # So that a match which gives back what it skipped at the end gives back a space, and no part of a comment.
        self._text = f"{text}\n"
        self._position = 0
        self._line = 1
        self._found: list[Token] = []
        # For each string that code is interpolated into: its quote, its line and how many braces are open inside.
        self._inside: list[tuple[str, int]] = []
        self._braces = 0

    def scan(self) -> list[Token]:
        while self._position < len(self._text) and len(self._found) < _MAX_TOKENS:
            match = _CODE.match(self._text, self._position)
            if match is None:
                break
            self._line += self._text.count("\n", self._position, match.end())
            self._position = match.end()
            self._take(match)
        return self._found

    def _take(self, match: re.Match[str]) -> None:
        kind = match.lastgroup or "other"
        if kind == "heredoc":
            self._skip_to(match["heredoc"])
        elif kind in {"quote", "quoted"}:
            self._string(match[kind], "")
        elif kind == "open":
            self._sigil(match["sigil"], match["open"])
        elif kind == "other" and match["other"] == "{":
            self._braces += 1
            self._add("other", "{")
        elif kind == "other" and match["other"] == "}":
            self._close()
        elif kind != "character" and not match[kind].isspace():
            self._add(kind, match[kind])

    def _close(self) -> None:
        if self._braces == 0 and self._inside:
            quote, self._braces = self._inside.pop()
            self._string(quote, None)
            return
        self._braces = max(0, self._braces - 1)
        self._add("other", "}")

    def _string(self, quote: str, text: str | None) -> None:
        """Read a string from behind its quote, or on from an interpolation in it (`text` is None)."""
        start, line = self._position, self._line
        position = start
        while position < len(self._text):
            char = self._text[position]
            if char == "\\":
                position += 2
            elif char == quote:
                break
            elif char == "#" and self._text.startswith("{", position + 1) and len(self._inside) < _MAX_NESTED:
                self._add("interpolated", self._text[start:position])
                self._move(position + 2)
                self._inside.append((quote, self._braces))
                self._braces = 0
                return
            else:
                plain = _PLAIN.match(self._text, position + 1)
                position = plain.end() if plain is not None else position + 1
        content = self._text[start:position]
        self._move(position + 1)
        if text is None:
            return
        is_key = re.match(r":[ \t\n]", self._text[self._position : self._position + 2]) is not None
        if is_key:
            self._move(self._position + 1)
        self._found.append(Token("key" if is_key else "string", content.replace('\\"', '"'), line))

    def _sigil(self, name: str, opened: str) -> None:
        line, start = self._line, self._position
        closes = opened if len(opened) > 1 else _CLOSES.get(opened, opened)
        self._skip_to(closes)
        content = self._text[start : max(start, self._position - len(closes))]
        self._found.append(Token("sigil", f"{name}:{content}", line))

    def _skip_to(self, mark: str) -> None:
        close = self._text.find(mark, self._position)
        self._move(len(self._text) if close < 0 else close + len(mark))

    def _move(self, position: int) -> None:
        position = min(position, len(self._text))
        self._line += self._text.count("\n", self._position, position)
        self._position = position

    def _add(self, kind: str, text: str) -> None:
        self._found.append(Token(kind, text, self._line))


def closed(found: tuple[Token, ...], index: int) -> int:
    """Return the index of the bracket that closes the one at `index`; the end where none does."""
    depth = 0
    for position in range(index, len(found)):
        item = found[position]
        if item.kind != "other":
            continue
        if item.text in _OPENERS:
            depth += 1
        elif item.text in _OPENERS.values():
            depth -= 1
            if depth <= 0:
                return position
    return len(found)


def items(found: tuple[Token, ...], index: int) -> list[tuple[Token, ...]]:
    """Return the elements of the list whose bracket is at `index`, each as its tokens."""
    result: list[tuple[Token, ...]] = []
    start, end = index + 1, closed(found, index)
    position = start
    while position < end:
        item = found[position]
        if item.kind == "other" and item.text in _OPENERS:
            position = closed(found, position) + 1
            continue
        if item.kind == "other" and item.text == ",":
            result.append(found[start:position])
            start = position + 1
        position += 1
    result.append(found[start:end])
    return [element for element in result if element]


def is_mark(item: Token, text: str) -> bool:
    """Return whether a token is this bracket or sign, and not a string or atom of that text."""
    return item.kind in {"other", "operator"} and item.text == text
