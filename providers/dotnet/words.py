"""The lists of `words.toml` and `frameworks.toml`."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Any


@functools.cache
def _table(name: str) -> dict[str, Any]:
    import tomllib

    return tomllib.loads((files(__package__) / name).read_text("utf-8"))


def listed(name: str) -> tuple[str, ...]:
    """Return a list of words, in its order."""
    return tuple(_table("words.toml")[name])


def frameworks() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (id, packages) of each framework, the most telling first."""
    return tuple((item["id"], tuple(item["packages"])) for item in _table("frameworks.toml")["framework"])
