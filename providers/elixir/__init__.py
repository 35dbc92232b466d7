"""Elixir: mix projects, Phoenix, and plain OTP apps, shipped as releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
    from buildplan.language.members import Member
    from buildplan.language.packages import Dependency
    from buildplan.language.versions import Versions
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def _detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    from .detect import detect

    return detect(tree, overrides)


def _plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    from .plan import plan

    return plan(tree, context)


def _versions() -> tuple[Versions[Any], ...]:
    from .elixir_version import VERSIONS

    return VERSIONS


def _members(tree: SourceTree) -> tuple[Member, ...]:
    from .apps import members

    return members(tree)


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="elixir",
    title="Elixir",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    members=_members,
    start_help="a `mix.exs` at the root that names its `app`, or `releases` in that of an umbrella",
    manifests=("mix.exs",),
    code=(".ex", ".exs"),
    runtimes=("elixir", "erlang"),
    tools=("rebar3",),
    options={
        "app": "which release, app of an umbrella, or folder is the app",
    },
    app_option="app",
    programs=("elixir", "iex", "mix"),
)
