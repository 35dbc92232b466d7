"""What `--app` may name in an Elixir repository: releases, the apps of an umbrella, and projects in folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.members import Member
from buildplan.model.origin import Origin

from . import location, mix_file

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return what the option `app` understands in this tree."""
    if not tree.has(mix_file.NAME):
        found = (mix_file.read(tree, path) for path in location.nested(tree))
        return tuple(Member(_name(item), item.directory, Origin(item.path), item.directory) for item in found)
    root = mix_file.read(tree, mix_file.NAME)
    apps = location.members(tree, root)
    releases = tuple(Member(item.name, "", item.origin, item.name) for item in root.releases)
    if root.releases:
        shipped = {name for item in root.releases for name in item.applications}
        apps = tuple(item for item in apps if _name(item) in shipped)
    elif root.app is not None:
        return (Member(root.app.value, "", root.app.origin),)
    rest = (Member(_name(item), item.directory, Origin(item.path), item.directory) for item in apps)
    return (*releases, *rest)


def _name(item: mix_file.MixFile) -> str:
    return item.app.value if item.app is not None else item.directory.rpartition("/")[2]
