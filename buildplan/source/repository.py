"""Where a git repository lies, and what its index says; read without the `git` executable.

A tree may be hostile, and its `.git` with it. So no link is followed in there, and a `.git` *file* (of a linked work
tree or a submodule) is believed only when the directory that it names points back at it, which nobody can forge
outside of their own tree.

Sources, checked 2026-11-24: https://git-scm.com/docs/index-format, https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import SourceError
from buildplan.source.files import read_regular
from buildplan.source.ignore import MAX_IGNORE_BYTES, IgnoreRules
from buildplan.source.ignore_rule import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_INDEX_BYTES = 256 * 1024 * 1024
_MAX_SMALL_FILE = 256 * 1024
_SHA1_BYTES = 20
_SHA256_BYTES = 32
# The index version in which a path begins with as much of the one before as it says.
_COMPRESSED = 4
_NAME_LENGTH = 0xFFF
_EXTENDED = 0x4000
_INTENT_TO_ADD = 0x2000


# File names are bytes to git.
_RAW = "surrogateescape"


class IndexEntry(NamedTuple):
    """A path of the index. `stage` is 0, or 1 to 3 for the sides of a merge conflict."""

    path: str
    mode: int
    object_id: str
    stage: int
    intent_to_add: bool


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository.

    `git_dir` holds HEAD and the index of this work tree, `common_dir` the objects and refs that linked work trees
    share. `work_tree` is None for a bare repository.
    """

    git_dir: str
    common_dir: str
    work_tree: str | None

    def file(self, path: str, *, common: bool = False, limit: int = _MAX_SMALL_FILE) -> str | None:
        """Return the text of one of git's own files, None when there is none or it is too large."""
        try:
            content = read_regular(self.common_dir if common else self.git_dir, path, limit)
        except OSError:
            return None
        return None if content is None else content.decode("utf-8", "surrogateescape")

    def config(self) -> dict[str, str]:
        """Return `section.key` → value of the repository's own configuration."""
        return _config(self.file("config", common=True) or "")

    @property
    def hash_bytes(self) -> int:
        """How long an object id is."""
        return hash_bytes_in(self.file("config", common=True) or "")

    def index(self, path: str | None = None) -> tuple[IndexEntry, ...]:
        """Return the entries of the index (or of another index file); empty when there is none.

        Raises SourceError when it cannot be read.
        """
        content = self._index_content(path)
        return tuple(index_entries(content, self.hash_bytes)) if content else ()

    def tracked(self) -> list[str]:
        """Return the paths in the index; none when it cannot be read, as in a tree without git."""
        try:
            content = self._index_content(None)
            return index_paths(content, self.hash_bytes) if content else []
        except SourceError:
            return []

    def _index_content(self, path: str | None) -> bytes:
        directory, name = os.path.split(os.path.realpath(path)) if path else (self.git_dir, "index")
        try:
            content = read_regular(directory, name, MAX_INDEX_BYTES)
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise SourceError(f"the git index cannot be read: {error.strerror or error}") from error
        if content is None:
            raise SourceError(f"the git index has more than {MAX_INDEX_BYTES // 1024**2} MB")
        return content

    def rules_at(self, prefix: str) -> IgnoreRules | None:
        """Return the ignore rules that hold in a directory of the work tree before its own `.gitignore`.

        None when they ignore the directory itself.
        """
        excluded = (self.file("info/exclude", common=True) or "").encode(errors=_RAW)
        rules = IgnoreRules().extended("", parse(excluded))
        above = ""
        for name in prefix.split("/") if prefix else ():
            rules = rules.extended(above, parse(self._ignore_file(above)))
            if rules.ignored(above, [], [name])[1]:
                return None
            above = f"{above}/{name}".strip("/")
        return rules

    def _ignore_file(self, directory: str) -> bytes:
        path = f"{directory}/.gitignore".strip("/")
        try:
            return read_regular(self.work_tree or "", path, MAX_IGNORE_BYTES) or b""
        except OSError:
            return b""


def enclosing_repository(path: str) -> tuple[Repository, str] | None:
    """Return the repository whose work tree holds a directory, and the directory's path in it; None without one.

    `path` is absolute and without links. As git does, this stops at a file system boundary, and at a repository that
    belongs to another user than the directory.
    """
    start = os.stat(path)
    here = path
    while not os.path.lexists(git := os.path.join(here, ".git")):
        parent = os.path.dirname(here)
        if parent == here or os.stat(parent).st_dev != start.st_dev:
            return None
        here = parent
    status = os.lstat(git)
    repository = _repository(here, git, status.st_mode) if status.st_uid == start.st_uid else None
    if repository is None:
        return None
    return repository, os.path.relpath(path, here).replace(os.sep, "/") if path != here else ""


def repository_at(path: str) -> tuple[Repository, str] | None:
    """Return the repository that a path means: a bare one, a `.git` directory, or the one around a directory."""
    if is_git_directory(path):
        return Repository(path, path, None), ""
    return enclosing_repository(path)


