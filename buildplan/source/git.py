"""Trees that are a commit or the index of a git repository, read without a checkout and without the `git` executable.

Both are clean checkouts by nature: ignore rules do not apply, what is tracked counts. Submodules are left out.
When the path that names the repository is a directory inside a work tree, the tree is that directory's part.
"""

from __future__ import annotations

import errno
import os
import re
from typing import TYPE_CHECKING

from buildplan.errors import SourceError
from buildplan.source.objects import DamagedError, Objects, opened_objects
from buildplan.source.repository import Repository, repository_at
from buildplan.source.tree import MAX_FILE_BYTES
from buildplan.source.walk import Names, PathLister, Walked, printable, walk

if TYPE_CHECKING:
    from buildplan.source.tree import Listing

_KIND = 0o170000
_DIRECTORY = 0o040000
_FILE = 0o100000
_LINK = 0o120000
_SUBMODULE = 0o160000

_MAX_TREE_BYTES = 64 * 1024 * 1024
_MAX_LINK_BYTES = 4096
_MAX_PACKED_REFS_BYTES = 64 * 1024 * 1024
_MAX_STEPS = 10

# What git allows in the name of a ref; `@{…}`, `~`, `^` and `:` would be expressions.
_REFERENCE = re.compile(r"(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|\Z)))[^\0-\x20\x7f~^:?*\[\\/.-][^\0-\x20\x7f~^:?*\[\\]*")
# `~2`, `^`, `^2` and their like behind a name; more steps than any history that a person counts are refused.
_STEPS = re.compile(r"(?:[~^][0-9]{0,4}){1,20}\Z")
_PLACES = ("refs/{}", "refs/tags/{}", "refs/heads/{}", "refs/remotes/{}", "refs/remotes/{}/HEAD")


class GitBackend:
    """A commit of a repository.

    `repository` is a work tree, a directory in one, a `.git` directory or a bare repository. `revision` is `HEAD`, a
    branch, a tag, or a commit's hash, whole or abbreviated, with `~2` or `^` behind it for one before that. It is
    looked up once, so all that is read belongs to the same commit even when the branch moves on. With `alternates`,
    objects that lie outside of the repository are read too.
    """

    def __init__(self, repository: str | os.PathLike[str], revision: str = "HEAD", *, alternates: bool = False) -> None:
        self._alternates = alternates
        self._path = os.fspath(repository)
        self._revision = revision
        self._repository: Repository | None = None
        self._walked: Walked | None = None
        self._trees: dict[str, str] = {}

    @property
    def label(self) -> str:
        """The revision and the path as they were given."""
        return f"{printable(self._revision)} of {printable(self._path)}"

    def listing(self) -> Listing:
        """List the commit; raises SourceError when there is no such repository or commit."""
        return self._open()[1].listing

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a listed file, None when it is too large; raises SourceError when it is missing."""
        repository, walked = self._open()
        parent, _, name = walked.aliases.get(path, path).rpartition("/")
        if parent not in self._trees:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with opened_objects(repository.common_dir, repository.hash_bytes, alternates=self._alternates) as objects:
            return _blob(objects, _tree(objects, self._trees[parent])[name][1], limit)

    def _open(self) -> tuple[Repository, Walked]:
        if self._repository is None or self._walked is None:
            repository, prefix = _repository(self._path)
            with opened_objects(repository.common_dir, repository.hash_bytes, alternates=self._alternates) as objects:
                tree = _tree_of(objects, _resolved(repository, objects, self._revision))
                for step in prefix.split("/") if prefix else ():
                    mode, tree = _tree(objects, tree).get(step, (0, ""))
                    if mode != _DIRECTORY:
                        raise SourceError(
                            f"the commit `{printable(self._revision)}` has no directory `{printable(prefix)}`"
                        )
                lister = _CommitLister(objects, tree)
                self._walked = walk(lister)
            self._trees = lister.trees
            self._repository = repository
        return self._repository, self._walked


class GitIndexBackend:
    """What is staged in a repository: the next commit, whatever lies in the work tree.

    `index` is another index file, as git hands one to a hook in `GIT_INDEX_FILE`. A path with a merge conflict and
    one that was only announced (`git add -N`) are not staged: the first is blocked, the second is left out.
    """

    def __init__(self, repository: str | os.PathLike[str], *, index: str | os.PathLike[str] | None = None) -> None:
        self._path = os.fspath(repository)
        # The index of a hook is that of a repository in which somebody works: what git itself reads counts.
        self._alternates = True
        self._index = None if index is None else os.fspath(index)
        self._repository: Repository | None = None
        self._walked: Walked | None = None
        self._blobs: dict[str, str] = {}

    @property
    def label(self) -> str:
        """`the index of` the path as it was given."""
        return f"the index of {printable(self._path)}"

    def listing(self) -> Listing:
        """List the index; raises SourceError when there is no repository or the index cannot be read."""
        return self._open()[1].listing

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the staged content of a listed file, None when it is too large; raises SourceError when it is lost."""
        repository, walked = self._open()
        object_id = self._blobs.get(walked.aliases.get(path, path))
        if object_id is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with opened_objects(repository.common_dir, repository.hash_bytes, alternates=self._alternates) as objects:
            return _blob(objects, object_id, limit)

    def _open(self) -> tuple[Repository, Walked]:
        if self._repository is None or self._walked is None:
            repository, prefix = _repository(self._path)
            start = f"{prefix}/" if prefix else ""
            links: dict[str, str] = {}
            conflicts: dict[str, str] = {}
            for entry in repository.index(self._index):
                path = entry.path.removeprefix(start)
                kind = entry.mode & _KIND
                if kind == _DIRECTORY:
                    raise SourceError(
                        "the git index is a sparse one",
                        hint="expand it with `git sparse-checkout reapply --no-sparse-index`",
                    )
                if not entry.path.startswith(start) or entry.intent_to_add or kind == _SUBMODULE:
                    continue
                if entry.stage:
                    conflicts[path] = "it has a merge conflict"
                elif kind == _LINK:
                    links[path] = entry.object_id
                else:
                    self._blobs[path] = entry.object_id
            with opened_objects(repository.common_dir, repository.hash_bytes, alternates=self._alternates) as objects:
                lister = PathLister(self._blobs, links, conflicts, lambda path: _link(objects, links[path]))
                self._walked = walk(lister)
            self._repository = repository
        return self._repository, self._walked


