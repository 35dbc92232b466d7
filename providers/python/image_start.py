"""What the Dockerfile of a project starts: its authors' word on which of several things in the tree is the app.

Only the target is taken (`app.main:app`, `bot/main.py`, `-m bot`), never the command: how it is started is for other
rules. A shell script that the Dockerfile starts is looked into.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import own_dockerfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

_TARGET = re.compile(r"([A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)(?:\(\))?", re.ASCII)
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_FILE = re.compile(r"(?:\./)?[\w./-]{1,200}\.py", re.ASCII)
_SCRIPT = re.compile(r"[\w./-]{1,200}\.sh|[\w./-]{0,200}(?:entrypoint|start|run)", re.ASCII)
_PYTHON = re.compile(r"python[0-9.]*")
# Programs that are run with `-m` and given an app, or that only prepare a start.
_TOOLS = frozenset({"pip", "venv", "http.server", "compileall", "gunicorn", "uvicorn", "hypercorn", "flask", "alembic"})
# What prepares the start and is not the app.
_HELPERS = frozenset(
    {"manage.py", "setup.py", "update.py", "migrate.py", "init_db.py", "prestart.py", "wait_for_db.py"}
)
_MAX_LINES = 300
_MAX_WORDS = 60


def find(tree: SourceTree) -> tuple[Sourced[str], ...]:
    """Return what is started, as the option `python.entry` would name it, the last of each command first."""
    found: list[Sourced[str]] = []
    for command in own_dockerfile.commands(tree):
        argv = command.value.argv
        words = _words(command.value.text if argv is None else " ".join(argv))
        targets = list(_targets(words))
        if not targets:
            targets = [target for path in _scripts(tree, words) for target in _in_script(tree, path)]
        found += [Sourced(target, command.origin) for target in reversed(targets)]
    return tuple(found)


def _words(text: str) -> list[str]:
    """Return the words of a command, split at white space and quotes."""
    return [word for word in re.split(r"[\s\"';&|]+", text) if word][:_MAX_WORDS]


def _targets(words: list[str]) -> Iterator[str]:
    for index, word in enumerate(words):
        target = _TARGET.fullmatch(word)
        following = words[index + 1] if index + 1 < len(words) else ""
        if target is not None and not word.startswith(("unix:", "tcp:", "http:", "https:")):
            yield target[1]
        elif word == "-m" and index and _is_python(words, index):
            if _MODULE.fullmatch(following) and following.partition(".")[0] not in _TOOLS:
                yield following
        elif _FILE.fullmatch(word) and posixpath.basename(word) not in _HELPERS and _runs(words, index):
            yield word.removeprefix("./")


def _is_python(words: list[str], index: int) -> bool:
    """Return whether the word at an index is an option of the interpreter."""
    return any(_PYTHON.fullmatch(posixpath.basename(word)) for word in words[max(0, index - 3) : index])


def _runs(words: list[str], index: int) -> bool:
    """Return whether a file at an index is what is run, and not the argument of an option (`-c gunicorn.conf.py`)."""
    if index == 0:
        return True
    before = words[index - 1]
    return not before.startswith("-") or (before in {"-u", "-O", "-B", "-I", "--"} and _is_python(words, index))


def _scripts(tree: SourceTree, words: list[str]) -> Iterator[str]:
    """Yield the shell scripts of the tree that a command starts, by their path or by the last part of it."""
    for word in words:
        if not _SCRIPT.fullmatch(word):
            continue
        name = posixpath.basename(word)
        inside = posixpath.normpath(word.lstrip("/")) if word.strip("./") else name
        known = tree.first(inside, name) or next(iter(tree.named(name)), None)
        if known is not None:
            yield known


def _in_script(tree: SourceTree, path: str) -> Iterator[str]:
    text = tree.text_or_none(path)
    for line in (text or "").split("\n", _MAX_LINES)[:_MAX_LINES]:
        if not line.lstrip().startswith("#"):
            yield from _targets(_words(line))
