"""The processes of the image, and the port that the main one listens on.

Sources, checked 2026-11-24:
- `DENO_SERVE_ADDRESS` (since 2.3) takes the place of the address of the first `Deno.serve`, also of a literal one, and
  of a host that only the container itself reaches: tried with Deno 2.3.7 and 2.9.6; 2.2.12 does not know it
- `deno serve --port`: https://docs.deno.com/runtime/reference/cli/serve/ (8000 without it; it does not read `PORT`)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.build_plan import Diagnostic, Process
from buildplan.facts.shell_line import Word
from buildplan.provenance import Origin
from buildplan.version_requests import numbers_of, shown

from . import command as commands
from . import entry, start, words

if TYPE_CHECKING:
    from buildplan.providers.node.entry_files import Listening

    from buildplan.facts.shell_line import Simple

    from .project import Project
    from .tasks import Started

_PORT = 8000
_MAX_PORT = 65535
# Names of tasks that say that something is served.
_SERVING = ("serve", "server", "serve:prod", "start:server", "start-server", "web", "preview")
_ADDRESS = "DENO_SERVE_ADDRESS"
_ADDRESS_SINCE = (2, 3)
# `--unstable` is gone; each part has a flag of its own.
_GRANULAR_SINCE = (2, 0)


@dataclass(frozen=True, slots=True)
class Shipped:
    """The main process, the others, and the variables that the image sets."""

    main: Process
    others: tuple[Process, ...]
    environment: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Port:
    number: int
    origin: Origin
    why: str
    reads: bool = False
    # How `PORT` reaches a program that does not read it: a flag, the variable of Deno, or not at all.
    given: str = ""


def ship(project: Project, started: Started, deno: str) -> Shipped:
    """Return the processes of an app that starts so."""
    reasons = project.reasons
    main, environment = _main(project, started, deno)
    found = []
    for name, request in project.overrides.processes.items():
        if name == main.name:
            continue
        process = _process(name, modern(project, start.of_request(project, request), deno), None)
        reasons.decide(f"processes.{name}", process.text, request.origin, "as it was asked for")
        found.append(process)
    return Shipped(main, tuple(found), environment)


def modern(project: Project, started: Started, deno: str) -> Started:
    """Return a start without the flags that Deno 2 took away, and with those that the code needs there."""
    call = started.call
    if call is None or started.command is None or not call.runs or numbers_of(deno) < _GRANULAR_SINCE:
        return started
    removed = words.listed("removed")
    gone = [flag[0] for flag in call.flags if flag[0].partition("=")[0] in removed]
    needed = entry.unstable_flags(project.tree, project.app, started.entry)
    wanted = [name for name in needed if not call.has(name) and not _configured(project, name)]
    if not gone and not wanted:
        return started
    plain = commands.without(started.command, call, lambda name: name in removed)
    index = _after_verb(plain)
    plain = replace(plain, words=(*plain.words[:index], *(Word(name) for name in wanted), *plain.words[index:]))
    parts = [f"knows no `{name}`" for name in gone] + [f"needs `{name}` for what the code calls" for name in wanted]
    text = f"Deno {deno} {' and '.join(parts)}, so the start is changed"
    fix = f"write {shown(plain.source)!r} where it stands" if started.origin.key else "write the flags of Deno 2"
    project.reasons.report(Diagnostic("BP843", "info", text, started.origin, fix))
    return replace(started, command=plain, text=plain.source)


def _configured(project: Project, flag: str) -> bool:
    """Return whether deno.json turns on what a flag turns on."""
    listed = (item.document.get("unstable") for item in (project.app, project.root) if item.document is not None)
    return any(isinstance(names, list) and flag.removeprefix("--unstable-") in names for names in listed)


def _after_verb(command: Simple) -> int:
    call = commands.read(command)
    if call is None or not call.verb:
        return 1
    return next(index for index, word in enumerate(call.words) if index and word == call.verb) + 1


def _main(project: Project, started: Started, deno: str) -> tuple[Process, tuple[tuple[str, str], ...]]:
    file = started.entry
    scanned = entry.listening(project.tree, project.app, file) if file is not None and project.tree.has(file) else None
    if scanned is not None and not _answers(project, started, scanned):
        return _process("worker", started, None), ()
    port = _port(project, started, scanned, deno)
    asked = project.overrides.port
    if asked is not None:
        port = replace(port, number=asked.value, origin=asked.origin, why="as it was asked for")
    project.reasons.decide("port", str(port.number), port.origin, port.why)
    if not (port.reads or port.given):
        return _process("web", started, port.number), ()
    why = "the app listens where `PORT` says"
    project.reasons.decide("run.environment.PORT", str(port.number), port.origin, why)
    environment = (("PORT", str(port.number)),)
    if not port.given or started.command is None:
        return _process("web", started, port.number), environment
    return Process("web", shell=_with_port(started.command, port.given), port=port.number), environment


def _answers(project: Project, started: Started, scanned: Listening) -> bool:
    """Return whether the app listens: its code, its start or its framework shows it."""
    call = started.call
    framework = project.framework
    named = started.origin.key in {f"{table}.{name}" for table in ("tasks", "scripts") for name in _SERVING}
    serves = named or (call is not None and (call.verb == "serve" or _after(started, "--port") is not None))
    return serves or scanned.listens or (framework is not None and framework.kind != "worker")


def _port(project: Project, started: Started, scanned: Listening | None, deno: str) -> _Port:
    call = started.call
    serves = call is not None and call.verb == "serve"
    flagged = call.value("--port") if serves and call is not None else _after(started, "--port")
    if flagged is not None and _is_port(flagged):
        return _Port(int(flagged), started.origin, "the port in the start command")
    if flagged is not None:
        return _Port(_PORT, started.origin, "the port in the start command", reads=True)
    if serves:
        return _Port(_PORT, started.origin, "the port that Deno serves on", given="--port")
    if scanned is not None and scanned.variable is not None:
        reads = scanned.variable.value == "PORT"
        _report_host(project, scanned)
        if not reads:
            name, place = scanned.variable.value, Origin(scanned.variable.path, scanned.variable.line)
            text = f"the port comes from `{name}`, and platforms set `PORT`"
            project.reasons.report(Diagnostic("BP648", "warning", text, place, "read `PORT` as well"))
        if scanned.fallback is not None:
            place = Origin(scanned.fallback.path, scanned.fallback.line)
            return _Port(int(scanned.fallback.value), place, "the port that the code falls back to", reads=reads)
        place = Origin(scanned.variable.path, scanned.variable.line)
        return _Port(_PORT, place, "the usual port of Deno; the code reads it", reads=reads)
    return _unread(project, started, scanned, deno)


def _unread(project: Project, started: Started, scanned: Listening | None, deno: str) -> _Port:
    """Return the port of an app that reads no variable for it."""
    fixed = scanned.fixed if scanned is not None else None
    number = _PORT if fixed is None else int(fixed.value)
    place = started.origin if fixed is None else Origin(fixed.path, fixed.line)
    why = "the port that Deno serves on" if fixed is None else "the port that is fixed in the code"
    file = started.entry
    framework = project.uses("fresh")
    calls = 0 if file is None else entry.serve_calls(project.tree, project.app, file)
    if framework is not None and not calls:
        # Fresh 1 reads `PORT`; Fresh 2 calls `Deno.serve` for the app.
        second = framework.version[:1] >= (2,)
        return _Port(number, place, why, reads=not second, given=_ADDRESS if second else "")
    is_run = started.is_deno and started.command is not None
    if calls == 1 and is_run and numbers_of(deno) >= _ADDRESS_SINCE:
        return _Port(number, place, why, given=_ADDRESS)
    if scanned is not None:
        _report_host(project, scanned)
    if fixed is not None:
        text = f"the port {number} is fixed in the code, so a platform cannot choose it"
        fix = f'write `Number(Deno.env.get("PORT") ?? {number})`'
        project.reasons.report(Diagnostic("BP647", "warning", text, place, fix))
    return _Port(number, place, why)


def _report_host(project: Project, scanned: Listening) -> None:
    if scanned.local is not None:
        place = Origin(scanned.local.path, scanned.local.line)
        text = f"the app binds to {scanned.local.value}, so nothing outside of the container reaches it"
        project.reasons.report(Diagnostic("BP649", "warning", text, place, "bind to `0.0.0.0`"))


def _with_port(command: Simple, given: str) -> str:
    """Return a line that hands `PORT` over."""
    texts = [word.source for word in command.words]
    variables = [f"{name}={value.source}" for name, value in command.assignments]
    if given == _ADDRESS:
        variables.append(f'{_ADDRESS}="tcp:0.0.0.0:$PORT"')
    else:
        index = _after_verb(command)
        texts.insert(index, '--port="$PORT"')
    before = ["env", *variables] if variables else []
    return " ".join([*before, *texts, *command.redirections])


def _after(started: Started, name: str) -> str | None:
    """Return the value of a flag among the words of the program itself."""
    given: tuple[str, ...] = () if started.command is None else started.command.arguments
    for index, text in enumerate(given):
        if text.startswith(f"{name}="):
            return text.partition("=")[2]
        if text == name and index + 1 < len(given):
            return given[index + 1]
    return None


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= _MAX_PORT


def _process(name: str, started: Started, port: int | None) -> Process:
    command = started.command
    if command is None or command.needs_shell or not command.words:
        return Process(name, shell=started.text, port=port)
    argv = tuple(word.text for word in command.words)
    if command.assignments:
        argv = ("env", *(f"{name}={value.text}" for name, value in command.assignments), *argv)
    return Process(name, argv=argv, port=port)
