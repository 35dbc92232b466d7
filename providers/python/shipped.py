"""The entry that the Dockerfile of a project starts, found in its tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import entry_points, image_start, scripts, source_code

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .entry_points import Entry
    from .manifest import Project

# Calls that do nothing but to serve an app.
_SERVING = frozenset({"uvicorn.run", "waitress.serve", "hypercorn.run"})


def find(tree: SourceTree, project: Project) -> tuple[Entry, Origin] | None:
    """Return the entry that the project's own Dockerfile starts, and where it says so; None when it says none."""
    for named in image_start.find(tree):
        entry = entry_points.asked(tree, project, named.value)
        if entry is not None and (entry.kind != "file" or ":" not in named.value):
            return entry, named.origin
        script = scripts.named(tree, project, named.value)
        if script is not None:
            return script, named.origin
    return None


def handed_over(tree: SourceTree, project: Project, script: Entry, inner: Entry | None) -> Entry | None:
    """Return the app that a script only hands to a server: that server can be started itself, on `$PORT`.

    `inner` is the app that the script imports, if it does.
    """
    code = source_code.read(tree, script.path)
    for call in code.calls if code is not None else ():
        if call.name not in _SERVING:
            continue
        text = source_code.constant(call.argument("app", 0))
        entry = entry_points.asked(tree, project, text) if isinstance(text, str) else inner
        if entry is not None and entry.kind != "file":
            return entry
    return None
