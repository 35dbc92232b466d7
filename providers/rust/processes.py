"""From start commands, whoever wrote them, to the programs that are built."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.language import lower_compiled
from buildplan.model.build_plan import Diagnostic, Process
from buildplan.read import shell
from buildplan.read.shell import Word

from . import docker_build, subcommands

if TYPE_CHECKING:
    from buildplan.language.ports import Listening
    from buildplan.model.origin import Origin, Sourced
    from buildplan.model.requests import CommandRequest
    from buildplan.read.shell import Simple

    from .project import Project
    from .targets import Binary

_FLAGS = frozenset({"--release", "-r", "--locked", "--frozen", "--offline", "-q", "--quiet", "--all-features"})
_WITH_VALUE = frozenset(
    {"--bin", "--package", "-p", "--features", "-F", "--profile", "--manifest-path", "--target-dir"}
)
_WATCHERS = frozenset({"cargo-watch", "watchexec", "bacon", "systemfd"})


@dataclass(slots=True)
class Started:
    """The processes, the programs and scripts that they run, and the place of the first that needs a shell."""

    processes: list[Process] = field(default_factory=list)
    programs: list[Binary] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    shell: Origin | None = None


def resolve(project: Project, listening: Listening | None) -> Started:
    """Return the processes: what was asked for, else the chosen program."""
    started = Started(programs=[project.app])
    overrides, reasons = project.overrides, project.reasons
    port = listening.port if listening is not None else None
    name = "web" if port is not None else "worker"
    runners_up = project.choice.runners_up
    if overrides.start is not None:
        main, why = _asked(project, started, name, overrides.start, port)
        reasons.decide("start", main.text, overrides.start.origin, why, runners_up)
    else:
        main, origin, why = _own(project, started, name, listening)
        if listening is not None and listening.forwards:
            main = listening.forward(main)
            started.shell = started.shell or origin
        reasons.decide("start", main.text, origin, why, runners_up)
    started.processes.append(main)
    for kind, command in overrides.processes.items():
        if kind != name:
            process, why = _asked(project, started, kind, command, None)
            started.processes.append(process)
            reasons.decide(f"processes.{kind}", process.text, command.origin, why)
    return started


def _own(project: Project, started: Started, name: str, listening: Listening | None) -> tuple[Process, Origin, str]:
    path = path_of(project.app)
    port = listening.port if listening is not None else None
    row = project.framework[0] if project.framework is not None else None
    if row is not None and row.id == "rocket" and not _reads_port(project):
        origin = project.framework[1] if project.framework is not None else project.app.origin
        started.shell = origin
        text = f'ROCKET_PORT="$PORT" exec {path}'
        return Process(name, shell=text, port=port), origin, "Rocket reads `ROCKET_PORT`, platforms set `PORT`"
    arguments = row.arguments if row is not None else ()
    asked = docker_build.arguments(project.tree, project.app)
    if asked is not None:
        text = "what the tree's Dockerfile starts"
        return Process(name, argv=(path, *asked[0]), port=port), asked[1], text
    found = subcommands.find(project.files) if port is not None and not arguments else None
    if found is not None:
        text = "the program serves only with a subcommand, and this one sounds like it"
        return Process(name, argv=(path, found[0]), port=port), found[1], text
    return Process(name, argv=(path, *arguments), port=port), project.choice.origin, project.choice.rule


def _reads_port(project: Project) -> bool:
    """Return whether the code itself reads `PORT`."""
    return any(item.text == "PORT" for file in project.files.quoting("PORT".__eq__) for item in file.strings())


def path_of(program: Binary) -> str:
    """Return where a program lies in the image."""
    return f"{lower_compiled.BIN}/{program.name}"


def _asked(
    project: Project, started: Started, name: str, command: Sourced[CommandRequest], port: int | None
) -> tuple[Process, str]:
    value = command.value
    line = shell.parse(value.text) if value.shell is not None else None
    if value.shell is None and value.argv:
        line = shell.Line((shell.simple(value.argv),))
    if line is None:
        _need_shell(started, command.origin)
        return Process(name, shell=value.text, port=port), "only a shell can start it"
    found = [_resolved(project, started, item, command.origin, name) for item in line.commands]
    first = found[0]
    if len(found) == 1 and not line.operators and not first.needs_shell and not first.assignments and first.words:
        words = tuple(word.text for word in first.words)
        if words[0] == "exec" and len(words) > 1:
            words = words[1:]
        if not words[0].startswith(lower_compiled.BIN):
            _need_shell(started, command.origin)
        same = " ".join(words) == value.text
        return Process(
            name, argv=words, port=port
        ), "as it was asked for" if same else "the built program that it means"
    _need_shell(started, command.origin)
    parts = []
    for index, item in enumerate(found):
        parts.append(item.source)
        if index < len(line.operators):
            parts.append(line.operators[index])
    return Process(name, shell=" ".join(parts), port=port), "only a shell can start it"


def _need_shell(started: Started, origin: Origin) -> None:
    if started.shell is None:
        started.shell = origin


def _resolved(project: Project, started: Started, command: Simple, origin: Origin, process: str) -> Simple:
    """Return the command with the built program in it, where it means one."""
    words = command.words
    program: Binary | None
    lead = 1 if words and words[0].text == "exec" and len(words) > 1 else 0
    if not words or words[lead].expands:
        return command
    text = words[lead].text
    rest = words[lead + 1 :]
    if text == "cargo" and rest and rest[0].text in {"run", "watch", "shuttle", "leptos"}:
        program, arguments = _cargo_run(project, rest[1:])
        if rest[0].text != "run":
            arguments = ()
            _report_watcher(project, f"cargo {rest[0].text}", origin)
    elif text in _WATCHERS:
        program, arguments = project.app, ()
        _report_watcher(project, text, origin)
    else:
        program, arguments = _named(project, started, text, origin, process), rest
    if program is None:
        return command
    if program not in started.programs:
        started.programs.append(program)
    return command._replace(words=(*words[:lead], Word(path_of(program)), *arguments))


def _report_watcher(project: Project, text: str, origin: Origin) -> None:
    what = f"`{text}` is a development server, so it is not what the image starts"
    project.reasons.report(Diagnostic("BP640", "info", what, origin, "name the built program, or remove the line"))


def _cargo_run(project: Project, words: tuple[Word, ...]) -> tuple[Binary, tuple[Word, ...]]:
    """Return the program that `cargo run` means, and its arguments."""
    names: list[str] = []
    index = 0
    while index < len(words):
        text = words[index].text
        if text == "--":
            index += 1
            break
        option, equals, value = text.partition("=")
        if option in _WITH_VALUE:
            names.append(value if equals else words[index + 1].text if index + 1 < len(words) else "")
            index += 1 if equals else 2
        elif text in _FLAGS or text.startswith("-"):
            index += 1
        else:
            break
    found = next((item for item in project.choice.programs if item.name in names), None)
    found = found or next((item for item in project.choice.programs if item.package.name in names), None)
    return found or project.app, words[index:]


def _named(project: Project, started: Started, text: str, origin: Origin, process: str) -> Binary | None:
    """Return the program that a word means, None for one of the system or a script of the tree."""
    name = text.rpartition("/")[2]
    for item in project.choice.programs:
        if item.name == name and (item is project.app or not text.startswith("/") or text.startswith("/app/")):
            return item
    path = posixpath.normpath(text.removeprefix("/app/"))
    if project.tree.has(path):
        if path not in started.scripts:
            started.scripts.append(path)
        _need_shell(started, origin)
        return None
    if re.search(r"(?:^|/)target/(?:[\w-]{1,60}/)?(?:release|debug)/", text) or (
        process == "web" and text.startswith(("./", "bin/", "/app/"))
    ):
        what = f"no program of the tree is called `{name[:80]}`; `{project.app.name}` is taken to be meant"
        fix = f"write `bin/{project.app.name}`"
        project.reasons.report(Diagnostic("BP645", "info", what, origin, fix))
        return project.app
    return None
