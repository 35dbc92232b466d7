"""From start commands, whoever wrote them, to the programs that are built."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError
from buildplan.language import lower_compiled
from buildplan.model.build_plan import Diagnostic, Process
from buildplan.model.origin import Sourced
from buildplan.model.requests import Replace

from . import start_line, tables

if TYPE_CHECKING:
    from buildplan.language.ports import Listening
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest, Overrides
    from buildplan.source import SourceTree

    from .command_choice import Choice
    from .packages import Package, Packages
    from .start_line import Program

_BUILD = re.compile(r"\bgo[ \t]{1,9}build\b([^;&|\n]{0,1000})")
_PATH = re.compile(r"/[\w./+-]{1,200}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9_][\w.+-]{0,100}", re.ASCII)


class OwnBuild(NamedTuple):
    """The owner's build command, and the path in the image of the program that it makes; None when nothing says so."""

    text: str
    origin: Origin
    output: str | None

    def path(self, program: Program) -> str | None:
        """Return the program that a start command means, when it is the one that is built."""
        if self.output is None:
            return None
        meant = program.target is not None or program.name == posixpath.basename(self.output)
        return self.output if meant else None


def own_build(overrides: Overrides, choice: Choice) -> OwnBuild | None:
    """Return the build command that the owner wrote in place of ours, or None."""
    phase = overrides.phases.get("build")
    if phase is None or not isinstance(phase.commands, Replace) or not phase.commands.items:
        return None
    text = " && ".join(item.value for item in phase.commands.items)
    origin = phase.commands.items[0].origin
    match = _BUILD.search(text)
    if match is None:
        return OwnBuild(text, origin, None)
    try:
        words = shlex.split(match[1])
    except ValueError:
        return OwnBuild(text, origin, None)
    output = next((word[3:] for word in words if word.startswith("-o=")), None)
    if "-o" in words[:-1]:
        output = words[words.index("-o") + 1]
    if output is None:
        target = words[-1] if words and words[-1].startswith(".") else "."
        output = choice.app.binary if target == "." else posixpath.basename(target)
    elif output.endswith("/"):
        output += choice.app.binary
    path = posixpath.normpath(posixpath.join("/app", output))
    return OwnBuild(text, origin, path if _PATH.fullmatch(path) else None)


@dataclass(slots=True)
class Started:
    """The processes, and what they run: packages by the names of their programs, and scripts.

    `shell` is the place of the first process that only a shell can start, None when there is none.
    """

    processes: list[Process] = field(default_factory=list)
    packages: dict[str, Package] = field(default_factory=dict)
    scripts: list[str] = field(default_factory=list)
    environment: dict[str, Sourced[str]] = field(default_factory=dict)
    shell: Origin | None = None


def binary(package: Package) -> str:
    """Return the name of a package's program; `app` where Go's own name could not be a file name everywhere."""
    return package.binary if _NAME.fullmatch(package.binary) else "app"


