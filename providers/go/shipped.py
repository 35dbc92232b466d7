"""The image of a Go app: its programs, what they read, and where they may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import lower_compiled
from buildplan.language.runtime_paths import RuntimeFiles
from buildplan.language.stated import Stated
from buildplan.model.build_plan import APP_DIR, Input

from . import image, runtime_files

if TYPE_CHECKING:
    from buildplan.model.build_plan import Run

    from .native import Needs
    from .processes import OwnBuild, Started
    from .project import Project


def run(
    project: Project, started: Started, needs: Needs, own: OwnBuild | None, suite: str, environment: dict[str, str]
) -> Run:
    """Return the image; `environment` is what is known already, `own` the owner's build command."""
    reasons = project.reasons
    files = runtime_files.find(project.tree, project.closure)
    whole = own is not None and own.output is None
    if whole and own is not None and started.shell is None:
        # What a command of the owner's makes may be a script.
        started.shell = own.origin
    writes = files.writes
    if needs.writes is not None:
        writes += tuple(runtime_files.databases(project.closure))
    base = image.choose(needs, started, writes, project.overrides, suite, reasons)
    files = RuntimeFiles((), writes) if whole else files._replace(writes=writes)
    given = {name: found.value for name, found in started.environment.items()}
    known = {name: given.pop(name, value) for name, value in environment.items()}
    gin = next((match.origin for match in project.matches if match.framework.id == "gin"), None)
    mode = (("GIN_MODE", given.pop("GIN_MODE", "release")),)
    values = (
        Stated("environment", tuple(known.items()), project.choice.origin, "", note=False),
        Stated("environment", mode, gin, "Gin logs every route without it") if gin is not None else None,
        Stated("environment", tuple(given.items()), project.choice.origin, "", note=False),
    )
    if whole and own is not None:
        why = "nothing says what the configured build command makes"
        everything = (Input(".", phase="build"),)
        return lower_compiled.run(reasons, base, everything, own.origin, *values, files=files, why=why)
    copies = programs(started)
    if own is not None and own.output is not None:
        copies = (Input(own.output.removeprefix(f"{APP_DIR}/"), phase="build"),)
    folders = [name for match in project.matches for name in match.framework.folders]
    named = [f"{name}/" for name in folders if project.tree.has_directory(name)]
    scripts = (*named, *started.scripts)
    return lower_compiled.run(reasons, base, copies, project.choice.origin, *values, files=files, scripts=scripts)


def programs(started: Started) -> tuple[Input, ...]:
    """Return the built programs, which lie below `bin/` in an image."""
    return lower_compiled.programs(f"{lower_compiled.OUT}/{name}" for name in started.packages)
