"""A tree that is a directory on disk."""

from __future__ import annotations

import os
import stat
from itertools import islice
from typing import TYPE_CHECKING

from buildplan.errors import FileError, SourceError
from buildplan.model.origin import Origin
from buildplan.source.files import read_regular
from buildplan.source.ignore import MAX_IGNORE_BYTES, Ignores, too_many_rules
from buildplan.source.repository import enclosing_repository
from buildplan.source.tree import MAX_FILES
from buildplan.source.walk import Names, Walked, printable, walk

if TYPE_CHECKING:
    from buildplan.source.tree import Listing

_KINDS = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


class DirectoryBackend:
    """The files below a directory, without those that git would ignore there.

    When the directory lies inside a git work tree, the rules above it hold and what git tracks counts, so that
    `packages/api` of a repository is the same tree on a laptop and in a clean checkout. A directory that the outer
    rules ignore altogether stands for itself. Rules of the user's or the machine's git configuration do not count.

    Nothing but `.gitignore` files is opened while listing. A directory that is swapped for a link during the walk can
    at most lend names: reading follows no link.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fspath(path)
        self._walked: Walked | None = None
        self._root = ""

    @property
    def label(self) -> str:
        """The path as it was given."""
        return printable(self._path)

    def listing(self) -> Listing:
        """Walk the directory; raises SourceError when it cannot be listed or is too large."""
        return self._walk().listing

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a listed file, of a link's target for a link; None when it is too large."""
        path = self._walk().aliases.get(path, path)
        return read_regular(self._root, path, limit)

    def names(self, path: str) -> Names:
        """Return what lies in a directory."""
        found = Names()
        add_file = found.files.append
        with os.scandir(f"{self._root}/{path}" if path else self._root) as entries:
            # One more than the walk allows, so that it notices without holding ten million names.
            for entry in islice(entries, MAX_FILES + 1):
                if entry.is_file(follow_symlinks=False):
                    add_file(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    found.directories.append(entry.name)
                elif entry.is_symlink():
                    found.links.append(entry.name)
                else:
                    found.special[entry.name] = f"it is {_kind(entry)}, not a regular file"
        return found

    def link_target(self, path: str) -> str:
        """Return the text of a link."""
        return os.readlink(f"{self._root}/{path}").replace(os.sep, "/")

    def _walk(self) -> Walked:
        if self._walked is None:
            shown = printable(self._path)
            try:
                self._root = os.path.realpath(self._path, strict=True)
                self._walked = walk(self, self._ignores())
            except FileNotFoundError as error:
                raise SourceError(
                    f"there is no directory `{shown}`", hint="name the directory that holds the app"
                ) from error
            except NotADirectoryError as error:
                raise SourceError(
                    f"`{shown}` is not a directory", hint="name the directory that holds the app, or an archive of it"
                ) from error
            except PermissionError as error:
                raise SourceError(
                    f"the directory `{shown}` cannot be listed: permission denied",
                    hint="make it readable, or run as a user who may read it",
                ) from error
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else None
                raise SourceError(f"the directory `{shown}` cannot be opened: {reason or error}") from error
        return self._walked

    def _ignores(self) -> Ignores:
        """Return the ignore rules that hold at the root."""
        found = enclosing_repository(self._root)
        if found is None:
            return Ignores(self._ignore_file)
        repository, prefix = found
        rules = repository.rules_at(prefix)
        if rules is None:
            return Ignores(self._ignore_file)
        return Ignores(self._ignore_file, repository.tracked, rules, prefix)

    def _ignore_file(self, path: str) -> bytes:
        try:
            content = read_regular(self._root, path, MAX_IGNORE_BYTES)
        except OSError as error:
            raise FileError(f"it cannot be read: {error.strerror or error}", origin=Origin(path)) from error
        if content is None:
            raise too_many_rules(path)
        return content


def _kind(entry: os.DirEntry[str]) -> str:
    mode = entry.stat(follow_symlinks=False).st_mode
    return next((kind for matches, kind in _KINDS if matches(mode)), "a special file")
