"""What one language builds inside of the plan of another: front ends in folders, and phases under the app's plan.

A folder with a manifest of its own whose build makes what the app embeds or serves (`ui/`, `frontend/`) is planned as a
tree by itself: in its stages it lies at the app directory, so that no command has to know where it came from. Only what
is copied in and out is told the folder.
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
    from buildplan.model.build_plan import Decision, Input, Phase
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
