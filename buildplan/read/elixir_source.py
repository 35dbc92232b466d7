"""Elixir source as tokens: strings, sigils, heredocs and comments are told from code, and nothing is ever run.

Source, checked 2026-11-24: https://hexdocs.pm/elixir/syntax-reference.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

_WHOLE = frozenset({"string", "charlist", "quoted_keyword", "quoted_atom", "sigil"})
_LEFT_OUT = frozenset({"comment", "char"})
_HEREDOCS = ('"""', "'''")
_QUOTES = frozenset({'"', "'"})
_SIGIL = re.compile(r"~([a-zA-Z]+)(\"\"\"|'''|.)(.*)", re.DOTALL)
_CLOSES = {"(": ")", "[": "]", "{": "}", "<": ">"}
_PIECE = re.compile(
    r"(?P<word>\w{1,500}[?!]?)|(?P<operator>\|\||&&|\|>|->|<-|<>|==|!=|::|\+\+)|(?P<other>\S)", re.ASCII
)
_OPENERS = {"(": ")", "[": "]", "{": "}"}


class Token(NamedTuple):
    """A piece of the file; `kind` is key, atom, string, interpolated, sigil, word, operator or other."""

    kind: str
    text: str
    line: int


def of(tree: SourceTree, path: str) -> tuple[Token, ...]:
    """Return the tokens of a file, without comments and heredocs; none where it is missing or left unread."""

    def read() -> tuple[Token, ...]:
        source = syntax.source(tree, path, "elixir")
        return () if source is None else tuple(_tokens(source.leaves(_WHOLE, _LEFT_OUT, "interpolation")))

    return tree.memo("elixir-tokens", path, read)


def _tokens(leaves: tuple[syntax.Leaf, ...]) -> Iterator[Token]:
    # Brackets that are open, those of code inside of strings among them; and the text before such code.
    braces: list[str] = []
    before = ""
    in_heredoc = False
    for leaf in leaves:
        kind, text = leaf.kind, leaf.text
        if not kind and text in _HEREDOCS:
            in_heredoc = not in_heredoc
        if in_heredoc or (not kind and text in {*_HEREDOCS, *_QUOTES}):
            before = ""
        elif kind in {"quoted_content", "escape_sequence"}:
            before += text
        elif text == "#{" and not kind:
            yield Token("interpolated", before, leaf.line)
            braces.append(text)
            before = ""
        elif text == "}" and not kind and braces and braces.pop() == "#{":
            before = ""
        else:
            if text == "{" and not kind:
                braces.append(text)
            yield from _token(leaf)


def _token(leaf: syntax.Leaf) -> Iterator[Token]:
    kind, text, line = leaf.kind, leaf.text, leaf.line
    if kind in {"string", "charlist"}:
        if not text.startswith(_HEREDOCS):
            yield Token("string", text[1:-1].replace('\\"', '"'), line)
    elif kind == "quoted_atom":
        yield Token("string", text[2:-1].replace('\\"', '"'), line)
    elif kind == "quoted_keyword":
        yield Token("key", text.rstrip().rstrip(":")[1:-1].replace('\\"', '"'), line)
    elif kind == "keyword":
        yield Token("key", text.rstrip().rstrip(":"), line)
    elif kind == "atom":
        yield Token("atom", text[1:], line)
    elif kind == "sigil":
        match = _SIGIL.fullmatch(text)
        if match is not None:
            content = match[3].rpartition(_CLOSES.get(match[2], match[2]))[0]
            yield Token("sigil", f"{match[1]}:{content}", line)
    else:
        for match in _PIECE.finditer(text):
            yield Token(match.lastgroup or "other", match[0], line)


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
