"""From a task, or a command that somebody wrote, to the process that it runs in the end.

`deno task start` is followed, also into another folder; what watches is a development server, so the watching is taken
off; `deno task build` in front of a start is left to the build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import shell

from . import manifest as manifests
from . import tables

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.model.origin import Origin, Sourced
    from buildplan.read.shell import Simple
    from buildplan.source import SourceTree

    from .manifest import Manifest, Task


# --- a command --------------------------------------------------------------------------------------------------------

# `deno main.ts` is `deno run main.ts`.
RUNNING = frozenset({"run", "serve", ""})


class Call(NamedTuple):
    """`verb` is empty for `deno main.ts`; `flags` are those before the file, each with its value, in order.

    `script` is the index of the word that names the file or the task, None without one.
    """

    verb: str
    flags: tuple[tuple[str, ...], ...]
    script: int | None
    words: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether a file is run."""
        return self.verb in RUNNING

    @property
    def watches(self) -> bool:
        """Whether it starts over when a file changes, or waits for a debugger."""
        return any(flag[0].partition("=")[0] in tables.WATCHING for flag in self.flags)

    @property
    def allows_all(self) -> bool:
        """Whether every permission is given."""
        return any(flag[0] in ("-A", "--allow-all") for flag in self.flags)

    def allows(self, letter: str, name: str) -> bool:
        """Return whether a permission is given without a list: `--allow-write`, `-W`, or `-RWN`."""
        short = (flag[0][1:] for flag in self.flags if not flag[0].startswith("--"))
        return any(flag[0] == name for flag in self.flags) or any(text.isalpha() and letter in text for text in short)

    def value(self, *names: str) -> str | None:
        """Return the value of a flag, None where it is not given or has none."""
        for flag in self.flags:
            name, equals, text = flag[0].partition("=")
            if name in names:
                return text if equals else (flag[1] if len(flag) > 1 else None)
        return None

    def has(self, *names: str) -> bool:
        """Return whether a flag is given."""
        return any(flag[0].partition("=")[0] in names for flag in self.flags)

    @property
    def cache_flags(self) -> tuple[str, ...]:
        """The flags that `deno cache` needs as well."""
        found: list[str] = []
        for flag in self.flags:
            name = flag[0].partition("=")[0]
            if name in tables.FETCHING or name.startswith("--unstable-"):
                found += flag
        return tuple(found)


def read_call(command: Simple) -> Call | None:
    """Return how a command calls Deno; None for another program."""
    if command.program != "deno":
        return None
    words = tuple(word.text for word in command.words)
    flags, index = _flags(words, 1)
    verb = ""
    if index < len(words) and words[index] in tables.SUBCOMMANDS:
        verb = words[index]
        more, index = _flags(words, index + 1)
        flags += more
    script = index if index < len(words) else None
    return Call(verb, tuple(flags), script, words)


def _flags(words: tuple[str, ...], index: int) -> tuple[list[tuple[str, ...]], int]:
    """Return the flags from a position on, and where they end."""
    found = []
    while index < len(words) and words[index].startswith("-") and words[index] != "-":
        takes = words[index] in tables.FLAGS_WITH_VALUE and index + 1 < len(words)
        found.append(words[index : index + 2] if takes else words[index : index + 1])
        index += 2 if takes else 1
    return found, index


def without(command: Simple, call: Call, unwanted: Callable[[str], bool]) -> Simple:
    """Return the command without the flags before its file whose name is unwanted; those of the app itself stay."""
    gone: set[int] = set()
    index = 1
    end = len(command.words) if call.script is None else call.script
    while index < end:
        text = call.words[index]
        size = 2 if text in tables.FLAGS_WITH_VALUE else 1
        if text.startswith("-") and unwanted(text.partition("=")[0]):
            gone |= set(range(index, index + size))
        index += size if text.startswith("-") else 1
    return command._replace(words=tuple(word for index, word in enumerate(command.words) if index not in gone))


def unwatched(command: Simple, call: Call) -> Simple:
    """Return the command without what is for development: watching, and waiting for a debugger."""
    return without(command, call, lambda name: name in tables.WATCHING or name in tables.ONLY_WHEN_WATCHED)


# --- from a task to a process -----------------------------------------------------------------------------------------

# Strongest first; `dev` only when nothing else says how to start.
START_TASKS = (
    *("start", "prod", "production", "start:prod", "start-prod", "start:production", "prod:start", "serve:prod"),
    *("serve", "preview", "server", "start:server", "start-server", "run", "main", "web", "app", "bot", "dev"),
)
# How many of them are for production by their name.
PRODUCTION = 8
_MAX_DEPTH = 12
# A line that lasts in another way than by running a file.
_CALLS = {"deno": {"task"}, "npm": {"run", "run-script"}, "pnpm": {"run"}, "yarn": {"run"}}


class Started(NamedTuple):
    """A command that lasts. `needed` are (folder, task) that it depends on; `watched` when watching was taken off.

    `directory` is the folder that it runs in.
    """

    command: Simple | None
    text: str
    origin: Origin
    needed: tuple[tuple[str, str], ...] = ()
    watched: bool = False
    directory: str = ""

    @property
    def call(self) -> Call | None:
        """How it calls Deno; None for another program, or more than one."""
        return None if self.command is None else read_call(self.command)

    @property
    def is_deno(self) -> bool:
        """Whether Deno runs a file."""
        call = self.call
        return call is not None and call.runs and call.script is not None

    @property
    def verb(self) -> str:
        """`run` or `serve`; empty for `deno main.ts`, and for what is not Deno."""
        call = self.call
        return call.verb if call is not None else ""

    @property
    def script(self) -> str | None:
        """The file or specifier that Deno runs, None when only a shell can tell."""
        call = self.call
        if self.command is None or call is None or not call.runs or call.script is None:
            return None
        word = self.command.words[call.script]
        return None if word.expands else word.text

    @property
    def entry(self) -> str | None:
        """The file of the tree that is run, None when there is none."""
        text = self.script
        return None if text is None or ":" in text else manifests.inside(self.directory, text)


