"""What is shipped and what it starts: a release, an escript or source; where it listens; migrations and processes.

A release holds the values that the configuration had while it was built. An app that reads its variables in
`config.exs` or `prod.exs`, and has no `runtime.exs`, was made to be started by Mix, which reads them at each start: a
release of it would know nothing of where it runs.

Sources, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Release.html, https://hexdocs.pm/distillery/introduction
"""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import APP_DIR, Diagnostic, Process, RunnerUp
from buildplan.model.origin import Origin, rule
from buildplan.model.version_ranges import numbers_of
from buildplan.read import elixir_source

from . import config_files
from .config_files import Read

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.requests import CommandRequest

    from .elixir_version import Version
    from .mix_project import Project


# --- a release, an escript or source ----------------------------------------------------------------------------------

Kind = Literal["release", "distillery", "escript", "mix"]
_DISTILLERY = "rel/config.exs"
_BY_MIX = re.compile(r"\bmix (?:phx\.server|phoenix\.server|run)\b")
_RELEASE_NAME = re.compile(r"[a-z_][a-zA-Z0-9_]{0,100}", re.ASCII)


class Shipping(NamedTuple):
    """What is made, the name of it, and why."""

    kind: Kind
    name: str
    origin: Origin
    why: str


def choose_shipping(project: Project, version: Version) -> Shipping:
    """Return how the app is shipped, and note it."""
    found = _shipping(project, version)
    words = {"release": "a release", "distillery": "a release of Distillery", "escript": "an escript", "mix": "source"}
    lost = (RunnerUp("a release", project.release.origin, found.why),) if found.kind != "release" else ()
    project.reasons.decide("elixir.shipped", words[found.kind], found.origin, found.why, lost)
    return found


def _shipping(project: Project, version: Version) -> Shipping:
    name, config = project.release.value, project.config
    escript = project.main.escript
    if escript is not None and project.main.module is None and not project.listed:
        why = "mix.exs names a `main_module`, and no application that a release would start"
        return Shipping("escript", escript.value, escript.origin, why)
    if project.server_task is not None:
        return Shipping(
            "mix", name, Origin(project.main.path), f"its framework is started by `mix {project.server_task}`"
        )
    if project.listed and version.makes_releases:
        return _as_release(project, "mix.exs lists it")
    made = _of_distillery(project)
    if made is not None:
        place = project.dependency("distillery") or Origin(project.path(_DISTILLERY))
        return Shipping("distillery", made, place, f"`{_DISTILLERY}` lists it")
    if not version.makes_releases:
        return Shipping(
            "mix", name, rule("release"), f"Mix makes releases since Elixir 1.9, and this is {version.version}"
        )
    others = project.left_out
    if others:
        names = ", ".join(f"`{item.directory}`" for item in others[:4])
        why = f"the umbrella lists no releases, and a release of `{project.main.directory}` would not hold {names}"
        return Shipping("mix", name, Origin(project.root.path), why)
    early = next(iter(config.early), None)
    if config.late_file is None and early is not None and not _has_release_files(project):
        why = f"`{early.name}` is read by the configuration, which a release reads while it is built"
        return Shipping("mix", name, early.origin, why)
    start, baked = project.overrides.start, _baked(project)
    if baked and start is not None and _BY_MIX.search(start.value.text) and not _has_release_files(project):
        why = f"Mix is asked to start it, and `{baked[0].name}` is read by the configuration of the build"
        return Shipping("mix", name, start.origin, why)
    return _as_release(project, "what Mix makes for production")


def _as_release(project: Project, why: str) -> Shipping:
    baked = _baked(project)
    if baked:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(item.name for item in baked[:12]))
        text = f"{names}: read while the image is built, so that setting it where the app runs changes nothing"
        fix = "read it in config/runtime.exs, or set it as a variable of the build"
        project.reasons.report(Diagnostic("BP863", "info", text, baked[0].origin, fix))
    return Shipping("release", project.release.value, project.release.origin, why)


def _baked(project: Project) -> list[Read]:
    """Return the variables that only the configuration of the build reads."""
    late = {item.name for item in project.config.late}
    return [item for item in project.config.early if item.name not in late]


def _has_release_files(project: Project) -> bool:
    """Return whether the tree holds what only releases use."""
    tree = project.tree
    return (
        tree.has_directory(project.path("rel/overlays"))
        or tree.first(project.path("rel/env.sh.eex"), project.path("rel/vm.args.eex")) is not None
    )


