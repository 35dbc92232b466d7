"""Deno: tasks, Fresh, Lume, `deno serve`, and servers with `Deno.serve`, Oak or Hono."""

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
    name="deno",
    title="Deno",
    detect=detect,
    plan=plan,
    start_help="a task `start` in `deno.json`, or a `main.ts` that calls `Deno.serve`",
)
