"""Go: modules, workspaces, vendored trees, and single files of the standard library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import PlanContext, Provider, ProviderPlan

from .detect import detect

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    # Every command asks every provider whether a tree is its own; only one of them has to plan it.
    from .plan import plan as make

    return make(tree, context)


PROVIDER = Provider(
    name="go",
    title="Go",
    detect=detect,
    plan=plan,
    start_help='a `package main` with `func main` at the root or below `cmd/`, or `package = "…"` under `[go]`',
)
