"""Words of Deno's command line and of its API: one table, read once."""

from __future__ import annotations

from functools import cache
from typing import Any

from buildplan.read import data_table


@cache
def listed(name: str) -> frozenset[str]:
    """Return a list of the table."""
    return frozenset(_table()[name])


def unstable() -> dict[str, str]:
    """Return name of `Deno` → the flag that it needs."""
    found: dict[str, str] = _table()["unstable"]
    return found


def _table() -> dict[str, Any]:
    return data_table.read(__file__, "words")