def _of_distillery(project: Project) -> str | None:
    """Return the release that Distillery's configuration names: the default one, the app's, or the first."""
    path = project.path(_DISTILLERY)
    if project.dependency("distillery") is None or not project.tree.has(path):
        return None
    found = elixir_source.of(project.tree, path)
    names = [
        following.text
        for item, following in pairwise(found)
        if item.kind == "word"
        and item.text == "release"
        and following.kind == "atom"
        and _RELEASE_NAME.fullmatch(following.text)
    ]
    default = next(
        (
            following.text
            for item, following in pairwise(found)
            if item.kind == "key" and item.text == "default_release" and following.kind == "atom"
        ),
        None,
    )
    wanted = [name for name in (default, project.release.value) if name in names]
    return next(iter((*wanted, *names)), None)


# --- tasks of Phoenix -------------------------------------------------------------------------------------------------

_RENAMED = (1, 3)


def phoenix_task(project: Project, task: str) -> str:
    """Return the name of a task (`server`, `digest`) in the version that mix.lock has."""
    locked = project.lock.get("phoenix")
    numbers = numbers_of(locked.version) if locked is not None and locked.version is not None else _RENAMED
    return f"phoenix.{task}" if numbers[:2] < _RENAMED else f"phx.{task}"


# --- where it listens -------------------------------------------------------------------------------------------------

_PORT = 4000
_MAX_FILES = 2000
_RAISES = re.compile(r"environment variable ([A-Z][A-Z0-9_]{1,60}) is missing", re.ASCII)


class Listening(NamedTuple):
    """The port, None for what listens on none, and the variables that the shipped image sets.

    `variable` is the one that the configuration takes the port from.
    """

    port: int | None
    environment: tuple[tuple[str, str], ...]
    variable: str = "PORT"


def listen(project: Project, shipping: Shipping) -> Listening:
    """Return where the app listens, and note and report what is odd."""
    reasons, config = project.reasons, project.config
    environment: list[tuple[str, str]] = []

    def put(name: str, value: str, origin: Origin, why: str) -> None:
        environment.append((name, value))
        reasons.decide(f"run.environment.{name}", value, origin, why)

    put("LANG", "C.UTF-8", rule("utf-8"), "Erlang reads file names as Latin-1 without it")
    _report_variables(project)
    serving = _serving(project) if "phoenix" in project.frameworks and shipping.kind != "mix" else None
    if serving is not None:
        put(*serving, "the endpoint listens only with it")
    read = _reads_port(project)
    if not project.frameworks and project.overrides.port is None and read is None and config.port is None:
        return Listening(None, tuple(environment))
    if config.localhost is not None:
        ports.report_local("127.0.0.1", config.localhost, "bind to {0, 0, 0, 0}", reasons)
    own = config.port
    if read is None and own is not None and own.name == "PORT":
        read = own
    if read is not None:
        place, port = read.origin, _default(read) or _PORT
        ports.decide(Found("PORT", port, place, "PORT changes it"), reasons)
        put("PORT", str(port), place, "the app reads its port from it")
        return Listening(port, tuple(environment))
    if own is not None:
        port = _default(own) or _PORT
        why = f"the default of `{own.name}`, which changes it"
        ports.decide(Found("variable", port, own.origin, why, variable=own.name), reasons)
        put("PORT", str(port), own.origin, "the app reads its port from it")
        return Listening(port, tuple(environment), own.name)
    fixed = config.ports[-1] if config.ports else None
    if fixed is not None:
        fix = 'write `port: String.to_integer(System.get_env("PORT") || "4000")` in config/runtime.exs'
        why = "the port of the configuration"
        ports.decide(Found("fixed", fixed.value, fixed.origin, why, fix, where="in the configuration"), reasons)
        return Listening(fixed.value, tuple(environment))
    text = "nothing in the app reads PORT, so that its port is not known"
    fix = "read PORT in config/runtime.exs"
    reasons.report(Diagnostic("BP647", "warning", text, Origin(project.root.path), fix))
    reasons.decide("port", str(_PORT), rule("port"), "the port that Phoenix has by custom")
    put("PORT", str(_PORT), rule("port"), "platforms ask it for the port")
    return Listening(_PORT, tuple(environment))


def _default(read: Read) -> int | None:
    text = read.default or ""
    return int(text) if ports.is_port(text) else None


