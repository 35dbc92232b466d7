"""The plan of a Deno app.

The cache of dependencies (`DENO_DIR`, `/deno-dir` in the official image) is part of the image: what a build downloads
is what runs, and nothing is fetched at the start. The image's entry point is an init, so the app ends on SIGTERM.

Sources, checked 2026-11-24:
- https://github.com/denoland/deno_docker (user `deno` 1993, `DENO_DIR=/deno-dir/`, tini as entry point)
- https://docs.deno.com/runtime/reference/cli/install/ (`--frozen`)
- https://fresh.deno.dev/docs/deployment/docker
"""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

from buildplan.providers.node import entry_files

from buildplan import versions, web_server
from buildplan.build_plan import Diagnostic, Input, Phase, Process, Run, Runtime, Site
from buildplan.contract import PlanContext, ProviderPlan, Reasons
from buildplan.errors import NoStartError
from buildplan.facts import base_image, json_document, shell_line, version_files
from buildplan.provenance import Origin, Sourced, rule
from buildplan.version_requests import numbers_of
from buildplan.versions import Request

from . import entry, frameworks, manifest, tasks
from .tasks import Started

if TYPE_CHECKING:
    from buildplan.overrides import CommandRequest, Overrides
    from buildplan.source import SourceTree
    from buildplan.versions import Resolution

    from .frameworks import Match
    from .manifest import Manifest

