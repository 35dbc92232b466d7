"""From a start command to the process that it runs in the end, in exec form where no shell is needed.

`npm start` is followed through scripts; what builds is left to the build, what supervises is taken off, what serves
files becomes a site, and a development server is no start at all.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.read import shell

from . import programs, supervisors
from .follow import Follower, Step, Unclear, joined

if TYPE_CHECKING:
    from buildplan.model.origin import Origin, Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest
    from buildplan.read.shell import Word
    from buildplan.source import SourceTree

    from .manifest import Manifest

# Scripts that start an app in production, when `start` does not; a site only has the first group.
PRODUCTION_SCRIPTS = ("start:prod", "start:production", "start-prod", "prod:start", "prod", "production", "serve:prod")
SERVER_SCRIPTS = (
    "start:server",
    "start-server",
    "server:start",
    "start:node",
    "start:app",
    "start:api",
    "start:web",
    "start:bot",
    "server",
    "serve",
    "api",
    "web",
    "bot",
)
_NODE_VALUES = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"})
_RUNNER_VALUES = _NODE_VALUES | {"-P", "--project", "-O", "--compiler-options", "--tsconfig", "--preload", "-x"}
_LOADERS = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "--preload"})
_OWN_PORT = re.compile(r"\$\{?PORT(?::?[-=](\d{1,5}))?\}?")
_SYSTEM = frozenset({"node", "bun", "deno", "sh", "bash", "env", "npm", "npx", "pnpm", "yarn", "python", "python3"})
_MAX_PORT = 65535


class Start(NamedTuple):
    """How a process starts.

    `directory` is where it starts, in the tree. `entry` is the file that a runtime loads, as it is written, from the
    tree's root. `packages` are those that the command itself needs. `builds` are steps in front of it that make files.
    `port` is a port that the command fixed.
    """

    origin: Origin
    manifest: Manifest
    directory: str
    argv: tuple[str, ...] = ()
    shell: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    entry: str | None = None
    packages: tuple[str, ...] = ()
    builds: tuple[Step, ...] = ()
    port: int | None = None
    script: str = ""

    @property
    def program(self) -> str:
        """The program that runs."""
        return self.argv[0].rpartition("/")[2] if self.argv else ""

    @property
    def text(self) -> str:
        """The command on one line."""
        return self.shell if self.shell is not None else shlex.join(self.argv)

    @property
    def uses_packages(self) -> bool:
        """Whether the program comes with the packages."""
        return not self.argv or ("/" not in self.argv[0] and self.argv[0] not in _SYSTEM)


class SiteStart(NamedTuple):
    """A start command that only serves files: the folder, as a path of the tree, when it names one."""

    origin: Origin
    root: str | None
    single_page: bool


class Development(NamedTuple):
    """A start command that is for development only."""

    origin: Origin
    text: str


Resolved = Start | SiteStart | Development | Unclear


class Resolver:
    """Resolves start commands in one tree."""

    def __init__(self, tree: SourceTree, follower: Follower, reasons: Reasons) -> None:
        self._tree = tree
        self._follower = follower
        self._reasons = reasons

    def request(self, request: Sourced[CommandRequest], manifest: Manifest) -> Resolved:
        """Return what a command that somebody asked for runs."""
        place = self._follower.at(manifest, request.origin)
        wanted = request.value
        if wanted.shell is not None:
            return self._resolved(self._follower.line(wanted.shell, place))
        return self._resolved(self._follower.command(shell.simple(wanted.argv), place))

    def script(self, manifest: Manifest, name: str) -> Resolved:
        """Return what a script runs."""
        text = manifest.script(name)
        assert text is not None  # noqa: S101  # the caller looked
        place = self._follower.at(manifest, text.origin)
        return self._resolved(self._follower.command(shell.simple(("npm", "run", name)), place))

    def argv(self, words: tuple[str, ...], manifest: Manifest, origin: Origin) -> Start:
        """Return the start of a command of ours, which needs no following."""
        step = Step(shell.simple(words), "process", manifest.directory, manifest, origin)
        return self._start(step, (), ())

    def _resolved(self, steps: tuple[Step, ...] | Unclear) -> Resolved:
        while True:
            if isinstance(steps, Unclear):
                return steps
            if not steps:
                return Unclear("it runs nothing")
            last = steps[-1]
            inner = self._taken_off(last)
            if inner is None:
                break
            steps = inner if isinstance(inner, Unclear) else (*steps[:-1], *inner)
        if last.use == "site":
            return self._site(last)
        if last.use != "process":
            return Development(last.origin, last.command.source)
        before = tuple(step for step in steps[:-1] if step.use == "process")
        builds = tuple(step for step in steps[:-1] if step.use in {"build", "development"})
        return self._start(last, before, builds)

    def _taken_off(self, step: Step) -> tuple[Step, ...] | Unclear | None:
        if step.use == "watcher":
            inner = supervisors.watched(self._tree, self._follower, step)
            text = f"`{step.command.program}` restarts a program when files change, which in an image they never do"
            fix = "keep it in a `dev` script, and let `start` run the program itself"
        elif step.use == "supervisor":
            inner = supervisors.supervised(self._tree, self._follower, step)
            text = f"`{step.command.program}` is a supervisor inside of a container, which is supervised itself"
            fix = "run the program itself; start more containers in place of more instances"
        else:
            return None
        if not isinstance(inner, Unclear):
            self._reasons.report(Diagnostic("BP641", "info", f"{text}; the program is started alone", step.origin, fix))
        return inner

    def _start(self, step: Step, before: tuple[Step, ...], builds: tuple[Step, ...]) -> Start:
        self._about_environment(step)
        command, port = _without_port(step.command)
        entry = _entry(command.program, command.words[1:])
        start = Start(
            origin=step.origin,
            manifest=step.manifest,
            directory=step.directory,
            environment=_literal_environment(step),
            entry=None if entry is None else joined(step.directory, entry),
            packages=_packages(command.program, command.words[1:]),
            builds=builds,
            port=port,
            script=step.script,
        )
        expanding = [(name, word) for name, word in step.environment if word.expands]
        if not (before or expanding or command.needs_shell):
            return start._replace(argv=tuple(word.text for word in _by_name(command.words)))
        return start._replace(shell=self._shell(command, step, before, expanding))

    def _shell(
        self,
        command: shell.Simple,
        step: Step,
        before: tuple[Step, ...],
        expanding: list[tuple[str, Word]],
    ) -> str:
        """Return a line whose last command takes the place of the shell."""
        lines = [_in_front(item, step.directory) for item in before]
        assignments = "".join(f"{name}={word.source} " for name, word in expanding)
        lines.append(f"{assignments}exec {command.source}")
        if before:
            shown = " && ".join(item.command.source for item in before)
            self._reasons.report(
                Diagnostic(
                    "BP642",
                    "info",
                    f"`{shown[:120]}` runs each time the app starts, in front of it, and needs a shell",
                    step.origin,
                    "move it to a `release` process (`release: …` in a Procfile), which runs once per deployment",
                )
            )
        return " && ".join(lines)

    def _about_environment(self, step: Step) -> None:
        if step.readers or step.env_file:
            reader = f"node --env-file={step.env_file}" if step.env_file else step.readers[0]
            self._reasons.report(
                Diagnostic(
                    "BP643",
                    "info",
                    f"`{reader}` is left out: the files or accounts it reads from are not in the image",
                    step.origin,
                    "give the variables to the container when it is started",
                )
            )

    def _site(self, step: Step) -> SiteStart:
        program, arguments = programs.named(step.command)
        plain = [word for word in arguments if not word.startswith("-") and not word.isdecimal()]
        flags = {word for word in arguments if word.startswith("-")}
        folder = next((word for word in plain if word not in {"preview", "serve", "start"}), None)
        root = None
        if program in {"serve", "http-server", "sirv", "superstatic", "pushstate-server"} and folder:
            root = joined(step.directory, folder)
        single_page = program == "pushstate-server" or not flags.isdisjoint({"-s", "--single", "-sL"})
        return SiteStart(step.origin, root, single_page)


def _in_front(step: Step, directory: str) -> str:
    """Return the shell text of a step in front of the process."""
    assignments = "".join(f"{name}={word.source} " for name, word in step.environment)
    text = f"{assignments}{step.command.source}"
    if step.directory == directory:
        return text
    return f"(cd {shlex.quote(f'/app/{step.directory}'.rstrip('/'))} && {text})"


def _literal_environment(step: Step) -> tuple[tuple[str, str], ...]:
    return tuple({name: word.text for name, word in step.environment if not word.expands}.items())


def _by_name(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Return `next` for `./node_modules/.bin/next`: the directory is on PATH."""
    first = words[0]
    name = first.text.rpartition("node_modules/.bin/")[2]
    return (first._replace(text=name), *words[1:])


