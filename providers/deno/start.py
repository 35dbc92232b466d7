"""What the image starts: which command, for which Deno, how `PORT` reaches it, what else runs, where it writes.

In this order: what was asked for; a task that is for production by its name; what the authors' own Dockerfile starts;
another task; how the framework starts; a task for development, with the watching taken off; the file that listens.

Sources, checked 2026-11-24:
- `DENO_SERVE_ADDRESS` (since 2.3) takes the place of the address of the first `Deno.serve`, and of the first server of
  `node:http`, which Express and Fastify are: also of a literal one, and of a host that only the container reaches.
  Tried with Deno 2.3.7, 2.5.6 and 2.9.6; 2.2.12 does not know it. It needs the permission for its own address
- `deno serve --port`: https://docs.deno.com/runtime/reference/cli/serve/ (8000 without it; it does not read `PORT`)
- Fresh 1 reads `PORT`: https://deno.land/x/fresh@1.7.3/src/server/boot.ts
- https://fresh.deno.dev/docs/deployment/docker (`deno task build`, `deno serve -A _fresh/server.js`)
- https://fresh.deno.dev/docs/1.x/concepts/ahead-of-time-builds (`dev.ts build`, since 1.4)
- https://fresh.deno.dev/docs/migration-guide (Fresh 2: Vite, or `Builder` in `dev.ts`)
"""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError
from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic, Process, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read import own_dockerfile, shell
from buildplan.read.shell import Word

from . import code, tables, tasks
from . import manifest as manifests
from .tasks import Follower, Started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.javascript.entry_files import Listening, Place
    from buildplan.model.requests import CommandRequest
    from buildplan.read.dockerfile import Instruction
    from buildplan.read.shell import Simple

    from .project import Project
    from .tasks import Call


# --- Fresh ------------------------------------------------------------------------------------------------------------

SERVER = "_fresh/server.js"
_VITE = ("vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs")
# Since when there is a build ahead of time; `dev.ts build` of an older one starts a server that never ends, so nothing
# is built where the version is not known.
_BUILDS = (1, 4)


def fresh_uses_vite(project: Project) -> bool:
    """Return whether Vite builds the app."""
    below = f"{project.app.directory}/" if project.app.directory else ""
    return project.tree.first(*(f"{below}{name}" for name in _VITE)) is not None


def fresh_command(project: Project) -> tuple[str, ...]:
    """Return how a built app starts, where no task says it."""
    if fresh_uses_vite(project):
        return ("deno", "serve", "--allow-all", SERVER)
    return ("deno", "run", "--allow-all", "main.ts")


def fresh_build(project: Project) -> tuple[str, ...]:
    """Return the commands that build an app without a task for it."""
    if fresh_uses_vite(project):
        return ("deno run --allow-all npm:vite build",)
    below = f"{project.app.directory}/" if project.app.directory else ""
    framework = project.uses("fresh")
    if framework is None or framework.version < _BUILDS or not project.tree.has(f"{below}dev.ts"):
        return ()
    return ("deno run --allow-all dev.ts build",)


def is_fresh_development(started: Started) -> bool:
    """Return whether a task is the development server: `dev.ts`, Vite, or anything that watches."""
    name = (started.entry or "").rpartition("/")[2]
    script = started.script or ""
    program = started.command.program if started.command is not None else ""
    return started.watched or name == "dev.ts" or program == "vite" or script.startswith("npm:vite")


# --- the command ------------------------------------------------------------------------------------------------------

_TASK, _IMAGE, _OTHER_TASK, _WATCHED, _GUESS = range(5)


class Choice(NamedTuple):
    """What is started, where that is written, and why it was taken; `others` are what it beat.

    `rank` orders the choices: less is better.
    """

    started: Started
    origin: Origin
    why: str
    others: tuple[RunnerUp, ...] = ()
    rank: int = 0


def choose(project: Project) -> Choice:
    """Return how the app starts; raises NoStartError where nothing tells."""
    found = list(_candidates(project))
    if not found:
        raise NoStartError(
            "nothing says what to start",
            origin=project.app.origin,
            hint='add a task to deno.json: `"start": "deno run --allow-net main.ts"`',
        )
    best = min(found, key=lambda choice: choice.rank)
    others = tuple(
        RunnerUp(item.started.text, item.origin, "it watches for changes" if item.started.watched else "it comes later")
        for item in found
        if item is not best and item.started.text != best.started.text
    )
    return Choice(best.started, best.origin, best.why, others)