_USER = "1993:1993"
_DENO_DIR = "/deno-dir/"
_PORT = 8000
_BUILD_TASKS = ("build", "lume:build")
_FRESH_SERVER = "_fresh/server.js"
# Since when `deno install` without a name installs what is declared, and `--frozen` is known.
_INSTALLS = (2, 0)
_FROZEN = (1, 45)


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Deno app in a tree.

    Raises FileError for a broken file, VersionError for a version that cannot be met, NoStartError without a start.
    """
    return _Planner(tree, context).plan()


class _Planner:
    def __init__(self, tree: SourceTree, context: PlanContext) -> None:
        self._tree = tree
        self._overrides: Overrides = context.overrides
        self._reasons = Reasons()
        self._manifest: Manifest = manifest.read(tree)
        configured = self._manifest.document is not None and not tree.has("package.json")
        self._file = entry.find(tree, configured=configured)
        self._matches: tuple[Match, ...] = frameworks.find(tree, self._manifest, self._file)

    def plan(self) -> ProviderPlan:
        version = _version(self._tree, self._overrides, self._reasons)
        runtime = Runtime("deno", version.version, version.requested)
        setup = Phase("setup", runtime=runtime)
        install = self._install(version)
        first = (setup,) if install is None else (setup, install)
        if self._is_lume():
            return self._site((*first, self._build(version, None, first[-1].name)))
        started, origin, why = self._start()
        if started.watched:
            text = "watching for changes is for development, so it is taken off"
            fix = "add a task `start` without `--watch`"
            self._reasons.report(Diagnostic("BP640", "info", text, origin, fix))
        build = self._build(version, started, first[-1].name)
        process, environment = self._process(started)
        self._reasons.decide("start", process.text, origin, why)
        others = tuple(self._others(process.name))
        copies = (Input(".", phase="build"), Input(_DENO_DIR, phase="build"))
        self._reasons.decide("run.copies", f". {_DENO_DIR}", rule("Deno"), "Deno runs the source, from a full cache")
        self._reasons.decide("run.user", _USER, rule("non-root"), "the user `deno` of the official image")
        return ProviderPlan(
            phases=(*first, build),
            run=Run(runtime, copies=copies, environment=environment, user=_USER),
            processes=(process, *others),
            run_only_variables=("PORT",),
            frameworks=tuple(match.id for match in self._matches),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    def _is_lume(self) -> bool:
        return bool(self._matches) and self._matches[0].id == "lume" and self._overrides.start is None

    def _is_fresh(self) -> bool:
        return bool(self._matches) and self._matches[0].id == "fresh"

    # --- phases -----------------------------------------------------------------------------------------------------
    def _flags(self, version: Resolution) -> str:
        return " --frozen" if self._manifest.lock is not None and numbers_of(version.version) >= _FROZEN else ""

    def _install(self, version: Resolution) -> Phase | None:
        """Return the phase that fetches what is declared; None when the code itself names all that it needs."""
        read, tree = self._manifest, self._tree
        declared = any(value.startswith(("npm:", "jsr:")) for value in read.imports.values())
        if not (declared or tree.has("package.json")) or numbers_of(version.version) < _INSTALLS:
            return None
        names = [*manifest.NAMES, "package.json", ".npmrc"]
        paths = [name for name in names if tree.has(name)]
        paths += [path for path in (read.lock, read.import_map) if path is not None]
        for folder in read.members:
            inside = (posixpath.join(folder, name) for name in (*manifest.NAMES, "package.json"))
            paths += [path for path in inside if tree.has(path)]
        command = f"deno install{self._flags(version)}"
        origin = Origin(read.lock) if read.lock is not None else read.origin
        why = "exactly what the lock file says" if read.lock is not None else "what is declared; there is no lock file"
        self._reasons.decide("phases.install.commands", command, origin, why)
        self._reasons.decide("phases.install.inputs", " ".join(paths), read.origin, "what an installation reads")
        inputs = tuple(Input(path) for path in dict.fromkeys(paths))
        return Phase("install", comment="Dependencies", commands=(command,), inputs=inputs, depends_on=("setup",))

    def _build(self, version: Resolution, started: Started | None, after: str) -> Phase:
        read = self._manifest
        commands: list[str] = []
        asked = [] if started is None else [name for name in started.needed if _is_word(name)]
        names = [*asked, *(name for name in _BUILD_TASKS if name in read.tasks and name not in asked)]
        if started is None and not names:
            names = [name for name in ("lume",) if name in read.tasks]
        commands += [f"deno task {shlex.quote(name)}" for name in dict.fromkeys(names)]
        if not commands and self._is_fresh() and self._tree.has("dev.ts"):
            commands.append("deno run --allow-all dev.ts build")
        file = None if started is None else started.entry
        if started is not None and file is not None:
            flags = (*started.cache_flags, *(self._flags(version).split() if not commands else ()))
            commands.append(shlex.join(["deno", "cache", *flags, file]))
        task = read.tasks.get(names[0]) if names else None
        origin = task.command.origin if task is not None and task.command is not None else read.origin
        if commands:
            why = "the build of the app, and what the started file needs, into the cache of the image"
            self._reasons.decide("phases.build.commands", " && ".join(commands), origin, why)
        self._reasons.decide("phases.build.inputs", ".", rule("whole tree"), "Deno runs the source itself")
        return Phase("build", comment="Build", commands=tuple(commands), inputs=(Input("."),), depends_on=(after,))

    def _site(self, phases: tuple[Phase, ...]) -> ProviderPlan:
        origin = self._matches[0].origin
        self._reasons.decide("run.copies", "_site", origin, "the folder that Lume writes")
        copies = (Input("_site/", phase="build", dest=""),)
        run, process = web_server.run(Site(not_found="404.html"), copies, self._reasons, origin)
        return ProviderPlan(
            phases=phases,
            run=run,
            processes=(process,),
            artifacts=("_site",),
            frameworks=tuple(match.id for match in self._matches),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    # --- start ------------------------------------------------------------------------------------------------------
    def _start(self) -> tuple[Started, Origin, str]:
        asked = self._overrides.start
        if asked is not None:
            return self._of_request(asked), asked.origin, "as it was asked for"
        for name in tasks.START_TASKS:
            found = tasks.of_task(self._manifest, name)
            if found is None or (self._is_fresh() and _is_development(found)):
                continue
            if found.command is not None and not found.is_deno and name == "dev":
                continue
            return found, found.origin, f"what the task `{name}` runs"
        if self._is_fresh():
            file = "main.ts" if not self._tree.first("vite.config.ts", "vite.config.js") else _FRESH_SERVER
            verb = "serve" if file == _FRESH_SERVER else "run"
            words = ("deno", verb, "--allow-all", file)
            return _started(words, self._matches[0].origin), self._matches[0].origin, "how a built Fresh app starts"
        if self._file is None:
            raise NoStartError(
                "nothing says what to start",
                origin=self._manifest.origin,
                hint='add a task to deno.json: `"start": "deno run --allow-net main.ts"`',
            )
        flags, why = entry.permissions(self._tree, self._file)
        verb = "serve" if entry.exports_fetch(self._tree, self._file) else "run"
        origin = Origin(self._file)
        return _started(("deno", verb, *flags, self._file), origin), origin, why

    def _of_request(self, asked: Sourced[CommandRequest]) -> Started:
        if asked.value.shell is None:
            return _started(asked.value.argv, asked.origin)
        return tasks.of_text(self._manifest, Sourced(asked.value.shell, asked.origin))

    def _process(self, started: Started) -> tuple[Process, tuple[tuple[str, str], ...]]:
        """Return the process and the variables of the image."""
        scanned = entry_files.scan(self._tree, started.entry) if started.entry is not None else None
        serves = started.is_deno and started.verb == "serve"
        flagged = _flag(started, "--port")
        if scanned is not None and not (serves or scanned.listens or self._matches or flagged):
            return _process("worker", started, None), ()
        port, origin, why = _PORT, rule("port"), "the port that Deno serves on"
        reads = serves and flagged is None
        if flagged is not None and flagged.isascii() and flagged.isdecimal() and 0 < int(flagged[:6]) < 65536:  # noqa: PLR2004  # TCP
            port, origin, why = int(flagged), started.origin, "the port in the start command"
        elif scanned is not None and scanned.variable is not None:
            reads = reads or scanned.variable.value == "PORT"
            if scanned.fallback is not None:
                place = scanned.fallback
                port, origin = int(place.value), Origin(place.path, place.line)
                why = "the port that the code falls back to"
        elif scanned is not None and scanned.fixed is not None:
            place = scanned.fixed
            port, origin, why = int(place.value), Origin(place.path, place.line), "the port that is fixed in the code"
            text = f"the port {port} is fixed in the code, so a platform cannot choose it"
            fix = f'write `Number(Deno.env.get("PORT") ?? {port})`'
            self._reasons.report(Diagnostic("BP647", "warning", text, origin, fix))
        elif self._is_fresh():
            reads = True
        if scanned is not None and scanned.local is not None:
            place = scanned.local
            text = f"the app binds to {place.value}, so nothing outside of the container reaches it"
            self._reasons.report(
                Diagnostic("BP649", "warning", text, Origin(place.path, place.line), "bind to `0.0.0.0`")
            )
        self._reasons.decide("port", str(port), origin, why)
        environment = (("PORT", str(port)),) if reads else ()
        if reads:
            self._reasons.decide("run.environment.PORT", str(port), origin, "the app listens where `PORT` says")
        if serves and flagged is None and started.command is not None:
            words = [word.source for word in started.command.words]
            line = " ".join([*words[:2], '--port="$PORT"', *words[2:]])
            return Process("web", shell=line, port=port), environment
        return _process("web", started, port), environment

    def _others(self, taken: str) -> list[Process]:
        found = []
        for name, command in self._overrides.processes.items():
            if name != taken:
                process = _process(name, self._of_request(command), None)
                self._reasons.decide(f"processes.{name}", process.text, command.origin, "as it was asked for")
                found.append(process)
        return found


def _is_word(name: str) -> bool:
    return not name.startswith("-")


def _started(argv: tuple[str, ...], origin: Origin) -> Started:
    return Started(shell_line.simple(argv), shlex.join(argv), origin)


def _is_development(started: Started) -> bool:
    """Return whether a task of Fresh is its development server: `dev.ts`, or Vite without `build`."""
    file = started.entry
    return started.watched or file == "dev.ts" or (started.command is not None and started.command.program == "vite")


def _flag(started: Started, name: str) -> str | None:
    words: tuple[str, ...] = () if started.command is None else started.command.arguments
    for index, text in enumerate(words):
        if text.startswith(f"{name}="):
            return str(text.partition("=")[2])
        if text == name and index + 1 < len(words):
            return str(words[index + 1])
    return None


def _process(name: str, started: Started, port: int | None) -> Process:
    command = started.command
    if command is None or command.needs_shell or command.assignments or not command.words:
        return Process(name, shell=started.text, port=port)
    return Process(name, argv=tuple(word.text for word in command.words), port=port)


def _version(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the version of Deno; raises VersionError for a request that cannot be met."""
    found = [
        overrides.versions.get("deno"),
        version_files.single_line(tree, ".deno-version"),
        version_files.single_line(tree, ".dvmrc"),
        version_files.tool_versions(tree, "deno"),
        version_files.mise(tree, "deno"),
        _engine(tree),
        base_image.version(tree, "deno"),
    ]
    return versions.resolve("deno", [Request(item.value, item.origin, "npm") for item in found if item], reasons)


def _engine(tree: SourceTree) -> Sourced[str] | None:
    """Return `engines.deno` of package.json."""
    if not tree.has("package.json"):
        return None
    document = json_document.read(tree, "package.json")
    return document.string("engines", "deno") if isinstance(document.get("engines"), dict) else None
