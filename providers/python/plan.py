"""The plan of a Python app, assembled from its facts."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import catalogue as tables
from buildplan.language import health_probe
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.language.packages import Dependency
from buildplan.model.build_plan import APP_DIR, Cache, Diagnostic, HealthCheck, Input, Phase, Process, Run, Runtime
from buildplan.model.origin import Origin, catalogue, rule
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Replace

from . import application, django, install, python_version
from . import manifest as manifests
from .install import ENVIRONMENT
from .servers import DEFAULT_PORT

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .application import Application, Chosen
    from .django import StaticFiles
    from .install import PackageManager
    from .manifest import Project

_USER = "1000:1000"
_RUN_ONLY = ("PORT", "WEB_CONCURRENCY", "PYTHONUNBUFFERED")
_JUNK = ("**/__pycache__", "**/*.py[cod]", ".venv", "venv", ".pytest_cache", ".mypy_cache", ".ruff_cache")
_FRONTENDS = ("frontend", "client", "web", "ui", "webapp", "app")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Python app in a tree.

    With the role `assets` it is what another language's app needs to call Python: the interpreter and the packages.
    Raises FileError for a broken manifest, VersionError for a version that cannot be met, NoStartError when nothing
    says how to start the app.
    """
    if context.role == "assets":
        return _beside(tree, context.overrides)
    reasons = Reasons()
    overrides = context.overrides
    project = manifests.read(tree, overrides, reasons)
    version = python_version.resolve(tree, project, overrides, reasons)
    project = project.for_python(version.version)
    manager = install.choose(tree, project, overrides, version.version, reasons)
    app = application.find_application(tree, project, version.version, overrides, reasons)
    if manager is not None and app.main.installs_project:
        manager = manager._replace(installs_project=True)
    return _Planner(tree, project, version, manager, app, overrides, reasons).plan()


