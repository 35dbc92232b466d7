"""Where the app may write: the image's user owns no folder that it is not given."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from . import entry
from . import manifest as manifests

if TYPE_CHECKING:
    from .project import Project
    from .tasks import Started


def directories(project: Project, started: Started) -> tuple[str, ...]:
    """Return the folders that the start's permissions or its code write to; notes why."""
    call = started.call
    if call is None or not call.runs:
        return ()
    named = call.value("--allow-write", "-W")
    if named is not None:
        found = _named(project, started, named)
        if found:
            why = "the start allows to write there"
            project.reasons.decide("run.writable", " ".join(found), started.origin, why)
        return found
    if not (call.allows_all or call.allows("W", "--allow-write")) or started.entry is None:
        return ()
    writer = entry.writes(project.tree, project.app, started.entry)
    if writer is None:
        return ()
    text, place = writer
    project.reasons.decide("run.writable", ".", place, f"the code writes files (`{text}`)")
    return (".",)


def _named(project: Project, started: Started, value: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in value.split(","):
        path = manifests.inside(started.directory, name.strip()) if name.strip() not in ("", ".", "./") else "."
        if path is None:
            continue
        is_file = "." in posixpath.basename(path).strip(".") and not project.tree.has_directory(path)
        found[(posixpath.dirname(path) or ".") if is_file else path] = None
    return tuple(found)
