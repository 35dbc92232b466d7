"""Fresh: which of its generations an app uses, how it is built and started.

Sources, checked 2026-11-24:
- https://fresh.deno.dev/docs/deployment/docker (`deno task build`, `deno serve -A _fresh/server.js`)
- https://fresh.deno.dev/docs/1.x/concepts/ahead-of-time-builds (`dev.ts build`, since 1.4)
- https://fresh.deno.dev/docs/migration-guide (Fresh 2: Vite, or `Builder` in `dev.ts`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .project import Project
    from .tasks import Started

SERVER = "_fresh/server.js"
_VITE = ("vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs")
# Since when there is a build ahead of time; `dev.ts build` of an older one starts a server that never ends, so nothing
# is built where the version is not known.
_BUILDS = (1, 4)


def uses_vite(project: Project) -> bool:
    """Return whether Vite builds the app."""
    below = f"{project.app.directory}/" if project.app.directory else ""
    return project.tree.first(*(f"{below}{name}" for name in _VITE)) is not None


def command(project: Project) -> tuple[str, ...]:
    """Return how a built app starts, where no task says it."""
    if uses_vite(project):
        return ("deno", "serve", "--allow-all", SERVER)
    return ("deno", "run", "--allow-all", "main.ts")


def build(project: Project) -> tuple[str, ...]:
    """Return the commands that build an app without a task for it."""
    if uses_vite(project):
        return ("deno run --allow-all npm:vite build",)
    below = f"{project.app.directory}/" if project.app.directory else ""
    framework = project.uses("fresh")
    if framework is None or framework.version < _BUILDS or not project.tree.has(f"{below}dev.ts"):
        return ()
    return ("deno run --allow-all dev.ts build",)


def is_development(started: Started) -> bool:
    """Return whether a task is the development server: `dev.ts`, Vite, or anything that watches."""
    name = (started.entry or "").rpartition("/")[2]
    script = started.script or ""
    program = started.command.program if started.command is not None else ""
    return started.watched or name == "dev.ts" or program == "vite" or script.startswith("npm:vite")
