"""The rows of `frameworks.toml`, and which of them a module declares or its code imports."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.read import data_table

from . import source_code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .module import Module


class Framework(NamedTuple):
    """A row."""

    id: str
    title: str
    dependencies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    argument: str | None = None
    fills: bool = True  # it fills `${PORT}` in by itself
    key: str | None = None
    config: tuple[str, ...] = ()
    port: int = 8080
    listens_with: tuple[str, ...] = ()
    listens_when: tuple[str, ...] = ()


class Match(NamedTuple):
    """A framework and what shows it."""

    framework: Framework
    origin: Origin
    text: str


@functools.cache
def rows() -> tuple[Framework, ...]:
    """Return all rows, what says most about an app first."""
    data = data_table.read(__file__, "frameworks")["framework"]
    return tuple(_row(row) for row in data)


def _row(row: dict[str, Any]) -> Framework:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Framework(**fields)


def declared(modules: Iterable[Module]) -> tuple[Match, ...]:
    """Return the frameworks that the modules declare, strongest first."""
    listed = tuple(modules)
    found = []
    for framework in rows():
        match = next((item for item in (_declared(framework, module) for module in listed) if item is not None), None)
        if match is not None:
            found.append(match)
    return tuple(found)


def _declared(framework: Framework, module: Module) -> Match | None:
    for name in framework.plugins:
        if name in module.plugins:
            return Match(framework, module.plugins[name], f"the plugin `{name}`")
    if framework.groups and not module.groups.intersection(framework.groups):
        return None
    for name in framework.dependencies:
        if name in module.dependencies:
            return Match(framework, module.dependencies[name], f"it depends on `{name}`")
        if name.endswith("*"):
            start = name[:-1]
            for artifact, origin in module.dependencies.items():
                if artifact.startswith(start):
                    return Match(framework, origin, f"it depends on `{artifact}`")
    return None


def imported(tree: SourceTree, directories: Iterable[str]) -> tuple[Match, ...]:
    """Return the frameworks that the code of modules imports, strongest first."""
    starts = tuple(start for framework in rows() for start in framework.imports)
    listed = tuple(source_code.imports(tree, directories, starts))
    found = []
    for framework in rows():
        for text, origin in listed:
            if f"{text}.".startswith(framework.imports):
                found.append(Match(framework, origin, f"the code imports `{text}`"))
                break
    return tuple(found)


def listens(framework: Framework, modules: Iterable[Module]) -> bool:
    """Return whether an app of that framework answers on a port, as far as its dependencies tell."""
    if not framework.listens_with:
        return True
    for module in modules:
        for artifact in module.dependencies:
            if any(word in artifact for word in framework.listens_with):
                return True
    return False
