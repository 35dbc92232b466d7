"""Deno: tasks, Fresh, Lume, `deno serve`, and servers with `Deno.serve`, Oak or Hono."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
    from buildplan.language.members import Member
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


def _versions() -> tuple[Versions[Any], ...]:
    from .deno_version import VERSIONS

    return VERSIONS


def _below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    from .nested import find

    return find(tree, overrides)


def _members(tree: SourceTree) -> tuple[Member, ...]:
    from .apps import members

    return members(tree)


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="deno",
    title="Deno",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    members=_members,
    start_help="a task `start` in `deno.json`, or a `main.ts` that calls `Deno.serve`",
    manifests=("deno.json", "deno.jsonc"),
    sources=("*.ts", "*.tsx", "*.js", "*.jsx", "*.mts", "*.mjs"),
    runtimes=("deno",),
    options={
        "app": "which member of a workspace: its name or its folder",
    },
    app_option="app",
    programs=("deno",),
)
