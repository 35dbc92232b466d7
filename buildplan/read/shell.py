"""Shell lines, as scripts, start commands and Dockerfiles hold them: split into commands and words, never run.

One scan, two questions. `parse` asks whether a line is a list of simple commands, so that it can be started without a
shell; what is more than that (`if`, `(…)`, here-documents) is not split at all. `commands_in` asks which programs a
script runs, takes any grammar, and follows `cd`, assignments and `sh -c`; a command in it is *certain* when it runs
whatever happens: not inside `if`, `case` or a loop, and not beside `||`, where the author has thought of its failing.

Source, checked 2026-11-24: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.ASCII | re.DOTALL)
_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}=", re.ASCII)
_REFERENCE = re.compile(r"\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})", re.ASCII)
_SPACE = re.compile(r"(?:[ \t\r]|\\\n)+")
_REDIRECTION = re.compile(r"\d*(?:<<<|<<-?|<>|<&|>>|>&|>\||<|>)(?!\()|&>>?(?!\()")
_OPERATOR = re.compile(r"&&|\|\||;;|\|&|[;|&()\n]")
_PLAIN = re.compile(r"[^ \t\r\n\"'\\$`;|&<>()*?\[~]+")
_PLAIN_IN_QUOTES = re.compile(r"[^\"\\$`]+")
_BRACKET = re.compile(r"[()]")
_BRACE = re.compile(r"\$\{|\}")
_NAME = re.compile(r"\$(?:[A-Za-z_]\w*|[0-9@*#?$!-])", re.ASCII)
_KEYWORDS = frozenset({"if", "for", "while", "until", "case", "{", "function", "select", "!", "[[", "then", "do"})
_OPENS = frozenset({"if", "for", "while", "until", "case", "select"})
_CLOSES = frozenset({"fi", "done", "esac"})
_GLUE = frozenset({"then", "do", "else", "elif", "{", "}", "!", "time"})
# A chain that goes on only when one of these succeeds is a question, not a step.
_QUESTIONS = frozenset({"[", "[[", "test", "command", "which", "type", "grep", "hash"})
_WRAPPERS = frozenset({"exec", "sudo", "nice", "nohup", "env", "corepack", "chronic", "eatmydata"})
SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "ash", "dash", "/bin/ash"})
MAX_CHARACTERS = 4000
_MAX_DEPTH = 4
# What the variables of a script may add to its words: those that hold one another would double with each command.
_MAX_VALUE = 4096
_MAX_EXPANDED = 256 * 1024


class Word(NamedTuple):
    """A word. `text` is what the program gets; when `expands`, only a shell can tell and `text` is the source."""

    text: str
    expands: bool = False

    @property
    def source(self) -> str:
        """How to write the word in a shell line."""
        return self.text if self.expands else shlex.quote(self.text)


class Simple(NamedTuple):
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
        return self._replace(words=self.words[count:])


class Line(NamedTuple):
    """Simple commands and the operators between them; a trailing `&` is an operator too."""

    commands: tuple[Simple, ...]
    operators: tuple[str, ...] = ()


class Command(NamedTuple):
    """A command that a script runs: the program and its arguments, quotes removed, known variables replaced.

    A word that only the shell can know keeps its `$` or its backquote. `environment` are assignments before the
    program, `directory` where earlier `cd`s of the same line lead to (relative to where it starts, or absolute; None
    when that is unknown). `writes` are the files that its output goes to.
    """

    words: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    directory: str | None = ""
    certain: bool = True
    writes: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """The name of the program, without its directory."""
        return self.words[0].rpartition("/")[2] if self.words else ""


def simple(argv: tuple[str, ...]) -> Simple:
    """Return the command that a list of words is."""
    return Simple(words=tuple(Word(text) for text in argv))


def parse(text: str) -> Line | None:
    """Return the line's commands; None when it is more than a list of simple commands."""
    if len(text) > MAX_CHARACTERS:
        return None
    try:
        return _line(text)
    except _UnclearError:
        return None


