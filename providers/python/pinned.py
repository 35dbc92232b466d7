"""How new a Python may be for what a requirements file pins: an old release has no wheels for a Python of later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.version_ranges import numbers_of

from . import tables

if TYPE_CHECKING:
    from .manifest import Project
    from .requirements import Requirement

_PINNED = re.compile(r"\s*={2,3}\s*([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})(?:\.\*)?\s*")


def newest_python(project: Project) -> tuple[int, Requirement] | None:
    """Return the newest minor of Python 3 for all that is pinned exactly, and what sets it; None for no limit."""
    known: dict[str, list[list[object]]] = tables.read("newest_python")["packages"]
    found: tuple[int, Requirement] | None = None
    for item in project.requirements:
        match = _PINNED.fullmatch(item.specifier)
        if match is None or item.name not in known or item.marker is not None:
            continue
        minor = _minor(known[item.name], match[1])
        if minor is not None and (found is None or minor < found[0]):
            found = (minor, item)
    return found


def _minor(rows: list[list[object]], release: str) -> int | None:
    """Return the newest minor for a release; None for one that is newer than the first row."""
    for index, (minor, first) in enumerate(rows):
        if numbers_of(release) >= numbers_of(str(first)):
            return None if index == 0 else int(str(minor))
    return int(str(rows[-1][0])) - 1
