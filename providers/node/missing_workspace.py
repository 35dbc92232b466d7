"""A package that was taken out of its workspace: no package manager can install it alone.

Sources, checked 2026-11-24: https://pnpm.io/workspaces#workspace-protocol-workspace, https://pnpm.io/catalogs,
https://bun.com/docs/pm/catalogs, https://yarnpkg.com/features/catalogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import PlanError
from buildplan.model.version_ranges import shown

from .workspaces import local_path

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .workspaces import Workspace

_HINT = "plan the root of the workspace and choose this package with `--app`"
_CATALOGS = ("pnpm-workspace.yaml", ".yarnrc.yml")


def refuse(tree: SourceTree, workspace: Workspace) -> None:
    """Raise PlanError for a dependency that only a workspace which is not in the tree can resolve."""
    catalogs = tree.first(*_CATALOGS) is not None or any(
        workspace.root.document.get(*keys) is not None
        for keys in (("catalog",), ("catalogs",), ("workspaces", "catalog"), ("workspaces", "catalogs"))
    )
    for manifest in workspace.manifests:
        for field, table in manifest.installed:
            for name, range_ in table.items():
                if range_.startswith("catalog:") and not catalogs:
                    text = f"the version of `{shown(name)}` is in the catalog of a workspace that is not in the tree"
                elif _is_outside(workspace, manifest, name, range_):
                    text = f"`{shown(name)}` is a package of a workspace that is not in the tree"
                else:
                    continue
                raise PlanError(text, origin=manifest.origin(field, name), hint=_HINT)


def _is_outside(workspace: Workspace, manifest: Manifest, name: str, range_: str) -> bool:
    if not range_.startswith("workspace:"):
        return False
    path = local_path(manifest, range_)
    if path is not None:
        return path.startswith("..")
    alias, at, _ = range_.removeprefix("workspace:").rpartition("@")
    own = {*workspace.names, workspace.root.name}
    return name not in own and not (at and alias in own)