def commands_of_words(words: tuple[str, ...], variables: Mapping[str, str], depth: int = 0) -> tuple[Command, ...]:
    """Return the commands of an argument list: itself, or what a `sh -c` in it runs."""
    if not words:
        return ()
    if words[0] in SHELLS and depth < _MAX_DEPTH:
        for index, word in enumerate(words[1:-1], 1):
            if re.fullmatch(r"-[a-z]*c", word):
                return commands_in(words[index + 1], variables, depth + 1)
    return (Command(words),)


def commands_in(line: str, variables: Mapping[str, str], depth: int = 0) -> tuple[Command, ...]:
    """Return the commands of a shell line or script; empty when it has an open quote or bracket."""
    try:
        tokens = tuple(_tokens(line))
    except _UnclearError:
        return ()
    return _Script(variables, depth).commands(tokens)


class _UnclearError(Exception):
    """A quote or bracket is not closed, or the line is more than was asked for."""


class _Token(NamedTuple):
    """A word with its pieces, an operator, or a redirection, whose file is the word after it.

    A piece is a text and whether it is an expansion. `expands` counts patterns and `~` too; `runs` is for words with a
    command substitution.
    """

    kind: Literal["word", "operator", "redirection"]
    text: str
    pieces: tuple[tuple[str, bool], ...] = ()
    expands: bool = False
    runs: bool = False

    @property
    def plain(self) -> str:
        """The word without its quotes."""
        return "".join(text for text, _ in self.pieces)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    copies = False
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        # In `2>&1>file` the 1 belongs to what stands before it.
        match = None if copies and text[position].isdecimal() else _REDIRECTION.match(text, position)
        copies = match is not None and match[0][-1] == "&"
        if text[position] == "#":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif match is not None:
            yield _Token("redirection", match[0])
            position = match.end()
        elif (match := _OPERATOR.match(text, position)) is not None:
            yield _Token("operator", match[0])
            position = match.end()
        else:
            word = _WordScan(text, position)
            yield word.token()
            position = word.position


