"""Code of JavaScript and TypeScript: the files that are read, and their tokens.

Nothing is evaluated here: callers look for literal values among neighbouring tokens. What is left unread (too long, not
text, text that no parser reads) has no tokens.

Source of escapes, checked 2026-11-24: https://tc39.es/ecma262/#sec-literals-string-literals
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.read import syntax

if TYPE_CHECKING:
    from buildplan.source import SourceTree

# A configuration file or an entry file has a few hundred lines; a bundle is not worth a look.
MAX_BYTES = 120_000
EXTENSIONS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")
# Without an extension too: `bin/www`. A component of Vue or a style sheet is not code that a server loads.
_GRAMMARS = {
    **dict.fromkeys(("", ".js", ".mjs", ".cjs", ".jsx"), "javascript"),
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    ".tsx": "tsx",
}
_WHOLE = frozenset({"string", "template_string", "regex"})
_LEFT_OUT = frozenset({"comment", "html_comment", "hash_bang_line", "jsx_text", "html_character_reference"})
_NAME = re.compile(r"[^\W\d]|[$#@]")
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_SUBSTITUTION = re.compile(r"(?<!\\)(?:\\\\)*\$\{")


class Token(NamedTuple):
    """A token: a name, a number, a string without its quotes, a template with substitutions, or punctuation."""

    kind: Literal["name", "number", "string", "template", "punctuation"]
    text: str
    line: int

    def is_(self, *texts: str) -> bool:
        """Return whether it is one of these names or marks; a string never is."""
        return self.kind in {"name", "punctuation"} and self.text in texts


END = Token("punctuation", "", 0)


def at(tokens: tuple[Token, ...], index: int) -> Token:
    """Return a token, or an empty one behind the end."""
    return tokens[index] if index < len(tokens) else END


def source(tree: SourceTree, path: str) -> syntax.Source | None:
    """Return a file, not yet parsed; None for one that is missing, too long, not text, or not JavaScript."""
    grammar = _GRAMMARS.get(posixpath.splitext(path)[1])
    found = None if grammar is None else syntax.source(tree, path, grammar)
    return None if found is None or len(found.content) > MAX_BYTES else found


def read(tree: SourceTree, path: str, words: tuple[str, ...] | None = None) -> tuple[Token, ...]:
    """Return the tokens of a file, none for one that is left unread, or that has none of the words."""
    found = source(tree, path)
    if found is None or (words is not None and not found.mentions(words)):
        return ()
    return tree.memo("javascript", path, lambda: tokens(found))


def tokens(code: syntax.Source) -> tuple[Token, ...]:
    """Return the tokens of a file; comments are left out."""
    return tuple(_token(leaf) for leaf in code.leaves(_WHOLE, _LEFT_OUT))


def _token(leaf: syntax.Leaf) -> Token:
    kind, text = leaf.kind, leaf.text
    if kind == "string" or (kind == "template_string" and not _SUBSTITUTION.search(text)):
        return Token("string", unescaped(text[1:-1]), leaf.line)
    if kind in {"template_string", "regex"}:
        return Token("template", text, leaf.line)
    if kind == "number":
        return Token("number", text, leaf.line)
    return Token("name" if _NAME.match(text) and text != "@" else "punctuation", text, leaf.line)


def unescaped(text: str) -> str:
    """Return the text between quotes with its escapes replaced."""
    return _ESCAPE.sub(_replaced, text) if "\\" in text else text


def _replaced(match: re.Match[str]) -> str:
    mark = match[1]
    if len(mark) > 2:  # noqa: PLR2004  # `\n` behind a carriage return is two
        code = int(mark.strip("ux{}"), 16)
        return chr(code) if code <= 0x10FFFF else ""  # noqa: PLR2004  # the last code point
    return _ESCAPED.get(mark, mark)
