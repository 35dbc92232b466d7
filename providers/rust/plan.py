"""The plan of a Rust app, assembled from its facts."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.language import lower_compiled, ports
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.language.stated import Stated
from buildplan.read import own_dockerfile

from . import (
    embedded,
    image,
    listening,
    native,
    phases,
    processes,
    runtime_files,
    rust_version,
    settings_files,
    wasm,
)
from . import project as projects

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.language.distroless_or_debian import Image
    from buildplan.language.ports import Listening
    from buildplan.language.runtime_paths import RuntimeFiles
    from buildplan.model.build_plan import Input, Phase, Run
    from buildplan.source import SourceTree

    from .processes import Started
    from .project import Project

_RUN_ONLY = ("PORT", "RUST_LOG", "RUST_BACKTRACE", "ROCKET_ADDRESS", "ROCKET_PORT", "ROCKET_PROFILE")
# The crates `config` and `figment` take settings from all variables, or from those with a prefix.
_ANY_VARIABLE = ("Environment::default", "Environment::with_prefix", "Env::raw", "Env::prefixed")
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{2,60}")
_BUILD_ONLY = ("SQLX_OFFLINE", "RUSTFLAGS", "CARGO_NET_GIT_FETCH_WITH_CLI", "CARGO_PROFILE_RELEASE_LTO")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Rust app in a tree.

    Raises FileError for a broken manifest, VersionError for a version that cannot be met, NoStartError without a
    program, PlanError for what is no server.
    """
    tool = wasm.find(tree, context.overrides)
    if tool is not None:
        return wasm.plan(tree, tool, context)
    project = projects.read(tree, context.overrides)
    reasons = project.reasons
    resolved, channel = rust_version.resolve(tree, project.app.package, context.overrides, reasons)
    suite = catalogue.suite("rust", resolved.version) or "trixie"
    needs = native.needs(project.crates, suite)
    files = runtime_files.find(project)
    configuration = _configuration(project, files)
    if project.files.says(("create_dir",)):
        made_by_app = tuple(settings_files.directories(tree, configuration, project.files))
        files = files._replace(writes=(*files.writes, *made_by_app))
    found = None
    if project.listens:
        row = project.framework[0] if project.framework is not None else None
        found = listening.find(tree, project.files, row, configuration, reasons)
    started = processes.resolve(project, found)
    frontends = runtime_files.frontends(project)
    for folder, origin in frontends.items():
        why = "the code embeds or serves what the build of this folder makes"
        reasons.decide(f"rust.frontend.{folder or '.'}", folder or ".", origin, why)
    made = _phases(project, phases.setup(project, resolved, channel, needs), started)
    needs.decided(reasons, suite, native.WORDS, in_order=True)
    native.report(project.crates, reasons)
    phases.report(project)
    is_app = context.role == "app"
    base = image.choose(project, needs, started.shell, files.writes, suite)
    run = _run(project, started, files, base, found, lower_compiled.programs(made[-1].outputs)) if is_app else None
    return ProviderPlan(
        phases=made,
        run=run,
        processes=tuple(started.processes) if is_app else (),
        secrets=tuple(dict.fromkeys(name for phase in made for name in phase.secrets)),
        # An app of another language calls the program.
        assets=() if is_app else lower_compiled.programs(made[-1].outputs),
        artifacts=("target/",),
        run_only_variables=_RUN_ONLY,
        build_only_variables=_BUILD_ONLY,
        embedded=embedded.outermost(project),
        frontends=tuple(frontends) if is_app else (),
        frameworks=(project.framework[0].id,) if project.framework is not None else (),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _configuration(project: Project, files: RuntimeFiles) -> tuple[str, ...]:
    """Return the files of configuration that the app reads, for production before those for everything."""
    found: list[str] = []
    for path in files.paths:
        if not path.endswith("/"):
            found.append(path)
            continue
        names = project.tree.directory(path).files
        found += [posixpath.join(path, name) for name in names if name.startswith(("production", "prod"))]
        found += [posixpath.join(path, name) for name in names if name.startswith(("base", "default", "config"))]
    return tuple(found)


def _phases(project: Project, setup: Phase, started: Started) -> tuple[Phase, ...]:
    before = (setup, *phases.install(project))
    return (*before, phases.build(project, tuple(started.programs), before[-1].name))


def _run(
    project: Project,
    started: Started,
    files: RuntimeFiles,
    base: Image,
    found: Listening | None,
    programs: tuple[Input, ...],
) -> Run:
    reasons, overrides = project.reasons, project.overrides
    environment: dict[str, str] = {}
    if found is not None and (found.reads or overrides.health_check is not None):
        environment["PORT"] = str(found.port)
    if project.framework is not None:
        row, origin = project.framework
        wanted = dict(row.environment)
        if row.id == "rocket":
            wanted["ROCKET_ADDRESS"] = ports.ANYWHERE
        for name, value in wanted.items():
            environment[name] = value
            reasons.decide(f"run.environment.{name}", value, origin, f"{row.title} needs it in a container")
    environment |= dict(found.environment) if found is not None else {}
    for name, asked in own_dockerfile.environment(project.tree, _reads(project)).items():
        environment[name] = asked.value
        reasons.decide(
            f"run.environment.{name}", asked.value, asked.origin, "the tree's Dockerfile sets it for the app"
        )
    values = Stated("environment", tuple(environment.items()), project.app.origin, "", note=False)
    return lower_compiled.run(reasons, base, programs, project.app.origin, values, files=files, scripts=started.scripts)


def _reads(project: Project) -> Callable[[str], bool] | None:
    """Return what tells whether the code reads a variable that is not set anyway; None where it reads any."""
    if project.files.says(_ANY_VARIABLE):
        return None

    def reads(name: str) -> bool:
        if not _VARIABLE.fullmatch(name) or name in {"PORT", "PATH", "HOME"}:
            return False
        return any(item.text == name for file in project.files.quoting(name.__eq__) for item in file.strings())

    return reads