def _serving(project: Project) -> tuple[str, str, Origin] | None:
    """Return the variable that lets Phoenix listen: `mix phx.server` does it, a release has to be told."""
    config = project.config
    phoenix = project.dependency("phoenix") or Origin(project.root.path)
    if config.serves is not None:
        return ("PHX_SERVER", "true", config.serves) if config.serves.key == "PHX_SERVER" else None
    text = "the configuration says nowhere that the endpoint listens (`server: true`), as `mix phx.server` would"
    fix = (
        'write `if System.get_env("PHX_SERVER"), do: config :app, AppWeb.Endpoint, server: true` in config/runtime.exs'
    )
    project.reasons.report(Diagnostic("BP865", "info", f"{text}: the image says it", phoenix, fix))
    # The variables before it, ERL_AFLAGS and ERL_FLAGS, are often set by rel/env.sh.eex.
    return "ERL_ZFLAGS", "-phoenix serve_endpoints true", phoenix


def _reads_port(project: Project) -> Read | None:
    """Return where code or configuration of production reads PORT."""
    found = project.config.reads("PORT")
    if found is not None:
        return found
    tree = project.tree
    below = f"{project.directory}/" if project.directory else ""
    paths = [path for path in tree.with_suffix(".ex") if path.startswith(below) and "/test/" not in f"/{path}"]
    late = (project.config.late_file,) if project.config.late_file else ()
    for path in (*late, *project.config.early_files, *paths[:_MAX_FILES]):
        text = tree.text_or_none(path) or ""
        at = text.find('"PORT"')
        if at >= 0:
            read = next(
                (item for item in config_files.reads(elixir_source.of(tree, path), path) if item.name == "PORT"), None
            )
            return read or Read("PORT", Origin(path, text.count("\n", 0, at) + 1, "PORT"), None, needed=False)
    return None


def _report_variables(project: Project) -> None:
    config = project.config
    if config.late_file is None:
        for missing in config.missing:
            text = f"`{missing.value}` is not in the tree, and the build stops without it"
            fix = "move its settings into config/runtime.exs, which reads them from variables"
            project.reasons.report(Diagnostic("BP864", "warning", text, missing.origin, fix))
    if config.late_file is None:
        return
    names = {item.name for item in config.late if item.needed}
    names |= set(_RAISES.findall(project.tree.text_or_none(config.late_file) or ""))
    if names:
        listed = ", ".join(f"`{name}`" for name in sorted(names)[:12])
        more = f" and {len(names) - 12} more" if len(names) > 12 else ""  # noqa: PLR2004  # a dozen is enough to read
        text = f"the app may not start without {listed}{more}"
        project.reasons.report(Diagnostic("BP633", "info", text, Origin(config.late_file), "set them where it runs"))
    host = next((item for item in config.late if item.name == "PHX_HOST"), None)
    if host is not None and not host.needed:
        text = f"links point to `{host.default or 'localhost'}` until `PHX_HOST` names the app's own host"
        project.reasons.report(Diagnostic("BP632", "info", text, host.origin, "set it where the app runs"))


# --- migrations -------------------------------------------------------------------------------------------------------

# Where the guides put it, and what others call it.
_FILES = ("release.ex", "release_tasks.ex", "releases.ex", "release_task.ex", "release_helper.ex", "migrator.ex")
_SCRIPTS = ("migrate", "migrate.sh")
_MIGRATES = re.compile(
    r"^[ \t]{0,20}def (migrate|run_migrations|migrate_all)\b(?!\()|^[ \t]{0,20}def (migrate)\(\)", re.MULTILINE
)
_MODULE = re.compile(r"^defmodule ([A-Z][\w.]{0,200}) do", re.MULTILINE | re.ASCII)
_EVALUATED = re.compile(r"\beval[ \t]+[\"']?([A-Z][\w.]{0,200}\.[a-z_]\w{0,60})(?:\(\))?[\"']?", re.ASCII)
_APP = re.compile(r"[a-z_]\w{0,100}", re.ASCII)


class Migration(NamedTuple):
    """The expression that a release evaluates, where it comes from, and why."""

    expression: str
    origin: Origin
    why: str


def find_migration(project: Project) -> Migration | None:
    """Return what migrates the database in a release; None where nothing does."""
    return _script(project) or _function(project) or _ecto(project)


def migration_command(shipping: Shipping, found: Migration) -> tuple[str, ...]:
    """Return the command of a release, or Mix's own where the source is shipped."""
    if shipping.kind == "mix":
        return ("mix", "ecto.migrate")
    name = shipping.name
    return (f"/app/bin/{name}", "eval", found.expression)


