"""Ruby: Bundler; Rails, with and without Node; Sinatra, Hanami, Roda, Grape and what else is a Rack app; workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
    from buildplan.language.packages import Dependency
    from buildplan.language.subfolder import Folder
    from buildplan.language.versions import Versions
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def _detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    from .detect import detect

    return detect(tree, overrides)


def _plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    from .plan import plan

    return plan(tree, context)


def _below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    from .detect import below

    return below(tree, overrides)


def _versions() -> tuple[Versions[Any], ...]:
    from .ruby_version import VERSIONS

    return VERSIONS


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="ruby",
    title="Ruby",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    start_help="a Rails app, a `config.ru`, a framework's `app.rb`, a worker's gem in the Gemfile, or a Procfile",
    manifests=("Gemfile", "gems.rb"),
    sources=("*.rb", "*.ru"),
    runtimes=("ruby",),
    tools=("bundler",),
    programs=("bundle", "foreman", "puma", "rackup", "rails", "rake", "ruby", "sidekiq"),
)