def _beside(tree: SourceTree, overrides: Overrides) -> ProviderPlan:
    """Return the interpreter and the packages, for an app of another language that runs Python programs."""
    reasons = Reasons()
    project = manifests.read(tree, overrides, reasons)
    version = python_version.resolve(tree, project, overrides, reasons)
    project = project.for_python(version.version)
    manager = install.choose(tree, project, overrides, version.version, reasons)
    apt_build, apt_run = install.packages(tree, project, manager, reasons, ())
    runtime = Runtime("python", version.version, version.requested)
    if manager is None:
        return ProviderPlan(run=Run(runtime=runtime), decisions=reasons.decisions, diagnostics=reasons.diagnostics)
    installed = install.phases(manager, tree, project, version.version, reasons)
    output = f"{manager.directory.removeprefix(f'{APP_DIR}/')}/"
    return ProviderPlan(
        phases=(_setup_phase(manager, runtime, apt_build, reasons), *installed),
        run=Run(
            runtime=runtime,
            copies=(Input(output, phase=installed[-1].name),),
            apt_packages=apt_run,
            paths=(f"{manager.directory}/bin",),
        ),
        artifacts=_JUNK,
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _setup_phase(
    manager: PackageManager | None, runtime: Runtime, apt_packages: tuple[str, ...], reasons: Reasons
) -> Phase:
    commands = install.setup_commands(manager) if manager is not None else ()
    if commands and manager is not None:
        text = " && ".join(commands)
        reasons.decide("phases.setup.commands", text, manager.origin, "the package manager, exact")
    return Phase(
        "setup",
        comment="The package manager" if commands else "",
        runtime=runtime,
        apt_packages=apt_packages,
        commands=commands,
    )


class _Planner:
    def __init__(
        self,
        tree: SourceTree,
        project: Project,
        version: Resolution,
        manager: PackageManager | None,
        app: Application,
        overrides: Overrides,
        reasons: Reasons,
    ) -> None:
        self._tree = tree
        self._project = project
        self._version = version
        self._manager = manager
        self._directory = manager.directory if manager is not None else ENVIRONMENT
        # Inside the app directory it is named as everything else there is.
        self._output = f"{self._directory.removeprefix(f'{APP_DIR}/')}/"
        self._app = app
        settings = app.django.settings if app.django is not None else None
        self._made = django.folders(tree, settings) if settings is not None else ()
        self._overrides = overrides
        self._reasons = reasons
        self._apt_build, self._apt_run = install.packages(tree, project, manager, reasons, self._parts())

    def _parts(self) -> tuple[Dependency, ...]:
        """Return the parts of Django that need more of the system than Django itself."""
        found = self._app.django
        place = found.settings.mentions("django.contrib.gis") if found is not None and found.settings else None
        return () if place is None else (Dependency("django.contrib.gis", place),)

    def plan(self) -> ProviderPlan:
        """Assemble everything."""
        static = self._static_files()
        installed = self._install()
        build = self._build(static, installed)
        fetched = self._fetched(installed)
        phases = [*installed, *fetched, *([build] if build is not None else [])]
        if phases or self._changes_phases():
            phases.insert(0, self._setup())
        copies = self._copies(installed, build, static)
        copies += tuple(Input(folder, phase=phase.name) for phase in fetched for folder in phase.outputs)
        processes = self._processes()
        run = self._run(copies, processes, bool(installed))
        self._about_neighbours()
        if self._app.main.framework is not None and self._app.main.framework.notice:
            row = self._app.main.framework
            self._reasons.report(Diagnostic("BP632", "warning", row.notice, self._app.main.origin, row.fix))
        return ProviderPlan(
            phases=tuple(phases),
            run=run,
            processes=processes,
            artifacts=self._artifacts(static),
            run_only_variables=_RUN_ONLY,
            frameworks=self._app.frameworks,
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    # --- phases -----------------------------------------------------------------------------------------------------

    def _changes_phases(self) -> bool:
        return any(asked.commands is not None for asked in self._overrides.phases.values())

    def _setup(self) -> Phase:
        runtime = Runtime("python", self._version.version, self._version.requested)
        return _setup_phase(self._manager, runtime, self._apt_build, self._reasons)

    def _install(self) -> list[Phase]:
        """Return the phases that make the virtual environment, each going on from the one before."""
        phases: list[Phase] = []
        if self._manager is not None:
            version = self._version.version
            phases += install.phases(self._manager, self._tree, self._project, version, self._reasons)
        phases = self._old_setuptools(phases)
        wanted = self._requirements()
        if not wanted:
            return phases
        base = phases[0] if phases else None
        server = self._server(wanted, base)
        if base is None:
            return [server]
        rest = [
            replace(phase, depends_on=tuple(server.name if name == base.name else name for name in phase.depends_on))
            for phase in phases[1:]
        ]
        return [base, server, *rest]

    def _fetched(self, installed: list[Phase]) -> list[Phase]:
        """Return the phase in which packages fetch what they need beside themselves: Playwright a browser."""
        found = install.fetched(self._tree, self._project) if installed else ()
        if not found:
            return []
        values = install.environment(self._tree, self._project)
        for command, _, why in found:
            reason = f"`{why.name}` needs it, and has a command for it"
            self._reasons.decide("phases.browser.commands", command, why.origin, reason)
        for name, (value, why) in values.items():
            self._reasons.decide(f"phases.browser.environment.{name}", value, why.origin, "where the app looks for it")
        known = {item for phase in installed for item in phase.paths}
        programs = f"{self._directory}/bin"
        return [
            Phase(
                "browser",
                comment="The browser",
                commands=tuple(command for command, _, _ in found),
                environment=tuple((name, value) for name, (value, _) in values.items()),
                paths=() if programs in known else (programs,),
                outputs=tuple(folder for _, folder, _ in found),
                depends_on=(installed[-1].name,),
            )
        ]

    def _requirements(self) -> tuple[str, ...]:
        chosen = (self._app.main, *(other for _, other in self._app.others))
        return tuple(dict.fromkeys(item for one in chosen for item in one.launch.requirements))

    def _old_setuptools(self, phases: list[Phase]) -> list[Phase]:
        """Return the phases with one that brings a setuptools that packages can import `pkg_resources` from."""
        version = self._version.version
        needing = install.pkg_resources(self._tree, self._project, version) if phases else None
        manager = self._manager
        if needing is None or manager is None:
            return phases
        by_uv = manager.tool == "uv" or manager.name == "pylock"
        command = install.install_into(version, self._directory, "'setuptools<82'", by_uv=by_uv)
        last = phases[-1]
        why = f"`{needing.name}` imports `pkg_resources`, which later ones do not have"
        self._reasons.decide("phases.setuptools.commands", command, needing.origin, why)
        self._reasons.decide("phases.setuptools.caches", "/root/.cache/pip", rule("caches"), "downloads are kept")
        self._reasons.decide("phases.setuptools.outputs", self._output, rule("virtual environment"), "it is shipped")
        phase = Phase(
            "setuptools",
            comment=f"`{needing.name}` imports pkg_resources",
            commands=(command,),
            caches=(Cache("pip", "/root/.cache/pip"),),
            secrets=last.secrets,
            outputs=(self._output,),
            depends_on=(last.name,),
        )
        return [*phases, phase]

    def _server(self, wanted: tuple[str, ...], base: Phase | None) -> Phase:
        """Return the phase that installs a server which nothing declares, into the same environment."""
        listed = shlex.join(wanted)
        if base is None:
            name, needed = "install", "setup"
            commands: tuple[str, ...] = (
                install.make_environment(self._version.version, self._directory),
                f"{self._directory}/bin/pip install {listed}",
            )
        else:
            name, needed = "server", base.name
            manager = self._manager
            by_uv = manager is not None and (manager.tool == "uv" or manager.name == "pylock")
            commands = (install.install_into(self._version.version, self._directory, listed, by_uv=by_uv),)
        caches = (Cache("pip", "/root/.cache/pip"),)
        secrets = base.secrets if base is not None else ()
        origin = self._app.main.origin
        field = f"phases.{name}"
        why = "the app has to be served, and no manifest declares a server"
        if not self._project.sources:
            why = "the source imports it, and no manifest declares it"
        self._reasons.decide(f"{field}.commands", " && ".join(commands), origin, why)
        self._reasons.decide(f"{field}.caches", caches[0].target, rule("caches"), "downloads are kept between builds")
        self._reasons.decide(
            f"{field}.outputs", self._output, rule("virtual environment"), "the environment is what is shipped"
        )
        if secrets:
            self._reasons.decide(f"{field}.secrets", " ".join(secrets), origin, "the index wants them")
        comment = "A server for production, which no manifest declares"
        if not self._project.sources:
            comment = "What the source imports; no manifest declares it"
        return Phase(
            name,
            comment=comment,
            commands=commands,
            caches=caches,
            secrets=secrets,
            outputs=(self._output,),
            depends_on=(needed,),
        )

    def _static_files(self) -> StaticFiles | None:
        asked = self._overrides.phases.get("build")
        if asked is not None and isinstance(asked.commands, Replace):
            return None
        if self._app.django is None or self._manager is None:
            return None
        return django.static_files(self._app.django, self._overrides, self._reasons)

    def _build(self, static: StaticFiles | None, installed: list[Phase]) -> Phase | None:
        if static is None or not installed or self._app.django is None:
            return None
        before = installed[-1]
        directory = self._app.django.directory
        reasons = self._reasons
        command, why = static.command, "Django's static files are collected"
        made = [posixpath.join(APP_DIR, item.value) for item in self._made]
        if made:
            base = posixpath.join(APP_DIR, directory).rstrip("/")
            shown = [path.removeprefix(f"{base}/") for path in made]
            command = f"mkdir -p {shlex.join(shown)} && {command}"
            why += "; the settings open a file in a folder that is not in the tree"
        reasons.decide("phases.build.commands", command, static.origin, why)
        reasons.decide("phases.build.inputs", ".", static.origin, "Django looks for static files in every app")
        environment: tuple[tuple[str, str], ...] = ()
        path = self._import_path()
        if path:
            environment = (("PYTHONPATH", path),)
            reasons.decide("phases.build.environment.PYTHONPATH", path, self._app.main.origin, "where its modules lie")
        known = {item for phase in installed for item in phase.paths}
        paths = () if f"{self._directory}/bin" in known else (f"{self._directory}/bin",)
        if paths:
            reasons.decide("phases.build.paths", paths[0], rule("virtual environment"), "its programs are used")
        outputs = (f"{static.output}/",) if static.output is not None else ()
        if outputs:
            reasons.decide("phases.build.outputs", outputs[0], static.origin, "STATIC_ROOT")
        return Phase(
            "build",
            comment="Source and static files",
            commands=(command,),
            inputs=(Input("."),),
            working_dir=directory,
            environment=environment,
            paths=paths,
            outputs=outputs,
            depends_on=(before.name,),
        )

    # --- the shipped image ------------------------------------------------------------------------------------------

    def _copies(self, installed: list[Phase], build: Phase | None, static: StaticFiles | None) -> tuple[Input, ...]:
        asked = self._overrides.phases.get("build")
        own_build = build is not None and asked is not None and asked.commands is not None
        if build is not None and (own_build or static is None or static.output is None):
            # Nobody knows which files it makes.
            self._reasons.decide("run.copies", ".", rule("whole tree"), "what the build makes is not known")
            return (Input(".", phase=build.name),)
        folder = f"{self._project.directory}/" if self._project.directory else "."
        if self._project.layout.makes_files and installed and installed[-1].name == "install-project":
            why = "installing the project writes files beside its source"
            self._reasons.decide("run.copies", ".", self._app.main.origin, why)
            return (Input(".", phase=installed[-1].name),)
        copies = [Input(self._output, phase=installed[-1].name)] if installed else []
        copies.append(Input(folder))
        if build is not None and static is not None:
            copies.append(Input(f"{static.output}/", phase=build.name))
        shown = " ".join(item.path for item in copies)
        why = "the environment, and the source as it is" if installed else "the source as it is; it needs no packages"
        self._reasons.decide("run.copies", shown, self._app.main.origin, why)
        return tuple(copies)

    def _processes(self) -> tuple[Process, ...]:
        app = self._app
        main = app.main.launch.process(app.name)
        self._reasons.decide("start", main.text, app.main.origin, app.main.rule, app.main.runners_up)
        found = [main]
        for name, chosen in app.others:
            process = self._beside(name, chosen)
            self._reasons.decide(f"processes.{name}", process.text, chosen.origin, chosen.rule, chosen.runners_up)
            found.append(process)
        return tuple(found)

    def _beside(self, name: str, chosen: Chosen) -> Process:
        """Return a process beside the main one; it goes to its own folder where that is another one."""
        process = replace(chosen.launch, port=None).process(name)
        if chosen.launch.directory == self._app.main.launch.directory or chosen.launch.shell is not None:
            return process
        folder = shlex.quote(posixpath.join(APP_DIR, chosen.launch.directory).rstrip("/"))
        line = process.shell if process.shell is not None else shlex.join(process.argv)
        return Process(name, (), f"cd {folder} && exec {line}")

    def _run(self, copies: tuple[Input, ...], processes: tuple[Process, ...], environment_there: bool) -> Run:  # noqa: FBT001
        app, reasons = self._app, self._reasons
        reasons.decide("run.user", _USER, rule("non-root"), "a fixed user without rights")
        paths = (f"{self._directory}/bin",) if environment_there else ()
        if paths:
            reasons.decide("run.paths", paths[0], rule("virtual environment"), "its programs are started by name")
        directory = app.main.launch.directory
        writable = (".", directory) if directory else (".",)
        why, place = "SQLite, caches and sockets lie beside the app or in the home directory", rule("home directory")
        if self._made:
            writable = (*writable, *(item.value for item in self._made))
            why, place = f"{why}; the settings open a file in `{writable[-1]}`", self._made[0].origin
        reasons.decide("run.writable", " ".join(writable), place, why)
        run = Run(
            runtime=Runtime("python", self._version.version, self._version.requested),
            copies=copies,
            apt_packages=self._apt_run,
            environment=self._environment(processes[0]),
            paths=paths,
            user=_USER,
            writable=writable,
            working_dir=posixpath.join(APP_DIR, directory).rstrip("/"),
            init=self._init(),
        )
        row = app.main.framework
        probe = health_probe.probe("python", row.health) if row is not None and row.health else None
        if probe is not None and row is not None and processes[0].port is not None:
            place = catalogue(f"frameworks.{row.id}")
            reasons.decide("run.health_check", row.health, place, f"{row.title} answers there")
            run = replace(run, health_check=HealthCheck(probe))
        return run

    def _init(self) -> bool:
        app = self._app
        deaf = [
            name for name, one in ((app.name, app.main), *app.others) if not one.launch.sigterm and name != "release"
        ]
        if not deaf:
            return False
        suite = tables.suite("python", self._version.version) or "jessie"
        if not tables.has_tini(suite):
            version = self._version.version
            text = f"the image of Python {version} is on Debian {suite}, which has no package of an init"
            origin = app.main.origin
            self._reasons.report(Diagnostic("BP699", "warning", text, origin, "use a supported Python version"))
            return False
        why = f"the process `{deaf[0]}` as process 1 would ignore SIGTERM, so a small init comes before it"
        self._reasons.decide("run.init", "tini", rule("signals"), why)
        return True

    def _environment(self, main: Process) -> tuple[tuple[str, str], ...]:
        app, reasons = self._app, self._reasons
        values: dict[str, str] = {}

        def put(name: str, value: str, origin: Origin, why: str) -> None:
            values[name] = value
            reasons.decide(f"run.environment.{name}", value, origin, why)

        put("PYTHONUNBUFFERED", "1", rule("logs"), "what is printed reaches the log at once")
        put("HOME", APP_DIR, rule("home directory"), "a directory that the user may write to")
        path = self._import_path()
        if path:
            put("PYTHONPATH", path, app.main.origin, "where its modules lie")
        for name, (value, needing) in install.environment(self._tree, self._project).items():
            put(name, value, needing.origin, f"`{needing.name}` needs it")
        row = app.main.framework
        for name, value in app.main.launch.environment.items():
            place = catalogue(f"frameworks.{row.id}") if row is not None else rule("frameworks")
            put(name, value, place, f"what {row.title if row is not None else 'the framework'} needs in a container")
        found = app.django
        if found is not None:
            django.report_django(found, self._overrides, reasons)
            entry = app.entry
            bare = entry is not None and (entry.module, entry.attribute) == django.DEFAULT_APPLICATION
            if found.settings is not None and (found.default != found.module.value or bare):
                name = "DJANGO_SETTINGS_MODULE"
                if name not in self._overrides.variables:
                    values[name] = found.module.value
                    if not found.others:
                        put(name, found.module.value, found.module.origin, "the settings module")
        if main.port is not None:
            why, place = "the port of the start; `PORT` can change it", app.main.origin
            if main.port == DEFAULT_PORT:
                why, place = "the usual port, as nothing says another one; `PORT` can change it", rule("port")
            reasons.decide("port", str(main.port), place, why)
            put("PORT", str(main.port), place, why)
        return tuple(values.items())

    def _import_path(self) -> str:
        """Return PYTHONPATH: the folders below the app that no start puts on the import path by itself."""
        chosen = (self._app.main, *(other for _, other in self._app.others))
        paths = [one.launch.import_path for one in chosen if one.launch.import_path is not None]
        return ":".join(dict.fromkeys(posixpath.join(APP_DIR, path).rstrip("/") for path in paths))

    def _artifacts(self, static: StaticFiles | None) -> tuple[str, ...]:
        """Return what no build needs from outside."""
        found = list(_JUNK)
        if static is not None and static.output is not None and not static.output.startswith("/"):
            found += [] if self._tree.has_directory(static.output) else [static.output]
        return tuple(found)

    def _about_neighbours(self) -> None:
        """Say what else lies in the tree that is an app of its own."""
        for name in _FRONTENDS:
            path = f"{name}/package.json"
            text = self._tree.text_or_none(path) if name != self._project.directory else None
            if text is not None and '"build"' in text:
                notice = f"the Python app is planned; `{name}/` holds another one, which is not part of this image"
                fix = f"plan it by itself: `buildplan {name}`"
                self._reasons.report(Diagnostic("BP695", "info", notice, Origin(path), fix))
                return
