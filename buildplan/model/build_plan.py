"""The build plan: what has to be done to turn a source tree into an image, and why.

All values are frozen. Paths are POSIX paths relative to the app directory (`/app` in the image) unless they
start with `/`. The JSON form has a schema (`buildplan schema plan`) and round-trips.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from buildplan.model.origin import Origin
from buildplan.model.visible_text import on_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA_VERSION = 1
APP_DIR = "/app"

Severity = Literal["error", "warning", "info"]
Scope = Literal["build", "run", "both"]
Role = Literal["app", "assets"]


class _Strict:
    """Pydantic, when it reads a plan back, refuses keys that it does not know."""

    __slots__ = ()
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class RunnerUp(_Strict):
    """A value that was possible and lost, and why it lost."""

    value: str
    origin: Origin
    reason: str


@dataclass(frozen=True, slots=True)
class Decision(_Strict):
    """Why a field of the plan has its value.

    `field` is a dotted path: `node.version`, `phases.install.commands`, `run.user`, `start`, `variables.PORT`.
    """

    field: str
    value: str
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic(_Strict):
    """Something that the owner of the tree should know; codes are stable and listed in the README."""

    code: str
    severity: Severity
    text: str
    origin: Origin | None = None
    fix: str | None = None

    def __str__(self) -> str:
        """Return `package.json:12: BP601 warning: text`, then an indented fix."""
        place = ""
        if self.origin is not None:
            line = "" if self.origin.line is None else f":{self.origin.line}"
            key = f" {self.origin.key}" if self.origin.path.startswith("<") and self.origin.key else ""
            place = f"{self.origin.path}{line}{key}: "
        from buildplan.model.secret_spans import masked

        text = masked(on_one_line(f"{place}{self.code} {self.severity}: {self.text}"))
        return f"{text}\n  fix: {masked(on_one_line(self.fix))}" if self.fix else text


@dataclass(frozen=True, slots=True)
class Evidence(_Strict):
    """A fact that made a provider claim the tree."""

    text: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class ProviderUse(_Strict):
    """A provider that takes part in the plan."""

    name: str
    role: Role
    frameworks: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Cache(_Strict):
    """A directory kept between builds; `locked` where concurrent builds would break it (apt)."""

    id: str
    target: str
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Input(_Strict):
    """What must be there before the commands of a phase run.

    `path` is in the build context, or in the result of `phase`. A path that ends in `/` is a directory; `.` is the
    whole tree. `dest` is where it goes; None means the same relative path.
    """

    path: str
    phase: str | None = None
    dest: str | None = None


@dataclass(frozen=True, slots=True)
class Runtime(_Strict):
    """A language runtime: what was asked for, what it was resolved to, and the image that holds it.

    `requested` is the text of the request, None when nothing asked. `flavour` names a row of the catalogue
    (`slim`, `full`, `web`). `image` is filled in by the catalogue, unless a provider of another package names its own.
    """

    name: str
    version: str
    requested: str | None = None
    flavour: str = "slim"
    image: str = ""


@dataclass(frozen=True, slots=True)
class Phase(_Strict):
    """One step of the build.

    A phase with a `runtime` starts from that runtime's image; any other goes on from the phases it depends on.
    `secrets` are names of environment variables that the commands may read. `outputs` are the paths worth keeping;
    empty means that they are not known, so that everything has to be kept.
    """

    name: str
    provider: str = ""
    comment: str = ""
    runtime: Runtime | None = None
    apt_packages: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    working_dir: str = ""
    caches: tuple[Cache, ...] = ()
    secrets: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Process(_Strict):
    """A process type. Exactly one of `argv` and `shell` is set; `port` is None for what does not listen."""

    name: str
    argv: tuple[str, ...] = ()
    shell: str | None = None
    port: int | None = None

    @property
    def text(self) -> str:
        """The command as a person would type it."""
        if self.shell is not None:
            return self.shell
        return " ".join(_typed(word) for word in self.argv)


def _typed(word: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./-]+", word, re.ASCII):
        return word
    return "'" + word.replace("'", "'\"'\"'") + "'"


@dataclass(frozen=True, slots=True)
class Site(_Strict):
    """Static files and how to serve them; the web server's own configuration follows from this.

    `fallback` answers unknown paths with status 200 (a single-page app), `not_found` with status 404; both are
    paths inside the site. `clean_urls` serves `/about` from `about.html`. `immutable` are path prefixes below which
    file names hold a content hash, so that a browser may keep them for ever. `error_pages` maps a status to a page.
    `password_file` names a file of the site with user names and password hashes.
    """

    fallback: str | None = None
    not_found: str | None = None
    clean_urls: bool = True
    immutable: tuple[str, ...] = ()
    error_pages: tuple[tuple[int, str], ...] = ()
    directory_listing: bool = False
    password_file: str | None = None


@dataclass(frozen=True, slots=True)
class HealthCheck(_Strict):
    """A command that exits 0 when the app answers; argv, run inside the container."""

    argv: tuple[str, ...]
    interval_seconds: int = 30
    timeout_seconds: int = 5
    start_period_seconds: int = 20


@dataclass(frozen=True, slots=True)
class Run(_Strict):
    """The image that is shipped.

    `copies` are what it keeps, in order (`Input.phase` None means the build context). With a `site` a web server is
    shipped, the copies are the site's files, and `dest` is relative to the site's root. `init` is true when the main
    process would ignore SIGTERM as process 1. `user` is numeric, `uid:gid`. `writable` are directories that
    the user may write to; with `read_only` all else belongs to root, so that the app cannot change its own code.
    `entrypoint` comes before the command of every process, behind the init. The process starts in `start_dir` where
    that is not `working_dir`. `other_stop_signal` ends the other processes, where that is not the image's own signal.
    """

    runtime: Runtime
    copies: tuple[Input, ...] = ()
    apt_packages: tuple[str, ...] = ()
    site: Site | None = None
    environment: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    user: str = "1000:1000"
    writable: tuple[str, ...] = ()
    read_only: bool = False
    working_dir: str = APP_DIR
    init: bool = False
    stop_signal: str | None = None
    other_stop_signal: str | None = None
    health_check: HealthCheck | None = None
    labels: tuple[tuple[str, str], ...] = ()
    entrypoint: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    start_dir: str = ""


@dataclass(frozen=True, slots=True)
class Variable(_Strict):
    """A variable that the owner set. It is not a secret: its value is in the Dockerfile."""

    name: str
    value: str
    scope: Scope = "both"


@dataclass(frozen=True, slots=True)
class BuildPlan(_Strict):
    """Everything that is needed to build and run a source tree; the Dockerfile is one rendering of it.

    `platform` names a row of `catalogue/platforms.toml`: who builds the image, when that changes it. `platforms` are
    what an image is built for, `linux/arm64`; empty: the machine that builds. `digests` pin base images: name → digest.
    """

    providers: tuple[ProviderUse, ...]
    phases: tuple[Phase, ...]
    run: Run
    processes: tuple[Process, ...]
    start: str
    variables: tuple[Variable, ...] = ()
    secrets: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    kept_ignore_lines: tuple[str, ...] = ()
    mirrors: tuple[tuple[str, str], ...] = ()
    ca_certificates: tuple[str, ...] = ()
    platform: str = ""
    platforms: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    schema_version: int = field(default=SCHEMA_VERSION)

    def phase(self, name: str) -> Phase | None:
        """Return the phase of that name, or None."""
        return next((phase for phase in self.phases if phase.name == name), None)

    def process(self, name: str) -> Process | None:
        """Return the process of that name, or None."""
        return next((process for process in self.processes if process.name == name), None)

    def decision(self, name: str) -> Decision | None:
        """Return the decision for exactly that field, or None."""
        return next((decision for decision in self.decisions if decision.field == name), None)

    def dockerfile(self, *, process: str | None = None) -> str:
        """Return the Dockerfile as text; `process` starts another process type than the plan's own.

        Raises PlanError for a process that the plan does not have.
        """
        from buildplan.render.dockerfile import render

        return render(self, process=process).text

    def dockerignore(self) -> str:
        """Return the `.dockerignore` that fits the Dockerfile: the tree's own lines, then ours."""
        from buildplan.render.dockerignore import render

        return render(self)

    def to_json(self, *, indent: int | None = 2) -> str:
        """Return the plan as JSON; what is empty is left out."""
        from buildplan.render.json import dumps

        return dumps(self, indent=indent)

    @staticmethod
    def from_json(text: str) -> BuildPlan:
        """Return the plan that `to_json` wrote.

        Raises ConfigError for text that is not such a plan; the message names the key.
        """
        from buildplan.render.json import loads

        return loads(text)


def origins(decisions: Iterable[Decision]) -> dict[str, Origin]:
    """Return field → origin."""
    return {decision.field: decision.origin for decision in decisions}