def _script(project: Project) -> Migration | None:
    for folder in ("rel/overlays/bin", f"rel/overlays/{project.release.value}/bin", "rel/commands"):
        for name in _SCRIPTS:
            path = project.path(f"{folder}/{name}")
            text = project.tree.text_or_none(path)
            match = _EVALUATED.search(text) if text is not None else None
            if text is not None and match is not None:
                origin = Origin(path, text.count("\n", 0, match.start()) + 1)
                return Migration(match[1], origin, "what the release's own script evaluates")
    return None


def _function(project: Project) -> Migration | None:
    below = f"{project.directory}/" if project.directory else ""
    for name in _FILES:
        for path in project.tree.named(name):
            if not path.startswith(below) or "/test/" in f"/{path}" or path.startswith(f"{below}deps/"):
                continue
            text = project.tree.text_or_none(path) or ""
            module, function = _MODULE.search(text), _MIGRATES.search(text)
            if module is not None and function is not None:
                origin = Origin(path, text.count("\n", 0, function.start()) + 1)
                called = function[1] or function[2]
                return Migration(f"{module[1]}.{called}", origin, "the app's function for migrations in a release")
    return None


def _ecto(project: Project) -> Migration | None:
    """Return what the guides write into such a function, where the app has migrations and no function."""
    origin = project.dependency("ecto_sql", "phoenix_ecto", "ecto")
    has_any = any(path.endswith("/migrations") for path in project.tree.listing.directories if "/priv/" in f"/{path}/")
    app = next((name for name in project.config.repos if _APP.fullmatch(name)), None)
    if origin is None or app is None or not has_any:
        return None
    run = "fn repo -> Ecto.Migrator.run(repo, :up, all: true) end"
    each = f"for repo <- Application.fetch_env!(:{app}, :ecto_repos), do: Ecto.Migrator.with_repo(repo, {run})"
    why = "Ecto's own, since no module of the app has a function `migrate`"
    return Migration(f"Application.load(:{app}); {each}", project.config.repos[app], why)