class _CommitLister:
    """Lists the tree objects of a commit."""

    def __init__(self, objects: Objects, root: str) -> None:
        self.trees = {"": root}
        self._links: dict[str, str] = {}
        self._objects = objects

    def names(self, path: str) -> Names:
        found = Names()
        prefix = f"{path}/" if path else ""
        for name, (mode, object_id) in _tree(self._objects, self.trees[path]).items():
            kind = mode & _KIND
            if kind == _FILE:
                found.files.append(name)
            elif kind == _DIRECTORY:
                found.directories.append(name)
                self.trees[prefix + name] = object_id
            elif kind == _LINK:
                found.links.append(name)
                self._links[prefix + name] = object_id
            elif kind != _SUBMODULE:
                found.special[name] = f"it has the unknown file mode {mode:o} in git"
        return found

    def link_target(self, path: str) -> str:
        return _link(self._objects, self._links[path])


def _repository(path: str) -> tuple[Repository, str]:
    """Return the repository that a path means and the path in it; raises SourceError."""
    shown = printable(path)
    try:
        found = repository_at(os.path.realpath(path, strict=True))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SourceError(
            f"the repository `{shown}` cannot be opened: {reason or error}", hint="name a directory in a git work tree"
        ) from error
    if found is None:
        raise SourceError(
            f"`{shown}` is not in a git repository",
            hint="name a directory in a git work tree, or leave out the revision",
        )
    return found


def _resolved(repository: Repository, objects: Objects, revision: str) -> str:
    """Return the id of the object that a revision means: a ref wins over an abbreviated hash; raises SourceError."""
    if re.fullmatch(rf"[0-9a-f]{{{2 * objects.hash_bytes}}}", revision):
        return revision
    steps = _STEPS.search(revision)
    if steps is not None:
        start = _resolved(repository, objects, revision[: steps.start()] or "HEAD")
        return _before(objects, start, steps[0], revision)
    if repository.config().get("extensions.refstorage", "files") != "files":
        raise SourceError(
            "the repository keeps its refs in a form that is not read",
            hint="give the whole hash of the commit, or run `git refs migrate --ref-format=files`",
        )
    if _REFERENCE.fullmatch(revision):
        names = [place.format(revision) for place in _PLACES]
        if revision.startswith("refs/") or re.fullmatch(r"[A-Z_]+", revision):
            names.insert(0, revision)
        for name in names:
            object_id = _reference(repository, name)
            if object_id is not None:
                return object_id
    if re.fullmatch(r"[0-9a-f]{4,64}", revision):
        found = sorted(objects.beginning_with(revision))
        if len(found) > 1:
            found = [object_id for object_id in found if _is_commit(objects, object_id)]
        if len(found) > 1:
            raise SourceError(f"`{revision}` is the beginning of {len(found)} commits", hint="give more of the hash")
        if found:
            return found[0]
    raise SourceError(
        f"`{printable(revision)}` names no commit of the repository",
        hint="use `HEAD`, a branch, a tag or a commit hash; a repository without a commit has none",
    )


