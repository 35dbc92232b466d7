"""Node.js: servers, sites and assets, with npm, pnpm, Yarn and Bun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.contract import PlanContext, Provider, ProviderPlan

from .detect import detect

if TYPE_CHECKING:
    from buildplan.language.node_tools import Tools
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    # Every command asks every provider whether a tree is its own; only one of them has to plan it.
    from .plan import plan as make

    return make(tree, context)


def toolchain(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Tools:
    from .tools import tools as make

    return make(tree, overrides, reasons)


PROVIDER = Provider(
    name="node",
    title="Node.js",
    detect=detect,
    plan=plan,
    start_help='a `start` script in package.json (`"start": "node server.js"`), or a Procfile with a `web:` line',
    toolchain=toolchain,
)
