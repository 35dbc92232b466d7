"""What `--app` may name in a Node repository: the packages of its workspace, and the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member
from buildplan.model.reasons import Reasons

from . import manifest, workspaces

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the root and the packages; none without a package.json at the root. Raises FileError."""
    if not tree.has("package.json"):
        return ()
    root = manifest.read(tree)
    packages = workspaces.packages(tree, root, Reasons())
    rest = (Member(item.name or "", item.directory, item.origin(), item.directory) for item in packages)
    return (Member(root.name or "", "", root.origin(), "."), *rest)
