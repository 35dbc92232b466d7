"""Paths that strings in a program's source name: what it reads, and the directories that it writes to.

A language finds the strings; which of them are paths, what of the tree they mean and what may be made writable is the
same for all compiled ones.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

_PATH = re.compile(r"[\w@+,./ *{}?\[\]-]{1,200}", re.ASCII)
_GLOB = re.compile(r"[*?{\[]")
# Relative, or where data lies in a container by custom; `/tmp` can be written to anyway.
_WRITABLE = re.compile(
    r"(?:[\w.-][\w./-]{0,200}|/(?:app|data|opt|srv|storage|uploads|var/(?:data|lib|log))(?:/[\w./-]{1,200})?)", re.ASCII
)
# Never in an image, or only of use to a developer.
_LEFT_OUT = re.compile(
    r"(?:.*/)?(?:\.env.*|\.git.*|dockerfile.*|makefile|readme.*|license.*|procfile)|.*\.(?:pem|key)", re.IGNORECASE
)


class Found(NamedTuple):
    """A path of the tree (a folder ends in `/`; `./` is everything) and the code that names it."""

    path: str
    origin: Origin


class RuntimeFiles(NamedTuple):
    """What the image needs beside the program.

    `directory` is where the program has to be started so that its relative paths are right, `""` for the root.
    `writes` are directories: relative to that, or absolute; `.` is the app's own.
    """

    reads: tuple[Found, ...] = ()
    writes: tuple[Found, ...] = ()
    directory: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that are read."""
        return tuple(item.path for item in self.reads)


def is_pattern(text: str) -> bool:
    """Return whether a part of a path is a pattern."""
    return _GLOB.search(text) is not None


def split(text: str) -> tuple[str, str] | None:
    """Return the path up to a pattern, and the pattern; None for what is no path inside the tree."""
    text = text.removeprefix("file://").removeprefix("/app/").strip()
    if not text or text.startswith("/") or not _PATH.fullmatch(text) or "//" in text:
        return None
    parts = text.removesuffix("/").split("/")
    plain = []
    while parts and not is_pattern(parts[0]):
        plain.append(parts.pop(0))
    path = posixpath.normpath("/".join(plain) or ".")
    return None if path.startswith("..") else (path, "/".join(parts))


def is_left_out(path: str, source: re.Pattern[str]) -> bool:
    """Return whether a file is only of use to a developer, or must not be in an image; `source` is what is compiled."""
    return _LEFT_OUT.fullmatch(path) is not None or source.fullmatch(path) is not None


def matching(tree: SourceTree, directory: str, glob: str, source: re.Pattern[str]) -> Iterator[str]:
    """Yield the files of a directory that fit a pattern and are not left out."""
    for name in tree.directory(directory).files:
        path = posixpath.join(directory, name)
        if fnmatch.fnmatchcase(name, glob) and not is_left_out(path, source):
            yield path


def holds(tree: SourceTree, directory: str, ending: str) -> bool:
    """Return whether a file with that ending lies in or below a directory."""
    pending = [directory]
    while pending:
        current = pending.pop()
        names = tree.directory(current)
        if any(name.endswith(ending) for name in names.files):
            return True
        pending.extend(posixpath.join(current, name) for name in names.directories)
    return False


def outermost(found: list[Found]) -> tuple[Found, ...]:
    """Return what is not inside of a folder that is found too, sorted."""
    folders = {item.path for item in found if item.path.endswith("/")}
    if "./" in folders:
        return tuple(item for item in found if item.path == "./")[:1]
    kept: dict[str, Found] = {}
    for item in found:
        parts = item.path.rstrip("/").split("/")
        if not any("/".join(parts[:end]) + "/" in folders for end in range(1, len(parts))):
            kept.setdefault(item.path, item)
    return tuple(kept[path] for path in sorted(kept))


def package_above(tree: SourceTree, path: str) -> str | None:
    """Return the nearest folder above the path that holds a package.json, `""` for the root; None without one.

    Nothing is above an absolute path, which leads out of the tree.
    """
    folder = "" if path.startswith("/") else path
    while folder:
        folder = posixpath.dirname(folder)
        if tree.has(posixpath.join(folder, "package.json")):
            return folder
    return None


def writable(directory: str) -> str | None:
    """Return a directory that may be made writable: below the app's own, or one that is there for data."""
    if not _WRITABLE.fullmatch(directory) or ".." in directory:
        return None
    return "." if directory == "/app" else directory.removeprefix("/app/")
