"""From a task, or a command that somebody wrote, to the process that it runs in the end.

`deno task start` is followed; what watches is a development server, so the watching is taken off; `deno task build` in
front of a start is left to the build.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.facts import shell_line

if TYPE_CHECKING:
    from buildplan.facts.shell_line import Simple
    from buildplan.provenance import Origin, Sourced

    from .manifest import Manifest, Task

# Strongest first; `dev` only when nothing else says how to start.
START_TASKS = ("start", "serve", "preview", "prod", "start:prod", "production", "server", "run", "web", "dev")
_WATCHING = ("--watch", "--watch-hmr", "--watch-exclude", "--hmr", "--inspect", "--inspect-brk", "--no-clear-screen")
_MAX_DEPTH = 12
_RUN = frozenset({"run", "serve"})
# Flags of `deno run` with a value of their own, as a word.
_VALUES = frozenset(
    {
        "--import-map",
        "--config",
        "-c",
        "--port",
        "--host",
        "--lock",
        "--cert",
        "--location",
        "--ext",
        "-L",
        "--log-level",
        "--seed",
        "--preload",
    }
)  # one list
_CACHED = ("--import-map", "--config", "-c", "--lock", "--no-lock", "--node-modules-dir", "--unstable", "--no-remote")


@dataclass(frozen=True, slots=True)
class Started:
    """A command that lasts. `needed` are tasks that it depends on; `watched` when watching was taken off."""

    command: Simple | None
    text: str
    origin: Origin
    needed: tuple[str, ...] = ()
    watched: bool = False

    @property
    def is_deno(self) -> bool:
        """Whether Deno runs a file."""
        return self.command is not None and self.command.program == "deno" and self.verb in {*_RUN, ""}

    @property
    def verb(self) -> str:
        """`run` or `serve`; empty for `deno main.ts`."""
        words = () if self.command is None else self.command.arguments
        return words[0] if words and words[0] in _RUN else ("" if words and words[0].endswith((".ts", ".js")) else "?")

    @property
    def entry(self) -> str | None:
        """The file of the tree that is run, None when there is none."""
        index = self._entry_index()
        if self.command is None or index is None:
            return None
        text = self.command.words[index].text.removeprefix("./")
        return None if ":" in text else text

    def _entry_index(self) -> int | None:
        if self.command is None or not self.is_deno:
            return None
        words = self.command.words
        index = 2 if self.verb else 1
        while index < len(words):
            text = words[index].text
            if not text.startswith("-"):
                return None if words[index].expands else index
            index += 2 if text in _VALUES else 1
        return None

    @property
    def cache_flags(self) -> tuple[str, ...]:
        """The flags that decide what is fetched."""
        index = self._entry_index()
        if self.command is None or index is None:
            return ()
        found: list[str] = []
        words = [word.text for word in self.command.words[1:index]]
        for position, text in enumerate(words):
            if text.partition("=")[0] in _CACHED or text.startswith("--unstable"):
                found.append(text)
                if text in _VALUES and position + 1 < len(words):
                    found.append(words[position + 1])
        return tuple(found)


def of_task(manifest: Manifest, name: str) -> Started | None:
    """Return what a task runs in the end; None when it runs nothing that lasts."""
    task = manifest.tasks.get(name)
    return None if task is None else _task(manifest, task, 0)


def of_text(manifest: Manifest, request: Sourced[str]) -> Started:
    """Return what a command runs in the end."""
    return _line(manifest, request, 0) or Started(None, request.value, request.origin)


def _task(manifest: Manifest, task: Task, depth: int) -> Started | None:
    if depth > _MAX_DEPTH:
        return None
    if task.command is None:
        found = [manifest.tasks[name] for name in task.dependencies if name in manifest.tasks]
        return _task(manifest, found[-1], depth + 1) if found else None
    started = _line(manifest, task.command, depth)
    needed = tuple(name for name in task.dependencies if name in manifest.tasks)
    return None if started is None else replace(started, needed=(*needed, *started.needed))


def _line(manifest: Manifest, text: Sourced[str], depth: int) -> Started | None:
    line = shell_line.parse(text.value)
    if line is None:
        return Started(None, text.value, text.origin)
    if any(mark != "&&" for mark in line.operators):
        return Started(None, text.value, text.origin)
    needed: list[str] = []
    for command in line.commands[:-1]:
        name = _called(command)
        if name is None or name not in manifest.tasks:
            return Started(None, text.value, text.origin)
        needed.append(name)
    last = line.commands[-1]
    name = _called(last)
    if name is not None:
        task = manifest.tasks.get(name)
        found = None if task is None or last.assignments else _task(manifest, task, depth + 1)
        return None if found is None else replace(found, needed=(*needed, *found.needed))
    kept = tuple(word for word in last.words if word.text.partition("=")[0] not in _WATCHING)
    plain = replace(last, words=kept) if last.program == "deno" else last
    return Started(plain, plain.source, text.origin, tuple(needed), watched=plain is not last and plain != last)


def _called(command: Simple) -> str | None:
    """Return the task that `deno task NAME` means."""
    words = [text for text in command.arguments if not text.startswith("-")]
    two = 2
    return words[1] if command.program == "deno" and words[:1] == ["task"] and len(words) == two else None
