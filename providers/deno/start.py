"""Which command starts the app.

In this order: what was asked for; a task that is for production by its name; what the authors' own Dockerfile starts;
another task; how the framework starts; a task for development, with the watching taken off; the file that listens.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError
from buildplan.model.build_plan import RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.read import own_dockerfile, shell

from . import command as commands
from . import entry, fresh, tasks
from . import manifest as manifests
from . import words as table
from .tasks import Follower, Started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import CommandRequest
    from buildplan.read.dockerfile import Instruction

    from .project import Project


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
        if found is None or (is_fresh and fresh.is_development(found)) or _is_bundler(found):
            continue
        if (name == "dev" and not _is_there(project, found)) or _is_gone(project, found):
            continue
        rank = _WATCHED if found.watched else _TASK if name in tasks.START_TASKS[: tasks.PRODUCTION] else _OTHER_TASK
        yield Choice(found, found.origin, f"what the task `{name}` runs", rank=rank)
    framework = project.framework
    if is_fresh and framework is not None:
        words = fresh.command(project)
        started = of_words(words, framework.origin, project.app.directory)
        yield Choice(started, framework.origin, "how Fresh starts", rank=_OTHER_TASK)
    elif project.file is not None:
        yield _of_file(project, project.file)


def _of_file(project: Project, file: str) -> Choice:
    tree, app = project.tree, project.app
    flags, why, origin = entry.permissions(tree, app, file)
    verb = "serve" if entry.exports_fetch(tree, file) else "run"
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
    if started.command.program in table.listed("bundlers"):
        return True
    script = started.script or ""
    name = script.removeprefix("npm:").lstrip("/")
    return script.startswith("npm:") and name.partition("@")[0].partition("/")[0] in table.listed("bundlers")


def of_image(project: Project) -> Started | None:
    """Return what the tree's own Dockerfile starts, where it runs Deno and a file that is there."""
    text = project.tree.text_or_none(own_dockerfile.PATH)
    if text is None or "deno" not in text or project.app.directory:
        return None
    lines = own_dockerfile.commands(project.tree)[:2]
    listed = [_words(line.value) for line in lines]
    if len(listed) > 1 and None not in listed:
        # `ENTRYPOINT ["deno", "run"]` with `CMD ["main.ts"]`.
        listed.append((*(listed[1] or ()), *(listed[0] or ())))
    for line, words in zip([*lines, *lines[:1]], listed, strict=False):
        started = None if words is None else _of_image_words(project, words, line.origin)
        if started is not None:
            return started
    return None


def _words(command: Instruction) -> tuple[str, ...] | None:
    if command.argv is not None:
        return command.argv
    parsed = shell.parse(command.text)
    if parsed is None or len(parsed.commands) != 1 or parsed.commands[0].needs_shell:
        return None
    return tuple(word.text for word in parsed.commands[0].words)


def _without_inits(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without the inits before it and their options (`tini -g --`)."""
    while words and words[0].rpartition("/")[2] in table.listed("inits"):
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
    if called == words and words[:1] and (words[0] in table.listed("subcommands") or words[0].startswith("-")):
        called = ("deno", *words)
    words = called
    if len(words) < 2 or words[0].rpartition("/")[2] != "deno":  # noqa: PLR2004  # a program and what it does
        return None
    request = Sourced(shlex.join(words), origin)
    started = Follower(project.tree).text(project.app, request)
    file = started.entry
    if not started.is_deno or file is None or not project.tree.has(file):
        return None
    if project.uses("fresh") is not None and fresh.is_development(started):
        return None
    call = started.call
    if call is not None and call.has("--reload", "-r") and started.command is not None:
        plain = commands.without(started.command, call, lambda name: name in ("--reload", "-r"))
        return Started(plain, plain.source, origin, started.needed, started.watched, started.directory)
    return started
