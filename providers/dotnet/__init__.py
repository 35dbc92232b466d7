""".NET: ASP.NET, Blazor, worker services and console apps in C#, F# and Visual Basic."""

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
    name="dotnet",
    title=".NET",
    detect=detect,
    plan=plan,
    start_help='a project of `Microsoft.NET.Sdk.Web` or with `<OutputType>Exe`, or `project = "…"` under `[dotnet]`',
)