class Follower:
    """Follows tasks through the manifests of a tree."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree

    def task(self, manifest: Manifest, name: str) -> Started | None:
        """Return what a task runs in the end; None when it runs nothing that lasts. Raises FileError."""
        task = manifest.tasks.get(name)
        return None if task is None else self._task(manifest, task, 0)

    def text(self, manifest: Manifest, request: Sourced[str]) -> Started:
        """Return what a command runs in the end. Raises FileError for a broken manifest on the way."""
        found = self._line(manifest, request, 0)
        return found or Started(None, request.value, request.origin, directory=manifest.directory)

    def _task(self, manifest: Manifest, task: Task, depth: int) -> Started | None:
        if depth > _MAX_DEPTH:
            return None
        names = [name for name in task.dependencies if name in manifest.tasks]
        if task.command is None:
            found = [self._task(manifest, manifest.tasks[name], depth + 1) for name in names]
            lasting = [item for item in found if item is not None]
            return next((item for item in lasting if item.verb == "serve"), lasting[-1] if lasting else None)
        started = self._line(manifest, task.command, depth)
        needed = tuple((manifest.directory, name) for name in names if self.ends(manifest, name, depth + 1))
        return None if started is None else started._replace(needed=(*needed, *started.needed))

    def ends(self, manifest: Manifest, name: str, depth: int = 0) -> bool:
        """Return whether a task is done at some time: it neither watches nor serves, nor calls one that does."""
        text = manifest.tasks[name].command
        line = None if text is None else shell.parse(text.value)
        if line is None or depth > _MAX_DEPTH or "&" in line.operators:
            return text is not None and line is None
        for item in line.commands:
            if "serve" in item.arguments or any(_watches(word) for word in item.arguments):
                return False
            called = self._called(manifest, item)
            if called is not None and not self.ends(called[0], called[1].name, depth + 1):
                return False
        return True

    def _line(self, manifest: Manifest, text: Sourced[str], depth: int) -> Started | None:
        here = manifest.directory
        unclear = Started(None, text.value, text.origin, directory=here)
        line = shell.parse(text.value)
        if line is None or any(mark != "&&" for mark in line.operators):
            return unclear
        needed: list[tuple[str, str]] = []
        for item in line.commands[:-1]:
            folder = _changed(item, manifest.directory)
            call = read_call(item)
            if folder is not None:
                manifest = self._manifest(folder)
                continue
            if call is not None and call.verb in tables.BEFORE_A_START:
                continue
            called = self._called(manifest, item)
            if called is None:
                return unclear
            needed.append((called[0].directory, called[1].name))
        last = line.commands[-1]
        called = self._called(manifest, last)
        if called is not None:
            found = self._task(*called, depth + 1)
            if found is None:
                return None
            if last.assignments and found.command is not None:
                own = found.command._replace(assignments=(*last.assignments, *found.command.assignments))
                found = found._replace(command=own, text=own.source)
            elif last.assignments:
                return unclear
            return found._replace(needed=(*needed, *found.needed))
        call = read_call(last)
        if call is None:
            return Started(last, last.source, text.origin, tuple(needed), directory=manifest.directory)
        if not call.runs or call.script is None:
            return None
        plain = unwatched(last, call)
        return Started(plain, plain.source, text.origin, tuple(needed), call.watches, manifest.directory)

    def _called(self, manifest: Manifest, item: Simple) -> tuple[Manifest, Task] | None:
        """Return the task that `deno task NAME` or `npm run NAME` means, and its manifest."""
        call = read_call(item)
        if call is not None:
            if call.verb != "task" or call.script is None or call.has("--filter", "-r", "--recursive"):
                return None
            name, rest = call.words[call.script], call.words[call.script + 1 :]
            folder = call.value("--cwd")
            config = call.value("--config", "-c")
            if config is not None:
                folder = config.rpartition("/")[0]
            if folder is not None and folder not in ("", "."):
                path = manifests.inside(manifest.directory, folder)
                if path is None or not self._tree.has_directory(path):
                    return None
                manifest = self._manifest(path)
        else:
            given = item.arguments
            if item.program not in _CALLS or not given:
                return None
            if given[0] in _CALLS[item.program] and len(given) > 1:
                name, rest = given[1], given[2:]
            elif given[0] == "start":
                name, rest = given[0], given[1:]
            else:
                return None
        task = manifest.tasks.get(name)
        return None if task is None or rest else (manifest, task)

    def _manifest(self, folder: str) -> Manifest:
        return manifests.read_manifest(self._tree, folder)


def _watches(word: str) -> bool:
    return word.partition("=")[0] in ("--watch", "-w", "--watch-hmr")


def _changed(item: Simple, directory: str) -> str | None:
    """Return the folder that `cd folder` goes to, None for another command."""
    two = 2
    if item.program != "cd" or len(item.words) != two or item.needs_shell or item.assignments:
        return None
    return manifests.inside(directory, item.words[1].text)
