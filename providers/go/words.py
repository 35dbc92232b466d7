"""The lists of `words.toml`."""

from __future__ import annotations

import functools
from importlib.resources import files


@functools.cache
def listed(name: str) -> tuple[str, ...]:
    """Return a list of words, in its order."""
    import tomllib

    return tuple(tomllib.loads((files(__package__) / "words.toml").read_text("utf-8"))[name])
