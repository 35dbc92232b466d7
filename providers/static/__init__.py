"""Static sites: plain files, finished single-page apps, and generators that do not need JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def _detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    from .detect import detect

    return detect(tree, overrides)


def _plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    from .plan import plan

    return plan(tree, context)


LANGUAGE = Language(
    name="static",
    title="Static site",
    detect=_detect,
    plan=_plan,
    start_help="add an `index.html`, or name the folder of the site with the option `static.root`",
    aliases=("staticfile",),
    options={
        "fallback": "the page that answers unknown paths, for a single-page app",
        "root": "the folder to serve",
    },
)
