"""What `--app` may name in a Deno repository: the members of its workspace, and the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member

from . import manifest

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the root and the members; none without a deno.json or package.json at the root. Raises FileError."""
    if manifest.path(tree) is None and not tree.has(manifest.PACKAGE):
        return ()
    root = manifest.read(tree)
    found = [manifest.read(tree, folder) for folder in root.members if manifest.path(tree, folder) is not None]
    rest = (Member(item.name or "", item.directory, item.origin, item.directory) for item in found)
    return (Member(root.name or "", "", root.origin, "."), *rest)
