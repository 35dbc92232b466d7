"""Start commands, whoever wrote them, and what of the build they need."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.errors import PlanError
from buildplan.language import ports
from buildplan.model.build_plan import Input, Process

from . import listening

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest, Overrides
    from buildplan.source import SourceTree

    from .app_choice import Choice
    from .listening import Port
    from .module import Product

# A path of what the build makes, in a command.
_MADE = re.compile(r"(?<![\w/.-])(?:\./|/app/)?((?:[\w.-]+/){0,6}(?:target|build)/[\w./*+-]{1,200})", re.ASCII)
_TREE = re.compile(r"(?<![\w/.-])(?:\./|/app/)?([\w.-]+(?:/[\w.-]+){0,8})", re.ASCII)
_ARCHIVE = re.compile(r"(?<![^\s;&|])[^\s;&|*]{0,200}\*[^\s;&|]{0,200}?\.(?:jar|war)")


@dataclass(slots=True)
class Started:
    """The processes, what is shipped for them, and the port; `whole` when nothing tells what a command needs."""

    processes: tuple[Process, ...] = ()
    copies: tuple[Input, ...] = ()
    outputs: tuple[str, ...] = ()
    port: int | None = None
    whole: bool = False


def resolve(tree: SourceTree, choice: Choice, product: Product, overrides: Overrides, reasons: Reasons) -> Started:
    """Return the processes of the app; raises PlanError for a command that cannot be one."""
    wanted = overrides.port is not None or (overrides.start is not None and overrides.start.origin.path == "Procfile")
    if product.port is not None:
        reasons.decide("port", str(product.port), product.origin, "what it runs in is told to listen on PORT")
        port: Port | None = listening.Port(product.port, None, reads=True)
    else:
        port = listening.find(tree, choice, reasons, wanted=wanted)
    number = port.port if port is not None else None
    name = "web" if number is not None else "worker"
    started = Started()
    if port is not None and port.reads:
        started.port = port.port
    copies: list[Input] = []
    if overrides.start is None:
        process = _started(name, choice, product, port, tree)
        started.processes = (process,)
        copies += product.copies
        if process.argv[-2:-1] == ("server",):
            copies.append(Input(choice.module.path(process.argv[-1]), dest=process.argv[-1]))
        why = product.rule if process.shell is None else f"{product.rule}; a shell fills the port in"
        reasons.decide("start", process.text, product.origin, why)
    else:
        process = _own(tree, name, overrides.start, number, product, started, copies)
        started.processes = (process,)
        reasons.decide("start", process.text, overrides.start.origin, "as it was asked for")
    for other, command in overrides.processes.items():
        if other != name:
            process = _own(tree, other, command, None, product, started, copies)
            started.processes += (process,)
            reasons.decide(f"processes.{other}", process.text, command.origin, "as it was asked for")
    if started.whole:
        copies = [Input(".", "build")]
    started.copies = tuple(dict.fromkeys(copies))
    return started


def _started(name: str, choice: Choice, product: Product, port: Port | None, tree: SourceTree) -> Process:
    number = port.port if port is not None else None
    argv = product.argv
    if any(match.framework.id == "dropwizard" for match in choice.matches):
        config = tree.first(*(choice.module.path(item) for item in ("config.yml", "config.yaml")))
        argv = (*argv, "server", *((posixpath.basename(config),) if config else ()))
    if port is not None and port.tail is not None:
        line = f"{shlex.join(argv)} {port.tail}"
        return Process(name, shell=line, port=number)
    argument = port.argument if port is not None else None
    if port is None or argument is None:
        process = Process(name, argv=argv, port=number)
        return process if port is None else ports.forward(process, port.variable)
    if product.options is not None and port.fills:
        return Process(name, argv=(*argv[: product.options], argument, *argv[product.options :]), port=number)
    # A start script quotes what JAVA_OPTS holds, so the number has to be there already.
    option = argument.replace("${PORT}", "$PORT")
    if product.options is None:
        line = f'JAVA_OPTS="$JAVA_OPTS {option}" exec {shlex.join(argv)}'
    else:
        line = f"{shlex.join(argv[: product.options])} {option} {shlex.join(argv[product.options :])}"
    return Process(name, shell=line, port=number)


def _own(
    tree: SourceTree,
    name: str,
    command: Sourced[CommandRequest],
    port: int | None,
    product: Product,
    started: Started,
    copies: list[Input],
) -> Process:
    value = command.value
    text = value.text
    if not text.strip():
        raise PlanError(f"the command of `{name}` is empty", origin=command.origin, hint="write a command")
    if product.archive is not None and _ARCHIVE.search(text):
        # The pattern would be looked up in the image; there is one archive, and its name is known.
        text = _ARCHIVE.sub(lambda _: product.archive or "", text)
    found = [posixpath.normpath(match[1]) for match in _MADE.finditer(text)]
    for path in found:
        item = _shipped(path)
        copies.append(Input(item, "build"))
        started.outputs += (item,)
    rest = [match[1] for match in _TREE.finditer(text) if tree.has(posixpath.normpath(match[1]))]
    copies += [Input(posixpath.normpath(path)) for path in rest]
    if not found and not started.processes:
        # What the image starts has to find all that it may need; the other processes share it.
        started.whole = True
    if value.shell is None and text == value.text:
        return Process(name, argv=value.argv, port=port)
    return Process(name, shell=text, port=port)


def _shipped(path: str) -> str:
    """Return what a path in a command needs: the file, the folder before a pattern, or all that a script lies in."""
    if "*" in path:
        return path.partition("*")[0].rpartition("/")[0] + "/"
    folder, _, name = path.rpartition("/")
    if folder.endswith("/bin"):
        return folder.removesuffix("/bin") + "/"
    return path if "." in name else f"{path}/"
