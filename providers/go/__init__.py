"""Go: modules, workspaces, vendored trees, and single files of the standard library."""

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
    from .go_version import VERSIONS

    return VERSIONS


def _below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    from .detect import below

    return below(tree, overrides)


def _members(tree: SourceTree) -> tuple[Member, ...]:
    from .apps import members

    return members(tree)


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="go",
    title="Go",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    members=_members,
    start_help='a `package main` with `func main` at the root or below `cmd/`, or `package = "…"` under `[go]`',
    aliases=("golang",),
    manifests=("go.mod", "go.work", "Gopkg.toml", "Gopkg.lock", "glide.yaml", "glide.lock", "Godeps.json"),
    sources=("*.go",),
    runtimes=("go",),
    options={
        "bin": "which command below `cmd/` to build",
        "module": "which module of a workspace to build",
        "package": "which command to build: its folder, its import path or its name",
        "shell": "`true` ships an image with a shell",
        "tags": "build tags, with commas between",
    },
    app_option="package",
    programs=("go",),
)
