"""Java and Kotlin: Maven and Gradle builds, frameworks with a server of their own, and plain programs."""

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
    from .java_version import VERSIONS

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
    name="java",
    title="Java",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    members=_members,
    start_help='a class with `public static void main`, or `main_class = "…"` under `[java]`',
    aliases=("kotlin",),
    manifests=("pom.xml", "*.gradle", "*.kts", "build.sbt", "project.clj", "deps.edn", "build.xml", "build.sc"),
    sources=("*.java", "*.kt"),
    runtimes=("java",),
    tools=("gradle", "maven"),
    options={
        "main_class": "the class to start, where the build does not say it",
        "module": "which module to build: its folder or its name",
    },
    app_option="module",
    programs=("gradle", "gradlew", "java", "mvn", "mvnw"),
)
