"""What another program loads: it never starts by itself, so a plan would be a lie."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .module import Module


def host(modules: Iterable[Module]) -> Sourced[str] | None:
    """Return what the modules are (`an Android app, which a device runs`) and what shows it; None for all others."""
    listed = tuple(modules)
    for title, artifacts, plugins, packagings in _rows():
        for module in listed:
            for names, wanted in ((module.plugins, plugins), (module.dependencies, artifacts)):
                shown = next((names[name] for name in wanted if name in names), None)
                if shown is not None:
                    return Sourced(title, shown)
            if module.packaging in packagings:
                return Sourced(title, module.origin)
    return None


@functools.cache
def _rows() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]:
    rows = data_table.read(__file__, "loaded_elsewhere")["host"]
    keys = ("artifacts", "plugins", "packagings")
    return tuple((row["title"], *(tuple(row.get(key, ())) for key in keys)) for row in rows)
