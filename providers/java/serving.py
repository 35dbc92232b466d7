"""Where the app listens, its processes, and what of the build they need."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import PlanError
from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Input, Process
from buildplan.model.origin import Origin, catalogue, rule

from . import app, source_code

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest, Overrides
    from buildplan.source import SourceTree

    from .app import Choice, Product
    from .tables import Framework

# Where the app listens: what its framework is told, what its settings say, what its code reads.


_RESOURCES = "src/main/resources"
_PORT = re.compile(r"\$\{?\??PORT\b")


class Port(NamedTuple):
    """The default port, and the option of the JVM that hands `$PORT` on.

    `reads` says whether PORT has an effect, `fills` whether the framework fills `${PORT}` in by itself, and
    `tail` what a shell adds to the command. `variable` is what the code reads.
    """

    port: int
    argument: str | None
    reads: bool
    fills: bool = True
    tail: str | None = None
    variable: str = "PORT"


def find_port(tree: SourceTree, choice: Choice, reasons: Reasons, *, wanted: bool) -> Port | None:
    """Return where the app listens, None when it does not; `wanted` says that somebody expects that it does."""
    if not choice.matches:
        if not wanted:
            return None
        reasons.decide("port", "8080", rule("port"), "a process `web` listens")
        return Port(8080, None, reads=True)
    match = choice.matches[0]
    framework = match.framework
    if framework.argument is not None:
        return _placeholder(tree, choice, framework, match.origin, reasons, wanted=wanted)
    return _in_code(tree, choice, framework, match.origin, reasons)


def _placeholder(
    tree: SourceTree, choice: Choice, framework: Framework, shown: Origin, reasons: Reasons, *, wanted: bool
) -> Port | None:
    if not wanted and not app.listens(framework, choice.closure) and not _serves(tree, choice, framework):
        return None
    port, origin, reads = framework.port, catalogue("java.frameworks"), False
    why = f"the port of {framework.title} when nothing sets another"
    for name in framework.config:
        path = choice.module.path(f"{_RESOURCES}/{name}")
        text = tree.text_or_none(path)
        if text is None:
            continue
        found = _setting(text, framework.key or "")
        if found is not None:
            value, line = found
            reads = _PORT.search(value) is not None
            numbers = re.search(r"[0-9]{2,5}", value)
            if numbers is not None and int(numbers[0]) <= ports.LARGEST:
                port, origin, why = int(numbers[0]), Origin(path, line, framework.key), "the app's own settings"
            break
    reasons.decide("port", str(port), origin, why)
    argument = None if reads else framework.argument
    if argument is not None:
        text = f"it hands PORT to {framework.title}"
        if framework.fills:
            text = f"{framework.title} fills `${{PORT}}` in by itself, so no shell has to"
        reasons.decide("java.port_option", argument, shown, text)
    return Port(port, argument, reads=True, fills=framework.fills)


def _serves(tree: SourceTree, choice: Choice, framework: Framework) -> bool:
    """Return whether the code imports what only an app that listens imports."""
    directories = (item.directory for item in choice.closure)
    return next(source_code.imports(tree, directories, framework.listens_when), None) is not None


def _setting(text: str, key: str) -> tuple[str, int] | None:
    """Return value and line of a setting in a properties file or in YAML, where it is written as one."""
    match = re.search(rf"^[ \t]*{re.escape(key)}[ \t]*[=:][ \t]*(\S.{{0,100}})$", text, re.MULTILINE)
    if match is not None:
        return match[1].strip(), text.count("\n", 0, match.start(1)) + 1
    parts = key.split(".")
    depth = -1
    position = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if stripped.startswith("---"):
            depth, position = -1, 0
            continue
        if position and indent <= depth:
            position, depth = 0, -1
        name, colon, value = stripped.partition(":")
        if colon and name == parts[position] and indent > depth and (position or indent == 0):
            if position == len(parts) - 1:
                return value.strip().strip("\"'"), number
            position, depth = position + 1, indent
    return None


def _in_code(tree: SourceTree, choice: Choice, framework: Framework, shown: Origin, reasons: Reasons) -> Port:
    directories = tuple(item.directory for item in choice.closure)
    for name in ("application.conf", "application.yaml", "application.yml"):
        path = choice.module.path(f"{_RESOURCES}/{name}")
        text = tree.text_or_none(path)
        if text is None:
            continue
        match = _PORT.search(text)
        fixed = re.search(r"\bport[ \t]*[=:][ \t]*\"?(?:\$PORT:)?([0-9]{2,5})\b", text)
        port = int(fixed[1]) if fixed is not None and int(fixed[1]) <= ports.LARGEST else framework.port
        if match is not None:
            origin = Origin(path, text.count("\n", 0, match.start()) + 1)
            reasons.decide("port", str(port), origin, "the app's own settings read PORT")
            return Port(port, None, reads=True)
        if fixed is not None:
            origin = Origin(path, text.count("\n", 0, fixed.start()) + 1)
            if framework.id == "ktor" and _is_engine(choice):
                reasons.decide("port", str(port), origin, "the app's own settings; Ktor takes `-port` over them")
                return Port(port, None, reads=True, tail="-port=$PORT")
            return _fixed(port, origin, reasons)
    found = source_code.listening(tree, directories, framework.imports)
    if found.reads_port is not None:
        port = found.port or framework.port
        reasons.decide("port", str(port), found.reads_port, "the code reads PORT; this is its default")
        return Port(port, None, reads=True)
    if found.variable is not None and found.origin is not None:
        port, why = found.port or framework.port, f"the code reads `{found.variable}`; this is its default"
        heard = ports.decide(Found("variable", port, found.origin, why, variable=found.variable), reasons)
        return Port(port, None, reads=True, variable=heard.variable)
    if found.port is not None and found.origin is not None:
        return _fixed(found.port, found.origin, reasons)
    reasons.decide(
        "port", str(framework.port), shown, f"the usual port of {framework.title}; the code does not show it"
    )
    return Port(framework.port, None, reads=True)


def _is_engine(choice: Choice) -> bool:
    """Return whether Ktor's own class starts the app: it reads its arguments, as an app's own `main` need not."""
    named = choice.module.main_class
    if named is not None and named.value.endswith(".EngineMain"):
        return True
    return any(main.hands_arguments_to_ktor for main in choice.mains)


def _fixed(port: int, origin: Origin, reasons: Reasons) -> Port:
    fix = f'read it: `System.getenv("PORT")`, with {port} as the default'
    ports.decide(Found("fixed", port, origin, "the code fixes it", fix), reasons)
    return Port(port, None, reads=False)


# Start commands, whoever wrote them, and what of the build they need.


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
        port: Port | None = Port(product.port, None, reads=True)
    else:
        port = find_port(tree, choice, reasons, wanted=wanted)
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
