"""What packages need beside .NET: programs and libraries of the system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import packages
from buildplan.language.packages import Dependency

from .native_tables import NEEDS

if TYPE_CHECKING:
    from buildplan.language.packages import Need

    from .app import App


def run_packages(app: App) -> tuple[str, ...]:
    """Return the apt packages of the image, with their reasons, and report what cannot be had."""
    places = {name: source.origin for facts in app.closure for name, source in facts.packages.items()}

    def find(name: str, _row: Need) -> Dependency | None:
        return Dependency(name, places[name]) if name in places else None

    _, run = packages.apt(packages.matches(NEEDS, find), app.reasons).decided(app.reasons, None)
    return run
