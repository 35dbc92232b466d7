"""Whether a tree is a Java app, how strong the evidence is, and what `--app` may name in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.language.members import Member
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .app import Module

# Names of files and folders that mean something in Java projects.


MAVEN = ("pom.xml",)
GRADLE = ("build.gradle.kts", "build.gradle", "settings.gradle.kts", "settings.gradle")
MANIFESTS = (*MAVEN, *GRADLE)
# What these hold shows or tests something, is made while another one is built, or packs one for a desktop.
OTHERS = frozenset({
    "example", "examples", "sample", "samples", "demo", "demos", "test", "tests", "testing", "it", "e2e", "integration",
    "benchmark", "benchmarks", "bench", "jmh", "docs", "doc", "buildsrc", "generator", "codegen", "gatling", "client",
    "cli", "agent", "perf", "playground", "archetype", "tray", "desktop", "gui", "tool", "tools", "distro",
    "distribution", "dist",
})  # fmt: skip

# Whether a tree is a Java app, and how strong the evidence is.


# Builds that are known and not planned yet; `plan` says so.
NOT_YET = {
    "build.sbt": "sbt",
    "project.clj": "Leiningen",
    "deps.edn": "Clojure's own tools",
    "build.xml": "Ant",
    "build.sc": "Mill",
}
_FRONTEND_PLUGINS = frozenset(
    {
        "frontend-maven-plugin",
        "com.github.node-gradle.node",
        "org.siouan.frontend-jdk17",
        "org.siouan.frontend-jdk21",
        "gradle-node-plugin",
    }
)


def detect(tree: SourceTree, _: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Java's."""
    manifest = tree.first(*MANIFESTS)
    if manifest is None:
        other = tree.first(*NOT_YET)
        if other is None:
            return None
        return Detection(Strength.MANIFEST, (Evidence(f"there is `{other}`", Origin(other)),))
    from . import app

    found = Evidence(f"there is `{manifest}`", Origin(manifest))
    try:
        modules = read_modules(tree, by_maven=manifest in MAVEN)
    except BuildplanError as error:
        # The plan says what is wrong, if Java is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    elsewhere = app.loaded_by(modules)
    if elsewhere is not None and not any(
        "org.springframework.boot" in module.plugins or "application" in module.plugins for module in modules
    ):
        return Detection(Strength.TOOLING, (Evidence(f"it is {elsewhere.value}", elsewhere.origin),))
    matches = app.declared(item for item in modules if not item.library)
    if matches:
        plugins = {name for module in modules for name in module.plugins}
        fronts = ("",) if tree.has("package.json") and plugins & _FRONTEND_PLUGINS else ()
        evidence = (Evidence(f"{matches[0].framework.title}: {matches[0].text}", matches[0].origin), found)
        return Detection(
            Strength.APP, evidence, frameworks=tuple(match.framework.id for match in matches), frontends=fronts
        )
    war = next((module for module in modules if module.war), None)
    if war is not None:
        return Detection(Strength.APP, (Evidence("it is a war, which a servlet container serves", war.origin), found))
    return Detection(Strength.MANIFEST, (found,))


def below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folder of the only Java app near the root; none where there are several, or the root is Java's."""
    if tree.first(*MANIFESTS, *NOT_YET) is not None:
        return ()
    return subfolder.only_app(tree, "Java", MANIFESTS, OTHERS, overrides, detect)


def read_modules(tree: SourceTree, *, by_maven: bool) -> tuple[Module, ...]:
    if by_maven:
        from . import maven

        return tuple(module for module, _ in maven.modules(tree))
    from . import gradle

    return gradle.modules(gradle.read(tree))


# What `--app` may name in a Java repository: the modules of its build.


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the modules; none without a build file at the root. Raises FileError."""
    manifest = tree.first(*MANIFESTS)
    if manifest is None:
        return ()
    found = read_modules(tree, by_maven=manifest in MAVEN)
    return tuple(Member(item.name, item.directory, item.origin, item.directory or ".") for item in found)
