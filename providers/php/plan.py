"""The plan of a PHP app, assembled from its facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import catalogue as tables
from buildplan.errors import PlanError
from buildplan.language import health_probe
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import Diagnostic, HealthCheck, Input, Run, Runtime
from buildplan.model.origin import Origin, catalogue, rule

from . import extensions, node_assets, phases, php_version, processes, server
from . import project as projects

if TYPE_CHECKING:
    from buildplan.model.build_plan import Phase, Process
    from buildplan.source import SourceTree

    from .extensions import Extensions
    from .project import Project

# `www-data`, which every image of PHP has.
_USER = "33:33"
_RUN_ONLY = ("PORT", "APP_KEY", "APP_DEBUG", "LOG_CHANNEL")
_JUNK = (".phpunit.result.cache", ".phpunit.cache", ".php-cs-fixer.cache")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the PHP app in a tree.

    Raises FileError for a broken composer.json or composer.lock, VersionError for a version that cannot be met,
    ConfigError for a document root that cannot be used, NoStartError when there is nothing to serve or to run,
    PlanError for the role `assets`, which PHP has not.
    """
    if context.role == "assets":
        raise PlanError(
            "PHP builds no files for the app of another language",
            origin=rule("roles"),
            hint='name it first, `providers = ["php", …]`, or leave it out',
        )
    return _Planner(projects.read(tree, context.overrides)).plan()


