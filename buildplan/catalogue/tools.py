"""The table of tools that are installed beside a runtime: package managers, in exact versions."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from buildplan.catalogue.tables import runtime, table_file
from buildplan.errors import PluginError
from buildplan.model.version_ranges import FIRST, NotUnderstoodError, dotted, first_of, intervals, numbers_of, shown

if TYPE_CHECKING:
    from buildplan.model.version_ranges import Intervals, Release

_NEWEST = frozenset({"", "*", "latest", "stable", "current", "lts"})


@cache
def _table() -> dict[str, Any]:
    return table_file("tools")


def tools() -> tuple[str, ...]:
    """Return the names of all tools, sorted."""
    return tuple(sorted(name for name, data in _table().items() if isinstance(data, dict)))


def tool_version(tool: str, request: str, *, on: str | None = None) -> str | None:
    """Return the exact version to install for a major (`10`), a range (`^9.1`) or an exact version.

    That is the newest known version in the range; where it holds none, its lower end, which a range that somebody
    wrote can be expected to have. `on` is the version of the runtime: versions that do not run there are left out.
    None when nothing fits, or the request is not understood. Raises PluginError for an unknown tool.
    """
    data = _table().get(tool)
    if not isinstance(data, dict):
        raise PluginError(f"there is no tool `{shown(tool)}`", hint=f"ask for one of {', '.join(tools())}")
    newest = request.strip().lower() in _NEWEST
    try:
        allowed = intervals("*" if newest else request, data.get("grammar", "npm"), (tool,))
    except NotUnderstoodError:
        return None
    fitting = [version for version in data["versions"] if _inside(first_of(numbers_of(version)), allowed)]
    if not fitting:
        low = allowed[0].low if allowed else FIRST
        return dotted(low) if low > FIRST else None
    if on is None:
        return str(fitting[0])
    host = _release(data["runtime"], on)
    running = (version for version in fitting if _inside(host, intervals(data["versions"][version], "npm")))
    return next(running, None)


def _inside(release: Release, allowed: Intervals) -> bool:
    return any(interval.low <= release < interval.high for interval in allowed)


def _release(name: str, version: str) -> Release:
    """Return the release that an image tag stands for: the line's newest, where the tag is the line's."""
    line = runtime(name).line(version)
    return line.latest if line is not None and line.name == version else first_of(numbers_of(version))
