"""What the authors' compose file and Dockerfile say where the code says nothing, and where the two disagree.

They fill what is open and never take the place of what the code says: a tree is planned without them first.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.errors import PlanError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest
from buildplan.read import compose_file, own_dockerfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import Decision, Process
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# Commands of development, and what only waits for something else.
_DEVELOPMENT = re.compile(r"nodemon|--reload|runserver|\bdev\b|watch|wait-for|air\b|sleep|tail -f|pytest|test\b")
_SCRIPT = re.compile(r"(?:\./|/(?:[\w.-]*+/)*+)?[\w.-]+\.(?:sh|bash)", re.ASCII)
_INITS = frozenset(
    {"tini", "dumb-init", "/sbin/tini", "/usr/bin/tini", "/tini", "/usr/bin/dumb-init", "/usr/local/bin/dumb-init"}
)
_CODE = re.compile(r"[\w./-]+\.(?:[cm]?[jt]s|py|rb|php|jar|dll|exs?)", re.ASCII)
_PROGRAM = re.compile(r"[\w.-]+|\./[\w./-]+", re.ASCII)


def starts(tree: SourceTree) -> Iterator[Sourced[CommandRequest]]:
    """Yield the commands that the authors start the tree's app with: those of compose first, then the Dockerfile's."""
    for service in compose_file.built(tree):
        if service.command is not None and _is_usable(tree, service.command.value):
            yield service.command
    for item in own_dockerfile.commands(tree):
        words = item.value.argv
        request = CommandRequest(argv=_plain(words)) if words else CommandRequest(shell=item.value.text)
        if request.text.strip() and _is_usable(tree, request):
            yield Sourced(request, item.origin)


def script(tree: SourceTree, overrides: Overrides) -> Sourced[CommandRequest] | None:
    """Return the start of the tree's own script, `start.sh` or the one that was asked for.

    Railpack's last resort (https://railpack.com/languages/shell). Raises PlanError for one that is not there.
    """
    asked = overrides.option("shell.script")
    path = "start.sh" if asked is None else posixpath.normpath(asked.value)
    if not tree.has(path):
        if asked is not None:
            raise PlanError(f"there is no script `{path[:80]}`", origin=asked.origin, hint="name a file of the tree")
        return None
    first = (tree.text_or_none(path) or "").partition("\n")[0]
    program = "bash" if "bash" in first else "sh"
    return Sourced(CommandRequest(argv=(program, path)), Origin(path) if asked is None else asked.origin)


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command without the init in front of it: the image has one of its own."""
    rest = list(words)
    while rest and (rest[0] in _INITS or (len(rest) < len(words) and rest[0] in {"--", "-g", "-s"})):
        rest.pop(0)
    return tuple(rest)


def _is_usable(tree: SourceTree, request: CommandRequest) -> bool:
    """Return whether a command says how the app starts, by a program of the image or a file of the tree."""
    words = request.argv or tuple((request.shell or "").split())
    if not words or _DEVELOPMENT.search(request.text):
        return False
    # What is built in the authors' image, or lies elsewhere in it, is not there in ours.
    if any(_CODE.fullmatch(word) and not tree.has(posixpath.normpath(word)) for word in words[1:]):
        return False
    if _SCRIPT.fullmatch(words[0]):
        return tree.has(posixpath.normpath(words[0].lstrip("/").removeprefix("app/")))
    return _PROGRAM.fullmatch(words[0]) is not None and (not words[0].startswith("./") or tree.has(words[0][2:]))


def contradictions(tree: SourceTree, start: Process | None, decisions: tuple[Decision, ...]) -> Iterator[Diagnostic]:
    """Yield where the compose file and the plan disagree: another port than the one that the app answers on."""
    if start is None or start.port is None:
        return
    of_port = next((item for item in decisions if item.field == "port"), None)
    for service in compose_file.built(tree)[:1]:
        # A service that sets its own `PORT` has chosen, and so has an owner.
        if not service.ports or any(name == "PORT" for name, _ in service.environment):
            return
        if all(port.value != start.port for port in service.ports) and of_port is not None:
            told = service.ports[0]
            yield Diagnostic(
                "BP956",
                "info",
                f"the service `{service.name}` publishes port {told.value} of the container, "
                f"and this image listens on {start.port}",
                told.origin,
                f"publish {start.port}, or set `PORT: {told.value}` in the service where the app reads `PORT`",
            )
