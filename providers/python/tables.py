"""The tables of this provider: TOML files beside the code, each read once."""

from __future__ import annotations

import functools
from typing import Any

from buildplan.read import data_table


@functools.cache
def read(name: str) -> dict[str, Any]:
    """Return a whole table."""
    return data_table.read(__file__, name)


def row(data: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of one row as arguments of a frozen class: lists become tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
