"""Data that code goes by: TOML files that lie beside the module that reads them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any


@functools.cache
def read(module: str, name: str) -> dict[str, Any]:
    """Return the table `name.toml` beside a module, which gives its `__file__`; read once."""
    import tomllib

    return tomllib.loads(Path(module).with_name(f"{name}.toml").read_text("utf-8"))
