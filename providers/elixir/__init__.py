"""Elixir: mix projects, Phoenix, and plain OTP apps, shipped as releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import PlanContext, Provider, ProviderPlan

from .detect import detect

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    from .plan import plan as make

    return make(tree, context)


PROVIDER = Provider(
    name="elixir",
    title="Elixir",
    detect=detect,
    plan=plan,
    start_help="a `mix.exs` at the root that names its `app`, or `releases` in that of an umbrella",
)
