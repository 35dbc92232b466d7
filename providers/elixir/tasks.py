"""What Phoenix calls its tasks: `phx.server` since 1.3, `phoenix.server` before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.version_ranges import numbers_of

if TYPE_CHECKING:
    from .project import Project

_RENAMED = (1, 3)


def of_phoenix(project: Project, task: str) -> str:
    """Return the name of a task (`server`, `digest`) in the version that mix.lock has."""
    locked = project.lock.get("phoenix")
    numbers = numbers_of(locked.version) if locked is not None and locked.version is not None else _RENAMED
    return f"phoenix.{task}" if numbers[:2] < _RENAMED else f"phx.{task}"
