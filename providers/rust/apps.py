"""What `--app` may name in a Rust repository: the packages with a program, and their programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member

from . import manifests, targets

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the packages, then the programs; none without a Cargo.toml at the root. Raises FileError."""
    if not tree.has(manifests.MANIFEST):
        return ()
    workspace = manifests.read(tree)
    programs = [item for package in workspace.members for item in targets.binaries(tree, package)]
    packages = {item.package.name: item for item in programs}
    rest = [item for item in programs if item.name not in packages]
    return (
        *(Member(name, item.package.directory, item.origin, name) for name, item in packages.items()),
        *(Member(item.name, item.package.directory, item.origin, item.name) for item in rest),
    )
