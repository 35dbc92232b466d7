"""The plan of a Deno app, assembled from its facts.

The cache of dependencies (`DENO_DIR`, `/deno-dir` in the official image) is part of the image: what a build downloads
is what runs, and nothing is fetched at the start. The image's entry point is an init, so the app ends on SIGTERM.

Sources, checked 2026-11-24:
- https://github.com/denoland/deno_docker (user `deno` 1993, `DENO_DIR=/deno-dir/`, tini as entry point)
"""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING

from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import APP_DIR, Diagnostic, Input, Run, Runtime
from buildplan.model.origin import rule
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import shown
from buildplan.read import own_dockerfile

from . import deno_version, lock, phases, processes, sites, start, writable
from . import project as projects

if TYPE_CHECKING:
    from buildplan.model.build_plan import Phase
    from buildplan.source import SourceTree

    from .phases import Builder
    from .project import Project
    from .start import Choice

_USER = "1993:1993"
_DENO_DIR = "/deno-dir/"


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Deno app in a tree.

    Raises FileError for a broken file, VersionError for a version that cannot be met, NoStartError without a start,
    PlanError for a member of the workspace that is not there.
    """
    reasons = Reasons()
    project = projects.read(tree, context.overrides, reasons)
    version = deno_version.resolve(tree, project.root, project.overrides, reasons)
    builder = phases.Builder(
        project,
        Runtime("deno", version.version, version.requested),
        lock.flag(project.root.lock, version.version, reasons),
        phases.secrets(project),
    )
    setup, install = builder.setup(), builder.install()
    first = (setup,) if install is None else (setup, install)
    files = sites.find(project)
    if files is not None:
        built = builder.build(None, first[-1].name)
        run, process = sites.ship(project, files)
        made = ProviderPlan(phases=(*first, built), run=run, processes=(process,), artifacts=(files.folder,))
    else:
        made = _server(project, builder, first, version.version)
    return ProviderPlan(
        phases=made.phases,
        run=made.run,
        processes=made.processes,
        secrets=builder.secrets,
        artifacts=(*made.artifacts, *_made_elsewhere(project)),
        run_only_variables=("PORT",),
        frameworks=tuple(match.id for match in project.matches),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _server(project: Project, builder: Builder, first: tuple[Phase, ...], version: str) -> ProviderPlan:
    """Return the phases, the image and the processes of an app that runs."""
    reasons = project.reasons
    choice = start.choose(project)
    started = processes.modern(project, choice.started, version)
    _report(project, choice)
    build = builder.build(started, first[-1].name)
    shipped = processes.ship(project, started, version)
    reasons.decide("start", shipped.main.text, choice.origin, choice.why, choice.others)
    copies = (Input(".", phase="build"), Input(_DENO_DIR, phase="build"))
    reasons.decide("run.copies", f". {_DENO_DIR}", rule("Deno"), "Deno runs the source, from a full cache")
    reasons.decide("run.user", _USER, rule("non-root"), "the user `deno` of the official image")
    directory = posixpath.join(APP_DIR, started.directory).rstrip("/")
    if started.directory:
        reasons.decide("run.working_dir", directory, started.origin, "the folder that the start runs in")
        copies = (Input(".", phase="build", dest=f"{APP_DIR}/"), copies[1])
    run = Run(
        builder.runtime,
        copies=copies,
        environment=shipped.environment,
        user=_USER,
        writable=writable.directories(project, started),
        working_dir=directory,
    )
    return ProviderPlan(phases=(*first, build), run=run, processes=(shipped.main, *shipped.others))


def _made_elsewhere(project: Project) -> tuple[str, ...]:
    """Return what the build makes, so that a copy from a developer's machine stays out."""
    found = ("**/node_modules",) if project.app.has_local_modules or project.root.has_local_modules else ()
    return (*found, "**/_fresh") if project.uses("fresh") is not None else found


def _report(project: Project, choice: Choice) -> None:
    """Report what of a start is left out, and one that only a Dockerfile says, which ours would take the place of."""
    if choice.origin.path == own_dockerfile.PATH:
        text = "the start is what the Dockerfile runs, and a generated one takes its place"
        fix = f'add a task to deno.json: `"start": {json.dumps(shown(choice.started.text))}`'
        project.reasons.report(Diagnostic("BP844", "info", text, choice.origin, fix))
    if choice.started.watched:
        text = "watching for changes is for development, so it is taken off"
        fix = "add a task `start` without `--watch`"
        project.reasons.report(Diagnostic("BP640", "info", text, choice.origin, fix))
