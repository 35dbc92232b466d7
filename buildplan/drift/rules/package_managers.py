"""Installs in a Dockerfile against the lock files of the tree."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.drift import artifacts, javascript
from buildplan.drift.findings import Edit, Finding
from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import numbers_of, span
from buildplan.read import json_document, toml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.subject import Subject
    from buildplan.model.origin import Sourced
    from buildplan.read.dockerfile import Instruction, Stage
    from buildplan.read.shell import Command

# Python's managers: the command that installs a project, its lock file, the flags that need one.
_PYTHON = {
    "poetry": ({"install", "sync"}, "poetry.lock", set[str]()),
    "uv": ({"sync"}, "uv.lock", {"--frozen", "--locked"}),
    "pdm": ({"install", "sync"}, "pdm.lock", {"--frozen-lockfile"}),
    "pipenv": ({"install", "sync"}, "Pipfile.lock", {"--deploy", "--ignore-pipfile"}),
}
_NAMED_VERSION = re.compile(r"(npm|pnpm|yarn|bun)@v?(\d+(?:\.\d+){0,2})(?:\+\S*)?", re.ASCII)
_ENSURES = {"npm", "yarn", "corepack"}


def installs(subject: Subject) -> Iterator[Finding]:
    """BP720, BP721: the package manager that a RUN uses against the one whose lock file is there."""
    locked = False  # an earlier command may have written a lock file
    for stage, item, command in subject.commands("RUN"):
        if javascript.install_of(command) is not None:
            yield from _javascript(subject, stage, item, command, locked=locked)
        elif command.program in _PYTHON:
            yield from _python(subject, stage, item, command, locked=locked)
        elif command.program == "cargo" and {"--locked", "--frozen"}.intersection(command.words):
            yield from _cargo(subject, stage, item, command)
        locked = locked or _makes_lock(command)


def _locks(subject: Subject, directory: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lock files in a directory, or in the nearest one above, in the build context, that has any."""
    current = directory
    while True:
        found = tuple(
            posixpath.join(current, name) for name in names if subject.tree.has(posixpath.join(current, name))
        )
        if found or not current or current == subject.context.directory:
            return found
        current = posixpath.dirname(current)


def _javascript(
    subject: Subject, stage: Stage, item: Instruction, command: Command, *, locked: bool
) -> Iterator[Finding]:
    install = javascript.install_of(command)
    directory = subject.directory_of(stage, item, command, "package.json")
    if install is None or directory is None:
        return
    own = javascript.LOCKS[install.manager]
    found = _locks(subject, directory, javascript.ALL_LOCKS)
    if any(posixpath.basename(path) in own for path in found):
        return
    if any(artifacts.is_ignored(subject.tree, posixpath.join(directory, name)) for name in own):
        return
    text = " ".join(command.words[:2])
    if found:
        # Bun reads the lock files of the others when it has none of its own.
        if install.manager == "bun" and not install.frozen:
            return
        other = next(manager for manager, names in javascript.LOCKS.items() if posixpath.basename(found[0]) in names)
        yield Finding(
            "BP720",
            "error",
            f"`{text}` reads {own[0]}, and the project has `{found[0]}`",
            subject.place(item),
            Origin(found[0]),
            f"install with {other}, or remove `{found[0]}`",
        )
        return
    if not install.frozen or install.manager not in {"npm", "pnpm"} or locked:
        return
    yield Finding(
        "BP721",
        "error",
        f"`{text}` needs {own[0]}, and the project has no lock file",
        subject.place(item),
        Origin(posixpath.join(directory, "package.json")),
        f"commit {own[0]}, or install without it",
        _unfrozen(subject, item) if install.manager == "npm" else (),
    )


def _unfrozen(subject: Subject, item: Instruction) -> tuple[Edit, ...]:
    """Return `npm ci` → `npm install`, where it stands exactly once."""
    lines = [number for number in range(item.first, item.last + 1) if "npm ci" in subject.line(number)]
    if len(lines) != 1 or len(re.findall(r"\bnpm ci\b", subject.line(lines[0]))) != 1:
        return ()
    return (Edit(lines[0], "npm ci", "npm install"),)


