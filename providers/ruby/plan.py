"""The plan of a Ruby app, assembled from its facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import PlanError
from buildplan.language import health_probe
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import APP_DIR, HealthCheck, Input, Phase, Process, Run, Runtime
from buildplan.model.origin import Origin, catalogue, rule

from . import gemfile, install, native, node_assets, rails, ruby_version, start
from . import project as projects

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.source import SourceTree

    from .node_assets import Node
    from .project import Project
    from .start_command import Start

_USER = "1000:1000"
# Since then the command is another one.
_HANAMI = (2,)
_RUN_ONLY = ("PORT", "WEB_CONCURRENCY", "RAILS_MAX_THREADS", "RAILS_LOG_TO_STDOUT", "RAILS_SERVE_STATIC_FILES")
_JUNK = (".bundle/ruby", "vendor/bundle", "log/*", "tmp/*", "coverage", "spec/examples.txt", "node_modules")
# What `rails new` keeps out of an image: keys, and the data of development.
_RAILS_KEYS = ("config/master.key", "config/credentials/*.key", ".kamal/secrets*", "storage/*", "!storage/.keep")
_FOLDERS = ("log", "storage", "tmp/pids")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Ruby app in a tree.

    Raises FileError for a broken Gemfile, VersionError for a version that cannot be met, NoStartError when nothing
    says how to start the app, PlanError for the role `assets`, which Ruby has not.
    """
    if context.role == "assets":
        raise PlanError(
            "Ruby builds no files for the app of another language",
            origin=rule("roles"),
            hint='name it first, `providers = ["ruby", …]`, or leave it out',
        )
    project = projects.read(tree, context.overrides)
    return _Planner(project).plan()


