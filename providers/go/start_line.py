"""Start commands as people write them: which program they run, and whether that takes a shell."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import NamedTuple

# Anything that only a shell understands: variables, patterns, redirections, several commands.
_SHELL = re.compile(r"[;&|<>()$`\\*?\[\]{}~\n]|(?:^|\s)#")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=", re.ASCII)
# Where a command can begin in a line for a shell.
_COMMAND = re.compile(
    r"(?:^|[;&|(]|\b(?:then|else|do)\b)[ \t]{0,9}"
    r"(?:exec[ \t]{1,9}|[A-Za-z_]\w{0,60}=[^\s;&|$'\"]{0,200}[ \t]{1,9})*"
    r"(?P<run>go[ \t]{1,9}run[ \t]{1,9}(?P<target>[^\s;&|<>()$`'\"-][^\s;&|<>()$`'\"]{0,200})"
    r"|(?P<word>[\w./@%+-]{1,200}))",
    re.ASCII,
)
_KEYWORDS = frozenset({"exec", "then", "else", "do", "if", "while", "for", "fi", "done", "cd", "export", "set", "test"})


class Program(NamedTuple):
    """A program that a line starts: its name without folders, or the folder that `go run` is given."""

    word: str
    target: str | None = None

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.word.rpartition("/")[2]


class Simple(NamedTuple):
    """A line that is one command: variables before it, the program, and its arguments."""

    environment: tuple[tuple[str, str], ...]
    program: Program
    arguments: tuple[str, ...]


def simple(text: str) -> Simple | None:
    """Return the line as one command, or None when it takes a shell or holds nothing."""
    if _SHELL.search(text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    environment = []
    while words and _ASSIGNMENT.match(words[0]):
        name, _, value = words.pop(0).partition("=")
        environment.append((name, value))
    if words[:1] == ["exec"]:
        words.pop(0)
    if not words:
        return None
    if words[:2] == ["go", "run"]:
        rest = words[2:]
        while rest and rest[0].startswith("-"):
            rest.pop(0)
        if not rest:
            return None
        target = rest.pop(0)
        while target.endswith(".go") and rest and rest[0].endswith(".go"):
            rest.pop(0)
        return Simple(tuple(environment), Program("go", _folder(target)), tuple(rest))
    return Simple(tuple(environment), Program(words[0]), tuple(words[1:]))


def programs(text: str) -> tuple[Program, ...]:
    """Return the programs that a line starts, in order."""
    one = simple(text)
    if one is not None:
        return (one.program,)
    found = []
    for match in _COMMAND.finditer(text):
        if match["target"] is not None:
            found.append(Program("go", _folder(match["target"])))
        elif match["word"] not in _KEYWORDS:
            found.append(Program(match["word"]))
    return tuple(found)


def rewritten(text: str, paths: dict[str, str]) -> str:
    """Return a line for a shell with the programs in `paths` (as `key` makes them) replaced by their paths."""

    def replace(match: re.Match[str]) -> str:
        program = Program("go", _folder(match["target"])) if match["target"] is not None else Program(match["word"])
        path = paths.get(key(program))
        if path is None:
            return match[0]
        return match[0][: match.start("run") - match.start()] + path

    return _COMMAND.sub(replace, text)


def key(program: Program) -> str:
    """Return what tells programs apart: the folder of `go run`, or the word as it was written."""
    return f"run {program.target}" if program.target is not None else program.word


def _folder(target: str) -> str:
    """Return the directory that `go run` is given: a folder, or files in it."""
    folder = posixpath.dirname(target) if target.endswith(".go") else target
    clean = posixpath.normpath(folder or ".")
    return "" if clean == "." else clean
