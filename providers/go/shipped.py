"""The image of a Go app: its programs, what they read, and where they may write."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.model.build_plan import APP_DIR, Input, Run
from buildplan.model.origin import rule

from . import image, processes, runtime_files
from .phases import OUT

if TYPE_CHECKING:
    from buildplan.language.runtime_paths import RuntimeFiles

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
    directory = "" if whole else files.directory
    if directory:
        reasons.decide("run.working_dir", directory, files.reads[0].origin, "the paths in the code start there")
    writable = tuple(dict.fromkeys(posixpath.join(directory, item.path) for item in writes)) if base.with_shell else ()
    if writable:
        reasons.decide("run.writable", " ".join(writable), writes[0].origin, "the code writes there")
    gin = next((match for match in project.matches if match.framework.id == "gin"), None)
    if gin is not None:
        environment["GIN_MODE"] = "release"
        reasons.decide("run.environment.GIN_MODE", "release", gin.origin, "Gin logs every route without it")
    environment |= {name: found.value for name, found in started.environment.items()}
    paths: tuple[str, ...] = ()
    if base.with_shell and started.packages:
        paths = (processes.BIN,)
        reasons.decide("run.paths", processes.BIN, rule("programs"), "the programs can be called by their names")
    return Run(
        runtime=base.runtime,
        copies=_copies(project, started, files, own),
        apt_packages=base.apt_packages,
        environment=tuple(environment.items()),
        paths=paths,
        user=base.user,
        writable=writable,
        working_dir=posixpath.join(APP_DIR, directory).rstrip("/"),
    )


def programs(started: Started) -> tuple[Input, ...]:
    """Return the built programs, which lie below `bin/` in an image."""
    return tuple(Input(f"{OUT}/{name}", phase="build", dest="bin/") for name in started.packages)


def _copies(project: Project, started: Started, files: RuntimeFiles, own: OwnBuild | None) -> tuple[Input, ...]:
    reasons, choice = project.reasons, project.choice
    copies = programs(started)
    if own is not None and own.output is None:
        reasons.decide("run.copies", ".", own.origin, "nothing says what the configured build command makes")
        return (Input(".", phase="build"),)
    if own is not None and own.output is not None:
        copies = (Input(own.output.removeprefix(f"{APP_DIR}/"), phase="build"),)
    found = [item.path for item in files.reads]
    for match in project.matches:
        found += [f"{folder}/" for folder in match.framework.folders if project.tree.has_directory(folder)]
    found += started.scripts
    folders = tuple(path for path in found if path.endswith("/"))
    kept = (
        path
        for path in dict.fromkeys(found)
        if not any(path != folder and path.startswith(folder) for folder in folders)
    )
    copies += tuple(Input("." if path == "./" else path) for path in kept)
    why = "the programs, and nothing of their source"
    if files.reads:
        named = ", ".join(f"`{item.path}` ({item.origin})" for item in files.reads[:8])
        why = f"the programs, and what the code reads: {named}"
    reasons.decide("run.copies", " ".join(item.path for item in copies), choice.origin, why)
    return copies
