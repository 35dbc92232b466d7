"""Start commands, whoever wrote them, and what of the build they need."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.build_plan import Input, Process
from buildplan.errors import PlanError

from . import listening

if TYPE_CHECKING:
    from buildplan.contract import Reasons
    from buildplan.overrides import CommandRequest, Overrides
    from buildplan.provenance import Sourced
    from buildplan.source import SourceTree

    from .app_choice import Choice
    from .module import Product

# A path of what the build makes, in a command.
_MADE = re.compile(r"(?<![\w/.-])(?:\./|/app/)?((?:[\w.-]+/){0,6}(?:target|build)/[\w./*+-]{1,200})", re.ASCII)
_TREE = re.compile(r"(?<![\w/.-])(?:\./|/app/)?([\w.-]+(?:/[\w.-]+){0,8})", re.ASCII)
_ARCHIVE = re.compile(r"[^\s;&|]*\*[^\s;&|]*\.(?:jar|war)")


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
    port = listening.find(tree, choice, reasons, wanted=wanted)
    number = port.port if port is not None else None
    name = "web" if number is not None else "worker"
    started = Started()
    if port is not None and port.reads:
        started.port = port.port
    copies: list[Input] = []
    if overrides.start is None:
        argument = port.argument if port is not None else None
        argv = _argv(choice, product, argument, tree)
        started.processes = (Process(name, argv=argv, port=number),)
        copies += product.copies
        reasons.decide("start", started.processes[0].text, product.origin, product.rule)
        if argument is not None and product.options is None:
            reasons.decide(
                "start", started.processes[0].text, product.origin, f"{product.rule}; a shell fills the port in"
            )
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


def _argv(choice: Choice, product: Product, argument: str | None, tree: SourceTree) -> tuple[str, ...]:
    argv = product.argv
    if argument is not None and product.options is not None:
        argv = (*argv[: product.options], argument, *argv[product.options :])
    if any(match.framework.id == "dropwizard" for match in choice.matches):
        config = tree.first(*(choice.module.path(item) for item in ("config.yml", "config.yaml")))
        argv = (*argv, "server", *((posixpath.basename(config),) if config else ()))
    return argv


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
    if not found:
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
