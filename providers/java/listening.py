"""Where the app listens: what its framework is told, what its settings say, what its code reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.origin import Origin, catalogue, rule

from . import frameworks, source_code

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .app_choice import Choice
    from .frameworks import Framework

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


def find(tree: SourceTree, choice: Choice, reasons: Reasons, *, wanted: bool) -> Port | None:
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
    if not wanted and not frameworks.listens(framework, choice.closure) and not _serves(tree, choice, framework):
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
