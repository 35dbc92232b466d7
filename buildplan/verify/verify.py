"""Build, run, ask, stop, rebuild: what a person would do by hand to see whether an image works.

The tree is copied into a temporary directory before the rebuild, so that nothing of the user's is touched, and
everything that is made is removed at the end.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError, EngineError
from buildplan.model.origin import option
from buildplan.services import table
from buildplan.verify.engine import Engine
from buildplan.verify.report import Report
from buildplan.verify.signatures import diagnose
from buildplan.verify.sockets import listening

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from buildplan.model.build_plan import BuildPlan
    from buildplan.services.needs import Need
    from buildplan.services.table import Service
    from buildplan.verify.engine import Built

# Unusual, so that an app that ignores PORT is seen; its own default would hide that.
PORT = 4321
STOP_SECONDS = 10
_GRACE = 5.0
_PAUSE = 0.2
# It protects nothing: the container lives for one check, on a network of its own. SQL Server wants such a one.
_PASSWORD = "Check-app-0"  # noqa: S105  # likewise
_SERVER_ERROR = 500
_KILLED = 137
_LOG_END = 3_000
_LEFT_OUT = (".git", "node_modules", ".venv", "target", "__pycache__")
_CODE = (".js", ".ts", ".mjs", ".tsx", ".py", ".go", ".rs", ".java", ".kt", ".rb", ".php", ".ex", ".cs", ".html")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user asks for. Times are seconds; `environment` is for the running container only.

    `needs` says with which variables the app finds those of the services that it is known to need.
    """

    environment: tuple[tuple[str, str], ...] = ()
    services: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    path: str = "/"
    process: str | None = None
    file: str | None = None
    wait: float = 60
    build_timeout: float = 1800
    memory: str | None = None
    rebuild: bool = True
    release: bool = True
    build_options: tuple[str, ...] = ()


def verify(
    plan: BuildPlan,
    context: Path,
    settings: Settings,
    environment: Mapping[str, str],
    progress: Callable[[str], None],
) -> Report:
    """Return what was seen of the image of a plan, or of the Dockerfile that `settings.file` names.

    Raises EngineError where no engine can be used, ConfigError for an unknown service or process.
    """
    services = {name: _service(name) for name in settings.services}
    process = plan.process(settings.process or plan.start)
    if process is None:
        known = ", ".join(f"`{item.name}`" for item in plan.processes)
        raise ConfigError(
            f"the plan has no process `{settings.process}`", origin=option("--process"), hint=f"it has {known}"
        )
    run = uuid.uuid4().hex[:12]
    engine = Engine(environment, run)
    with tempfile.TemporaryDirectory(prefix="buildplan-verify-") as directory:
        try:
            checker = _Checker(plan, context, settings, engine, progress, run, Path(directory), environment)
            return checker.check(services, listens=process.port is not None)
        finally:
            engine.clean()


def _service(name: str) -> Service:
    known = table.services()
    if name not in known:
        raise ConfigError(
            f"there is no service `{name}`", origin=option("--service"), hint=f"known are {', '.join(known)}"
        )
    return known[name]


def _variables(service: Service, needs: tuple[Need, ...]) -> list[tuple[str, str]]:
    """Return what the app is told of a service: the variables that it reads, else those that apps usually read."""
    need = next((item for item in needs if item.service.name == service.name), None)
    texts = dict(need.variables) if need is not None else service.variables
    scheme = need.scheme if need is not None else ""
    told = {**texts, **service.library}
    return [
        (name, service.filled(text, host=service.name, password=_PASSWORD, scheme=scheme))
        for name, text in told.items()
    ]


