"""Which frameworks a Deno app uses, by what it imports."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.read import data_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin, Sourced
    from buildplan.source import SourceTree

    from .graph import Graph
    from .manifest import Manifest

Kind = Literal["server", "site", "worker"]
_SCHEME = re.compile(r"(?:jsr:|npm:|https?://)/?")
_VERSION = re.compile(r"@[~^=v]{0,2}([0-9]{1,4})(?:\.([0-9]{1,4}))?")


class Match(NamedTuple):
    """A framework, where it is named, and the version that is named there."""

    id: str
    kind: Kind
    origin: Origin
    version: tuple[int, ...] = ()


def find(manifest: Manifest, graph: Graph) -> tuple[Match, ...]:
    """Return the frameworks that the manifest or the code names, strongest first."""
    named = list(_named(manifest, graph))
    found = []
    for name, row in _table()["frameworks"].items():
        item = next((item for item in named if _matches(item.value, row["names"])), None)
        if item is not None:
            found.append(Match(name, row["kind"], item.origin, _version(item.value)))
    return tuple(found)


def native(manifest: Manifest, graph: Graph) -> Sourced[str] | None:
    """Return a package that needs more than a server's usual permissions, None without one."""
    names = _table()["native"]["names"]
    return next((item for item in graph.specifiers if _matches(item.value, names)), None) or next(
        (item for item in _declared(manifest) if _matches(item.value, names)), None
    )


def database(graph: Graph) -> Sourced[str] | None:
    """Return a package that keeps its data in a file, None without one."""
    names = _table()["database"]["names"]
    return next((item for item in graph.specifiers if _matches(item.value, names)), None)


def declares(manifest: Manifest, name: str) -> bool:
    """Return whether a package of npm is declared, for development too."""
    package = manifest.package
    tables = () if package is None else (package.get("dependencies"), package.get("devDependencies"))
    imported = any(_matches(item.value, [name]) for item in manifest.imports.values())
    return imported or any(isinstance(table, dict) and name in table for table in tables)


def uses_npm(manifest: Manifest) -> bool:
    """Return whether something is declared that `deno install` fetches."""
    values = [item.value for item in manifest.imports.values()]
    return any(value.startswith(("npm:", "jsr:")) for value in values)


def uses_urls(tree: SourceTree, manifest: Manifest, graph: Graph) -> bool:
    """Return whether code comes from addresses, and not only from registries."""
    values = [item.value for item in (*manifest.imports.values(), *graph.specifiers)]
    return any(value.startswith(("http://", "https://")) for value in values) or tree.has("deps.ts")


def _named(manifest: Manifest, graph: Graph) -> Iterator[Sourced[str]]:
    for name, item in manifest.imports.items():
        yield item
        yield type(item)(name, item.origin)
    yield from _declared(manifest)
    yield from graph.specifiers


def _declared(manifest: Manifest) -> Iterator[Sourced[str]]:
    """Yield the dependencies of package.json."""
    from buildplan.model.origin import Sourced

    if manifest.package is None:
        return
    table = manifest.package.get("dependencies")
    for name in table if isinstance(table, dict) else ():
        yield Sourced(name, manifest.package.origin("dependencies", name))


def _matches(text: str, names: list[str]) -> bool:
    match = _SCHEME.match(text)
    bare = text[match.end() :] if match is not None else text
    return any(bare.startswith(name) and bare[len(name) : len(name) + 1] in {"", "/", "@"} for name in names)


def _version(text: str) -> tuple[int, ...]:
    match = _VERSION.search(text[:200])
    return () if match is None else tuple(int(part) for part in match.groups() if part is not None)


@cache
def _table() -> dict[str, Any]:
    return data_table.read(__file__, "frameworks")