def _before(objects: Objects, object_id: str, steps: str, revision: str) -> str:
    """Return the commit that `~2` and `^` lead to from this one; raises SourceError where there is none.

    Source, checked 2026-11-25: https://git-scm.com/docs/gitrevisions (`<rev>^[<n>]`, `<rev>~[<n>]`).
    """
    for kind, digits in re.findall(r"([~^])([0-9]*)", steps):
        number = int(digits) if digits else 1
        moves = [1] * number if kind == "~" else [number]
        for parent in moves:
            object_id = _commit(objects, object_id)
            if not parent:
                continue
            found = objects.read(object_id, MAX_FILE_BYTES)
            head = b"" if found is None else found[1].partition(b"\n\n")[0]
            parents = re.findall(rb"^parent ([0-9a-f]{40,64})$", head, re.MULTILINE)
            if len(parents) < parent:
                raise SourceError(
                    f"there is no commit `{printable(revision)}`: the history that is here does not go back so far",
                    hint="name a later commit; a shallow clone has only the last ones",
                )
            object_id = parents[parent - 1].decode()
    return object_id


def _commit(objects: Objects, object_id: str) -> str:
    """Return the id of the commit that an annotated tag stands for."""
    for _ in range(_MAX_STEPS):
        found = objects.read(object_id, MAX_FILE_BYTES)
        tagged = re.match(rb"object ([0-9a-f]{40,64})\n", found[1]) if found is not None else None
        if found is None or found[0] != "tag" or tagged is None:
            return object_id
        object_id = tagged[1].decode()
    return object_id


def _reference(repository: Repository, name: str) -> str | None:
    """Return the object id that a ref holds, through symbolic refs; None when there is none."""
    for _ in range(_MAX_STEPS):
        shared = name.startswith("refs/")
        text = repository.file(name, common=shared)
        if text is None:
            packed = repository.file("packed-refs", common=True, limit=_MAX_PACKED_REFS_BYTES) or ""
            found = re.search(rf"^([0-9a-f]{{40,64}}) {re.escape(name)}$", packed, re.MULTILINE)
            return found[1] if found else None
        word = text.strip()
        if re.fullmatch(r"[0-9a-f]{40,64}", word):
            return word
        name = word.removeprefix("ref:").strip()
        if name == word or not name.startswith("refs/") or not _REFERENCE.fullmatch(name):
            return None
    return None


def _is_commit(objects: Objects, object_id: str) -> bool:
    found = objects.read(object_id, MAX_FILE_BYTES)
    return found is not None and found[0] in ("commit", "tag")


def _tree_of(objects: Objects, object_id: str) -> str:
    """Return the id of the tree that a tag, a commit or a tree stands for; raises SourceError for a file."""
    for _ in range(_MAX_STEPS):
        found = objects.read(object_id, MAX_FILE_BYTES)
        kind, content = found or ("blob", b"")
        if kind == "tree":
            return object_id
        line = re.match(rb"(?:object|tree) ([0-9a-f]{40,64})\n", content)
        if kind == "blob" or line is None:
            break
        object_id = line[1].decode()
    raise SourceError(f"the git object `{object_id}` is not a commit", hint="name a commit, a branch or a tag")


def _tree(objects: Objects, object_id: str) -> dict[str, tuple[int, str]]:
    """Return name → (mode, object id) of a tree object; raises SourceError."""
    found = objects.read(object_id, _MAX_TREE_BYTES)
    if found is None or found[0] != "tree":
        raise DamagedError
    content = found[1]
    entries: dict[str, tuple[int, str]] = {}
    position = 0
    while position < len(content):
        space = content.find(b" ", position)
        end = content.find(b"\0", space)
        following = end + 1 + objects.hash_bytes
        mode = content[position:space]
        name = content[space + 1 : end].decode("utf-8", "surrogateescape")
        if space < 0 or end < 0 or following > len(content) or not re.fullmatch(rb"[0-7]{1,6}", mode):
            raise DamagedError
        if name in ("", ".", "..") or "/" in name:
            raise DamagedError(f"a tree of the repository holds the name `{printable(name)}`")
        entries[name] = int(mode, 8), content[end + 1 : following].hex()
        position = following
    return entries


def _blob(objects: Objects, object_id: str, limit: int) -> bytes | None:
    found = objects.read(object_id, limit)
    if found is not None and found[0] != "blob":
        raise DamagedError
    return None if found is None else found[1]


def _link(objects: Objects, object_id: str) -> str:
    """Return the text of a link; one that is longer than a path can be leads out of the tree."""
    target = _blob(objects, object_id, _MAX_LINK_BYTES)
    return "/" if target is None else target.decode("utf-8", "surrogateescape")
