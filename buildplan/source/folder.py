"""A tree that is one folder of another tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.source.tree import Listing

if TYPE_CHECKING:
    from buildplan.source.tree import SourceTree


class FolderBackend:
    """A folder of a tree, with paths relative to it; everything is read through the tree."""

    def __init__(self, tree: SourceTree, folder: str) -> None:
        self._tree = tree
        self._prefix = f"{folder.strip('/')}/"
        self.depth: int = tree.depth + self._prefix.count("/")

    @property
    def label(self) -> str:
        """What a message calls the folder."""
        return f"{self._prefix[:-1]} of {self._tree.label}"

    def listing(self) -> Listing:
        """Return the part of the listing that is below the folder."""
        whole = self._tree.listing
        inside = {
            path[len(self._prefix) :]: directory
            for path, directory in whole.directories.items()
            if path.startswith(self._prefix)
        }
        inside[""] = self._tree.directory(self._prefix)
        blocked = {
            path[len(self._prefix) :]: reason for path, reason in whole.blocked.items() if path.startswith(self._prefix)
        }
        return Listing(inside, blocked)

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a listed file, or None when it is too large; raises FileError as the tree does."""
        content = self._tree.read(self._prefix + path)
        return content if len(content) <= limit else None


def tree_of(tree: SourceTree, path: str) -> SourceTree:
    """Return a folder as a tree of its own; the tree itself for `""`."""
    from buildplan.source.tree import SourceTree

    return SourceTree(FolderBackend(tree, path), tree.budget) if path else tree
