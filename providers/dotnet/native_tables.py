"""What NuGet packages need from the system.

Source, checked 2026-11-24: the packages' documentation; Ubuntu's package lists (noble and jammy have the same names).
"""

from __future__ import annotations

from buildplan.language.packages import Need

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