def _without_port(command: shell.Simple) -> tuple[shell.Simple, int | None]:
    """Return the command without an option for a port that the program reads from PORT, and the port it named."""
    options = programs.port_options(command.program)
    words = command.words
    for index, word in enumerate(words):
        name, equals, value = word.text.partition("=")
        if name not in options:
            continue
        text = value if equals else (words[index + 1].text if index + 1 < len(words) else "")
        own = _OWN_PORT.fullmatch(text)
        if own is None and not (text.isdecimal() and 0 < int(text[:6]) <= _MAX_PORT):
            continue
        number = own[1] if own else text
        rest = words[index + (1 if equals else 2) :]
        return command._replace(words=(*words[:index], *rest)), int(number) if number else None
    return command, None


def _entry(program: str, words: tuple[Word, ...]) -> str | None:
    """Return the file that a runtime loads; None for a program that is no runtime."""
    if program == "node":
        values = _NODE_VALUES
    elif programs.runs_typescript(program) or program in {"bun", "deno"}:
        values = _RUNNER_VALUES
    elif program in {"fastify", "probot"}:
        plain = [word.text for word in words if not word.text.startswith("-") and not word.expands]
        return plain[-1] if len(plain) > 1 else None
    else:
        return None
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.text in {"-e", "--eval", "-p", "--print"}:
            return None
        elif word.text.startswith("-") and word.text != "-":
            skip = word.text in values
        elif program in {"bun", "deno"} and word.text == "run":
            continue
        else:
            return None if word.expands else word.text
    return None


def _packages(program: str, words: tuple[Word, ...]) -> tuple[str, ...]:
    """Return the packages that a command needs beside what its files import."""
    found = [] if program in _SYSTEM else [programs.package_of(program)]
    texts = [word.text for word in words]
    for index, text in enumerate(texts):
        name, equals, value = text.partition("=")
        if name in _LOADERS:
            module = value if equals else (texts[index + 1] if index + 1 < len(texts) else "")
            if module and not module.startswith((".", "/")):
                parts = module.split("/")
                found.append("/".join(parts[:2]) if module.startswith("@") else parts[0])
    return tuple(dict.fromkeys(found))