class _Checker:
    def __init__(  # one value each; made in one place
        self,
        plan: BuildPlan,
        context: Path,
        settings: Settings,
        engine: Engine,
        progress: Callable[[str], None],
        run: str,
        directory: Path,
        environment: Mapping[str, str],
    ) -> None:
        self._plan = plan
        self._context = context
        self._settings = settings
        self._engine = engine
        self._progress = progress
        self._image = f"buildplan-verify-{run}"
        self._network_name = f"buildplan-verify-{run}"
        self._network: str | None = None
        self._directory = directory
        self._environment = environment
        self._dockerfile = self._write_dockerfile()
        self._report = Report(str(context), settings.file or "<generated>")

    def check(self, services: Mapping[str, Service], *, listens: bool) -> Report:
        """Make all checks in order; what depends on a failed one is left out."""
        report = self._report
        built = self._build("building the image", self._image, self._context)
        report.build_seconds = round(built.seconds, 1)
        if not built.ok:
            report.note("build", "it was stopped: out of time" if built.timed_out else "it failed", ok=False)
            return self._failed(built.log)
        report.note("build", f"{built.seconds:.0f} s", ok=True)
        self._inspect_image()
        if services:
            self._network = self._engine.network(self._network_name)
            self._start_services(services)
        needs = self._settings.needs
        told = (pair for service in services.values() for pair in _variables(service, needs))
        variables = [*told, *self._settings.environment]
        if self._release(variables):
            self._run(variables, listens=listens)
        if self._settings.rebuild and report.ok:
            self._rebuild()
        return report

    def _write_dockerfile(self) -> Path:
        target = self._directory / "Dockerfile"
        if self._settings.file is not None:
            own = self._context / self._settings.file
            if not own.is_file():
                raise ConfigError(
                    f"there is no file `{self._settings.file}`",
                    origin=option("--file"),
                    hint="leave it out to generate one",
                )
            return own
        target.write_text(self._plan.dockerfile(process=self._settings.process), encoding="utf-8")
        self._directory.joinpath("Dockerfile.dockerignore").write_text(self._plan.dockerignore(), encoding="utf-8")
        return target

    def _failed(self, log: str) -> Report:
        self._report.cause = diagnose(log)
        self._report.log_end = log[-_LOG_END:]
        return self._report

    def _build(self, what: str, image: str, context: Path, dockerfile: Path | None = None) -> Built:
        self._progress(what)
        wanted = {name for phase in self._plan.phases for name in phase.secrets}
        secrets = [
            word for name in sorted(wanted & self._environment.keys()) for word in ("--secret", f"id={name},env={name}")
        ]
        return self._engine.build(
            context,
            dockerfile or self._dockerfile,
            image,
            options=(*self._settings.build_options, *secrets),
            seconds=self._settings.build_timeout,
            progress=self._progress,
        )

    def _inspect_image(self) -> None:
        config = self._engine.config(self._image)
        self._report.image_bytes = config["Size"]
        user = str(config.get("User") or "")
        root = user.partition(":")[0] in {"", "0", "root"}
        self._report.note("user", f"the image runs as {user or 'root'}", ok=not root)

    def _start_services(self, services: Mapping[str, Service]) -> None:
        for name, service in services.items():
            self._progress(f"starting {name} ({service.image})")
            fill = partial(service.filled, host=name, password=_PASSWORD)
            told = [word for key, text in service.environment.items() for word in ("--env", f"{key}={fill(text)}")]
            options = ("--network-alias", name, *told)
            container = self._engine.start(
                service.image, network=self._network, port=None, options=options, words=service.command
            )
            deadline = time.monotonic() + self._settings.wait
            ready = [fill(word) for word in service.ready]
            while ready and self._engine.call("exec", container, *ready).returncode:
                if time.monotonic() > deadline or not self._engine.state(container)["Running"]:
                    raise EngineError(
                        f"the service {name} ({service.image}) did not become ready in {self._settings.wait:.0f} s",
                        hint=f"its log ends with: {self._engine.log(container)[-200:].strip()}",
                    )
                time.sleep(_PAUSE)

    def _release(self, variables: list[tuple[str, str]]) -> bool:
        """Run the `release` process once before the app, as a platform does; return whether to go on."""
        release = self._plan.process("release")
        if release is None or not self._settings.release or self._settings.file is not None:
            return True
        self._progress(f"running the release process: {release.text}")
        words = list(release.argv) if release.argv else ["sh", "-c", release.shell or ""]
        told = [word for name, value in variables for word in ("--env", f"{name}={value}")]
        network = ["--network", self._network] if self._network else []
        done = self._engine.call("run", "--rm", *network, *told, self._image, *words, seconds=self._settings.wait * 5)
        self._report.note("release", release.text, ok=done.returncode == 0)
        if done.returncode:
            self._failed(done.stdout + done.stderr)
        return done.returncode == 0

    def _run(self, variables: list[tuple[str, str]], *, listens: bool) -> None:
        engine, settings = self._engine, self._settings
        self._progress("starting the container")
        told = [word for name, value in (("PORT", str(PORT)), *variables) for word in ("--env", f"{name}={value}")]
        limits = ["--memory", settings.memory] if settings.memory else []
        container = engine.start(
            self._image, network=self._network, port=PORT if listens else None, options=(*told, *limits)
        )
        works = self._answers(container) if listens else self._stays(container)
        state = engine.state(container)
        if not state["Running"]:
            if state.get("OOMKilled"):
                self._report.note("memory", "the container was killed: it needs more memory", ok=False)
            self._failed(engine.log(container))
            return
        if not works:
            self._failed(engine.log(container))
        ids = engine.user_ids(container)
        if ids:
            root = "0" in ids
            self._report.note("processes", f"run as uid {', '.join(sorted(set(ids)))}", ok=not root)
        self._health(container)
        written = [path for path in engine.written(container) if not path.startswith(("/tmp", "/proc", "/run"))]  # noqa: S108
        kept = f"the app wrote {len(written)} files in the container; they are lost with it" if written else "nothing"
        self._report.note(
            "writes", f"{kept}: {', '.join(written[:3])}" if written else kept, ok=None if written else True
        )
        seconds, code = engine.stop(container, STOP_SECONDS)
        self._report.stop_seconds = round(seconds, 1)
        graceful = code != _KILLED and seconds < _GRACE + _GRACE
        text = f"ended {seconds:.1f} s after SIGTERM" if graceful else "ignored SIGTERM and was killed"
        self._report.note("stop", text, ok=graceful)

    def _stays(self, container: str) -> bool:
        """Return whether a process that listens nowhere keeps running for some seconds."""
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline:
            state = self._engine.state(container)
            if not state["Running"]:
                ok = int(state["ExitCode"]) == 0
                self._report.note("start", f"it ended with exit code {state['ExitCode']}", ok=ok)
                return ok
            time.sleep(_PAUSE)
        self._report.note("start", "it keeps running", ok=True)
        return True

    def _answers(self, container: str) -> bool:
        """Ask until an answer comes that is no server error, the container ends, or the time is over."""
        engine, report = self._engine, self._report
        started = time.monotonic()
        status: int | None = None
        while time.monotonic() - started < self._settings.wait:
            port = engine.published(container, PORT)
            if port is None or not engine.state(container)["Running"]:
                code = engine.state(container)["ExitCode"]
                report.note("answer", f"the container ended by itself with exit code {code}", ok=False)
                return False
            status = _ask(f"http://127.0.0.1:{port}{self._settings.path}")
            if status is not None and status < _SERVER_ERROR:
                break
            time.sleep(_PAUSE)
        report.http_status = status
        if status is None:
            report.note("answer", self._silence(container), ok=False)
            return False
        report.answer_seconds = round(time.monotonic() - started, 1)
        text = f"HTTP {status} on PORT={PORT} after {report.answer_seconds} s"
        report.note("answer", text, ok=status < _SERVER_ERROR)
        return status < _SERVER_ERROR

    def _silence(self, container: str) -> str:
        """Say why nothing answered, as far as the sockets of the container show it."""
        text = f"no HTTP answer on PORT={PORT} in {self._settings.wait:.0f} s"
        sockets = listening(int(self._engine.state(container).get("Pid") or 0))
        if (PORT, True) in sockets:
            return f"{text}: it listens on 127.0.0.1 only; let it listen on 0.0.0.0"
        # Docker's own name server listens on a high port of 127.0.0.11, never on all addresses.
        others = [str(port) for port, loopback in sockets if not loopback]
        if others:
            return f"{text}: it listens on port {', '.join(others)} and ignores PORT"
        return f"{text}: nothing in the container listens" if sockets else text

    def _health(self, container: str) -> None:
        if not self._engine.config(self._image).get("Healthcheck"):
            self._report.note("health", "the image has no health check", ok=None)
            return
        deadline = time.monotonic() + self._settings.wait
        status = "starting"
        while time.monotonic() < deadline and status == "starting":
            status = str((self._engine.state(container).get("Health") or {}).get("Status", "starting"))
            time.sleep(_PAUSE)
        self._report.note("health", f"the health check says {status}", ok=status == "healthy")

    def _rebuild(self) -> None:
        """Change one source file in a copy of the tree and see which steps come from the cache."""
        self._progress("building again after a change of one source file")
        copy = self._directory / "context"
        shutil.copytree(self._context, copy, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        touched = _touch(copy, self._plan)
        if touched is None:
            self._report.note("rebuild", "no source file to change was found", ok=None)
            return
        dockerfile = copy / self._settings.file if self._settings.file is not None else None
        # The copy lacks ignored folders, so the first build of it may differ; the second one shows the cache.
        built = self._build("building the changed copy", self._image, copy, dockerfile)
        self._report.rebuild_seconds = round(built.seconds, 1)
        if not built.ok:
            self._report.note("rebuild", f"it failed after a change of {touched}", ok=False)
            self._failed(built.log)
            return
        again = installed_again(built.log, self._plan)
        text = f"{built.seconds:.0f} s after a change of {touched}"
        self._report.note("rebuild", text if not again else f"{text}; run again: {again[0][:80]}", ok=not again)


def installed_again(log: str, plan: BuildPlan) -> tuple[str, ...]:
    """Return the install commands of a plan that a build did not take from its cache.

    The log is BuildKit's in plain form: `#7 [build 3/5] RUN …`, then `#7 CACHED`.
    """
    phase = plan.phase("install")
    words = [command.split(" && ")[0][:60] for command in phase.commands] if phase is not None else []
    steps = re.findall(r"(?m)^#(\d+) \[[^\]\n]+\] RUN (.*)$", log)
    cached = set(re.findall(r"(?m)^#(\d+) CACHED", log))
    return tuple(
        text for number, text in steps if number not in cached and any(word and word in text for word in words)
    )


def _touch(directory: Path, plan: BuildPlan) -> str | None:
    """Append a line to one source file and return its path: the one that the start names, else the shallowest."""
    process = plan.process(plan.start)
    named = [word for word in (process.argv if process is not None else ()) if word.endswith(_CODE)]
    files = [Path(directory, word) for word in named if not os.path.isabs(word)]  # noqa: PTH117  # a word, not yet a path
    files += sorted(
        (path for path in directory.rglob("*") if path.suffix in _CODE),
        key=lambda path: (len(path.parts), "test" in path.name, str(path)),
    )
    for path in files:
        if path.is_file() and not path.is_symlink():
            with path.open("a", encoding="utf-8") as source:
                source.write("\n")
            return path.relative_to(directory).as_posix()
    return None


def _ask(url: str) -> int | None:
    """Return the status of one request, None when nothing speaks HTTP there."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(url, timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer: it may lead to a host that does not exist here."""

    def redirect_request(self, *_: object) -> None:
        return None
