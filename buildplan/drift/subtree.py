"""A directory of a tree as a tree of its own: an app is planned as if it were alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.source.tree import Listing, SourceTree

if TYPE_CHECKING:
    from buildplan.source.tree import Directory


class _Backend:
    def __init__(self, tree: SourceTree, directory: str) -> None:
        self._tree = tree
        self._directory = directory
        self.label = f"`{directory}` of {tree.label}"

    def listing(self) -> Listing:
        """Return the part of the listing below the directory."""
        whole = self._tree.listing
        prefix = f"{self._directory}/"
        directories: dict[str, Directory] = {
            path[len(prefix) :]: names
            for path, names in whole.directories.items()
            if path == self._directory or path.startswith(prefix)
        }
        blocked = {path[len(prefix) :]: why for path, why in whole.blocked.items() if path.startswith(prefix)}
        return Listing(directories, blocked)

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file; raises FileError."""
        content = self._tree.read(f"{self._directory}/{path}")
        return content if len(content) <= limit else None


def subtree(tree: SourceTree, directory: str) -> SourceTree:
    """Return the tree of a directory; the tree itself for `""`."""
    return SourceTree(_Backend(tree, directory)) if directory else tree
