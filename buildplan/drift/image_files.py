"""Where a path of an image comes from: which COPY put it there, and whether the tree still has it.

An answer is *gone* only when a COPY covers the path, the tree has nothing there, and nothing else can have made it: no
program of unknown habits ran, and the base image is one that holds no app.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import TYPE_CHECKING

from buildplan.drift import artifacts, images
from buildplan.drift.contexts import matches, mount_options
from buildplan.read.dockerfile import commands_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.contexts import Context
    from buildplan.read.dockerfile import Dockerfile, Instruction, Stage
    from buildplan.read.shell import Command
    from buildplan.source import SourceTree

_MAX_DEPTH = 12
# Programs that put no source file into an app's directory. What builds is among them: what it makes lies in folders
# that `artifacts` knows, or is named in a script, which is looked at.
_TIDY = {
    *(
        "apk",
        "apt",
        "apt-get",
        "bun",
        "bundle",
        "cargo",
        "command",
        "corepack",
        "deno",
        "dnf",
        "dotnet",
        "dpkg",
        "gem",
        "go",
    ),
    *("microdnf", "mix", "node", "npm", "npx", "pdm", "pip", "pip3", "pipenv", "pnpm", "poetry", "prisma", "python"),
    *("python3", "touch", "tsc", "uv", "yarn", "yum"),
}
# Programs that make no file at all, whatever names they are given.
_HARMLESS = {
    *(
        "[",
        "addgroup",
        "adduser",
        "cat",
        "chgrp",
        "chmod",
        "chown",
        "dos2unix",
        "echo",
        "exit",
        "export",
        "find",
        "getent",
    ),
    *(
        "grep",
        "groupadd",
        "groupdel",
        "groupmod",
        "id",
        "locale-gen",
        "ls",
        "mkdir",
        "pwd",
        "rm",
        "sed",
        "set",
        "sleep",
    ),
    *("strip", "sync", "test", "true", "umask", "useradd", "userdel", "usermod", "which"),
}
# Programs that make files in one place, which their arguments name.
_PLACING = {"cp", "install", "ln", "mv", "rsync", "unzip"}
_FETCHING = {"curl", "wget"}
# Subcommands of tidy programs that do write a project.
_CREATE = {"create", "init", "new", "exec", "startproject", "startapp", "dlx", "pack", "generate", "get", "clone"}


class Presence(Enum):
    """What is known of a path."""

    THERE = "there"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """The answer for a path of an image: `path` in the tree, and the COPY that covers it."""

    presence: Presence
    path: str = ""
    copy: Instruction | None = None


_UNKNOWN = Found(Presence.UNKNOWN)
# No COPY covers the path and nothing can have made it: a volume may still bring it.
_NOTHING = Found(Presence.GONE)


@dataclass(frozen=True, slots=True)
class _Placement:
    """Part of a COPY or a mount: a source and where it goes. `stage` is None for the build context."""

    item: Instruction
    source: str
    stage: Stage | None
    foreign: bool
    target: str
    into: bool
    parents: bool = False


class ImageFiles:
    """Answers for one Dockerfile in one build context."""

    def __init__(self, tree: SourceTree, dockerfile: Dockerfile, context: Context) -> None:
        self._tree = tree
        self._dockerfile = dockerfile
        self._context = context
        self._directories: dict[int, list[tuple[int, str | None]]] = {}
        self._placed: dict[int, tuple[_Placement, ...]] = {}
        self._commands: dict[int, tuple[Command, ...]] = {}
        self._found: dict[tuple[int, str, int | None, bool], Found] = {}

    def commands(self, item: Instruction) -> tuple[Command, ...]:
        """Return the commands of an instruction, read once."""
        if item.first not in self._commands:
            self._commands[item.first] = commands_of(item)
        return self._commands[item.first]

    def working_directory(self, stage: Stage, line: int | None = None) -> str | None:
        """Return the absolute WORKDIR before a line, or at the end of the stage; None when it is unknown."""
        found = self._working_directories(stage)
        at = len(found) if line is None else bisect_left(found, line, key=lambda entry: entry[0])
        return found[max(at - 1, 0)][1]

    def _working_directories(self, stage: Stage) -> list[tuple[int, str | None]]:
        """Return where the working directory changes in a stage, the one that it starts with first."""
        if stage.index not in self._directories:
            path: str | None = "/" if _is_bare(stage.chain[-1]) else None
            for link in reversed(stage.chain):
                if link.index in self._directories:
                    path = self._directories[link.index][-1][1]
                    continue
                found = [(0, path)]
                for item in link.instructions:
                    if item.name == "WORKDIR" and not item.on_build:
                        path = _entered(path, item)
                        found.append((item.first, path))
                self._directories[link.index] = found
        return self._directories[stage.index]

    def absolute(self, stage: Stage, path: str, line: int | None = None) -> str | None:
        """Return a path as the image sees it, from the WORKDIR before the line; None when that is unknown."""
        if "$" in path or "`" in path or path.startswith("~"):
            return None
        if path.startswith("/"):
            return posixpath.normpath(path)
        base = self.working_directory(stage, line)
        return None if base is None else posixpath.normpath(posixpath.join(base, path))

    def find(self, stage: Stage, path: str, before: int | None = None, mounted: Instruction | None = None) -> Found:
        """Return what is known of an absolute path in a stage, before a line or at its end.

        `mounted` is a RUN whose bind mounts count too.
        """
        found = self._find(stage, path, before, mounted, 0)
        return _UNKNOWN if found is _NOTHING else found

    def _find(self, stage: Stage, path: str, before: int | None, mounted: Instruction | None, depth: int) -> Found:
        if depth > _MAX_DEPTH:
            return _UNKNOWN
        key = (stage.index, path, before, mounted is not None)
        if key not in self._found:
            self._found[key] = self._search(stage, path, before, mounted, depth)
        return self._found[key]

    def _search(self, stage: Stage, path: str, before: int | None, mounted: Instruction | None, depth: int) -> Found:
        missing: Found | None = None
        made = False
        for item in reversed(stage.instructions):
            if item.on_build or (before is not None and item.first >= before and item is not mounted):
                continue
            if item.name == "RUN" and item is not mounted:
                commands = self.commands(item)
                made = made or not commands or any(_may_make(command, path) for command in commands)
                continue
            for placement in self._placements(stage, item):
                for candidate in _candidates(placement, path):
                    found = self._at(placement, candidate, depth)
                    if found is None:
                        continue
                    if found.presence is Presence.THERE or (found.presence is Presence.UNKNOWN and not found.path):
                        return found
                    missing = missing or found
        if stage.base is not None:
            below = self._find(stage.base, path, None, None, depth + 1)
            if below.presence is Presence.THERE:
                return below
            made = made or below.presence is Presence.UNKNOWN
            missing = missing or (below if below.copy is not None else None)
        elif not _is_bare(stage):
            made = True
        if missing is None:
            return _UNKNOWN if made else _NOTHING
        return Found(Presence.UNKNOWN, missing.path, missing.copy) if made else missing

    def _at(self, placement: _Placement, source: str, depth: int) -> Found | None:
        """Return what is at a path of the source; None when the source is a single file and this is another one."""
        if placement.foreign:
            return _UNKNOWN
        deeper = source.strip("/") != placement.source.strip("/") and not any(
            mark in placement.source for mark in "*?["
        )
        if placement.stage is not None:
            if deeper:
                whole = self._find(placement.stage, posixpath.normpath(f"/{placement.source}"), None, None, depth + 1)
                if whole.presence is Presence.THERE and self._tree.has(whole.path):
                    return None
            below = self._find(placement.stage, source, None, None, depth + 1)
            return below if below.copy is not None else _UNKNOWN
        path, own = self._context.path(source), self._context.path(placement.source)
        if path is None or own is None or not self._context.certain:
            return _UNKNOWN
        if deeper and not placement.parents:
            if self._tree.has(own):
                return None
            if not matches(self._tree, own, wildcard=False):
                return _UNKNOWN
        if matches(self._tree, path, wildcard=False):
            return Found(Presence.THERE, path, placement.item)
        if artifacts.may_be_made(self._tree, path):
            return _UNKNOWN
        return Found(Presence.GONE, path, placement.item)

    def _placements(self, stage: Stage, item: Instruction) -> tuple[_Placement, ...]:
        if item.first not in self._placed:
            self._placed[item.first] = tuple(self._placements_of(stage, item))
        return self._placed[item.first]

    def _placements_of(self, stage: Stage, item: Instruction) -> Iterator[_Placement]:
        if item.name == "RUN":
            yield from self._mounts(stage, item)
        if item.name not in {"COPY", "ADD"} or len(item.words) < 2:  # noqa: PLR2004  # source and target
            return
        *sources, last = item.words
        origin = item.flag("from")
        foreign = origin is not None
        other = None
        if origin is not None and origin.value is not None:
            other = self._dockerfile.stage(origin.value)
            foreign = other is None or other.index >= stage.index
        target = None if last.value is None else self.absolute(stage, last.value, item.first)
        into = last.text.endswith(("/", "/.")) or last.text == "." or len(sources) > 1
        for source in sources:
            unknown = source.value is None or source.text.startswith("<<") or bool(source.arguments)
            yield _Placement(
                item,
                source.value or "",
                None if foreign else other,
                foreign or unknown or target is None,
                target or "/",
                into,
                item.flag("parents") is not None,
            )

    def _mounts(self, stage: Stage, item: Instruction) -> Iterator[_Placement]:
        for mount in item.flags_named("mount"):
            values = mount_options(mount)
            if values["type"] != "bind" or "target" not in values:
                continue
            origin = values.get("from")
            other = self._dockerfile.stage(origin) if origin else None
            target = self.absolute(stage, values["target"], item.first)
            foreign = target is None or (origin is not None and other is None)
            yield _Placement(item, values.get("source", "."), other, foreign, target or "/", into=False)


def _entered(path: str | None, item: Instruction) -> str | None:
    """Return the directory after a WORKDIR; None when it is unknown."""
    value = item.words[0].value if item.words else None
    if value is None or (path is None and not value.startswith("/")):
        return None
    return posixpath.normpath(posixpath.join(path or "/", value))


def _may_make(command: Command, path: str) -> bool:
    """Return whether a command may put a file at an absolute path."""
    program, words = command.program, command.words[1:]
    if any(_covers(target, path) for target in command.writes):
        return True
    if program in _HARMLESS:
        return False
    if program in _PLACING:
        return not words or _covers(words[-1] if program != "unzip" else _value_of(words, "-d"), path)
    if program == "tar":
        return _covers(_value_of(words, "-C", "--directory"), path)
    if program in _FETCHING:
        target = _value_of(words, "-o", "-O", "--output", "--output-document")
        named = any(posixpath.basename(path) in word for word in words)
        return named or (target is not None and target.startswith("/") and _covers(target, path))
    if program not in _TIDY or any(posixpath.basename(path) in word for word in words):
        return True
    return bool(_CREATE.intersection(words[:2]))


def _value_of(words: tuple[str, ...], *flags: str) -> str | None:
    """Return the word behind one of the flags, also at the end of joined short ones (`-fsSLo FILE`)."""
    for word, value in pairwise(words):
        joined = len(word) > 2 and word[0] == "-" and word[1] != "-" and f"-{word[-1]}" in flags  # noqa: PLR2004  # `-xo`
        if word in flags or joined:
            return value
    return None


def _covers(target: str | None, path: str) -> bool:
    """Return whether a path is a target or below it; so is any, when the target is not known for sure."""
    if target is None or not target.startswith("/") or "$" in target or "`" in target:
        return True
    whole = posixpath.normpath(target)
    return path == whole or path.startswith(f"{whole.rstrip('/')}/")


def _candidates(placement: _Placement, path: str) -> Iterator[str]:
    """Yield which paths of the source would be at `path`, the likeliest first."""
    target, source = placement.target, placement.source
    below = path == target or path.startswith(f"{target.rstrip('/')}/")
    if not below:
        return
    rest = path[len(target) :].strip("/")
    if placement.foreign:
        yield rest
        return
    if placement.parents:
        plain = source.strip("/")
        if rest == plain or rest.startswith(f"{plain}/") or plain in {"", "."}:
            yield rest
        return
    root = "/" if placement.stage is not None else ""
    name = posixpath.basename(posixpath.normpath(source.strip("/") or "."))
    if any(mark in source for mark in "*?["):
        parent = posixpath.dirname(source.strip("/"))
        from buildplan.drift.contexts import fits

        if rest and "/" not in rest and fits(rest, name):
            yield root + posixpath.join(parent, rest)
        return
    plain = source.strip("/")
    is_file = name not in {"", "."} and (rest == name or (rest == "" and not placement.into))
    if is_file:
        yield root + plain
        if rest == "" or "." in name:
            return
    if rest == "" and placement.into:
        yield root + plain
        return
    # A directory's content goes into the target; a single file does not, unless it has the same name.
    yield root + posixpath.join(plain, rest) if plain not in {"", "."} else root + rest


def _is_bare(stage: Stage) -> bool:
    """Return whether a stage starts from an image that holds no app: `scratch`, or one of Docker's official ones."""
    value = stage.image.value
    if stage.base is not None or value is None:
        return False
    if value == "scratch":
        return True
    image = images.parse(value)
    return image is not None and (image.official is not None or bool(images.held(image)))
