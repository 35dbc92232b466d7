"""Folders with a manifest of their own whose build makes what the app embeds or serves (`ui/`, `frontend/`).

Such a folder is planned as a tree by itself: in its stages it lies at the app directory, so that no command has to
know where it came from. Only what is copied in and out is told the folder.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.language import registry, subfolder
from buildplan.language.contract import PlanContext
from buildplan.model.build_plan import APP_DIR
from buildplan.model.requests import Overrides
from buildplan.source.folder import tree_of

if TYPE_CHECKING:
    from buildplan.language.contract import Detection, Provider, ProviderPlan
    from buildplan.model.build_plan import Input
    from buildplan.source import SourceTree


def assets(tree: SourceTree, folder: str, overrides: Overrides) -> tuple[str, ProviderPlan] | None:
    """Return the provider of a folder and its plan as assets, with paths from the root of the tree.

    None when no provider knows the folder, or its build makes nothing. Of what is asked for only versions count: the
    rest is meant for the app. Raises what the provider raises.
    """
    inner = tree_of(tree, folder)
    asked = Overrides(versions=overrides.versions)
    claims: list[tuple[Detection, Provider]] = []
    for provider in registry.builtin(inner):
        detection = provider.detect(inner, asked)
        # What needs a frontend is the app itself.
        if detection is not None and not detection.frontends:
            claims.append((detection, provider))
    if not claims:
        return None
    _, chosen = min(claims, key=lambda claim: (-claim[0].strength, claim[1].name))
    plan = chosen.plan(inner, PlanContext(asked, "assets"))
    if not plan.assets:
        return None
    return chosen.name, _moved(plan, folder) if folder else plan


def _moved(plan: ProviderPlan, folder: str) -> ProviderPlan:
    inside = subfolder.rerooted(plan, folder)
    return replace(inside, assets=tuple(_taken_out(item, folder) for item in plan.assets))


def _taken_out(item: Input, folder: str) -> Input:
    """Return a result of the build as a path of its stage, which goes into the folder."""
    dest = item.path if item.dest is None else item.dest
    return replace(item, path=f"{APP_DIR}/{item.path}", dest=f"{folder}/{dest}")