class _WordScan:
    """Reads one word."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._start = start
        self._pieces: list[tuple[str, bool]] = []
        self._expands = False
        self._runs = False
        self.position = start

    def token(self) -> _Token:
        text = self._text
        while self.position < len(text):
            char = text[self.position]
            if plain := _PLAIN.match(text, self.position):
                self._add(plain[0], plain.end())
            elif char == "'":
                end = self._closed("'", self.position + 1)
                self._add(text[self.position + 1 : end], end + 1)
            elif char == '"':
                self._double_quoted()
            elif char == "\\":
                after = text[self.position + 1 : self.position + 2]
                self._add("" if after == "\n" else after, self.position + 2)
            elif char in "$`" or (self.position == self._start and char in "<>"):
                self._dollar()
            elif char in "*?[~":
                self._expands |= char != "~" or self._is_home()
                self._add(char, self.position + 1)
            else:
                break
        return _Token("word", text[self._start : self.position], tuple(self._pieces), self._expands, self._runs)

    def _is_home(self) -> bool:
        """Return whether a `~` here stands for a home directory: first in a word, or in an assigned value."""
        return self._start == self.position or _ASSIGNED.fullmatch(self._text, self._start, self.position) is not None

    def _add(self, text: str, position: int, *, expansion: bool = False) -> None:
        self._pieces.append((text, expansion))
        self._expands |= expansion
        self.position = position

    def _closed(self, mark: str, position: int) -> int:
        end = self._text.find(mark, position)
        if end < 0:
            raise _UnclearError
        return end

    def _double_quoted(self) -> None:
        text = self._text
        self.position += 1
        self._pieces.append(("", False))
        while self.position < len(text):
            char = text[self.position]
            if plain := _PLAIN_IN_QUOTES.match(text, self.position):
                self._add(plain[0], plain.end())
            elif char == '"':
                self.position += 1
                return
            elif char == "\\":
                after = text[self.position + 1 : self.position + 2]
                kept = "" if after == "\n" else after if after and after in '"\\$`' else char + after
                self._add(kept, self.position + 2)
            else:
                self._dollar()
        raise _UnclearError

    def _dollar(self) -> None:
        """Read an expansion: `$X`, `${X:-y}`, `$(…)`, backquotes, `<(…)`; a dollar sign alone is text."""
        text, start = self._text, self.position
        after = text[start + 1 : start + 2]
        if text[start] == "`":
            self._runs = True
            end = self._closed("`", start + 1) + 1
        elif after == "(":
            self._runs = True
            end = self._bracket(_BRACKET, start + 1)
        elif after == "{":
            end = self._bracket(_BRACE, start)
            self._runs |= "$(" in text[start:end] or "`" in text[start:end]
        elif name := _NAME.match(text, start):
            end = name.end()
        else:
            self._add("$", start + 1)
            return
        self._add(text[start:end], end, expansion=True)

    def _bracket(self, pattern: re.Pattern[str], position: int) -> int:
        """Return where a substitution ends; brackets inside of quotes count too, which is good enough."""
        depth = 0
        for match in pattern.finditer(self._text, position):
            depth += 1 if match[0] in {"(", "${"} else -1
            if depth == 0:
                return match.end()
        raise _UnclearError


def _line(text: str) -> Line | None:
    commands: list[Simple] = []
    operators: list[str] = []
    current = _SimpleScan()
    for token in _tokens(text):
        if token.kind != "operator":
            current.add(token)
            continue
        command = current.result()
        current = _SimpleScan()
        mark = ";" if token.text == "\n" else token.text
        if mark not in {"&&", "||", ";", "|", "&"} or (command is None and mark != ";"):
            return None
        if command is not None:
            commands.append(command)
            operators.append(mark)
    command = current.result()
    if command is not None:
        commands.append(command)
    if not commands:
        return None
    if len(operators) == len(commands) and operators[-1] == ";":
        operators.pop()
    return Line(tuple(commands), tuple(operators))


class _SimpleScan:
    """Collects one simple command."""

    def __init__(self) -> None:
        self._assignments: list[tuple[str, Word]] = []
        self._words: list[Word] = []
        self._redirections: list[str] = []
        self._redirection = ""

    def add(self, token: _Token) -> None:
        if token.runs or token.text.startswith("<<") or (self._redirection and token.kind == "redirection"):
            raise _UnclearError
        if token.kind == "redirection":
            self._redirection = token.text
            return
        word = Word(token.text, expands=True) if token.expands else Word(token.plain)
        if self._redirection:
            self._redirections.append(f"{self._redirection}{word.source}")
            self._redirection = ""
            return
        assignment = None if self._words else _ASSIGNMENT.fullmatch(token.text)
        if assignment is not None:
            name = assignment[1]
            value = assignment[2] if word.expands else word.text[len(name) + 1 :]
            self._assignments.append((name, Word(value, word.expands)))
            return
        if not self._words and word.text in _KEYWORDS:
            raise _UnclearError
        self._words.append(word)

    def result(self) -> Simple | None:
        if self._redirection:
            raise _UnclearError
        if not (self._assignments or self._words or self._redirections):
            return None
        return Simple(tuple(self._assignments), tuple(self._words), tuple(self._redirections))


class _Script:
    """Turns tokens into commands and keeps where in the script it is."""

    def __init__(self, variables: Mapping[str, str], depth: int) -> None:
        self._variables = dict(variables)
        self._depth = depth
        self._found: list[Command] = []
        self._words: list[_Token] = []
        self._nesting = 0
        self._directories: list[str | None] = [""]
        self._chain = 0
        self._asks = False
        self._writes: list[_Token] = []
        self._redirection = ""
        self._expanded = 0

    def commands(self, tokens: tuple[_Token, ...]) -> tuple[Command, ...]:
        for token in tokens:
            if token.kind == "operator":
                self._operator(token.text)
            elif token.kind == "redirection":
                self._redirection = token.text
            elif self._redirection:
                if self._redirection.lstrip("0123456789") in {">", ">>", ">|", "&>", "&>>", "<>"}:
                    self._writes.append(token)
                self._redirection = ""
            else:
                self._word(token)
        self._end()
        return tuple(self._found)

    def _operator(self, text: str) -> None:
        self._end()
        if text == "||":
            self._found[self._chain :] = [item._replace(certain=False) for item in self._found[self._chain :]]
            self._chain = len(self._found)
            self._asks = True
        elif text in {";", "\n", "&", ";;"}:
            self._chain = len(self._found)
            self._asks = False
        elif text == "(":
            self._directories.append(self._directories[-1])
        elif text == ")" and len(self._directories) > 1:
            self._directories.pop()

    def _word(self, token: _Token) -> None:
        if not self._words:
            if token.text in _OPENS:
                self._nesting += 1
            elif token.text in _CLOSES:
                self._nesting = max(0, self._nesting - 1)
                return
            if token.text in _GLUE:
                return
        self._words.append(token)

    def _end(self) -> None:
        words = [self._replaced(word) for word in self._words]
        writes = tuple(path for path in map(self._replaced, self._writes) if not path.startswith("/dev/"))
        self._words, self._writes, self._redirection = [], [], ""
        environment = []
        while words and (match := _ASSIGNMENT.fullmatch(words[0])):
            environment.append((match[1], match[2]))
            words.pop(0)
        if not words:
            if self._nesting == 0:
                self._variables.update(environment)
            return
        words = _unwrapped(words)
        if not words:
            return
        if words[0] == "cd":
            self._change_directory(words[1] if len(words) > 1 else "$HOME")
            return
        if words[0] == "export" and self._nesting == 0:
            self._variables.update(pair.partition("=")[::2] for pair in words[1:] if "=" in pair)
        certain = self._nesting == 0 and not self._asks
        if words[0] in _QUESTIONS:
            self._asks = True
        if words[0] in SHELLS and self._depth < _MAX_DEPTH:
            inner = commands_of_words(tuple(words), self._variables, self._depth)
            self._found += [item._replace(certain=item.certain and certain) for item in inner]
        else:
            self._found.append(Command(tuple(words), tuple(environment), self._directories[-1], certain, writes))

    def _change_directory(self, target: str) -> None:
        current = self._directories[-1]
        if self._nesting or "$" in target or "`" in target or target.startswith(("~", "-")):
            self._directories[-1] = None
        elif target.startswith("/"):
            self._directories[-1] = target
        elif current is not None:
            path = f"{current}/{target}" if current else target
            self._directories[-1] = path if len(path) < _MAX_VALUE else None

    def _replaced(self, word: _Token) -> str:
        """Return the word with the variables that are known; as it is where they would make it too long."""
        if not word.expands:
            return word.plain
        size = 0

        def value(match: re.Match[str]) -> str:
            nonlocal size
            text = self._variables.get(match[1] or match[2], match[0])
            size += len(text)
            self._expanded += len(text)
            return text if size <= _MAX_VALUE and self._expanded <= _MAX_EXPANDED else match[0]

        return "".join(_REFERENCE.sub(value, text) if expansion else text for text, expansion in word.pieces)


def _unwrapped(words: list[str]) -> list[str]:
    """Return the words without programs that only start another one; empty when that is not understood."""
    while words and words[0] in _WRAPPERS and len(words) > 1:
        rest = words[1:]
        while rest and words[0] in {"env", "sudo", "nice"} and (rest[0].startswith("-") or "=" in rest[0]):
            rest.pop(0)
        if words[0] == "corepack" and rest[0] not in {"npm", "pnpm", "yarn", "yarnpkg"}:
            return words
        words = rest
    return words
