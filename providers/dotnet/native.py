"""What packages need beside .NET: programs and libraries of the system."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from buildplan.model.build_plan import Diagnostic
from buildplan.read import data_table

if TYPE_CHECKING:
    from .app import App


@functools.cache
def _table() -> tuple[dict[str, Any], ...]:

    return tuple(data_table.read(__file__, "native")["package"])


def run_packages(app: App) -> tuple[str, ...]:
    """Return the apt packages of the image, with their reasons, and report what cannot be had."""
    found = set()
    places = {name: source.origin for facts in app.closure for name, source in facts.packages.items()}
    for entry in _table():
        for name in (item for item in entry["names"] if item in places):
            for package in entry.get("run", ()):
                app.reasons.decide(f"apt.run.{package}", package, places[name], f"`{name}` needs it")
                found.add(package)
            if "note" in entry:
                text = f"`{name}` {entry['note']}"
                fix = "replace it, or choose an image that has what it needs: `base_images` in buildplan.toml"
                app.reasons.report(Diagnostic("BP625", "warning", text, places[name], fix))
    return tuple(sorted(found))
