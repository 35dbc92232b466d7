"""Static sites: plain files, finished single-page apps, and generators that do not need JavaScript."""

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
    name="static",
    title="Static site",
    detect=detect,
    plan=plan,
    start_help="add an `index.html`, or name the folder of the site with the option `static.root`",
)
