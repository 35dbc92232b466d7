"""The plan of a Go app, assembled from its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import Diagnostic

from . import (
    concerns,
    go_version,
    listening,
    native,
    phases,
    private_modules,
    processes,
    runtime_files,
    shipped,
    subcommand,
)
from . import project as projects
from .packages import Closure

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .native import Needs
    from .processes import Started
    from .project import Project

_BUILD_ONLY = ("CGO_ENABLED", "GO111MODULE", "GOEXPERIMENT", "GOAMD64", "GOARM64", *private_modules.FETCH_VARIABLES)
_RUN_ONLY = ("PORT", "GIN_MODE")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Go app in a tree.

    Raises FileError for a broken go.mod, VersionError for a version that cannot be met, NoStartError when there is no
    command, PlanError for a tree from before modules.
    """
    project = projects.read(tree, context.overrides)
    overrides, reasons = project.overrides, project.reasons
    version = go_version.resolve(tree, project.workspace, overrides, reasons)
    suite = catalogue.suite("go", version.version) or "trixie"
    heard, word = None, None
    if _listens(project):
        word = subcommand.find(tree, project.closure)
        # What the owner starts is taken as it is written.
        forwards = overrides.start is None
        started_word = word.value if word is not None else None
        heard = listening.find(project.closure, project.matches, reasons, forwards=forwards, word=started_word)
    port = heard.port if heard is not None else None
    own = processes.own_build(overrides, project.choice)
    resolver = processes.Resolver(tree, project.packages, project.choice, reasons, own)
    resolver.main(overrides, heard, word)
    resolver.others(overrides)
    started = resolver.started
    built = _built(project, started)
    needs = _needs(project, built, suite)
    access = private_modules.access(project.workspace, overrides, reasons) if project.vendor is None else None
    frontends = _frontends(project, built)
    setup, install = phases.setup(project, version, needs), phases.install(project, access)
    first = (setup,) if install is None else (setup, install)
    made = (*first, phases.build(project, version.version, started, needs, access, first[-1].name))
    concerns.report(project, built, frontends)
    is_app = context.role == "app"
    # A health check asks on `$PORT`, also where the app's own port is fixed.
    wants_port = (heard is not None and heard.reads) or overrides.health_check is not None
    environment = {"PORT": str(port)} if wants_port and port is not None else {}
    run = shipped.run(project, started, needs, own, suite, environment) if is_app else None
    return ProviderPlan(
        phases=made,
        run=run,
        processes=tuple(started.processes) if is_app else (),
        secrets=(access.secret,) if access is not None else (),
        # An app of another language calls the program.
        assets=() if is_app else shipped.programs(started),
        run_only_variables=_RUN_ONLY,
        build_only_variables=_BUILD_ONLY,
        embedded=runtime_files.embedded(built),
        frontends=frontends if is_app else (),
        frameworks=tuple(match.framework.id for match in project.matches),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _listens(project: Project) -> bool:
    """Return whether the app answers on a port: its code shows it, or somebody says so."""
    start = project.overrides.start
    is_web = start is not None and start.origin.path == "Procfile"
    return bool(project.matches) or is_web or project.overrides.port is not None


def _built(project: Project, started: Started) -> Closure:
    """Return all packages of all programs that are built."""
    closures = [project.packages.closure(command) for command in started.packages.values()]
    found = {package.directory: package for closure in (project.closure, *closures) for package in closure}
    return project.closure if len(found) == len(project.closure) else Closure(found.values())


def _needs(project: Project, built: Closure, suite: str) -> Needs:
    """Return what the code needs, as far as `CGO_ENABLED` of the owner lets it."""
    needs = native.needs(project.tree, project.workspace, built, suite)
    asked = project.overrides.variables.get("CGO_ENABLED")
    if asked is not None and asked.value == "0":
        if needs.cgo is not None:
            text = f"`CGO_ENABLED` is 0, and {needs.why}: that part will not work"
            project.reasons.report(Diagnostic("BP629", "warning", text, asked.origin, "remove the variable"))
        needs = native.Needs(writes=needs.writes)
    elif asked is not None and needs.cgo is None:
        needs.cgo, needs.why = asked.origin, "`CGO_ENABLED` asks for it"
    for diagnostic in needs.diagnostics:
        project.reasons.report(diagnostic)
    return needs


def _frontends(project: Project, built: Closure) -> tuple[str, ...]:
    found = runtime_files.frontends(project.tree, built)
    for folder, origin in found.items():
        why = "the code embeds or serves what the build of this folder makes"
        project.reasons.decide(f"go.frontend.{folder or '.'}", folder or ".", origin, why)
    return tuple(found)
