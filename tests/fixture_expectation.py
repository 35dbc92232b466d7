"""What is expected of a fixture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Expected:
    """What has to be decided; `framework` is the strongest one, None where there is none.

    `kind` is `server` (a process that listens), `static` (a web server for files) or `worker` (nothing listens).
    `start` is the command as a person would type it in `directory`; for a static site it is always the web server's.
    """

    provider: str
    framework: str | None
    kind: str
    start: str
    why: str
    directory: str = "/app"


WEB_SERVER = "nginx -g 'daemon off;'"