class Resolver:
    """Resolves the commands of one tree; `own` is the owner's build command, when there is one."""

    def __init__(
        self, tree: SourceTree, packages: Packages, choice: Choice, reasons: Reasons, own: OwnBuild | None = None
    ) -> None:
        self._tree = tree
        self._packages = packages
        self._choice = choice
        self._reasons = reasons
        self._own = own
        self.started = Started()

    def main(self, overrides: Overrides, heard: Listening | None, word: Sourced[str] | None = None) -> None:
        """Add the process that the image starts: what was asked for, else the chosen command with its sub-command."""
        port = heard.port if heard is not None else None
        name = "web" if port is not None else "worker"
        if overrides.start is None:
            if self._own is not None and self._own.output is None:
                raise NoStartError(
                    f"nothing says what `{self._own.text[:80]}` makes, so it cannot be started",
                    origin=self._own.origin,
                    hint='write `start = "bin/app"` in buildplan.toml, or a `web:` line in a Procfile',
                )
            path = self._app_path()
            process = Process(name, argv=(path,) if word is None else (path, word.value), port=port)
            origin, why = (self._choice.origin, self._choice.rule)
            if heard is not None and heard.forwards:
                process = heard.forward(process)
                self.started.shell = origin
            self.started.processes.append(process)
            if word is not None:
                origin, why = word.origin, f"the program serves with `{word.value}`; {why}"
            if self._own is not None:
                origin, why = self._own.origin, "what the configured build command makes"
            self._reasons.decide("start", process.text, origin, why, self._choice.runners_up)
            return
        process = self._process(name, overrides.start, port)
        self.started.processes.append(process)
        self._reasons.decide(
            "start", process.text, overrides.start.origin, self._rule(process, overrides.start), self._choice.runners_up
        )

    def others(self, overrides: Overrides) -> None:
        """Add the other process types."""
        taken = {process.name for process in self.started.processes}
        for name, command in overrides.processes.items():
            if name in taken:
                continue
            process = self._process(name, command, None)
            self.started.processes.append(process)
            self._reasons.decide(f"processes.{name}", process.text, command.origin, self._rule(process, command))

    def _rule(self, process: Process, command: Sourced[CommandRequest]) -> str:
        if process.shell is not None:
            return "only a shell can start it"
        return "as it was asked for" if process.text == command.value.text else "the built program that it means"

    def _app_path(self) -> str:
        return self._path(self._choice.app)

    def _path(self, package: Package) -> str:
        if self._own is not None and self._own.output is not None:
            return self._own.output
        known = self.started.packages
        if package not in known.values():
            name = binary(package)
            if name in known:
                name = package.directory.replace("/", "-") or name
            known[name if _NAME.fullmatch(name) else f"app{len(known)}"] = package
        return f"{lower_compiled.BIN}/{next(name for name, item in known.items() if item is package)}"

    def _process(self, name: str, command: Sourced[CommandRequest], port: int | None) -> Process:
        value = command.value
        one = start_line.simple(value.text) if value.shell is not None else None
        if value.shell is None and value.argv:
            one = start_line.Simple((), start_line.Program(value.argv[0]), value.argv[1:])
        if one is None:
            return self._shell(name, value.text, command.origin, port)
        path = self._resolved(one.program, command.origin, name)
        if path is None:
            self._need_shell(command.origin)  # a program of the system, which a minimal image does not have
            return Process(name, argv=(one.program.word, *one.arguments), port=port)
        for key, text in one.environment:
            self._add_variable(key, text, command.origin)
        arguments = () if one.program.name in tables.WATCHERS and path == self._app_path() else one.arguments
        return Process(name, argv=(path, *arguments), port=port)

    def _add_variable(self, name: str, value: str, origin: Origin) -> None:
        self.started.environment[name] = Sourced(value, origin)
        self._reasons.decide(f"run.environment.{name}", value, origin, "the start command sets it")

    def _shell(self, name: str, text: str, origin: Origin, port: int | None) -> Process:
        self._need_shell(origin)
        paths = {}
        for program in start_line.programs(text):
            path = self._resolved(program, origin, name, quiet=True)
            if path is not None:
                paths[start_line.key(program)] = shlex.quote(path)
        return Process(name, shell=start_line.rewritten(text, paths), port=port)

    def _need_shell(self, origin: Origin) -> None:
        if self.started.shell is None:
            self.started.shell = origin

    def _resolved(self, program: Program, origin: Origin, process: str, *, quiet: bool = False) -> str | None:
        """Return the path in the image of a program, or None when it is not one that is built."""
        if self._own is not None:
            return self._own.path(program)
        if program.target is not None:
            return self._of_run(program.target, origin, process)
        if program.name in tables.WATCHERS and "/" not in program.word:
            text = f"`{program.name}` is a development server, so it is not what the image starts"
            self._reasons.report(
                Diagnostic("BP640", "info", text, origin, "name the built program, or remove the line")
            )
            return self._app_path()
        for package in self._choice.commands:
            if program.name in {package.binary, binary(package)}:
                return self._path(package)
        path = posixpath.normpath(program.word.removeprefix("/app/"))
        if self._tree.has(path):
            if path not in self.started.scripts:
                self.started.scripts.append(path)
            self._need_shell(origin)
            return f"/app/{path}"
        if (
            quiet
            or program.name in tables.SYSTEM_PROGRAMS
            or (program.word.startswith("/") and not program.word.startswith("/app/"))
        ):
            return None
        if "/" in program.word or process == "web":
            path = self._app_path()
            meant = posixpath.basename(path)
            text = f"no command of the tree is called `{program.name[:80]}`; `{meant}` is taken to be meant"
            fix = f"write `{path.removeprefix('/app/')}`"
            self._reasons.report(Diagnostic("BP645", "info", text, origin, fix))
            return path
        text = f"`{program.word[:80]}` is started as it is: no command of the tree is called so"
        self._reasons.report(Diagnostic("BP645", "warning", text, origin, "name a command of the tree"))
        return None

    def _of_run(self, target: str, origin: Origin, process: str) -> str | None:
        package = self._packages.at(target)
        if package is None or package.main is None:
            text = f"`go run` is given `{target[:80] or '.'}`, which holds no command"
            self._reasons.report(
                Diagnostic("BP645", "warning", text, origin, "name a folder that holds `package main`")
            )
            return self._app_path() if process == "web" else None
        return self._path(package)
