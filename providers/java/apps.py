"""What `--app` may name in a Java repository: the modules of its build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member

from .detect import read_modules
from .words import MANIFESTS, MAVEN

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the modules; none without a build file at the root. Raises FileError."""
    manifest = tree.first(*MANIFESTS)
    if manifest is None:
        return ()
    found = read_modules(tree, maven=manifest in MAVEN)
    return tuple(Member(item.name, item.directory, item.origin, item.directory or ".") for item in found)
