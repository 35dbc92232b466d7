"""The plan of a .NET app, assembled from its facts.

Source for Fable, checked 2026-11-24: https://fable.io/docs/javascript/build-and-run.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import web_server
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import Diagnostic, Input, Process, Site
from buildplan.read import json_document

from . import app as apps
from . import databases, node_targets, paket, phases, processes, projects, restore_inputs, shipped

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .app import App

# What builds and editors leave in every folder; a stray `obj` would even break the restore.
_ARTIFACTS = ("bin", "obj")
_RUN_ONLY = ("PORT", "ASPNETCORE_ENVIRONMENT", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "DOTNET_ENVIRONMENT")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the .NET app in a tree.

    Raises FileError for a broken project, VersionError for a version that cannot be met, NoStartError when no project
    is an app, PlanError when none can run in a Linux container.
    """
    app = apps.read(tree, context.overrides)
    reasons = app.reasons
    restore_inputs.report_missing(tree, app.closure, reasons)
    _report_fable(tree, app)
    node = node_targets.find(tree, app)
    first = (node.phase,) if node is not None else ()
    bundle = databases.bundle(tree, app)
    install = phases.install(app, tree)
    made = (*first, phases.setup(app, node), install, phases.build(app, tree, node, install.secrets, bundle))
    if app.project.kind == "wasm":
        copies = (Input(f"{phases.OUT}/wwwroot/", phase="build", dest=""),)
        reasons.decide("run.copies", f"{phases.OUT}/wwwroot/", app.project.origin, "what the browser loads")
        site = Site(fallback="index.html")
        run, process = web_server.run(site, copies, reasons, app.project.origin)
        ran: tuple[Process, ...] = (process,)
    else:
        started = processes.find(tree, app)
        run, ran = shipped.run(tree, app, started), started.processes
        if bundle is not None and "release" not in {process.name for process in ran}:
            ran = (*ran, Process("release", argv=(f"./{databases.BUNDLE}",)))
            reasons.decide("processes.release", f"./{databases.BUNDLE}", bundle.origin, "it applies the migrations")
    left_out = (app.version.left_out,) if app.version.left_out else ()
    return ProviderPlan(
        phases=made,
        run=run if context.role == "app" else None,
        processes=ran if context.role == "app" else (),
        assets=() if context.role == "app" else (Input(f"{phases.OUT}/", phase="build", dest="dotnet/"),),
        secrets=install.secrets,
        artifacts=(*_artifacts(tree), *(("**/node_modules",) if node is not None else ()), *left_out),
        run_only_variables=_RUN_ONLY,
        frameworks=projects.frameworks_of(app.project, app.closure),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _artifacts(tree: SourceTree) -> tuple[str, ...]:
    """Return patterns of what builds leave, but for a name that a folder of the source has too."""
    folders = {path.rpartition("/")[2] for path in tree.listing.directories}
    return tuple(f"**/{name}" for name in _ARTIFACTS if name not in folders)


def _report_fable(tree: SourceTree, app: App) -> None:
    """Say that the client is left out; raises FileError for a broken list of tools."""
    if not tree.has(paket.TOOLS):
        return
    document = json_document.read(tree, paket.TOOLS, comments=True)
    if document.get("tools", "fable") is None:
        return
    text = "Fable compiles a client to JavaScript, which no publish of a project does: its files are not in the image"
    fix = "add a phase with `dotnet fable` and the bundler in buildplan.toml, and copy what they write"
    app.reasons.report(Diagnostic("BP856", "warning", text, document.origin("tools", "fable"), fix))