def _makes_lock(command: Command) -> bool:
    install = javascript.install_of(command)
    if install is not None:
        return not install.frozen
    # `uv lock`, `cargo generate-lockfile`, `npm install --package-lock-only`
    return any(word.endswith(("lock", "lockfile", "lock-only", "lockfile-only")) for word in command.words[1:3])


def _python(subject: Subject, stage: Stage, item: Instruction, command: Command, *, locked: bool) -> Iterator[Finding]:
    verbs, lock, frozen = _PYTHON[command.program]
    words = [word for word in command.words[1:] if not word.startswith("-")]
    if len(words) != 1 or words[0] not in verbs or {"--project", "--directory", "-C", "-P"}.intersection(command.words):
        return
    manifest = "Pipfile" if command.program == "pipenv" else "pyproject.toml"
    directory = subject.directory_of(stage, item, command, manifest)
    if directory is None or _locks(subject, directory, (lock,)):
        return
    if artifacts.is_ignored(subject.tree, posixpath.join(directory, lock)) or locked:
        return
    text = " ".join(command.words[:2])
    others = _locks(subject, directory, tuple(entry[1] for entry in _PYTHON.values()))
    if others and not _is_manager(subject, directory, command.program):
        yield Finding(
            "BP720",
            "error",
            f"`{text}` reads {lock}, and the project has `{others[0]}`",
            subject.place(item),
            Origin(others[0]),
            f"install with the manager of `{others[0]}`, or remove it",
        )
    elif frozen.intersection(command.words):
        yield _without_lock(
            subject, item, f"{text} {min(frozen.intersection(command.words))}", lock, directory, manifest
        )


def _is_manager(subject: Subject, directory: str, manager: str) -> bool:
    """Return whether pyproject.toml has a table of the manager, so that its lock file may only not be committed."""
    path = posixpath.join(directory, "pyproject.toml")
    try:
        return isinstance(toml_document.read(subject.tree, path).get("tool", manager), dict)
    except FileError:
        return True


def _without_lock(subject: Subject, item: Instruction, text: str, lock: str, directory: str, manifest: str) -> Finding:
    return Finding(
        "BP721",
        "error",
        f"`{text}` needs {lock}, and the project has none",
        subject.place(item),
        Origin(posixpath.join(directory, manifest)),
        f"commit {lock}",
    )


def _cargo(subject: Subject, stage: Stage, item: Instruction, command: Command) -> Iterator[Finding]:
    if command.words[1:2] not in (("build",), ("install",), ("fetch",)) or "--path" in command.words:
        return
    if command.words[1] == "install":
        return
    directory = subject.directory_of(stage, item, command, "Cargo.toml")
    if directory is None or _locks(subject, directory, ("Cargo.lock",)):
        return
    if not artifacts.is_ignored(subject.tree, posixpath.join(directory, "Cargo.lock")):
        yield _without_lock(subject, item, f"cargo {command.words[1]} --locked", "Cargo.lock", directory, "Cargo.toml")


def pinned_managers(subject: Subject) -> Iterator[Finding]:
    """BP722: the version of npm, pnpm, Yarn or Bun that a RUN installs against `packageManager`."""
    pinned = _pinned(subject)
    if pinned is None:
        return
    name, _, version = pinned.value.partition("@")
    for _, item, command in subject.commands("RUN"):
        if command.program not in _ENSURES or not command.words:
            continue
        for word in command.words[1:]:
            match = _NAMED_VERSION.fullmatch(word)
            if match is None or match[1] != name or span(numbers_of(match[2])).overlaps(span(numbers_of(version))):
                continue
            yield Finding(
                "BP722",
                "warning",
                f"`{word}` is not `packageManager {pinned.value.partition('+')[0]}`",
                subject.place(item),
                pinned.origin,
                f"write `{name}@{version.partition('+')[0]}`",
            )


def _pinned(subject: Subject) -> Sourced[str] | None:
    for directory in subject.directories:
        path = posixpath.join(directory, "package.json")
        if not subject.tree.has(path):
            continue
        try:
            found = json_document.read(subject.tree, path).string("packageManager")
        except FileError:
            continue
        if found is not None and _NAMED_VERSION.fullmatch(found.value):
            return found
    return None
