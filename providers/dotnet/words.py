"""The lists of `words.toml` and `frameworks.toml`."""

from __future__ import annotations

from buildplan.read import data_table


def listed(name: str) -> tuple[str, ...]:
    """Return a list of words, in its order."""
    return tuple(data_table.read(__file__, "words")[name])


def frameworks() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return (id, packages) of each framework, the most telling first."""
    return tuple((item["id"], tuple(item["packages"])) for item in data_table.read(__file__, "frameworks")["framework"])