def _candidates(project: Project) -> Iterator[Choice]:
    asked = project.overrides.start
    if asked is not None:
        yield Choice(of_request(project, asked), asked.origin, "as it was asked for")
        return
    image = of_image(project)
    if image is not None:
        rank = _WATCHED if image.watched else _IMAGE
        yield Choice(image, image.origin, "what the authors' own Dockerfile starts", rank=rank)
    follower = Follower(project.tree)
    is_fresh = project.uses("fresh") is not None
    for name in tasks.START_TASKS:
        found = follower.task(project.app, name)
        if found is None or (is_fresh and is_fresh_development(found)) or _is_bundler(found):
            continue
        if (name == "dev" and not _is_there(project, found)) or _is_gone(project, found):
            continue
        rank = _WATCHED if found.watched else _TASK if name in tasks.START_TASKS[: tasks.PRODUCTION] else _OTHER_TASK
        yield Choice(found, found.origin, f"what the task `{name}` runs", rank=rank)
    framework = project.framework
    if is_fresh and framework is not None:
        words = fresh_command(project)
        started = of_words(words, framework.origin, project.app.directory)
        yield Choice(started, framework.origin, "how Fresh starts", rank=_OTHER_TASK)
    elif project.file is not None:
        yield _of_file(project, project.file)


def _of_file(project: Project, file: str) -> Choice:
    tree, app = project.tree, project.app
    flags, why, origin = code.permissions(tree, app, file)
    verb = "serve" if code.exports_fetch(tree, file) else "run"
    own = file.removeprefix(f"{app.directory}/") if app.directory else file
    started = of_words(("deno", verb, *flags, own), Origin(file), app.directory)
    return Choice(started, origin, why, rank=_GUESS)


def of_words(words: tuple[str, ...], origin: Origin, directory: str = "") -> Started:
    """Return the start of a list of words."""
    return Started(shell.simple(words), shlex.join(words), origin, directory=directory)


def of_request(project: Project, asked: Sourced[CommandRequest]) -> Started:
    """Return what a command of the owner runs in the end."""
    if asked.value.shell is None:
        return of_words(asked.value.argv, asked.origin)
    return Follower(project.tree).text(project.root, Sourced(asked.value.shell, asked.origin))


def _is_there(project: Project, started: Started) -> bool:
    """Return whether Deno runs a file of the tree: a task for development may be a left-over."""
    file = started.entry
    return started.is_deno and (file is None or project.tree.has(file))


def _is_gone(project: Project, started: Started) -> bool:
    """Return whether a program of the tree is started that is not there, and that no task of the start makes."""
    line = shell.parse(started.text)
    if line is None or started.needed or not line.commands[-1].words:
        return False
    word = line.commands[-1].words[0]
    if word.expands or "/" not in word.text or word.text.startswith("/") or "node_modules/" in word.text:
        return False
    path = manifests.inside(started.directory, word.text)
    return path is not None and not project.tree.has(path)


def _is_bundler(started: Started) -> bool:
    """Return whether a bundler's own server is what lasts: `vite preview`, `deno run -A npm:vite`."""
    if started.command is None:
        return False
    if started.command.program in tables.BUNDLERS:
        return True
    script = started.script or ""
    name = script.removeprefix("npm:").lstrip("/")
    return script.startswith("npm:") and name.partition("@")[0].partition("/")[0] in tables.BUNDLERS


def of_image(project: Project) -> Started | None:
    """Return what the tree's own Dockerfile starts, where it runs Deno and a file that is there."""
    text = project.tree.text_or_none(own_dockerfile.PATH)
    if text is None or "deno" not in text or project.app.directory:
        return None
    lines = own_dockerfile.commands(project.tree)[:2]
    listed = [_instruction_words(line.value) for line in lines]
    if len(listed) > 1 and None not in listed:
        # `ENTRYPOINT ["deno", "run"]` with `CMD ["main.ts"]`.
        listed.append((*(listed[1] or ()), *(listed[0] or ())))
    for line, words in zip([*lines, *lines[:1]], listed, strict=False):
        started = None if words is None else _of_image_words(project, words, line.origin)
        if started is not None:
            return started
    return None


def _instruction_words(command: Instruction) -> tuple[str, ...] | None:
    if command.argv is not None:
        return command.argv
    parsed = shell.parse(command.text)
    if parsed is None or len(parsed.commands) != 1 or parsed.commands[0].needs_shell:
        return None
    return tuple(word.text for word in parsed.commands[0].words)


