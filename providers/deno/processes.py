"""The processes of the image: what the start is for this Deno, how `PORT` reaches it, and what else runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic, Process
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read.shell import Word

from . import command as commands
from . import entry, ports, start, words

if TYPE_CHECKING:
    from buildplan.language.javascript.entry_files import Listening
    from buildplan.read.shell import Simple

    from .project import Project
    from .tasks import Started

# Names of tasks that say that something is served.
_SERVING = ("serve", "server", "serve:prod", "start:server", "start-server", "web", "preview")
# `--unstable` is gone; each part has a flag of its own.
_GRANULAR_SINCE = (2, 0)


class Shipped(NamedTuple):
    """The main process, the others, and the variables that the image sets."""

    main: Process
    others: tuple[Process, ...]
    environment: tuple[tuple[str, str], ...]


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
    plain = plain._replace(words=(*plain.words[:index], *(Word(name) for name in wanted), *plain.words[index:]))
    parts = [f"knows no `{name}`" for name in gone] + [f"needs `{name}` for what the code calls" for name in wanted]
    text = f"Deno {deno} {' and '.join(parts)}, so the start is changed"
    fix = f"write {shown(plain.source)!r} where it stands" if started.origin.key else "write the flags of Deno 2"
    project.reasons.report(Diagnostic("BP843", "info", text, started.origin, fix))
    return started._replace(command=plain, text=plain.source)


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
    port = ports.find(project, started, scanned, deno)
    asked = project.overrides.port
    if asked is not None:
        port = port._replace(number=asked.value, origin=asked.origin, why="as it was asked for")
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
    serves = named or (call is not None and (call.verb == "serve" or ports.flag(started, "--port") is not None))
    return serves or scanned.listens or (framework is not None and framework.kind != "worker")


def _with_port(command: Simple, given: str) -> str:
    """Return a line that hands `PORT` over."""
    texts = [word.source for word in command.words]
    variables = [f"{name}={value.source}" for name, value in command.assignments]
    if given == ports.ADDRESS:
        variables.append(f'{ports.ADDRESS}="tcp:0.0.0.0:$PORT"')
    elif given != "--port":
        variables.append(f'{given}="${{{given}:-$PORT}}"')
    else:
        index = _after_verb(command)
        texts.insert(index, '--port="$PORT"')
    before = ["env", *variables] if variables else []
    return " ".join([*before, *texts, *command.redirections])


def _process(name: str, started: Started, port: int | None) -> Process:
    command = started.command
    if command is None or command.needs_shell or not command.words:
        return Process(name, shell=started.text, port=port)
    argv = tuple(word.text for word in command.words)
    if command.assignments:
        argv = ("env", *(f"{name}={value.text}" for name, value in command.assignments), *argv)
    return Process(name, argv=argv, port=port)
