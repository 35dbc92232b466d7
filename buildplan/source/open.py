"""From what a caller names to a source tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from buildplan.errors import SourceError
from buildplan.source.tree import SourceTree
from buildplan.source.walk import printable

if TYPE_CHECKING:
    from buildplan.source.tree import Backend

# An archive in memory of more is not the source of an app.
MAX_ARCHIVE_BYTES = 2 * 1024**3


@runtime_checkable
class BinaryFile(Protocol):
    """An open file with the bytes of an archive."""

    def read(self, size: int = ..., /) -> bytes:
        """Return up to `size` bytes."""


Source: TypeAlias = SourceTree | str | os.PathLike[str] | Mapping[str, str | bytes] | bytes | BinaryFile


def open_tree(source: Source, *, revision: str | None = None) -> SourceTree:
    """Return the source tree that a caller means.

    A path is a directory or an archive (`.zip`, `.tar`, also compressed with gzip, bzip2 or xz). Bytes are an archive,
    and so is an open binary file, which is read to its end. With `revision`, a path is that of a git repository or of
    a directory in one, and the tree is that commit's. A mapping is path → content. A tree is
    returned as it is.

    Raises SourceError when there is nothing at the path, when an archive is damaged, or when a revision is asked of
    what is no repository. Nothing is listed before the tree is used.
    """
    if revision is not None and not isinstance(source, (str, os.PathLike)):
        raise SourceError(
            "a revision was named, but the source is not a path", hint="name the path of a git repository"
        )
    if isinstance(source, SourceTree):
        return source
    if isinstance(source, Mapping):
        from buildplan.source.memory import MemoryBackend

        return SourceTree(MemoryBackend(source))
    if isinstance(source, (bytes, bytearray, memoryview)):
        return SourceTree(_archive(bytes(source)))
    if isinstance(source, BinaryFile):
        return SourceTree(_archive(_content(source)))
    try:
        path = os.fsdecode(os.fspath(source))
    except TypeError as error:
        problem = f"{type(source).__name__} is not a source tree"
        raise SourceError(
            problem, hint="give a path, the bytes of an archive, an open file, or path → content"
        ) from error
    return SourceTree(_backend(path, revision))


def _archive(content: bytes) -> Backend:
    from buildplan.source.archive import ArchiveBackend

    return ArchiveBackend(content)


def _content(file: BinaryFile) -> bytes:
    try:
        content = file.read(MAX_ARCHIVE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(f"the open file cannot be read: {error}", hint="open it for reading, as binary") from error
    if not isinstance(content, bytes):
        raise SourceError("the open file gives text, not bytes", hint='open it as binary: `open(path, "rb")`')
    if len(content) > MAX_ARCHIVE_BYTES:
        raise SourceError(f"the open file has more than {MAX_ARCHIVE_BYTES // 1024**3} GB", hint="give a path")
    return content


def _backend(path: str, revision: str | None) -> Backend:
    """Return the backend for a path; what only it uses is imported only then."""
    if "://" in path or path.startswith("git@"):
        raise SourceError(
            f"`{printable(path)}` is an address, and buildplan uses no network",
            hint="clone or download it first, and name the directory or the archive",
        )
    if revision is not None:
        from buildplan.source.git import GitBackend

        return GitBackend(path, revision)
    if _is_file(path):
        from buildplan.source.archive import ArchiveBackend

        return ArchiveBackend(path)
    from buildplan.source.directory import DirectoryBackend
    from buildplan.source.repository import is_git_directory

    if is_git_directory(path):
        raise SourceError(
            f"`{printable(path)}` is a git repository without a work tree", hint="name a revision, such as `HEAD`"
        )
    return DirectoryBackend(path)


def _is_file(path: str) -> bool:
    """Return whether there is a regular file at the path; what is missing is left to the directory's own error."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False