class _Planner:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._reasons = project.reasons
        self._version = php_version.resolve(project)
        self._main = server.find(project)
        self._assets = node_assets.Assets((), ())

    def plan(self) -> ProviderPlan:
        """Assemble everything."""
        project, main = self._project, self._main
        self._reasons.decide("start", main.process.text, main.origin, main.rule)
        rest = processes.others(project, main.process.name)
        found = self._extensions(rest)
        root = main.root.path if main.root is not None else None
        self._assets = node_assets.find(project, root) or node_assets.Assets((), ())
        made = self._phases(found)
        row = project.framework
        self._report()
        return ProviderPlan(
            phases=made,
            run=self._run(found, made, rest),
            processes=(main.process, *rest),
            secrets=tuple(dict.fromkeys(name for phase in made for name in phase.secrets)),
            artifacts=self._artifacts(),
            run_only_variables=_RUN_ONLY,
            own_assets=("node",),
            env_files=self._env_files(),
            frameworks=(row["id"],) if row else (),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    def _extensions(self, rest: tuple[Process, ...]) -> Extensions:
        project, main = self._project, self._main
        extra = dict.fromkeys(main.extensions, main.origin)
        if any("queue:work" in process.text or "horizon" in process.text for process in rest):
            # Without it a worker is killed in the middle of a job.
            extra.setdefault("pcntl", Origin("composer.json"))
        suite = tables.suite("php", self._version.version) or "trixie"
        return extensions.find(project, self._version.version, suite, extra)

    def _phases(self, found: Extensions) -> tuple[Phase, ...]:
        project = self._project
        first = phases.setup(project, self._version, found, self._main)
        made = [first, phases.server(project, self._main)]
        if project.installs:
            made.insert(0, phases.composer(project, self._version.version))
            made.append(phases.install(project))
        built = [phases.build(project, self._assets.inputs)] if project.installs else []
        if any(item.phase == "install" for phase in self._assets.phases for item in phase.inputs):
            # A stage can only copy from stages above it.
            return (*made, *self._assets.phases, *built)
        return (*self._assets.phases, *made, *built)

    def _run(self, found: Extensions, made: tuple[Phase, ...], rest: tuple[Process, ...]) -> Run:
        reasons, main = self._reasons, self._main
        reasons.decide("run.user", _USER, rule("non-root"), "`www-data`, whom PHP's images have")
        copies = [Input(phases.SETTINGS, "server", phases.SETTINGS)]
        if found.names:
            copies.append(Input(phases.EXTENSIONS, "server", phases.EXTENSIONS))
        if main.root is not None:
            copies.append(Input(phases.APACHE, "server", phases.APACHE))
        built = any(phase.name == "build" for phase in made)
        copies += [Input(".", "build")] if built else [Input("."), *self._assets.inputs]
        why = "PHP's settings, and the source with its packages" if built else "PHP's settings, and the source as it is"
        reasons.decide("run.copies", " ".join(item.path for item in copies), main.origin, why)
        run = Run(
            runtime=Runtime("php", self._version.version, self._version.requested, flavour=main.flavour),
            copies=tuple(copies),
            apt_packages=found.run_packages,
            environment=self._environment(),
            user=_USER,
            writable=self._writable(),
            read_only=self._read_only(),
            health_check=self._health(),
        )
        running = [process for process in rest if process.name != "release"]
        suite = tables.suite("php", self._version.version) or "jessie"
        if (main.deaf or running) and not tables.has_tini(suite):
            text = f"the image of PHP {self._version.version} is on Debian {suite}, which has no package of an init"
            reasons.report(Diagnostic("BP626", "warning", text, main.origin, "use a supported PHP version"))
        elif main.deaf or running:
            name = main.process.name if main.deaf else running[0].name
            why = f"the process `{name}` as process 1 would ignore SIGTERM, so a small init comes before it"
            reasons.decide("run.init", "tini", rule("signals"), why)
            run = replace(run, init=True)
        if main.flavour == "apache" and running:
            why = "Apache's image says SIGWINCH, its graceful stop; the other processes know SIGTERM only"
            reasons.decide("run.other_stop_signal", "SIGTERM", rule("signals"), why)
            run = replace(run, other_stop_signal="SIGTERM")
        return run

    def _environment(self) -> tuple[tuple[str, str], ...]:
        project, reasons, main = self._project, self._reasons, self._main
        values: dict[str, str] = {}
        place = project.place or rule("production")
        for name, value in project.framework.get("environment", {}).items():
            if name not in project.overrides.variables:
                values[name] = value
                reasons.decide(f"run.environment.{name}", value, place, "the app runs for its users")
        port = main.process.port
        if port is not None:
            why = "the port of the start; `PORT` can change it"
            reasons.decide("port", str(port), main.origin, why)
            reasons.decide("run.environment.PORT", str(port), main.origin, why)
            values["PORT"] = str(port)
        return tuple(values.items())

    def _writable(self) -> tuple[str, ...]:
        found = list(self._project.framework.get("folders", ()))
        if self._main.flavour == "apache":
            found += ["/var/lock/apache2", "/var/log/apache2", "/var/run/apache2"]
        if self._main.flavour == "frankenphp":
            found += ["/config/caddy", "/data/caddy"]
        if found:
            why = "logs, caches and uploads; and the files of a server that is not root"
            self._reasons.decide("run.writable", " ".join(found), self._project.place or rule("non-root"), why)
        return tuple(found)

    def _read_only(self) -> bool:
        """Return whether all folders are known that the app writes to, so that the code can belong to root.

        A server that owns its code turns an upload into a program. What updates itself (WordPress) has to own it.
        """
        row = self._project.framework
        known = bool(row.get("folders")) and not row.get("changes")
        if known:
            why = f"{row['title']} writes to known folders only; an upload must not change the code"
            self._reasons.decide("run.read_only", "true", self._project.place or rule("ownership"), why)
        return known

    def _health(self) -> HealthCheck | None:
        project = self._project
        text = project.tree.text_or_none("bootstrap/app.php") if project.is_like("laravel") else None
        if text is None or "health: '/up'" not in text or self._main.process.port is None:
            return None
        probe = health_probe.probe("php", "/up")
        if probe is None:
            return None
        line = text.count("\n", 0, text.index("health: '/up'")) + 1
        self._reasons.decide("run.health_check", "/up", Origin("bootstrap/app.php", line), "Laravel's own health check")
        return HealthCheck(probe)

    def _artifacts(self) -> tuple[str, ...]:
        found = [*_JUNK, *self._assets.artifacts]
        if self._project.installs:
            found.insert(0, "vendor")
        if self._project.installs:
            found.append("auth.json")
        if self._project.is_like("laravel"):
            found += ["public/hot", "public/storage", "bootstrap/cache/*.php"]
            found += ["storage/logs/*.log", "storage/framework/views/*.php", "storage/oauth-*.key", "database/*.sqlite"]
        if self._project.is_like("symfony"):
            found += ["var/cache", "var/log", "config/secrets/*/*.decrypt.private.php"]
        return tuple(found)

    def _env_files(self) -> tuple[str, ...]:
        """Return the env files that hold defaults: Symfony documents committing `.env`, and does not start without."""
        project = self._project
        if not project.framework.get("committed_env") or not project.tree.has(".env"):
            return ()
        text = f"`.env` is in the image: {project.framework['title']} reads its defaults from there"
        fix = "keep secrets out of it, in variables of the container or in Symfony's vault"
        self._reasons.report(Diagnostic("BP815", "info", text, Origin(".env"), fix))
        return (".env",)

    def _report(self) -> None:
        project = self._project
        needs = [name for name in project.framework.get("needs", ()) if name not in project.overrides.variables]
        if needs:
            listed = ", ".join(f"`{name}`" for name in needs)
            text = f"{project.framework['title']} does not start without {listed}"
            place = project.place or catalogue("frameworks")
            self._reasons.report(Diagnostic("BP633", "info", text, place, "set them where it runs"))
