"""Shell lines, as scripts and start commands hold them: split into simple commands and words, never run.

What a plain `exec` can do without a shell is told apart from what needs one: expansions, redirections, pipes. A line
with grammar beyond lists of simple commands (`if`, `(…)`, here-documents) is not split at all.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=", re.ASCII)
_OPERATOR = re.compile(r"&&|\|\||[;|&\n]")
_REDIRECTION = re.compile(r"\d*(?:>>|>&|>\||<&|>|<)(?!<|\()")
_PLAIN = re.compile(r"[^\s\"'\\$`;|&<>(){}*?\[\]~#!]+")
_KEYWORDS = frozenset({"if", "for", "while", "until", "case", "{", "function", "select", "!", "[[", "then", "do"})
MAX_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class Word:
    """A word. `text` is what the program gets; when `expands`, only a shell can tell and `text` is the source."""

    text: str
    expands: bool = False

    @property
    def source(self) -> str:
        """How to write the word in a shell line."""
        return self.text if self.expands else shlex.quote(self.text)


@dataclass(frozen=True, slots=True)
class Simple:
    """One simple command; `redirections` are kept as they are written."""

    assignments: tuple[tuple[str, Word], ...] = ()
    words: tuple[Word, ...] = ()
    redirections: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """The first word without its directory, empty when there is none."""
        return self.words[0].text.rpartition("/")[2] if self.words and not self.words[0].expands else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the program."""
        return tuple(word.text for word in self.words[1:])

    @property
    def needs_shell(self) -> bool:
        """Whether only a shell can start it."""
        return (
            bool(self.redirections)
            or any(word.expands for word in self.words)
            or any(value.expands for _, value in self.assignments)
        )

    @property
    def source(self) -> str:
        """The command as a shell line."""
        parts = [f"{name}={value.source}" for name, value in self.assignments]
        return " ".join([*parts, *(word.source for word in self.words), *self.redirections])

    def without(self, count: int) -> Simple:
        """Return the command without its first words."""
        return replace(self, words=self.words[count:])


@dataclass(frozen=True, slots=True)
class Line:
    """Simple commands and the operators between them; a trailing `&` is an operator too."""

    commands: tuple[Simple, ...]
    operators: tuple[str, ...] = ()


def simple(argv: tuple[str, ...]) -> Simple:
    """Return the command that a list of words is."""
    return Simple(words=tuple(Word(text) for text in argv))


def parse(text: str) -> Line | None:
    """Return the line's commands; None when it is more than a list of simple commands."""
    if len(text) > MAX_CHARACTERS:
        return None
    return _Splitter(text).line()


class _Unclear(Exception):  # noqa: N818  # never leaves this module
    """The line has grammar beyond simple commands."""


class _Splitter:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def line(self) -> Line | None:
        commands: list[Simple] = []
        operators: list[str] = []
        try:
            while True:
                command = self._command()
                if command is not None:
                    commands.append(command)
                match = _OPERATOR.match(self._text, self._position)
                if match is None:
                    break
                self._position = match.end()
                mark = ";" if match[0] == "\n" else match[0]
                if command is not None:
                    operators.append(mark)
                elif mark != ";":
                    return None
        except _Unclear:
            return None
        if self._position < len(self._text) or not commands:
            return None
        if len(operators) == len(commands) and operators[-1] == ";":
            operators.pop()
        return Line(tuple(commands), tuple(operators))

    def _command(self) -> Simple | None:
        assignments: list[tuple[str, Word]] = []
        words: list[Word] = []
        redirections: list[str] = []
        while True:
            self._space()
            if self._position >= len(self._text) or _OPERATOR.match(self._text, self._position):
                break
            redirection = _REDIRECTION.match(self._text, self._position)
            if redirection:
                self._position = redirection.end()
                self._space()
                redirections.append(f"{redirection[0]}{self._word().source}")
                continue
            assignment = None if words else _ASSIGNMENT.match(self._text, self._position)
            if assignment:
                self._position = assignment.end()
                assignments.append((assignment[1], self._word(may_be_empty=True)))
                continue
            word = self._word()
            if not words and word.text in _KEYWORDS:
                raise _Unclear
            words.append(word)
        if not (assignments or words or redirections):
            return None
        return Simple(tuple(assignments), tuple(words), tuple(redirections))

    def _space(self) -> None:
        while self._position < len(self._text):
            char = self._text[self._position]
            if char in " \t\r":
                self._position += 1
            elif self._text.startswith("\\\n", self._position):
                self._position += 2
            elif char == "#":
                end = self._text.find("\n", self._position)
                self._position = len(self._text) if end < 0 else end
            else:
                return

    def _word(self, *, may_be_empty: bool = False) -> Word:
        start = self._position
        parts: list[str] = []
        expands = False
        while self._position < len(self._text):
            char = self._text[self._position]
            if char.isspace() or char in ";|&<>":
                break
            if char in "()`":
                raise _Unclear
            plain = _PLAIN.match(self._text, self._position)
            if plain:
                parts.append(plain[0])
                self._position = plain.end()
            elif char == "'":
                parts.append(self._single())
            elif char == '"':
                content, inside = self._double()
                parts.append(content)
                expands |= inside
            elif char == "\\":
                parts.append(self._text[self._position + 1 : self._position + 2])
                self._position += 2
            else:
                expands |= self._special(char, first=self._position == start)
                parts.append(char)
        if self._position == start and not may_be_empty:
            raise _Unclear
        return Word(self._text[start : self._position], expands=True) if expands else Word("".join(parts))

    def _special(self, char: str, *, first: bool) -> bool:
        """Go over a character that may be special; return whether it makes the shell expand the word."""
        rest = self._text[self._position + 1 : self._position + 2]
        if char == "$":
            if rest == "(":
                raise _Unclear
            if rest == "{":
                end = self._text.find("}", self._position)
                if end < 0:
                    raise _Unclear
            self._position += 1
            return bool(re.match(r"[\w{@*#?$!-]", rest, re.ASCII))
        self._position += 1
        if char in "*?[":
            return True
        return char == "~" and first

    def _single(self) -> str:
        end = self._text.find("'", self._position + 1)
        if end < 0:
            raise _Unclear
        content = self._text[self._position + 1 : end]
        self._position = end + 1
        return content

    def _double(self) -> tuple[str, bool]:
        parts: list[str] = []
        expands = False
        self._position += 1
        while self._position < len(self._text):
            char = self._text[self._position]
            after = self._text[self._position + 1 : self._position + 2]
            if char == '"':
                self._position += 1
                return "".join(parts), expands
            if char == "`" or (char == "$" and after == "("):
                raise _Unclear
            if char == "\\" and after and after in '"\\$`\n':
                parts.append("" if after == "\n" else after)
                self._position += 2
                continue
            expands |= char == "$" and bool(re.match(r"[\w{@*#?$!-]", after, re.ASCII))
            parts.append(char)
            self._position += 1
        raise _Unclear
