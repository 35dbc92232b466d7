"""Ruby source as tokens: enough to read a Gemfile and settings, without comments, documentation and heredocs.

It is no parser: what a bare `/` or `?` means depends on the grammar, so a regular expression may be read as operators.
Strings and comments, which would mislead, are told apart; a string with `#{…}` in it is marked, for its value is not
known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

Kind = Literal["name", "constant", "string", "symbol", "label", "number", "operator"]

_NAME = re.compile(r"[A-Za-z_]\w*[?!]?", re.ASCII)
_LABEL = re.compile(r"([A-Za-z_]\w*[?!]?):(?!:)", re.ASCII)
_SYMBOL = re.compile(r":([A-Za-z_]\w*[?!=]?)", re.ASCII)
_NUMBER = re.compile(r"[0-9][0-9_]*(?:\.[0-9]+)?", re.ASCII)
_HEREDOC = re.compile(r"<<[~-]?(?P<quote>[\"'`]?)(?P<word>[A-Z_][A-Z0-9_]*)(?P=quote)", re.ASCII)
_PERCENT = re.compile(r"%([qQwWiI]?)([\[({<|!/])")
_CLOSING = {"[": "]", "(": ")", "{": "}", "<": ">"}
_ESCAPES = {"n": "\n", "t": "\t", "s": " "}
_OPERATORS = ("**", "=>", "->", "::", "||=", "&&=", "||", "&&", "==", "!=", ">=", "<=", "=~", "<<")
# More tokens than any manifest has; settings are shorter still.
_MOST = 200_000


@dataclass(frozen=True, slots=True)
class Token:
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
    return tree.memo("ruby statements", path, lambda: split(tree.text_or_none(path) or ""))


def split(source: str) -> tuple[Statement, ...]:
    """Return the tokens of a source, split where a statement ends."""
    found: list[Statement] = []
    current: list[Token] = []
    depth = 0
    for count, token in enumerate(_tokens(source)):
        if count > _MOST:
            break
        if token.is_operator("(", "[", "{"):
            depth += 1
        elif token.is_operator(")", "]", "}"):
            depth = max(0, depth - 1)
        ends = token.is_operator("\n") and depth == 0 and not _goes_on(current)
        if ends or token.is_operator(";"):
            if current:
                found.append(tuple(current))
            current = []
        elif not token.is_operator("\n"):
            current.append(token)
    if current:
        found.append(tuple(current))
    return tuple(found)


def _goes_on(current: list[Token]) -> bool:
    """Return whether the statement goes on in the next line."""
    return bool(current) and current[-1].is_operator(",", "\\", "=>", "||", "&&", "+", ".", "=")


def _tokens(source: str) -> Iterator[Token]:
    reader = _Reader(source)
    while True:
        token = reader.next()
        if token is None:
            return
        yield token


class _Reader:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._line = 1
        self._heredocs: list[str] = []

    def next(self) -> Token | None:
        """Return the next token, None at the end."""
        source = self._source
        while self._at < len(source):
            char = source[self._at]
            if char == "\n":
                return self._newline()
            if self._at == 0 or source[self._at - 1] == "\n":
                if source.startswith("=begin", self._at):
                    self._skip_documentation()
                    continue
                if source.startswith("__END__", self._at):
                    self._at = len(source)
                    return None
            if char == "#":
                end = source.find("\n", self._at)
                self._at = len(source) if end < 0 else end
                continue
            if char.isspace():
                self._at += 1
                continue
            return self._token(char)
        return None

    def _newline(self) -> Token:
        token = Token("operator", "\n", self._line)
        self._at += 1
        self._line += 1
        for word in self._heredocs:
            self._skip_heredoc(word)
        self._heredocs.clear()
        return token

    def _skip_heredoc(self, word: str) -> None:
        while self._at < len(self._source):
            end = self._source.find("\n", self._at)
            stop = len(self._source) if end < 0 else end
            content = self._source[self._at : stop].strip()
            self._at = min(stop + 1, len(self._source))
            self._line += 1
            if content == word:
                return

    def _skip_documentation(self) -> None:
        end = self._source.find("\n=end", self._at)
        stop = len(self._source) if end < 0 else self._source.find("\n", end + 1)
        stop = len(self._source) if stop < 0 else stop
        self._line += self._source.count("\n", self._at, stop)
        self._at = stop

    def _token(self, char: str) -> Token:
        source, line = self._source, self._line
        if char in "\"'`":
            text, whole = self._string(self._at + 1, "", char, expands=char != "'")
            if source.startswith(":", self._at) and not source.startswith("::", self._at) and char == '"':
                self._at += 1
                return Token("label", text, line, whole)
            return Token("string", text, line, whole and char != "`")
        percent = _PERCENT.match(source, self._at)
        if percent is not None:
            opening = percent[2]
            closing = _CLOSING.get(opening, opening)
            expands = percent[1] in {"", "Q", "W", "I"}
            text, whole = self._string(percent.end(), opening if closing != opening else "", closing, expands=expands)
            # A list of words is one token: its text is the words.
            return Token("symbol" if percent[1] in {"i", "I"} else "string", text, line, whole)
        heredoc = _HEREDOC.match(source, self._at)
        if heredoc is not None:
            self._heredocs.append(heredoc["word"])
            self._at = heredoc.end()
            return Token("string", "", line, whole=False)
        return self._word(char, line)

    def _word(self, char: str, line: int) -> Token:
        source = self._source
        label = _LABEL.match(source, self._at)
        if label is not None:
            self._at = label.end()
            return Token("label", label[1], line)
        name = _NAME.match(source, self._at)
        if name is not None:
            self._at = name.end()
            return Token("constant" if name[0][0].isupper() else "name", name[0], line)
        number = _NUMBER.match(source, self._at)
        if number is not None:
            self._at = number.end()
            return Token("number", number[0].replace("_", ""), line)
        symbol = _SYMBOL.match(source, self._at)
        if symbol is not None:
            self._at = symbol.end()
            return Token("symbol", symbol[1], line)
        if source.startswith((':"', ":'"), self._at):
            quote = source[self._at + 1]
            text, whole = self._string(self._at + 2, "", quote, expands=quote == '"')
            return Token("symbol", text, line, whole)
        operator = next((item for item in _OPERATORS if source.startswith(item, self._at)), char)
        self._at += len(operator)
        return Token("operator", operator, line)

    def _string(self, start: int, opening: str, closing: str, *, expands: bool) -> tuple[str, bool]:
        """Return the content up to the closing sign, and whether it is all known; go on behind it."""
        source = self._source
        parts: list[str] = []
        depth, at, whole = 1, start, True
        while at < len(source):
            char = source[at]
            if char == "\\" and at + 1 < len(source):
                after = source[at + 1]
                parts.append(_ESCAPES.get(after, after) if expands else after)
                at += 2
                continue
            if expands and char == "#" and source.startswith("#{", at):
                whole = False
            if opening and char == opening:
                depth += 1
            elif char == closing:
                depth -= 1
                if depth == 0:
                    at += 1
                    break
            parts.append(char)
            at += 1
        self._line += source.count("\n", start, at)
        self._at = at
        return "".join(parts), whole
