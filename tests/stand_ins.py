"""Base images for machines without an image registry: `../shared/engine` makes those that a Dockerfile names."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from conftest import ENGINE

if TYPE_CHECKING:
    from pathlib import Path

# Several workers may want the same image; the programs that make one do not expect company.
LOCK = "/tmp/buildplan-base-images.lock"  # noqa: S108  # one for all checkouts: they share the engine
TRIES = 3
PAUSE_SECONDS = 5


def make(dockerfile: Path) -> None:
    """Make the images that the file names; nothing where real ones can be pulled. Downloads are tried again."""
    if not ENGINE.exists():
        return
    log = ""
    for attempt in range(TRIES):
        time.sleep(attempt * PAUSE_SECONDS)
        command = ["flock", LOCK, str(ENGINE / "base-images"), "--for", str(dockerfile)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        log = done.stdout + done.stderr
        if done.returncode == 0:
            return
    raise AssertionError(f"no base images for {dockerfile}:\n{log[-4000:]}")