class _Planner:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._reasons = project.reasons
        self._version: Resolution = ruby_version.resolve(project)
        self._name, self._main = start.main(project)
        self._others = start.others(project, self._name)
        self._jemalloc = False

    def plan(self) -> ProviderPlan:
        """Assemble everything."""
        project = self._project
        is_rails = project.rails is not None
        apt_build, apt_run = native.packages(project, self._version.version)
        self._jemalloc = "libjemalloc2" in apt_run
        installed = install.phase(project, self._version.version)
        node = self._node()
        build = self._build(node) if installed is not None else None
        made = [phase for phase in (installed, build) if phase is not None]
        changed = any(asked.commands is not None for asked in project.overrides.phases.values())
        if made or changed:
            runtime = self._runtime()
            made.insert(0, Phase("setup", runtime=runtime, apt_packages=apt_build))
        start.report(project, self._main)
        if is_rails:
            rails.report(project)
        row = project.framework
        return ProviderPlan(
            phases=(*(node.phases if node is not None and build is not None else ()), *made),
            run=self._run(apt_run, installed, build),
            processes=self._processes(),
            secrets=tuple(dict.fromkeys((*(installed.secrets if installed else ()), *(node.secrets if node else ())))),
            artifacts=self._artifacts(build),
            run_only_variables=_RUN_ONLY,
            own_assets=("node",) if node is not None else (),
            frameworks=(row["id"],) if row is not None else (),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    def _runtime(self) -> Runtime:
        version = self._version.version
        flavour = "full" if native.is_nameless(version) and self._project.gemfile is not None else "slim"
        return Runtime("ruby", version, self._version.requested, flavour=flavour)

    def _node(self) -> Node | None:
        project = self._project
        hanami = project.installed("hanami-assets")
        if (project.rails is None or rails.precompile(project) is None) and hanami is None:
            return None
        return node_assets.find(project)

    def _build(self, node: Node | None) -> Phase | None:
        """Return the phase that builds assets and warms caches, None where the source is shipped as it is."""
        project, reasons = self._project, self._reasons
        commands: list[str] = []
        origin = Origin(project.gemfile.path) if project.gemfile is not None else rule("build")
        bootsnap = project.installed("bootsnap")
        if project.rails is not None and bootsnap is not None:
            folders = [name for name in ("app/", "lib/") if project.tree.has_directory(name)]
            if folders:
                commands.append(f"bundle exec bootsnap precompile --gemfile {' '.join(folders)}")
                origin = bootsnap
        made = rails.precompile(project) if project.rails is not None else None
        if made is not None:
            commands.append(made[0])
            origin = made[1]
        hanami = project.installed("hanami-assets")
        if hanami is not None and project.rails is None:
            old = project.version("hanami-assets")
            commands.append(f"bundle exec hanami assets {'precompile' if old and old < _HANAMI else 'compile'}")
            origin = hanami
        if not commands:
            return None
        if node is not None and node.packages:
            # Only the build needs them, and the whole folder is shipped.
            commands[-1] += " && rm -rf node_modules"
        reasons.decide("phases.build.commands", " && ".join(commands), origin, "assets are built, code is cached")
        inputs = (*(node.inputs if node is not None else ()), Input("."))
        reasons.decide("phases.build.inputs", " ".join(item.path for item in inputs), origin, "any file may be needed")
        production = self._production()
        skips = node_assets.skips(project) if node is not None and node.installed else {}
        for name, value in skips.items():
            why = "the packages are installed already"
            reasons.decide(f"phases.build.environment.{name}", value, Origin("package.json"), why)
        for name, value in production.items():
            why = "what is built is for production"
            reasons.decide(f"phases.build.environment.{name}", value, self._main.origin, why)
        environment = production | skips
        return Phase(
            "build",
            comment="Source and assets" if made is not None or hanami is not None else "Source, compiled ahead",
            commands=tuple(commands),
            inputs=inputs,
            environment=tuple(environment.items()),
            depends_on=("install",),
        )

    def _production(self) -> dict[str, str]:
        row = self._project.framework
        # Rails has a variable of its own; a start command may ask for the other one all the same.
        reads_rack = row is None or row["id"] != "rails" or "RACK_ENV" in self._main.line
        values = {"RACK_ENV": "production"} if reads_rack else {}
        if row is not None:
            values |= row.get("environment", {})
        return {name: value for name, value in values.items() if name not in self._project.overrides.variables}

    # --- the shipped image ------------------------------------------------------------------------------------------

    def _run(self, apt: tuple[str, ...], installed: Phase | None, build: Phase | None) -> Run:
        project, reasons = self._project, self._reasons
        reasons.decide("run.user", _USER, rule("non-root"), "a fixed user without rights")
        copies = [Input(install.GEMS, "install")] if installed is not None else []
        if build is not None:
            copies.append(Input(".", "build"))
            why = "the gems, and the source with what the build made"
        else:
            copies.append(Input("."))
            why = "the gems, and the source as it is" if installed is not None else "the source as it is"
            if installed is not None and project.lock is None and project.gemfile is not None:
                copies.append(Input(gemfile.LOCKS[project.gemfile.path], "install"))
        reasons.decide("run.copies", " ".join(item.path for item in copies), self._main.origin, why)
        folders = _FOLDERS if project.rails is not None else ()
        writable = (".", *folders)
        reasons.decide("run.writable", " ".join(writable), rule("home directory"), "logs, uploads, caches and SQLite")
        return Run(
            runtime=self._runtime(),
            copies=tuple(copies),
            apt_packages=apt,
            environment=self._environment(),
            user=_USER,
            writable=writable,
            health_check=self._health(),
        )

    def _environment(self) -> tuple[tuple[str, str], ...]:
        project, reasons = self._project, self._reasons
        values: dict[str, str] = {}

        def put(name: str, value: str, origin: Origin, why: str) -> None:
            values[name] = value
            reasons.decide(f"run.environment.{name}", value, origin, why)

        put("HOME", APP_DIR, rule("home directory"), "a directory that the user may write to")
        if project.gemfile is not None:
            for name, value in install.environment(project):
                put(name, value, Origin(project.gemfile.path), "Bundler finds at run time what it installed")
        row = project.framework
        place = catalogue(f"frameworks.{row['id']}") if row is not None else rule("production")
        for name, value in self._production().items():
            put(name, value, place, "the app runs for its users")
        if project.rails is not None:
            for name, (value, origin) in rails.environment(project).items():
                put(name, value, origin, "the production configuration asks for it")
        if self._jemalloc:
            put("LD_PRELOAD", "libjemalloc.so.2", rule("jemalloc"), "less memory; what `rails new` sets up too")
        for name, value in self._main.environment.items():
            put(name, value, self._main.origin, "where the app listens behind Thruster")
        if self._main.port is not None:
            why = "the port of the start; `PORT` can change it"
            reasons.decide("port", str(self._main.port), self._main.origin, why)
            put("PORT", str(self._main.port), self._main.origin, why)
        return tuple(values.items())

    def _health(self) -> HealthCheck | None:
        project = self._project
        place = rails.health(project) if project.rails is not None and self._main.port is not None else None
        probe = health_probe.probe("ruby", "/up") if place is not None else None
        if place is None or probe is None:
            return None
        self._reasons.decide("run.health_check", "/up", place, "Rails' own health check")
        return HealthCheck(probe)

    def _processes(self) -> tuple[Process, ...]:
        def decided(field: str, name: str, one: Start) -> Process:
            process = one.process(name)
            self._reasons.decide(field, process.text, one.origin, one.rule)
            return process

        first = decided("start", self._name, self._main)
        rest = (decided(f"processes.{name}", name, replace(one, port=None)) for name, one in self._others.items())
        return (first, *rest)

    def _artifacts(self, build: Phase | None) -> tuple[str, ...]:
        found = list(_JUNK)
        if build is not None and not self._project.tree.has_directory("public/assets"):
            found.append("public/assets")
        if self._project.rails is not None:
            found += _RAILS_KEYS
        return tuple(found)
