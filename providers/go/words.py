"""The lists of `words.toml`."""

from __future__ import annotations

import functools

from buildplan.read import data_table


@functools.cache
def listed(name: str) -> tuple[str, ...]:
    """Return a list of words, in its order."""
    return tuple(data_table.read(__file__, "words")[name])
