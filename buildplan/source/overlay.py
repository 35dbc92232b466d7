"""A tree as it will be when a file has been written at its root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.source.tree import Directory, Listing, SourceTree

if TYPE_CHECKING:
    from collections.abc import Mapping


class OverlayBackend:
    """A tree with more files at its root; everything else is read through the tree."""

    def __init__(self, tree: SourceTree, files: Mapping[str, bytes]) -> None:
        self._tree = tree
        self._files = dict(files)

    @property
    def label(self) -> str:
        """What a message calls the tree."""
        return self._tree.label

    def listing(self) -> Listing:
        """Return the tree's own listing with the files."""
        whole = self._tree.listing
        root = self._tree.directory()
        names = tuple(sorted({*root.files, *self._files}))
        return Listing({**whole.directories, "": Directory(names, root.directories)}, whole.blocked, whole.skipped)

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a file, or None when it is too large; raises FileError as the tree does."""
        content = self._files[path] if path in self._files else self._tree.read(path)
        return content if len(content) <= limit else None


def with_file(tree: SourceTree, path: str, text: str) -> SourceTree:
    """Return the tree with a text file at its root."""
    return SourceTree(OverlayBackend(tree, {path: text.encode()}), tree.budget)
