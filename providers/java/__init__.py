"""Java and Kotlin: Maven and Gradle builds, frameworks with a server of their own, and plain programs."""

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
    name="java",
    title="Java",
    detect=detect,
    plan=plan,
    start_help='a class with `public static void main`, or `main_class = "…"` under `[java]`',
)
