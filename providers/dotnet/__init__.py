""".NET: ASP.NET, Blazor, worker services and console apps in C#, F# and Visual Basic."""

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
    from .dotnet_version import VERSIONS

    return VERSIONS


def _members(tree: SourceTree) -> tuple[Member, ...]:
    from .apps import members

    return members(tree)


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="dotnet",
    title=".NET",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    members=_members,
    start_help='a project of `Microsoft.NET.Sdk.Web` or with `<OutputType>Exe`, or `project = "…"` under `[dotnet]`',
    aliases=("c#", "csharp", "f#", "fsharp"),
    manifests=("*.csproj", "*.fsproj", "*.vbproj"),
    code=(".cs", ".fs", ".vb"),
    runtimes=("dotnet",),
    options={
        "project": "which project to build: its file, its folder or its name",
    },
    app_option="project",
    programs=("dotnet",),
)
