"""The modules of a Maven build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.origin import Origin, Sourced

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

_RUNNABLE = frozenset({"jar", "war", "quarkus", "hk2-jar", "bundle"})
_IN_CONFIGURATION = (
    ("mainClass",),
    ("archive", "manifest", "mainClass"),
    ("transformers", "transformer", "mainClass"),
)
_IN_CONFIGURATION_OF_ALL = tuple(("configuration", *path) for path in _IN_CONFIGURATION)
_MAIN_CLASS = tuple(
    (*place, *path)
    for place in (("configuration",), ("executions", "execution", "configuration"))
    for path in _IN_CONFIGURATION
)


def modules(tree: SourceTree) -> tuple[tuple[Module, Pom], ...]:
    """Return all modules of the reactor; raises FileError for a broken pom."""
    listed = poms.reactor(tree)
    by_name = {item.artifact: item.directory for item in listed}
    return tuple((_module(item, by_name), item) for item in listed)


def _module(pom: Pom, by_name: dict[str, str]) -> Module:
    place = pom.root.first("artifactId")
    module = Module(pom.directory, pom.artifact, place.origin() if place is not None else Origin(pom.path))
    local = []
    for group, name, element in pom.dependencies():
        module.dependencies.setdefault(name, element.origin())
        module.groups.add(group)
        if name in by_name and by_name[name] != pom.directory:
            local.append(by_name[name])
    module.local = tuple(dict.fromkeys(local))
    module.packaging = pom.packaging
    module.library = pom.packaging not in _RUNNABLE and "$" not in pom.packaging
    for element in pom.plugins():
        named = element.value("artifactId")
        if named is not None:
            module.plugins.setdefault(named.value, element.origin())
    # What a parent in the tree uses for all says nothing about one of them.
    own = {
        named.value: named.origin
        for item in pom.root.all("build", "plugins", "plugin")
        if (named := item.value("artifactId")) is not None
    }
    module.packages = next((own[name] for name in PACKAGERS if name in own), None)
    if pom.packaging == "war" and "spring-boot-maven-plugin" not in module.plugins:
        module.packages = module.packages or module.origin
        module.war = True
    module.main_class = _main_class(pom)
    return module


def _main_class(pom: Pom) -> Sourced[str] | None:
    """Return the main class that the pom names, None when it names none."""
    for name in ("start-class", "exec.mainClass", "mainClass", "main.class", "main-class"):
        found = pom.property(name)
        if found is not None:
            return found
    for element in pom.plugins():
        # What this plugin executes in a phase of the build is a tool of the build.
        named = element.value("artifactId")
        tool = named is not None and named.value == "exec-maven-plugin"
        for path in _IN_CONFIGURATION_OF_ALL if tool else _MAIN_CLASS:
            for item in element.all(*path):
                text = pom.resolved(item.text)
                if text:
                    return Sourced(text, item.origin())
    return None