# --- processes --------------------------------------------------------------------------------------------------------

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w{0,100}=[^\s;&|<>()`]{0,500}\s+", re.ASCII)
_SERVES = re.compile(
    r"(?:elixir\s[^;&|]{0,300}\s-S\s+)?(?:exec\s+)?mix\s+(?:do\s+)?(?:phx\.server|phoenix\.server|run\b)[^;&|]{0,200}"
)
_ASKS_TO_MIGRATE = re.compile(r"(?:exec\s+)?mix\s+(?:do\s+)?ecto\.(?:migrate|setup|deploy)\b")
_OF_RELEASE = re.compile(
    r"(?:\./|/app/|\S{0,100}_build/prod/rel/[\w.-]{1,100}/|/opt/app/|\S{0,100}rel/[\w.-]{1,100}/)?bin/([\w.-]{1,100})"
)
_CONTROL = re.compile(r"[;&|<>()`\n]|\$\(")


def processes(project: Project, shipping: Shipping, heard: Listening) -> tuple[Process, ...]:
    """Return the processes, the app's own first, each with a decision."""
    return _Resolver(project, shipping, heard).processes()


class _Resolver:
    def __init__(self, project: Project, shipping: Shipping, heard: Listening) -> None:
        self._project = project
        self._shipping = shipping
        self._port = heard.port
        self._variable = heard.variable
        self._reasons = project.reasons

    def processes(self) -> tuple[Process, ...]:
        overrides = self._project.overrides
        name = "web" if self._port is not None else "worker"
        asked = overrides.start or (overrides.processes.get(name) if name == "worker" else None)
        first = self._asked(name, asked, self._port) if asked is not None else None
        if first is not None and asked is not None:
            self._reasons.decide("start", first.text, asked.origin, "as it was asked for")
        else:
            first = ports.forward(Process(name, argv=self._usual(), port=self._port), self._variable)
            self._reasons.decide("start", first.text, self._shipping.origin, self._why())
        found = [first]
        migration = find_migration(self._project)
        if migration is not None and "release" not in overrides.processes:
            found.append(self._migration(migration, migration.origin, migration.why))
        for key, command in overrides.processes.items():
            process = self._asked(key, command, None) if key != name else None
            if process is not None:
                found.append(process)
                self._reasons.decide(f"processes.{key}", process.text, command.origin, "as it was asked for")
        return tuple(found)

    def _usual(self) -> tuple[str, ...]:
        shipping = self._shipping
        if shipping.kind == "mix":
            task = self._project.server_task or phoenix_task(self._project, "server")
            is_task = self._project.server_task is not None or "phoenix" in self._project.frameworks
            return ("mix", task) if is_task else ("mix", "run", "--no-halt")
        if shipping.kind == "escript":
            return (f"{APP_DIR}/{shipping.name}",)
        return (f"{APP_DIR}/bin/{shipping.name}", "foreground" if shipping.kind == "distillery" else "start")

    def _why(self) -> str:
        return {
            "release": "the start script of the release",
            "distillery": "the start script of the release",
            "escript": "the program that is built",
            "mix": "Mix starts the app, and reads its configuration then",
        }[self._shipping.kind]

    def _migration(self, migration: Migration, origin: Origin, why: str) -> Process:
        argv = migration_command(self._shipping, migration)
        process = Process("release", argv=argv)
        self._reasons.decide("processes.release", process.text, origin, why)
        return process

    def _asked(self, name: str, asked: Sourced[CommandRequest], port: int | None) -> Process | None:
        """Return a process as it was asked for, in terms of what is in the image; None where it cannot be."""
        request = asked.value
        line = request.shell if request.shell is not None else shlex.join(request.argv)
        bare = _without_assignments(line)
        kept = Process(name, argv=request.argv, shell=request.shell, port=port)
        if self._shipping.kind in {"mix", "escript"}:
            return self._of_mix(name, _without_assignments(line, ("MIX_ENV=prod ",)), port)
        script = _OF_RELEASE.match(bare)
        if script is not None and not _CONTROL.search(bare):
            return self._of_release(kept, script[1], bare[script.end() :]) if line == bare else kept
        if not re.search(r"(?:^|[\s;&|])mix\s", bare):
            return kept
        usual = " ".join(self._usual())
        if _SERVES.fullmatch(bare.strip()):
            text = f"`mix` is not in the image of a release: `{usual}` stands for `{bare.strip()[:80]}`"
            self._reasons.report(
                Diagnostic("BP645", "info", text, asked.origin, f"write `bin/{self._shipping.name} start`")
            )
            return Process(name, argv=self._usual(), port=port)
        found = find_migration(self._project)
        if _ASKS_TO_MIGRATE.match(bare) and found is not None:
            process = Process(name, argv=migration_command(self._shipping, found))
            if _CONTROL.search(bare):
                text = f"of `{bare.strip()[:80]}` only the migrations can run: `mix` is not in the image of a release"
                self._reasons.report(Diagnostic("BP645", "warning", text, asked.origin, "write the rest as `eval` too"))
            return process
        text = f"`mix` is not in the image of a release, so `{bare.strip()[:80]}` cannot run"
        fix = f"write it with `bin/{self._shipping.name} eval …`"
        self._reasons.report(Diagnostic("BP645", "warning", text, asked.origin, fix))
        return Process(name, argv=self._usual(), port=port) if name in {"web", "worker"} and port is not None else None

    def _of_mix(self, name: str, line: str, port: int | None) -> Process:
        """Return a plain call of Mix without a shell; what else there is stays as it was written."""
        kept = Process(name, shell=line, port=port)
        bare = _without_assignments(line, ("",))
        if _CONTROL.search(line) or "$" in line or not bare.startswith(("mix ", "elixir ")):
            return kept
        try:
            words = tuple(shlex.split(line))
        except ValueError:
            return kept
        # A shell that only sets variables would stay, and get the signals.
        return Process(name, argv=words if bare == line else ("env", *words), port=port)

    def _of_release(self, kept: Process, script: str, rest: str) -> Process:
        """Return a call of a script of the release; its path begins where the release lies."""
        if "$" in rest or kept.shell is None:
            return kept
        try:
            words = shlex.split(rest)
        except ValueError:
            return kept
        return Process(kept.name, argv=(f"{APP_DIR}/bin/{script}", *words), port=kept.port)


def _without_assignments(line: str, known: tuple[str, ...] = ("MIX_ENV=", "PORT=", "PHX_SERVER=", "POOL_SIZE=")) -> str:
    """Return a command without `MIX_ENV=prod PORT=4000` before it; the image sets what it needs."""
    rest = line.strip()
    while True:
        match = _ASSIGNMENT.match(rest)
        if match is None or not match[0].startswith(known):
            return rest
        rest = rest[match.end() :]
