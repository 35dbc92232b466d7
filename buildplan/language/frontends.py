"""What one language builds inside of the plan of another: front ends in folders, and phases under the app's plan.

A folder with a manifest of its own whose build makes what the app embeds or serves (`ui/`, `frontend/`) is planned as a
tree by itself: in its stages it lies at the app directory, so that no command has to know where it came from. Only what
is copied in and out is told the folder.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import registry, subfolder
from buildplan.language.contract import PlanContext
from buildplan.model.build_plan import APP_DIR
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Overrides
from buildplan.read import json_document

if TYPE_CHECKING:
    from buildplan.language.contract import Detection, Provider, ProviderPlan
    from buildplan.model.build_plan import Decision, Input, Phase
    from buildplan.source import SourceTree

_MANIFEST = "package.json"
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb")


def assets(
    tree: SourceTree, folder: str, overrides: Overrides, *, script: str = "", target: str | None = None, app: str = ""
) -> tuple[str, ProviderPlan] | None:
    """Return the provider of a folder and its plan as assets, with paths from the root of the tree.

    `script` builds it where that is not the usual one; `target` is where the result goes where that is not the place
    that the build leaves it in. `app` is the provider that plans the app itself, which no front end is. None when no
    provider knows the folder, or its build makes nothing. Of what is asked for only versions count: the rest is meant
    for the app. Raises what the provider raises.
    """
    found = built(tree, folder, overrides, script, app)
    if found is None:
        return None
    name, plan = found
    if in_workspace(tree, folder):
        return name, _in_place(plan, target)
    return name, _moved(plan, folder, target) if folder else plan


def built(
    tree: SourceTree, folder: str, overrides: Overrides, script: str = "", app: str = ""
) -> tuple[str, ProviderPlan] | None:
    """Return the provider of a folder and its plan as assets; None as `assets` says.

    The paths are those of the folder, or of the root where the folder is a package of the root's workspace.
    """
    origin = Origin(posixpath.join(folder, _MANIFEST), key=f"scripts.{script}")
    options = {"node.build_script": Sourced(script, origin)} if script else {}
    if in_workspace(tree, folder):
        options["node.app"] = Sourced(folder, origin)
        workspace = registry.languages()["node"]
        own = workspace.plan(tree, PlanContext(Overrides(versions=overrides.versions, options=options), "assets"))
        return (workspace.name, own) if own.assets else None
    inner = subfolder.below(tree, folder) if folder else tree
    asked = Overrides(versions=overrides.versions, options=options)
    claims: list[tuple[Detection, Provider]] = []
    for provider in registry.builtin(inner):
        detection = provider.detect(inner, asked)
        # What needs a frontend is the app itself.
        if detection is not None and not detection.frontends and (folder or provider.name != app):
            claims.append((detection, provider))
    if not claims:
        return None
    _, chosen = min(claims, key=lambda claim: (-claim[0].strength, claim[1].name))
    plan = chosen.plan(inner, PlanContext(asked, "assets"))
    return (chosen.name, plan) if plan.assets else None


def in_workspace(tree: SourceTree, folder: str) -> bool:
    """Return whether the packages of a folder are installed from the root: by a workspace, whose lock file is there."""
    if not folder or not tree.has(_MANIFEST) or any(tree.has(f"{folder}/{name}") for name in _LOCKS):
        return False
    path = next((name for name in ("pnpm-workspace.yaml", _MANIFEST) if tree.has(name)), _MANIFEST)
    try:
        if path == _MANIFEST and json_document.read(tree, path).get("workspaces") is None:
            return False
        members = registry.languages()["node"].members
        return members is not None and any(item.folder == folder for item in members(tree))
    except BuildplanError:
        return False


def _in_place(plan: ProviderPlan, target: str | None) -> ProviderPlan:
    """Return the plan of a workspace's package, whose paths are those of the whole tree, with what it makes moved."""
    items = tuple(replace(item, path=f"{APP_DIR}/{item.path}", dest=item.dest or item.path) for item in plan.assets)
    if target is not None:
        items = (*items[:-1], replace(items[-1], dest=f"{target}/"))
    return replace(plan, assets=items)


def _moved(plan: ProviderPlan, folder: str, target: str | None) -> ProviderPlan:
    inside = subfolder.rerooted(plan, folder)
    items = tuple(_taken_out(item, folder) for item in plan.assets)
    if target is not None:
        items = (*items[:-1], replace(items[-1], dest=f"{target}/"))
    return replace(inside, assets=items)


def _taken_out(item: Input, folder: str) -> Input:
    """Return a result of the build as a path of its stage, which goes into the folder, or to where it is beside it."""
    dest = item.path if item.dest is None else item.dest
    end = "/" if item.path.endswith("/") else ""
    path = posixpath.normpath(posixpath.join(APP_DIR, item.path))
    return replace(item, path=f"{path}{end}", dest=f"{posixpath.normpath(posixpath.join(folder, dest))}{end}")


# --- the phases of a guest: `build` of Node becomes `node:build` ------------------------------------------------------


def phase(own: Phase, guest: str) -> Phase:
    """Return a phase under its name in the other plan, and so all that it names of its own plan."""
    return replace(
        own,
        name=f"{guest}:{own.name}",
        inputs=tuple(result(item, guest) for item in own.inputs),
        depends_on=tuple(f"{guest}:{needed}" for needed in own.depends_on),
    )


def result(item: Input, guest: str) -> Input:
    """Return what is taken from a phase of the guest, or from the build context as it is."""
    return replace(item, phase=f"{guest}:{item.phase}") if item.phase else item


def decision(own: Decision, guest: str) -> Decision:
    """Return the reason for a value of the guest; what only an app has is kept apart from that of the app."""
    field = own.field
    if field.startswith("phases."):
        field = f"phases.{guest}:{field.removeprefix('phases.')}"
    elif field in {"start", "port"} or field.startswith(("run.", "processes.")):
        field = f"{guest}:{field}"
    return replace(own, field=field)
