"""What `--app` may name in a Python repository: the members of a workspace of uv, and the root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member
from buildplan.read import toml_document

from . import pyproject, workspace

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_MANIFEST = "pyproject.toml"


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the root and the members; none without a pyproject.toml at the root. Raises FileError."""
    if not tree.has(_MANIFEST):
        return ()
    document = toml_document.read(tree, _MANIFEST)
    root = workspace.Member("", document, pyproject.read(document))
    others = workspace.members(tree, document)
    return tuple(
        Member(item.name, item.directory, item.document.origin(), item.directory or ".") for item in (root, *others)
    )
