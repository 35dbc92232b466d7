"""From a command to the simple commands that run in the end: scripts, wrappers, `cd` and lists are followed.

Nothing is run. `npm start` becomes the steps of the script `start`; each step knows its directory and variables. A line
that cannot be split into steps, or that starts several lasting processes, is answered as `Unclear` with the reason.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import shell
from buildplan.read.shell import Simple, Word

from . import manifest as manifests
from . import programs, script_calls, wrappers

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .programs import Use
    from .workspaces import Workspace

_MAX_DEPTH = 12
# Commands looked at in one call; real scripts reach about ten.
_MAX_COMMANDS = 300
_PARALLEL_VALUES = frozenset(
    {"-n", "--names", "-c", "--prefix-colors", "-p", "--prefix", "-l", "-m", "--restart-tries"}
)


class Step(NamedTuple):
    """A simple command; `directory` is where it runs, `manifest` whose packages it uses, both in the tree."""

    command: Simple
    use: Use
    directory: str
    manifest: Manifest
    origin: Origin
    environment: tuple[tuple[str, Word], ...] = ()
    readers: tuple[str, ...] = ()
    script: str = ""
    env_file: str = ""


class Unclear(NamedTuple):
    """Why a command cannot be followed."""

    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line stands."""

    manifest: Manifest
    directory: str
    origin: Origin
    script: str = ""
    environment: tuple[tuple[str, Word], ...] = ()
    trail: tuple[tuple[str, str], ...] = field(default=())


class Follower:
    """Follows commands in one tree."""

    def __init__(self, tree: SourceTree, workspace: Workspace, *, hooks: bool = True) -> None:
        """`hooks`: the package manager runs `prestart` before `start` (all but newer Yarns do)."""
        self._tree = tree
        self._workspace = workspace
        self._hooks = hooks
        self._seen = 0

    def at(self, manifest: Manifest, origin: Origin) -> Place:
        """Return the place of a line that runs in a package's directory."""
        return Place(manifest, manifest.directory, origin)

    def line(self, text: str, place: Place) -> tuple[Step, ...] | Unclear:
        """Return the steps of a shell line."""
        parsed = shell.parse(text)
        if parsed is None:
            return Unclear("it has shell grammar beyond a list of commands")
        return self.commands(parsed.commands, parsed.operators, place)

    def script(self, manifest: Manifest, name: str) -> tuple[Step, ...] | Unclear:
        """Return the steps of a script; none when there is no such script."""
        text = manifest.script(name)
        return () if text is None else self.line(text.value, self.at(manifest, text.origin))

    def command(self, command: Simple, place: Place) -> tuple[Step, ...] | Unclear:
        """Return the steps of a simple command."""
        self._seen += 1
        if len(place.trail) > _MAX_DEPTH or self._seen > _MAX_COMMANDS:
            return Unclear("its scripts call each other in a circle, or too deeply")
        unwrapped = wrappers.unwrap(command)
        inner = unwrapped.command
        environment = (*place.environment, *unwrapped.environment)
        place = replace(place, environment=environment)
        script_line = _inner_line(inner)
        if script_line is not None:
            return self.line(script_line, place)
        if inner.program in {"run-s", "npm-run-all", "npm-run-all2", "run-p"} and not inner.redirections:
            return self._run_all(inner, place)
        if inner.program == "concurrently":
            return self._at_once(_concurrent(inner, place.manifest), place)
        call = script_calls.called(inner)
        if call is not None:
            followed = self._script(call, place)
            if followed is not None:
                return followed
            inner = _program_of(inner, surely=call.surely)
        step = Step(
            inner,
            programs.use(inner),
            place.directory,
            place.manifest,
            place.origin,
            environment,
            unwrapped.readers,
            place.script,
            wrappers.env_file(command) or "",
        )
        return (step,)

    def commands(
        self, commands: tuple[Simple, ...], operators: tuple[str, ...], place: Place
    ) -> tuple[Step, ...] | Unclear:
        """Return the steps of simple commands with operators between them."""
        if any(mark in {"||", "|"} for mark in operators):
            return Unclear("it has `||` or `|`")
        if "&" in operators:
            groups: list[list[Simple]] = [[]]
            for index, command in enumerate(commands):
                groups[-1].append(command)
                if index < len(operators) and operators[index] == "&":
                    groups.append([])
            flows = [self.commands(tuple(group), (), place) for group in groups if group]
            return self._chosen(flows)
        steps: list[Step] = []
        for command in commands:
            moved = self._moved(command, place)
            if moved is not None:
                place = moved
                continue
            followed = self.command(command, place)
            if isinstance(followed, Unclear):
                return followed
            steps.extend(followed)
        return tuple(steps)

    def _moved(self, command: Simple, place: Place) -> Place | None:
        """Return the place after `cd x`, `export A=b` or `A=b`; None when the command is something else."""
        if not command.words and command.assignments:
            return replace(place, environment=(*place.environment, *command.assignments))
        if command.program == "export" and not command.needs_shell:
            pairs = tuple(word.text.partition("=") for word in command.words[1:] if "=" in word.text)
            added = tuple((name, Word(value)) for name, _, value in pairs)
            return replace(place, environment=(*place.environment, *added))
        if command.program == "cd" and len(command.words) == 2 and not command.needs_shell:  # noqa: PLR2004  # cd x
            directory = joined(place.directory, command.words[1].text)
            if directory is None:
                return None
            manifest = place.manifest
            if self._tree.has(posixpath.join(directory, "package.json")):
                manifest = manifests.read(self._tree, directory)
            return replace(place, directory=directory, manifest=manifest)
        return None

    def _script(self, call: script_calls.ScriptCall, place: Place) -> tuple[Step, ...] | Unclear | None:
        """Return the steps of a called script; None when there is no such script."""
        if call.install:
            return ()
        target = self._target(call, place)
        if target is None or target.script(call.script) is None:
            return None
        mark = (target.directory, call.script)
        if mark in place.trail:
            # `nx build` in a script `build` is no call of that script.
            return Unclear(f"the script `{call.script}` calls itself") if call.surely else None
        steps: list[Step] = []
        hooks = (f"pre{call.script}", call.script) if self._hooks else (call.script,)
        for name in hooks:
            text = target.script(name)
            if text is None:
                continue
            line = shell.parse(text.value)
            if line is None:
                return Unclear(f"the script `{name}` has shell grammar beyond a list of commands")
            commands = line.commands
            if name == call.script and call.arguments:
                last = commands[-1]
                commands = (*commands[:-1], last._replace(words=(*last.words, *call.arguments)))
            below = Place(target, target.directory, text.origin, name, place.environment, (*place.trail, mark))
            followed = self.commands(commands, line.operators, below)
            if isinstance(followed, Unclear):
                return followed
            steps.extend(followed)
        return tuple(steps)

    def _target(self, call: script_calls.ScriptCall, place: Place) -> Manifest | None:
        if call.directory:
            directory = joined(place.directory, call.directory)
            if directory is None or not self._tree.has(posixpath.join(directory, "package.json")):
                return None
            return manifests.read(self._tree, directory)
        if call.package:
            return script_calls.member(self._workspace, call.package)
        if place.manifest.directory == "" and not place.manifest.script(call.script):
            return self._workspace.app
        if (place.manifest.directory, call.script) in place.trail:
            # `turbo run start` in the root's own script `start` means that of the app.
            return self._workspace.app
        return place.manifest

    def _run_all(self, command: Simple, place: Place) -> tuple[Step, ...] | Unclear:
        at_once = command.program == "run-p" or any(word.text in {"-p", "--parallel"} for word in command.words[1:])
        names = script_calls.names(command.words[1:], place.manifest)
        calls = [shell.simple(("npm", "run", name)) for name in names]
        if at_once:
            return self._at_once([shell.Line((call,)) for call in calls], place)
        return self.commands(tuple(calls), (), place)

    def _at_once(self, lines: list[shell.Line | None], place: Place) -> tuple[Step, ...] | Unclear:
        flows = [
            Unclear("it has shell grammar beyond a list of commands")
            if line is None
            else self.commands(line.commands, line.operators, place)
            for line in lines
        ]
        return self._chosen(flows)

    def _chosen(self, flows: list[tuple[Step, ...] | Unclear]) -> tuple[Step, ...] | Unclear:
        """Return the one flow among several at once that an image has to run."""
        lasting = []
        first: tuple[Step, ...] = ()
        for flow in flows:
            if isinstance(flow, Unclear):
                return flow
            first = first or flow
            if flow and flow[-1].use in {"process", "supervisor", "watcher"}:
                lasting.append(flow)
        if len(lasting) > 1:
            return Unclear("it starts several processes at once")
        return lasting[0] if lasting else first


