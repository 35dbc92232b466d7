"""The data tables of this provider, each read once."""

from __future__ import annotations

import functools
import tomllib
from importlib.resources import files
from typing import Any


@functools.cache
def read(name: str) -> dict[str, Any]:
    """Return a table by the name of its file, without `.toml`."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))