def is_git_directory(path: str) -> bool:
    """Return whether a directory looks like git's own: a HEAD, objects and refs."""
    return os.path.isfile(os.path.join(path, "HEAD")) and all(
        os.path.isdir(os.path.join(path, name)) for name in ("objects", "refs")
    )


def _repository(work_tree: str, git: str, mode: int) -> Repository | None:
    """Return the repository that a `.git` directory or file stands for, None when it is none."""
    if stat.S_ISDIR(mode):
        return Repository(git, git, work_tree) if is_git_directory(git) else None
    if not stat.S_ISREG(mode):
        return None
    try:
        content = read_regular(work_tree, ".git", _MAX_SMALL_FILE) or b""
    except OSError:
        return None
    link = re.fullmatch(r"gitdir: ([^\0\n]+)\n*", content.decode("utf-8", _RAW))
    if link is None:
        return None
    git_dir = os.path.realpath(os.path.join(work_tree, link[1]))
    linked = Repository(git_dir, git_dir, work_tree)
    back = linked.file("gitdir")
    shared = linked.file("commondir")
    if back is not None and shared is not None:
        common = os.path.realpath(os.path.join(git_dir, shared.strip()))
        # A linked work tree: its directory lies in the common one, and names this `.git`.
        genuine = os.path.dirname(git_dir) == os.path.join(common, "worktrees")
        if genuine and os.path.realpath(os.path.join(git_dir, back.strip())) == git and is_git_directory(common):
            return Repository(git_dir, common, work_tree)
        return None
    module = _config(linked.file("config") or "").get("core.worktree")
    if module is not None and os.path.realpath(os.path.join(git_dir, module)) == work_tree:
        return linked if is_git_directory(git_dir) else None
    return None


def hash_bytes_in(config: str) -> int:
    """Return how long an object id is, given the text of a repository's config: 20 bytes, or 32 with SHA-256."""
    return _SHA256_BYTES if _config(config).get("extensions.objectformat") == "sha256" else _SHA1_BYTES


def _config(text: str) -> dict[str, str]:
    """Return `section.key` → value of a git config file, for plain sections and one-line values."""
    values: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        word = line.strip()
        if word.startswith("["):
            section = word.strip("[]").lower()
        else:
            key, equals, value = word.partition("=")
            if equals:
                values[f"{section}.{key.strip().lower()}"] = value.strip().strip('"')
    return values


def index_entries(content: bytes, hash_bytes: int) -> Iterator[IndexEntry]:
    """Yield the entries of an index file of version 2, 3 or 4; raises SourceError for any other and a damaged one."""
    for position, path in _index_positions(content, hash_bytes):
        flags_at = position + 40 + hash_bytes
        flags = int.from_bytes(content[flags_at : flags_at + 2])
        extended = int.from_bytes(content[flags_at + 2 : flags_at + 4]) if flags & _EXTENDED else 0
        yield IndexEntry(
            path.decode("utf-8", _RAW),
            int.from_bytes(content[position + 24 : position + 28]),
            content[position + 40 : flags_at].hex(),
            flags >> 12 & 3,
            bool(extended & _INTENT_TO_ADD),
        )


def index_paths(content: bytes, hash_bytes: int) -> list[str]:
    """Return only the paths of an index file, in a third of the time; raises SourceError as `index_entries`."""
    paths = b"\0".join([path for _, path in _index_positions(content, hash_bytes)])
    return paths.decode("utf-8", _RAW).split("\0")


def _index_positions(content: bytes, hash_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Yield where each entry of an index file begins, and its path; raises SourceError."""
    version = int.from_bytes(content[4:8])
    if content[:4] != b"DIRC" or version not in (2, 3, 4):
        raise SourceError("the git index has a format that is not known")
    to_flags = 40 + hash_bytes
    position = 12
    path = b""
    try:
        for _ in range(int.from_bytes(content[8:12])):
            at = position + to_flags
            flags = content[at] << 8 | content[at + 1]
            at += 4 if flags & _EXTENDED else 2
            if version == _COMPRESSED:
                strip, at = offset_number(content, at)
                end = content.index(b"\0", at)
                path = path[: len(path) - strip] + content[at:end]
                following = end + 1
            else:
                length = flags & _NAME_LENGTH
                end = at + length if length < _NAME_LENGTH else content.index(b"\0", at)
                path = content[at:end]
                following = position + (end - position + 8 & ~7)
            yield position, path
            position = following
    except (IndexError, ValueError) as error:
        raise SourceError("the git index is damaged", hint="rebuild it with `git reset`") from error
    while position + 8 < len(content) - hash_bytes:
        if content[position : position + 4] == b"link":
            raise SourceError("the git index is a split one", hint="join it with `git update-index --no-split-index`")
        position += 8 + int.from_bytes(content[position + 4 : position + 8])


def offset_number(content: bytes, position: int) -> tuple[int, int]:
    """Return a number in git's offset encoding and the position behind it."""
    byte = content[position] if position < len(content) else 0
    number = byte & 0x7F
    while byte & 0x80 and position + 1 < len(content) and number < MAX_INDEX_BYTES:
        position += 1
        byte = content[position]
        number = (number + 1) << 7 | byte & 0x7F
    return number, position + 1
