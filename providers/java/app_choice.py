"""Which module of a build is the app.

In this order: an option; the only one that can run; then by what it declares and how it is called. All that lost are
kept, with the reason.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin

from . import authors_image, frameworks, loaded_elsewhere, source_code
from .words import OTHERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .frameworks import Match
    from .module import Module
    from .source_code import Main

_SHOWN = 6
# Names of modules that are servers, in order of preference.
_SERVERS = (
    "app",
    "application",
    "server",
    "web",
    "webapp",
    "api",
    "backend",
    "admin",
    "main",
    "service",
    "boot",
    "bootstrap",
    "start",
    "starter",
    "launcher",
    "gateway",
    "rest",
    "http",
    "run",
)


class Choice(NamedTuple):
    """The module that is the app, with those that it is made of, and why."""

    module: Module
    closure: tuple[Module, ...]
    matches: tuple[Match, ...]
    mains: tuple[Main, ...]


def closure(module: Module, modules: Iterable[Module]) -> tuple[Module, ...]:
    """Return a module and those of the same build that it is made of."""
    by_directory = {item.directory: item for item in modules}
    found: dict[str, Module] = {}
    pending = [module.directory]
    while pending:
        directory = pending.pop(0)
        item = by_directory.get(directory)
        if item is not None and directory not in found:
            found[directory] = item
            pending.extend(item.local)
    return tuple(found.values())


def choose(tree: SourceTree, modules: tuple[Module, ...], overrides: Overrides, reasons: Reasons) -> Choice:
    """Return the app; raises PlanError for an option that names no module, NoStartError when none can run."""
    asked = overrides.option("java.module")
    if asked is not None:
        name = posixpath.normpath(asked.value.strip().strip(":").replace(":", "/"))
        name = "" if name == "." else name
        found = next((item for item in modules if name in {item.directory, item.name}), None)
        if found is None:
            known = ", ".join(f"`{item.directory or '.'}`" for item in modules[:_SHOWN])
            raise PlanError(
                f"there is no module `{asked.value[:80]}`; there are {known}",
                origin=asked.origin,
                hint="name one of these",
            )
        reasons.decide("java.module", found.directory or ".", asked.origin, "the configured module")
        return _of(tree, found, modules)
    named = _started(modules, overrides)
    if named is not None and overrides.start is not None:
        origin = overrides.start.origin
        reasons.decide("java.module", named.directory, origin, "the start command names what is built of it")
        return _of(tree, named, modules)
    runnable = [item for item in modules if not item.library and _can_start(tree, item, modules)]
    # An app is rarely part of another one.
    apps = [item for item in runnable if not _is_other(item)]
    used = frozenset(
        part.directory for item in apps for part in closure(item, modules) if part.directory != item.directory
    )
    rated = sorted(((_rate(tree, item, modules, used), item) for item in runnable), key=lambda rate: rate[0])
    shipped = authors_image.module(tree, tuple(item for _, item in rated))
    if shipped is not None:
        found, origin = shipped
        reasons.decide("java.module", found.directory, origin, "the authors' Dockerfile ships what is built of it")
        return _of(tree, found, modules)
    if not rated and overrides.start is not None and modules:
        rule = "nothing starts by itself, and the start command is given: the root"
        reasons.decide("java.module", modules[0].directory or ".", overrides.start.origin, rule)
        return _of(tree, modules[0], modules)
    if not rated:
        elsewhere = loaded_elsewhere.host(modules)
        if elsewhere is not None:
            raise NoStartError(
                f"this is {elsewhere.value}: there is nothing to start in a container",
                origin=elsewhere.origin,
                hint='plan the program that loads it, or name what to start: `start = "…"` in buildplan.toml',
            )
        searched = ", ".join(f"`{item.directory or '.'}`" for item in modules[:_SHOWN])
        raise NoStartError(
            f"nothing can be started: no class with a `main` in {searched}",
            origin=modules[0].origin if modules else Origin("."),
            hint='add a class with a `main`, or name it: `main_class = "com.example.Main"` under `[java]`',
        )
    (order, first), *rest = rated
    losers = tuple(RunnerUp(item.directory or ".", item.origin, _why_not(order, other)) for other, item in rest)
    why = "the only module that can be started" if not rest else "the module that is most like an app"
    reasons.decide("java.module", first.directory or ".", first.origin, why, losers)
    rivals = [item for other, item in rest if other[:6] == order[:6]]
    if rivals:
        listed = ", ".join(f"`{item.directory or '.'}`" for item in rivals[:_SHOWN])
        text = f"several modules could be the app; `{first.directory or '.'}` is built, not {listed}"
        fix = f'choose one: `module = "{rivals[0].directory or "."}"` under `[java]` in buildplan.toml'
        reasons.report(Diagnostic("BP670", "warning", text, first.origin, fix))
    return _of(tree, first, modules)


def _started(modules: tuple[Module, ...], overrides: Overrides) -> Module | None:
    """Return the module below the root whose products the start command names, None when it names none."""
    text = overrides.start.value.text if overrides.start is not None else ""
    for item in sorted(modules, key=lambda module: -len(module.directory)):
        paths = (f"{item.directory}/target/", f"{item.directory}/build/")
        if item.directory and any(re.search(rf"(?<![\w-]){re.escape(path)}", text) for path in paths):
            return item
    return None


def _of(tree: SourceTree, module: Module, modules: tuple[Module, ...]) -> Choice:
    made_of = closure(module, modules)
    matches = frameworks.declared(made_of)
    if not matches:
        matches = frameworks.imported(tree, (item.directory for item in made_of))
    return Choice(module, made_of, matches, source_code.mains(tree, module.directory))


_Order = tuple[bool, bool, bool, bool, bool, bool, int, int, int, str]


def _is_other(module: Module) -> bool:
    words = (word for part in module.directory.split("/") for word in re.split(r"[-_.]", part.lower()))
    return any(word in OTHERS for word in words)


def _can_start(tree: SourceTree, module: Module, modules: tuple[Module, ...]) -> bool:
    mains = source_code.mains(tree, module.directory)
    if not mains and module.main_class is None and module.packages is None:
        return False
    pages = module.war and tree.has_directory(module.path("src/main/webapp"))
    if not mains and not pages and not source_code.files(tree, module.directory):
        return False
    if module.war or _is_quarkus(module) or module.main_class is not None:
        return True
    return any(source_code.mains(tree, item.directory) for item in closure(module, modules))


def _is_quarkus(module: Module) -> bool:
    return "quarkus-maven-plugin" in module.plugins or "io.quarkus" in module.plugins


def _rate(tree: SourceTree, module: Module, modules: tuple[Module, ...], used: frozenset[str]) -> _Order:
    """Return how good a module is as the app (less is better); `used` are the folders that other apps are made of."""
    mains = source_code.mains(tree, module.directory)
    made_of = closure(module, modules)
    runs = module.war or _is_quarkus(module) or bool(mains) or module.main_class is not None
    serves = module.war or bool(frameworks.declared(made_of))
    own = bool(frameworks.declared((module,)))
    last = re.split(r"[-_.]", (module.directory or module.name).rpartition("/")[2].lower())
    rank = next((index for index, name in enumerate(_SERVERS) if name in last), len(_SERVERS))
    packs = module.packages is not None or bool(module.plugins.keys() & _STARTERS)
    return (
        _is_other(module),
        not serves,
        module.directory in used,
        not (packs and runs),
        not (module.war or any(item.serves for item in mains)),
        not own,
        rank,
        -len(made_of),
        module.directory.count("/"),
        module.directory,
    )


_STARTERS = frozenset(
    {"application", "org.springframework.boot", "io.ktor.plugin", "io.quarkus", "io.micronaut.application"}
)


def _why_not(first: _Order, other: _Order) -> str:
    for position, reason in enumerate(_REASONS):
        if other[position] and not first[position]:
            return reason
    return "its name is less like an app's"


_REASONS = (
    "its name is that of an example, a test or a tool",
    "it has no server",
    "another module is made of it",
    "the build makes nothing of it that starts by itself",
    "no class with a `main` in it starts a server",
)
