"""The rows of `frameworks.toml`, and which of them a project declares."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .manifest import Project

Kind = Literal["wsgi", "asgi", "aiohttp", "command", "script", "bot"]


@dataclass(frozen=True, slots=True)
class Framework:
    """One row.

    `kind`: `wsgi`, `asgi` and `aiohttp` are objects that a server runs; `command` has a program of its own; a `script`
    is run and listens; a `bot` is run and does not.

    `packages` are what a project declares (none for the standard library). A file is the entry when it binds a name to
    one of `makes`, calls one of `marks` (and none of `unless`), or imports one of `imports`. In `makes` and `marks` the
    module in between does not count: `fastapi.FastAPI` also is `fastapi.applications.FastAPI`.
    """

    id: str
    title: str
    kind: Kind
    packages: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    stars: dict[str, tuple[str, ...]] = field(default_factory=dict)  # what `from module import *` brings
    files: tuple[str, ...] = ()  # the usual names of the entry file, the best first
    attribute: str = ""  # the attribute of the object that a server runs
    servers: tuple[str, ...] = ()  # instead of those of the interface
    start: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    port_variable: str = ""  # what it reads instead of PORT
    transports: tuple[str, ...] = ()  # it listens only when its code names one of these
    notebooks: bool = False  # it serves a Jupyter notebook, not a Python file
    client: bool = False  # its package is a client library too: only code that serves counts
    sigterm: bool = True
    health: str = ""
    notice: str = ""
    fix: str = ""
    # The import packages of all these names; no file without one of them can be an entry.
    top_packages: frozenset[str] = frozenset()

    def matches(self, name: str, among: Iterable[str]) -> bool:
        """Return whether a dotted name is among the row's, whichever module of the package it comes from.

        `*.name` is a method of that name on anything.
        """
        package, last = name.partition(".")[0], name.rpartition(".")[2]
        return any(known.rpartition(".")[2] == last and known.partition(".")[0] in {package, "*"} for known in among)


@functools.cache
def table() -> tuple[Framework, ...]:
    """Return all rows, in the order in which they are tried."""
    return tuple(_row(row) for row in tables.read("frameworks")["framework"])


def _row(row: dict[str, Any]) -> Framework:
    values = tables.row(row)
    values["stars"] = {module: tuple(names) for module, names in values.get("stars", {}).items()}
    names = (name for key in ("makes", "marks", "imports") for name in values.get(key, ()))
    values["top_packages"] = frozenset(name.partition(".")[0] for name in names) - {"*"}
    return Framework(**values)


@functools.cache
def named(identifier: str) -> Framework:
    """Return the row of that id."""
    return next(row for row in table() if row.id == identifier)


def declared(project: Project) -> tuple[Framework, ...]:
    """Return the rows that production declares a package of, in the order of the table."""
    names = frozenset(requirement.name for requirement in project.requirements)
    return tuple(row for row in table() if not names.isdisjoint(row.packages))
