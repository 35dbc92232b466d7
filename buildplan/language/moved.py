"""The plan of a folder as a plan of the tree around it.

In its stages the folder lies at the app directory, as if it were the tree, so that no command has to know where it came
from. Only what is copied in, and the places that are named, get the folder in front.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Input

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.model.build_plan import Decision, Diagnostic, Phase, Run, RunnerUp
    from buildplan.model.origin import Origin


def plan(inner: ProviderPlan, folder: str) -> ProviderPlan:
    """Return the plan with paths from the root of the tree; `assets` stay as they are."""
    return replace(
        inner,
        phases=tuple(_phase(phase, folder) for phase in inner.phases),
        run=None if inner.run is None else _run(inner.run, folder),
        artifacts=tuple(item if item.startswith("**/") else f"{folder}/{item}" for item in inner.artifacts),
        env_files=tuple(f"{folder}/{path}" for path in inner.env_files),
        decisions=tuple(_decision(item, folder) for item in inner.decisions),
        diagnostics=tuple(_diagnostic(item, folder) for item in inner.diagnostics),
    )


def place(origin: Origin, folder: str) -> Origin:
    """Return a place in the folder as one of the tree; what is no file stays the same."""
    if origin.path.startswith("<"):
        return origin
    return replace(origin, path=folder if origin.path == "." else f"{folder}/{origin.path}")


def _phase(phase: Phase, folder: str) -> Phase:
    return replace(phase, inputs=tuple(_put_in(item, folder) for item in phase.inputs))


def _run(run: Run, folder: str) -> Run:
    return replace(run, copies=tuple(_put_in(item, folder) for item in run.copies))


def _put_in(item: Input, folder: str) -> Input:
    """Return an input from the build context with the folder in front; where it goes to stays the same."""
    if item.phase is not None:
        return item
    if item.path == ".":
        return Input(f"{folder}/", dest=item.dest or "")
    own = item.path if item.path.endswith("/") else posixpath.dirname(item.path)
    kept = f"{own.rstrip('/')}/" if own else ""
    return replace(item, path=f"{folder}/{item.path}", dest=kept if item.dest is None else item.dest)


def _decision(item: Decision, folder: str) -> Decision:
    losers = tuple(_runner_up(loser, folder) for loser in item.runners_up)
    return replace(item, origin=place(item.origin, folder), runners_up=losers)


def _runner_up(item: RunnerUp, folder: str) -> RunnerUp:
    return replace(item, origin=place(item.origin, folder))


def _diagnostic(item: Diagnostic, folder: str) -> Diagnostic:
    return replace(item, origin=place(item.origin, folder)) if item.origin is not None else item
