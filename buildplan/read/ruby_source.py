"""Ruby source as statements of tokens: enough to read a Gemfile and settings.

Comments, documentation and here-documents are left out; a string with `#{…}` in it is marked, for its value is not
known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.read import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

Kind = Literal["name", "constant", "string", "symbol", "label", "number", "operator"]

_STRINGS = frozenset({"string", "string_array", "subshell", "character"})
_SYMBOLS = frozenset({"simple_symbol", "delimited_symbol", "symbol_array"})
_WHOLE = _STRINGS | _SYMBOLS | {"regex", "integer", "float", "rational", "complex", "heredoc_beginning"}
_LEFT_OUT = frozenset({"comment", "heredoc_body", "uninterpreted"})
# What stands before the content of a string or of a list of words, and the sign that ends it.
_OPENING = re.compile(r":?[\"'`]|%[qQwWiIxs]?.|:")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "s": " "}
_PLAIN = ("'", "%q", "%w", "%i", ":'")
_WORD = re.compile(r"[^\W\d]|[@$]")


class Token(NamedTuple):
    """A token; `whole` is false for a string whose value is only known when it runs."""

    kind: Kind
    text: str
    line: int
    whole: bool = True

    def is_operator(self, *texts: str) -> bool:
        """Return whether it is one of these operators."""
        return self.kind == "operator" and self.text in texts


Statement = tuple[Token, ...]


def statements(tree: SourceTree, path: str) -> tuple[Statement, ...]:
    """Return the statements of a file, empty when it cannot be read; it is read once."""

    def split() -> tuple[Statement, ...]:
        source = syntax.source(tree, path, "ruby")
        return () if source is None else _split(source.leaves(_WHOLE, _LEFT_OUT), source.content)

    return tree.memo("ruby statements", path, split)


def _split(leaves: tuple[syntax.Leaf, ...], content: bytes) -> tuple[Statement, ...]:
    """Return the tokens, split where a statement ends."""
    found: list[Statement] = []
    current: list[Token] = []
    depth = last_line = end = 0
    for token, leaf in _tokens(leaves):
        ends = leaf.line > last_line and depth == 0 and current and not _goes_on(current[-1])
        if ends and not content[end : leaf.start].lstrip(b" \t").startswith(b"\\"):
            found.append(tuple(current))
            current = []
        last_line, end = leaf.last_line, leaf.end
        if token.is_operator("(", "[", "{"):
            depth += 1
        elif token.is_operator(")", "]", "}"):
            depth = max(0, depth - 1)
        if token.is_operator(";"):
            if current:
                found.append(tuple(current))
            current = []
        else:
            current.append(token)
    if current:
        found.append(tuple(current))
    return tuple(found)


def _goes_on(token: Token) -> bool:
    """Return whether the statement goes on in the next line."""
    return token.is_operator(",", "=>", "||", "&&", "+", ".", "=")


def _tokens(leaves: tuple[syntax.Leaf, ...]) -> Iterator[tuple[Token, syntax.Leaf]]:
    skip = False
    for index, leaf in enumerate(leaves):
        if skip:
            skip = False
            continue
        token = _token(leaf)
        following = leaves[index + 1] if index + 1 < len(leaves) else None
        # `name:` and `"name":`, but not `a ? b : c`.
        is_label = following is not None and following.text == ":" and following.start == leaf.end
        if is_label and token.kind in {"name", "constant", "string"}:
            token = token._replace(kind="label")
            skip = True
        yield token, leaf


def _token(leaf: syntax.Leaf) -> Token:
    kind, text, line = leaf.kind, leaf.text, leaf.line
    if kind in _STRINGS:
        content, whole = _content(text)
        return Token("string", content, line, whole and kind != "subshell")
    if kind in _SYMBOLS:
        return Token("symbol", *_at(line, _content(text)))
    if kind == "heredoc_beginning":
        return Token("string", "", line, whole=False)
    if kind == "constant":
        return Token("constant", text, line)
    if kind in {"integer", "float", "rational", "complex"}:
        return Token("number", text.replace("_", ""), line)
    return Token("name" if _WORD.match(text) else "operator", text, line)


def _at(line: int, content: tuple[str, bool]) -> tuple[str, int, bool]:
    return content[0], line, content[1]


def _content(text: str) -> tuple[str, bool]:
    """Return what a literal holds, and whether all of it is known."""
    opening = _OPENING.match(text)
    if opening is None or text.startswith("?"):
        return text[1:], True
    quoted = opening[0] != ":"
    content = text[opening.end() : -1 if quoted else len(text)]
    expands = not opening[0].startswith(_PLAIN)
    if "\\" in content:
        content = _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]) if expands else match[1], content)
    return content, not (expands and quoted and "#{" in text)
