"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency
from buildplan.model.reasons import Reasons

from . import workspaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the packages of the app and of the workspace's packages that it runs with. Raises as `plan`."""
    if not tree.has("package.json"):
        return
    workspace = workspaces.select(tree, overrides, Reasons())
    for manifest in (workspace.app, *(item.manifest for item in workspace.production_closure)):
        for field, table in manifest.installed[:2]:
            yield from (Dependency(name, manifest.origin(field, name), version) for name, version in table.items())