def _without_inits(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without the inits before it and their options (`tini -g --`)."""
    while words and words[0].rpartition("/")[2] in tables.INITS:
        words = words[1:]
        while words and words[0].startswith("-"):
            ends = words[0] == "--"
            words = words[1:]
            if ends:
                break
    return words


def _of_image_words(project: Project, words: tuple[str, ...], origin: Origin) -> Started | None:
    called = _without_inits(words)
    # Only the image's own entry point is `deno`: behind an init of the authors a word is a program.
    if called == words and words[:1] and (words[0] in tables.SUBCOMMANDS or words[0].startswith("-")):
        called = ("deno", *words)
    words = called
    if len(words) < 2 or words[0].rpartition("/")[2] != "deno":  # noqa: PLR2004  # a program and what it does
        return None
    request = Sourced(shlex.join(words), origin)
    started = Follower(project.tree).text(project.app, request)
    file = started.entry
    if not started.is_deno or file is None or not project.tree.has(file):
        return None
    if project.uses("fresh") is not None and is_fresh_development(started):
        return None
    call = started.call
    if call is not None and call.has("--reload", "-r") and started.command is not None:
        plain = tasks.without(started.command, call, lambda name: name in ("--reload", "-r"))
        return Started(plain, plain.source, origin, started.needed, started.watched, started.directory)
    return started


# --- the port ---------------------------------------------------------------------------------------------------------

ADDRESS = "DENO_SERVE_ADDRESS"
_ADDRESS_SINCE = (2, 3)
_PORT = 8000


class Port(NamedTuple):
    """A port and why it is that. `reads` is set where the program itself reads `PORT`.

    `given` is how it gets `PORT` otherwise: the flag `--port`, the variable of Deno, one of the app's, or not at all.
    """

    number: int
    origin: Origin
    why: str
    reads: bool = False
    given: str = ""


def find_port(project: Project, started: Started, scanned: Listening | None, deno: str) -> Port:
    """Return the port of an app that starts so; `scanned` is what its code says, None for a file that is not there."""
    call = started.call
    serves = call is not None and call.verb == "serve"
    flagged = call.value("--port") if serves and call is not None else given_flag(started, "--port")
    if flagged is not None:
        literal = ports.is_port(flagged)
        number = int(flagged) if literal else _PORT
        return Port(number, started.origin, "the port in the start command", reads=not literal)
    if serves:
        return Port(_PORT, started.origin, "the port that Deno serves on", given="--port")
    number, place, why = _said(scanned, started.origin)
    variable = scanned.variable if scanned is not None else None
    if variable is not None and variable.value == "PORT" and (scanned is None or scanned.local is None):
        return Port(number, place, why, reads=True)
    framework = project.uses("fresh")
    listeners = code.listeners(project.tree, project.app, started.entry)
    if framework is not None and not listeners.served:
        # Fresh 1 reads `PORT`; Fresh 2 calls `Deno.serve` for the app.
        second = framework.version[:1] >= (2,)
        return Port(number, place, why, reads=not second, given=ADDRESS if second else "")
    alone = listeners.served == 1 and not listeners.others and _may_bind(call)
    if alone and started.is_deno and started.command is not None and numbers_of(deno) >= _ADDRESS_SINCE:
        return Port(number, place, why, given=ADDRESS)
    reads = variable is not None and variable.value == "PORT"
    given = variable.value if variable is not None and not reads and started.command is not None else ""
    if scanned is not None:
        _report_port(project, scanned, number, place, reads=reads, forwards=bool(given))
    return Port(number, place, why, reads=reads, given=given)


def _may_bind(call: Call | None) -> bool:
    """Return whether the permissions of a start let it listen on all addresses, on any port."""
    if call is None:
        return False
    named = call.value("--allow-net", "-N")
    if named is not None:
        return ports.ANYWHERE in named.split(",")
    return call.allows_all or call.allows("N", "--allow-net")


def _said(scanned: Listening | None, origin: Origin) -> tuple[int, Origin, str]:
    """Return the port that the code names, or the usual one."""
    if scanned is None:
        return _PORT, origin, "the port that Deno serves on"
    if scanned.fallback is not None:
        return int(scanned.fallback.value), _place(scanned.fallback), "the port that the code falls back to"
    if scanned.variable is not None:
        return _PORT, _place(scanned.variable), "the usual port of Deno; the code reads a variable for it"
    if scanned.fixed is not None:
        return int(scanned.fixed.value), _place(scanned.fixed), "the port that is fixed in the code"
    return _PORT, origin, "the port that Deno serves on"


def _place(found: Place) -> Origin:
    return Origin(found.path, found.line)


def _report_port(
    project: Project, scanned: Listening, number: int, place: Origin, *, reads: bool, forwards: bool
) -> None:
    """Report what keeps a platform from choosing the port, and others from reaching it."""
    framework = project.framework
    local = scanned.local
    if local is None and framework is not None and framework.id == "fastify":
        local = scanned.unhosted
    if local is not None:
        ports.report_local(local.value, _place(local), "bind to `0.0.0.0`", project.reasons)
    variable = scanned.variable
    if variable is not None and not reads:
        other = Found("variable", number, _place(variable), "", variable=variable.value)
        ports.report(other, project.reasons, forwards=forwards)
    elif variable is None and scanned.fixed is not None:
        fix = f'write `Number(Deno.env.get("PORT") ?? {number})`'
        ports.report(Found("fixed", number, place, "", fix), project.reasons)


def given_flag(started: Started, name: str) -> str | None:
    """Return the value of a flag among all words of the start, None without it."""
    given: tuple[str, ...] = () if started.command is None else started.command.arguments
    for index, text in enumerate(given):
        if text.startswith(f"{name}="):
            return text.partition("=")[2]
        if text == name and index + 1 < len(given):
            return given[index + 1]
    return None


# --- processes --------------------------------------------------------------------------------------------------------

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
        process = _process(name, modern(project, of_request(project, request), deno), None)
        reasons.decide(f"processes.{name}", process.text, request.origin, "as it was asked for")
        found.append(process)
    return Shipped(main, tuple(found), environment)


def modern(project: Project, started: Started, deno: str) -> Started:
    """Return a start without the flags that Deno 2 took away, and with those that the code needs there."""
    call = started.call
    if call is None or started.command is None or not call.runs or numbers_of(deno) < _GRANULAR_SINCE:
        return started
    removed = tables.REMOVED
    gone = [flag[0] for flag in call.flags if flag[0].partition("=")[0] in removed]
    needed = code.unstable_flags(project.tree, project.app, started.entry)
    wanted = [name for name in needed if not call.has(name) and not _configured(project, name)]
    if not gone and not wanted:
        return started
    plain = tasks.without(started.command, call, lambda name: name in removed)
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
    call = tasks.read_call(command)
    if call is None or not call.verb:
        return 1
    return next(index for index, word in enumerate(call.words) if index and word == call.verb) + 1


def _main(project: Project, started: Started, deno: str) -> tuple[Process, tuple[tuple[str, str], ...]]:
    file = started.entry
    scanned = code.listening(project.tree, project.app, file) if file is not None and project.tree.has(file) else None
    if scanned is not None and not _answers(project, started, scanned):
        return _process("worker", started, None), ()
    port = find_port(project, started, scanned, deno)
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
    serves = named or (call is not None and (call.verb == "serve" or given_flag(started, "--port") is not None))
    return serves or scanned.listens or (framework is not None and framework.kind != "worker")


def _with_port(command: Simple, given: str) -> str:
    """Return a line that hands `PORT` over."""
    texts = [word.source for word in command.words]
    variables = [f"{name}={value.source}" for name, value in command.assignments]
    if given == ADDRESS:
        variables.append(f'{ADDRESS}="tcp:0.0.0.0:$PORT"')
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


# --- where it writes --------------------------------------------------------------------------------------------------


def writable(project: Project, started: Started) -> tuple[str, ...]:
    """Return the folders that the start's permissions or its code write to; notes why."""
    call = started.call
    if call is None or not call.runs:
        return ()
    named = call.value("--allow-write", "-W")
    if named is not None:
        found = _named_folder(project, started, named)
        if found:
            why = "the start allows to write there"
            project.reasons.decide("run.writable", " ".join(found), started.origin, why)
        return found
    if not (call.allows_all or call.allows("W", "--allow-write")) or started.entry is None:
        return ()
    writer = code.writes(project.tree, project.app, started.entry)
    if writer is None:
        return ()
    text, place = writer
    project.reasons.decide("run.writable", ".", place, f"the code writes files (`{text}`)")
    return (".",)


def _named_folder(project: Project, started: Started, value: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in value.split(","):
        path = manifests.inside(started.directory, name.strip()) if name.strip() not in ("", ".", "./") else "."
        if path is None:
            continue
        is_file = "." in posixpath.basename(path).strip(".") and not project.tree.has_directory(path)
        found[(posixpath.dirname(path) or ".") if is_file else path] = None
    return tuple(found)
