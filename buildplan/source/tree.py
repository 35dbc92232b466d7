"""A read-only source tree: listed once, each file read once, nothing outside of it ever touched."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from buildplan.errors import FileError
from buildplan.model.origin import Origin
from buildplan.source.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from buildplan.model.build_plan import Severity

T = TypeVar("T")

# Manifests are kilobytes and the largest lockfiles seen are about 10 MB; more is not a file that we need.
MAX_FILE_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64
MAX_FILES = 300_000


class Directory(NamedTuple):
    """Names in one directory, each tuple sorted."""

    files: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """What a backend found: directory path → names; `""` is the root.

    `blocked` maps a path to why it may not be read: a link that leaves the tree, a FIFO, a device. Such a path
    is also among the names, so that a manifest which cannot be read is an error and not an absence.
    `skipped` holds, escaped for a message, the paths that were left out because a name in them is not UTF-8 or holds a
    control character; they are never among the names.
    """

    directories: dict[str, Directory]
    blocked: dict[str, str] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()


def listing_of(paths: Iterable[str], blocked: dict[str, str] | None = None) -> Listing:
    """Return the listing of these file paths; for backends that have no directories of their own."""
    files: dict[str, list[str]] = {"": []}
    subdirectories: dict[str, set[str]] = {"": set()}
    for path in paths:
        parent, _, name = path.rpartition("/")
        child = parent
        while child not in files:
            files[child] = []
            subdirectories.setdefault(child, set())
            above, _, own = child.rpartition("/")
            subdirectories.setdefault(above, set()).add(own)
            child = above
        files[parent].append(name)
    return Listing(
        {path: Directory(tuple(sorted(names)), tuple(sorted(subdirectories[path]))) for path, names in files.items()},
        blocked or {},
    )


class Backend(Protocol):
    """Where the bytes of a tree come from."""

    @property
    def label(self) -> str:
        """What a message calls the tree: a path, `commit abc123 of …`."""

    def listing(self) -> Listing:
        """List the tree; raises SourceError."""

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a listed file, or None when it has more than `limit` bytes; raises OSError."""


