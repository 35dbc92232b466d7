"""Ruby: Bundler; Rails, with and without Node; Sinatra, Hanami, Roda, Grape and what else is a Rack app; workers."""

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
    name="ruby",
    title="Ruby",
    detect=detect,
    plan=plan,
    start_help="a Rails app, a `config.ru`, a framework's `app.rb`, a worker's gem in the Gemfile, or a Procfile",
)
