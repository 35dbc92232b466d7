"""Folders with a manifest of their own whose build makes what the app embeds or serves (`ui/`, `frontend/`).

Such a folder is planned as a tree by itself: in its stages it lies at the app directory, so that no command has to
know where it came from. Only what is copied in and out is told the folder.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import registry
from buildplan.build_plan import APP_DIR
from buildplan.contract import PlanContext
from buildplan.overrides import Overrides
from buildplan.source import SourceTree
from buildplan.source.folder import FolderBackend

if TYPE_CHECKING:
    from buildplan.build_plan import Decision, Diagnostic, Input, Phase, RunnerUp
    from buildplan.contract import Detection, Provider, ProviderPlan
    from buildplan.provenance import Origin


def assets(tree: SourceTree, folder: str, overrides: Overrides) -> tuple[str, ProviderPlan] | None:
    """Return the provider of a folder and its plan as assets, with paths from the root of the tree.

    None when no provider knows the folder, or its build makes nothing. Of what is asked for only versions count: the
    rest is meant for the app. Raises what the provider raises.
    """
    inner = SourceTree(FolderBackend(tree, folder)) if folder else tree
    asked = Overrides(versions=overrides.versions)
    claims: list[tuple[Detection, Provider]] = []
    for provider in registry.builtin(inner):
        detection = provider.detect(inner, asked)
        # What needs a frontend is the app itself.
        if detection is not None and not detection.frontends:
            claims.append((detection, provider))
    if not claims:
        return None
    _, provider = min(claims, key=lambda claim: (-claim[0].strength, claim[1].name))
    plan = provider.plan(inner, PlanContext(asked, "assets"))
    if not plan.assets:
        return None
    return provider.name, _moved(plan, folder) if folder else plan


def _moved(plan: ProviderPlan, folder: str) -> ProviderPlan:
    return replace(
        plan,
        phases=tuple(_phase(phase, folder) for phase in plan.phases),
        assets=tuple(_taken_out(item, folder) for item in plan.assets),
        artifacts=tuple(item if item.startswith("**/") else f"{folder}/{item}" for item in plan.artifacts),
        decisions=tuple(_decision(item, folder) for item in plan.decisions),
        diagnostics=tuple(_diagnostic(item, folder) for item in plan.diagnostics),
    )


def _phase(phase: Phase, folder: str) -> Phase:
    return replace(phase, inputs=tuple(_put_in(item, folder) for item in phase.inputs))


def _put_in(item: Input, folder: str) -> Input:
    """Return an input from the build context with the folder in front; where it goes to stays the same."""
    if item.phase is not None:
        return item
    if item.path == ".":
        return replace(item, path=f"{folder}/", dest=item.dest or "")
    own = item.path if item.path.endswith("/") else posixpath.dirname(item.path)
    kept = f"{own.rstrip('/')}/" if own else ""
    return replace(item, path=f"{folder}/{item.path}", dest=kept if item.dest is None else item.dest)


def _taken_out(item: Input, folder: str) -> Input:
    """Return a result of the build as a path of its stage, which goes into the folder."""
    dest = item.path if item.dest is None else item.dest
    return replace(item, path=f"{APP_DIR}/{item.path}", dest=f"{folder}/{dest}")


def _place(origin: Origin, folder: str) -> Origin:
    if origin.path.startswith("<"):
        return origin
    return replace(origin, path=folder if origin.path == "." else f"{folder}/{origin.path}")


def _decision(item: Decision, folder: str) -> Decision:
    losers = tuple(_runner_up(loser, folder) for loser in item.runners_up)
    return replace(item, origin=_place(item.origin, folder), runners_up=losers)


def _runner_up(item: RunnerUp, folder: str) -> RunnerUp:
    return replace(item, origin=_place(item.origin, folder))


def _diagnostic(item: Diagnostic, folder: str) -> Diagnostic:
    return replace(item, origin=_place(item.origin, folder)) if item.origin is not None else item
