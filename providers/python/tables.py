"""The tables of this provider: TOML files beside the code, each read once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any


@functools.cache
def read(name: str) -> dict[str, Any]:
    """Return a whole table."""
    import tomllib

    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text("utf-8"))


def row(data: dict[str, Any]) -> dict[str, Any]:
    """Return the keys of one row as arguments of a frozen class: lists become tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
