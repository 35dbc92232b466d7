"""What packages need beside .NET: programs and libraries of the system.

Source, checked 2026-11-24: the packages' documentation; Ubuntu's package lists (noble and jammy have the same names).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import packages
from buildplan.language.packages import Dependency, Need

if TYPE_CHECKING:
    from .app import App


def run_packages(app: App) -> tuple[str, ...]:
    """Return the apt packages of the image, with their reasons, and report what cannot be had."""
    places = {name: source.origin for facts in app.closure for name, source in facts.packages.items()}

    def find(name: str, _row: Need) -> Dependency | None:
        return Dependency(name, places[name]) if name in places else None

    _, run = packages.apt(packages.matches(NEEDS, find), app.reasons).decided(app.reasons, None)
    return run


_FIX = "replace it, or choose an image that has what it needs: `base_images` in buildplan.toml"

NEEDS = (
    Need(("skiasharp.nativeassets.linux",), run=("libfontconfig1",)),
    Need(("ffmpegcore", "xabe.ffmpeg"), run=("ffmpeg",)),
    Need(("system.drawing.common",), notice="it works on Windows only since .NET 7", fix=_FIX, severity="warning"),
    Need(
        ("microsoft.playwright", "puppeteersharp", "selenium.webdriver.chromedriver"),
        notice="it needs a browser, which the image does not hold",
        fix=_FIX,
        severity="warning",
    ),
)
