"""Tokens of JavaScript and TypeScript: enough to tell code from comments, strings and regular expressions.

There is no engine here and nothing is evaluated: callers look for literal values in token sequences. The scan is one
pass and bounded, and takes any text: what is no JavaScript gives meaningless tokens, never an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

# A configuration file or an entry file has a few hundred lines; a bundle is not worth a look.
MAX_CHARACTERS = 120_000
EXTENSIONS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts")

_PLAIN = re.compile(r"[A-Za-z_$][\w$]*|#[A-Za-z_$][\w$]*|[^\W\d][\w$]*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]+|(?:\d[\d_]*)(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?n?")
_PUNCTUATION = re.compile(r"\.\.\.|=>|===|!==|==|!=|\?\?=?|\|\|=?|&&=?|\?\.(?!\d)|<=|>=|[-+*%]=|[^\s\w]")
_SPACE = re.compile(r"[ \t\f\v\u00a0\ufeff]+")
_REGEX = re.compile(r"/(?![*/])(?:[^\\/\[\n]|\\[^\n]|\[(?:[^\]\\\n]|\\[^\n])*\])+/[a-zA-Z]*")
_QUOTED = {
    "'": re.compile(r"'((?:[^'\\\n]|\\(?:[^\n]|\n))*)'?"),
    '"': re.compile(r'"((?:[^"\\\n]|\\(?:[^\n]|\n))*)"?'),
}
_TEMPLATE_PART = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
# After one of these a slash starts a regular expression, after anything else it divides.
_BEFORE_REGEX = frozenset("([{},;:=!&|?+-*%<>~^") | {"=>", "&&", "||", "??", "===", "!==", "==", "!=", "..."}
_KEYWORD_BEFORE_REGEX = frozenset({"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "await"})
_MAX_NESTING = 40
_MAX_REGEX = 300


@dataclass(frozen=True, slots=True)
class Token:
    """A token: a name, a number, a string without its quotes, a template with substitutions, or punctuation."""

    kind: Literal["name", "number", "string", "template", "punctuation"]
    text: str
    line: int

    def is_(self, *texts: str) -> bool:
        """Return whether it is one of these names or marks; a string never is."""
        return self.kind in {"name", "punctuation"} and self.text in texts


def read(tree: SourceTree, path: str) -> tuple[Token, ...]:
    """Return the tokens of a file, none for one that is missing, too long or no text."""

    def scan() -> tuple[Token, ...]:
        text = tree.text_or_none(path)
        return () if text is None or len(text) > MAX_CHARACTERS else tokens(text)

    return tree.memo("javascript", path, scan)


def tokens(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text; comments are left out."""
    return tuple(_scan(text))


def _scan(text: str) -> Iterator[Token]:
    position, line, end = 0, 1, len(text)
    if text.startswith("#!"):
        position = _end_of_line(text, 0)
    previous: Token | None = None
    while position < end:
        char = text[position]
        if char == "\n":
            line += 1
            position += 1
            continue
        start = position
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        if text.startswith("//", position):
            position = _end_of_line(text, position)
            continue
        if text.startswith("/*", position):
            close = text.find("*/", position + 2)
            position = end if close < 0 else close + 2
            line += text.count("\n", start, position)
            continue
        token, position = _token(text, position, line, previous)
        if token is not None:
            yield token
            previous = token
        line += text.count("\n", start, position)


def _end_of_line(text: str, position: int) -> int:
    found = text.find("\n", position)
    return len(text) if found < 0 else found


def _token(text: str, position: int, line: int, previous: Token | None) -> tuple[Token | None, int]:
    char = text[position]
    if char in _QUOTED:
        match = _QUOTED[char].match(text, position)
        assert match is not None  # noqa: S101  # the opening quote alone matches
        return Token("string", _unescaped(match[1]), line), match.end()
    if char == "`":
        return _template(text, position, line)
    if char == "/" and _regex_may_follow(previous):
        match = _REGEX.match(text, position, position + _MAX_REGEX)
        if match:
            return Token("template", match[0], line), match.end()
    for kind, pattern in (("name", _PLAIN), ("number", _NUMBER), ("punctuation", _PUNCTUATION)):
        match = pattern.match(text, position)
        if match:
            return Token(kind, match[0], line), match.end()  # type: ignore[arg-type]  # the three kinds above
    return None, position + 1


def _regex_may_follow(previous: Token | None) -> bool:
    if previous is None:
        return True
    if previous.kind == "punctuation":
        return previous.text in _BEFORE_REGEX
    return previous.kind == "name" and previous.text in _KEYWORD_BEFORE_REGEX


def _template(text: str, position: int, line: int) -> tuple[Token, int]:
    """Return a template literal; one without substitutions is a string."""
    end = _template_end(text, position)
    closed = text[end - 1] == "`" and end - position > 1
    content = text[position + 1 : end - 1 if closed else end]
    if re.search(r"(?<!\\)\$\{", content):
        return Token("template", text[position:end], line), end
    return Token("string", _unescaped(content), line), end


def _template_end(text: str, position: int) -> int:
    """Return where a template literal ends; substitutions in it may hold strings and templates again."""
    nesting = ["`"]
    position += 1
    while position < len(text) and nesting:
        if nesting[-1] == "`":
            match = _TEMPLATE_PART.match(text, position)
            position = match.end() if match else position
            if text.startswith("${", position):
                nesting.append("{")
                position += 2
            else:
                nesting.pop()
                position += 1
        else:
            position = _in_substitution(text, position, nesting)
        if len(nesting) > _MAX_NESTING:
            return len(text)
    return min(position, len(text))


def _in_substitution(text: str, position: int, nesting: list[str]) -> int:
    char = text[position]
    if char in _QUOTED:
        match = _QUOTED[char].match(text, position)
        return match.end() if match else position + 1
    if char in "`{":
        nesting.append(char)
    elif char == "}":
        nesting.pop()
    return position + 1


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def replaced(match: re.Match[str]) -> str:
        mark = match[1]
        if len(mark) > 1:
            code = int(mark.strip("ux{}"), 16)
            return chr(code) if code <= 0x10FFFF else ""  # noqa: PLR2004  # the last code point
        return _ESCAPED.get(mark, mark)

    return _ESCAPE.sub(replaced, text)