def joined(directory: str, path: str) -> str | None:
    """Return a path from a directory of the tree, `""` for the root; None when it leaves the tree."""
    if path.startswith("/app/") or path == "/app":
        directory, path = "", path.removeprefix("/app").lstrip("/")
    result = posixpath.normpath(posixpath.join(directory, path))
    if result.startswith(("..", "/")):
        return None
    return "" if result == "." else result


def _inner_line(command: Simple) -> str | None:
    """Return the line that `sh -c '…'` runs."""
    if command.program in {"sh", "bash"} and len(command.words) > 2:  # noqa: PLR2004  # sh -c line
        flag, line = command.words[1], command.words[2]
        if flag.text in {"-c", "-lc", "-ec"} and not line.expands:
            return line.text
    return None


def _concurrent(command: Simple, manifest: Manifest) -> list[shell.Line | None]:
    """Return the lines that `concurrently` starts."""
    lines: list[shell.Line | None] = []
    skip = False
    for word in command.words[1:]:
        if skip:
            skip = False
        elif word.text in _PARALLEL_VALUES:
            skip = True
        elif not word.text.startswith("-"):
            called = word.text.removeprefix("npm:") if word.text.startswith("npm:") else None
            if called is not None:
                for name in script_calls.names((Word(called),), manifest):
                    lines.append(shell.Line((shell.simple(("npm", "run", name)),)))  # noqa: PERF401
            else:
                lines.append(shell.parse(word.text))
    return lines


def _program_of(command: Simple, *, surely: bool) -> Simple:
    """Return `next start` for `yarn next start`, where there is no script of that name."""
    if surely or command.program not in {"yarn", "yarnpkg", "pnpm"}:
        return command
    rest = command.without(1)
    while rest.words and rest.words[0].text.startswith("-"):
        rest = rest.without(1)
    return rest if rest.words else command
