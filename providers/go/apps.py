"""What `--app` may name in a Go repository: its commands, and the modules of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member

from . import modules
from .packages import Packages

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the commands, then the modules; none where nothing at the root is Go's. Raises FileError."""
    workspace = modules.read(tree)
    if workspace is None and not any(name.endswith(".go") for name in tree.directory().files):
        return ()
    found = [item for item in Packages(tree, workspace, frozenset()).commands(everywhere=True) if item.main is not None]
    commands = (
        Member(item.binary, item.directory, item.main, item.directory or ".") for item in found if item.main is not None
    )
    parts = workspace.modules if workspace is not None and len(workspace.modules) > 1 else ()
    rest = (Member(item.base, item.directory, item.origin, item.directory or ".", "module") for item in parts)
    return (*commands, *rest)
