"""What makes a program a server: the rows of `frameworks.toml`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.read import data_table

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

    from .manifests import Package, Workspace


class Framework(NamedTuple):
    """A row; `crate` is the one that it comes from.

    `signals`: it ends on SIGTERM by itself, since version `signals_since`. `folders` and `files` are what it reads by
    itself, `arguments` what its program is started with, `environment` what has to be set.
    """

    id: str
    title: str
    crate: str
    port: int | None = None
    signals: bool = False
    signals_since: str = ""
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


@functools.cache
def rows() -> tuple[Framework, ...]:
    """Return all rows, what says most about an app first."""
    return tuple(_row(row) for row in data_table.read(__file__, "frameworks")["framework"])


def _row(row: dict[str, Any]) -> Framework:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    fields["environment"] = tuple(row.get("environment", {}).items())
    return Framework(**{"title": row["id"], "crate": row["id"], **fields})


def find(workspace: Workspace, package: Package) -> tuple[Framework, Origin] | None:
    """Return the framework that makes the package a server, and its place; members that it uses count."""
    declared: dict[str, Origin] = {}
    for item in reversed(workspace.closure(package)):
        declared.update(item.dependencies)
    return next(((row, declared[row.crate]) for row in rows() if row.crate in declared), None)