class SourceTree:
    """What providers see of a source tree.

    `unread` are files whose content was too much to parse, with what to tell the user about it.
    """

    def __init__(self, backend: Backend, budget: Budget | None = None) -> None:
        self._backend = backend
        self.budget = Budget() if budget is None else budget
        self._listing: Listing | None = None
        self._bytes: dict[str, bytes] = {}
        self._texts: dict[str, str] = {}
        self._hints: dict[str, str | None] = {}
        self._memo: dict[tuple[str, str], Any] = {}
        self.unread: dict[str, tuple[Severity, str]] = {}

    @property
    def label(self) -> str:
        """What a message calls the tree."""
        return self._backend.label

    @property
    def depth(self) -> int:
        """How many levels the tree lies below another one: 0 for a tree that is no folder of one."""
        return getattr(self._backend, "depth", 0)

    @property
    def listing(self) -> Listing:
        """Directories and names; the tree is walked when this is first asked for."""
        if self._listing is None:
            self._listing = self._backend.listing()
        return self._listing

    @property
    def files(self) -> Iterator[str]:
        """All file paths, a directory's own files before those below it, sorted by name."""
        directories = self.listing.directories
        pending = [""]
        while pending:
            path = pending.pop()
            directory = directories.get(path)
            if directory is None:
                continue
            prefix = f"{path}/" if path else ""
            for name in directory.files:
                yield prefix + name
            pending.extend(prefix + name for name in reversed(directory.directories))

    def directory(self, path: str = "") -> Directory:
        """Return the names in a directory; empty when there is no such directory."""
        return self.listing.directories.get(path.strip("/"), Directory())

    def has(self, path: str) -> bool:
        """Return whether there is a file (readable or not) at the path."""
        parent, _, name = path.rpartition("/")
        directory = self.listing.directories.get(parent)
        return directory is not None and name in directory.files

    def has_directory(self, path: str) -> bool:
        """Return whether there is a directory at the path that holds a file."""
        return path.strip("/") in self.listing.directories

    def first(self, *paths: str) -> str | None:
        """Return the first of the paths that is a file, or None."""
        return next((path for path in paths if self.has(path)), None)

    def named(self, name: str) -> tuple[str, ...]:
        """Return the paths of all files with that name, the root's first, then sorted."""
        return self.memo("named", name, lambda: self._named(name))

    def _named(self, name: str) -> tuple[str, ...]:
        found = (path for path, directory in self.listing.directories.items() if name in directory.files)
        paths = [f"{path}/{name}" if path else name for path in found]
        return tuple(sorted(paths, key=lambda path: (path.count("/"), path)))

    def with_suffix(self, *suffixes: str) -> tuple[str, ...]:
        """Return the paths of all files whose name ends in one of the suffixes, shallow ones first."""
        return self.memo("with suffix", "\n".join(suffixes), lambda: self._ending(suffixes))

    def _ending(self, suffixes: tuple[str, ...]) -> tuple[str, ...]:
        found = [
            f"{path}/{name}" if path else name
            for path, directory in self.listing.directories.items()
            for name in directory.files
            if name.endswith(suffixes)
        ]
        return tuple(sorted(found, key=lambda path: (path.count("/"), path)))

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises FileError when it is missing, too large, not a regular file, or a link that leaves the tree.
        """
        known = self._bytes.get(path)
        if known is not None:
            return known
        origin = Origin(path)
        if not self.has(path):
            raise FileError("there is no such file", origin=origin)
        reason = self.listing.blocked.get(path)
        if reason is not None:
            raise FileError(
                f"{reason}, so it is not read",
                origin=origin,
                hint="put a regular file of the tree in its place",
            )
        try:
            content = self._backend.read(path, MAX_FILE_BYTES)
        except OSError as error:
            raise FileError(f"it cannot be read: {error.strerror or error}", origin=origin) from error
        if content is None:
            limit = MAX_FILE_BYTES // (1024 * 1024)
            raise FileError(
                f"it has more than {limit} MB, so it is not read",
                origin=origin,
                hint="a manifest has kilobytes; move data into another file",
            )
        self.budget.read(len(content), path)
        self._bytes[path] = content
        return content

    def text(self, path: str) -> str:
        """Return the text of a file: UTF-8, without a byte-order mark, with LF line ends.

        Raises FileError as `read` does, and for what is not UTF-8 text.
        """
        known = self._texts.get(path)
        if known is not None:
            return known
        content = self.read(path)
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise FileError("it is UTF-16, not UTF-8", origin=Origin(path), hint="save it as UTF-8")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise FileError(
                f"it is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}",
                origin=Origin(path, line),
                hint="save it as UTF-8",
            ) from error
        if "\0" in text:
            line = text.count("\n", 0, text.index("\0")) + 1
            raise FileError("it holds a NUL byte, so it is not text", origin=Origin(path, line))
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._texts[path] = text
        return text

    def text_or_none(self, path: str) -> str | None:
        """Return the text of a source file, or None: for files that are only a hint.

        It is None when the file is missing or is not text, and when the tree's budget has no room for it.
        """
        if path not in self._hints:
            self._hints[path] = self._hint(path)
        return self._hints[path]

    def hint(self, path: str) -> bytes | None:
        """Return the bytes of a source file, or None where `text_or_none` has no text because it may not be read."""
        known = self._bytes.get(path)
        if known is not None or not self.has(path) or not self.budget.has_room_for_source(path):
            return known
        try:
            return self.read(path)
        except FileError:
            return None

    def _hint(self, path: str) -> str | None:
        if not self.has(path) or (path not in self._texts and not self.budget.has_room_for_source(path)):
            return None
        try:
            text = self.text(path)
        except FileError:
            return None
        return text if self.budget.allows_source(len(text), path) else None

    def memo(self, kind: str, path: str, make: Callable[[], T]) -> T:
        """Return `make()`, made once for this kind and path: parsed documents are kept beside their text."""
        key = (kind, path)
        if key not in self._memo:
            self._memo[key] = make()
        result: T = self._memo[key]
        return result
