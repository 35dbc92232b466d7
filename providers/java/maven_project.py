"""The modules of a Maven build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import pom as poms
from .module import Module

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .pom import Pom

# Plugins that make of a module something that can be started by itself.
PACKAGERS = (
    "spring-boot-maven-plugin",
    "quarkus-maven-plugin",
    "micronaut-maven-plugin",
    "maven-shade-plugin",
    "maven-assembly-plugin",
    "vertx-maven-plugin",
    "exec-maven-plugin",
    "appassembler-maven-plugin",
    "jib-maven-plugin",
)


def modules(tree: SourceTree) -> tuple[tuple[Module, Pom], ...]:
    """Return all modules of the reactor; raises FileError for a broken pom."""
    listed = poms.reactor(tree)
    by_name = {item.artifact: item.directory for item in listed}
    return tuple((_module(item, by_name), item) for item in listed)


def _module(pom: Pom, by_name: dict[str, str]) -> Module:
    from buildplan.provenance import Origin

    place = pom.root.child("artifactId")
    module = Module(pom.directory, pom.artifact, place.origin if place is not None else Origin(pom.path))
    local = []
    for group, name, element in pom.dependencies():
        module.dependencies.setdefault(name, element.origin)
        module.groups.add(group)
        if name in by_name and by_name[name] != pom.directory:
            local.append(by_name[name])
    module.local = tuple(dict.fromkeys(local))
    module.library = pom.packaging not in {"jar", "war", "quarkus", "hk2-jar", "bundle"} and "$" not in pom.packaging
    for element in pom.plugins():
        name_of = element.value("artifactId")
        if name_of is not None:
            module.plugins.setdefault(name_of.value, element.origin)
    for name in PACKAGERS:
        own = (item for item in pom.root.all("build", "plugins", "plugin") if item.value("artifactId"))
        element_of = next((item for item in own if item.value("artifactId").value == name), None)  # type: ignore[union-attr]
        if element_of is not None and module.packages is None:
            module.packages = element_of.origin
    module.main_class = _main_class(pom)
    return module


def _main_class(pom: Pom):  # type: ignore[no-untyped-def]
    """Return the main class that the pom names."""
    from buildplan.provenance import Sourced

    for name in ("start-class", "exec.mainClass", "mainClass", "main.class", "main-class"):
        found = pom.property(name)
        if found is not None:
            return found
    paths = (
        ("configuration", "mainClass"),
        ("configuration", "archive", "manifest", "mainClass"),
        ("configuration", "transformers", "transformer", "mainClass"),
        ("executions", "execution", "configuration", "mainClass"),
        ("executions", "execution", "configuration", "archive", "manifest", "mainClass"),
        ("executions", "execution", "configuration", "transformers", "transformer", "mainClass"),
    )
    for element in pom.plugins():
        for path in paths:
            for item in element.all(*path):
                text = pom.resolved(item.text.strip())
                if text:
                    return Sourced(text, item.origin)
    return None
