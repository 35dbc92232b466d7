"""Which module of a build is the app, what it is made with, and which class of it is started."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError, NoStartError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.read import own_dockerfile

from . import source_code
from .detect import OTHERS
from .tables import FRAMEWORKS, HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.build_plan import Input, Phase
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .source_code import Main
    from .tables import Framework

# One module of a build, whichever tool builds it.


@dataclass(slots=True)
class Module:
    """A module: its folder (`""` is the root), its name, where it is declared, and what it declares.

    `dependencies` maps artifacts and `plugins` ids of plugins to their places; `groups` are those of the dependencies.
    `local` are folders of modules of the same build that it is made of. `packages` says whether the build makes
    something of it that can run by itself, `war` that a servlet container runs it.
    """

    directory: str
    name: str
    origin: Origin
    dependencies: dict[str, Origin] = field(default_factory=dict)
    groups: set[str] = field(default_factory=set)
    plugins: dict[str, Origin] = field(default_factory=dict)
    local: tuple[str, ...] = ()
    packages: Origin | None = None
    main_class: Sourced[str] | None = None
    library: bool = False
    war: bool = False
    packaging: str = "jar"

    def path(self, name: str) -> str:
        """Return the path in the tree of what lies in the module."""
        return f"{self.directory}/{name}" if self.directory else name


class Product(NamedTuple):
    """What is built of the app: commands, what they leave, what of it is shipped, and how it is started.

    `argv` is the command before arguments of the framework: `java` and what follows, or a script. `options` is where
    options of the JVM can be put in it: after that many words; None where they cannot. `phases` make what is shipped
    beside the app; `port` is where that listens when PORT says nothing else.
    """

    commands: tuple[str, ...]
    outputs: tuple[str, ...]
    copies: tuple[Input, ...]
    argv: tuple[str, ...]
    rule: str
    origin: Origin
    options: int | None = 1
    archive: str | None = None
    phases: tuple[Phase, ...] = ()
    port: int | None = None


# Which frameworks a module declares, or its code imports.


class Match(NamedTuple):
    """A framework and what shows it."""

    framework: Framework
    origin: Origin
    text: str


def declared(modules: Iterable[Module]) -> tuple[Match, ...]:
    """Return the frameworks that the modules declare, strongest first."""
    listed = tuple(modules)
    found = []
    for framework in FRAMEWORKS:
        match = next((item for item in (_declared(framework, module) for module in listed) if item is not None), None)
        if match is not None:
            found.append(match)
    return tuple(found)


def _declared(framework: Framework, module: Module) -> Match | None:
    for name in framework.plugins:
        if name in module.plugins:
            return Match(framework, module.plugins[name], f"the plugin `{name}`")
    if framework.groups and not module.groups.intersection(framework.groups):
        return None
    for name in framework.dependencies:
        if name in module.dependencies:
            return Match(framework, module.dependencies[name], f"it depends on `{name}`")
        if name.endswith("*"):
            start = name[:-1]
            for artifact, origin in module.dependencies.items():
                if artifact.startswith(start):
                    return Match(framework, origin, f"it depends on `{artifact}`")
    return None


def imported(tree: SourceTree, directories: Iterable[str]) -> tuple[Match, ...]:
    """Return the frameworks that the code of modules imports, strongest first."""
    starts = tuple(start for framework in FRAMEWORKS for start in framework.imports)
    listed = tuple(source_code.imports(tree, directories, starts))
    found = []
    for framework in FRAMEWORKS:
        for text, origin in listed:
            if f"{text}.".startswith(framework.imports):
                found.append(Match(framework, origin, f"the code imports `{text}`"))
                break
    return tuple(found)


def listens(framework: Framework, modules: Iterable[Module]) -> bool:
    """Return whether an app of that framework answers on a port, as far as its dependencies tell."""
    if not framework.listens_with:
        return True
    for module in modules:
        for artifact in module.dependencies:
            if any(word in artifact for word in framework.listens_with):
                return True
    return False


# What another program loads: it never starts by itself, so a plan would be a lie.


def loaded_by(modules: Iterable[Module]) -> Sourced[str] | None:
    """Return what the modules are (`an Android app, which a device runs`) and what shows it; None for all others."""
    listed = tuple(modules)
    for host in HOSTS:
        for module in listed:
            for names, wanted in ((module.plugins, host.plugins), (module.dependencies, host.artifacts)):
                shown = next((names[name] for name in wanted if name in names), None)
                if shown is not None:
                    return Sourced(host.title, shown)
            if module.packaging in host.packagings:
                return Sourced(host.title, module.origin)
    return None


# Which module the authors' own image ships: what it copies or starts names what is built of it.


def shipped_module(tree: SourceTree, modules: tuple[Module, ...]) -> tuple[Module, Origin] | None:
    """Return the one module below the root whose products the authors' image ships; None for none or several."""
    found: dict[str, tuple[Module, Origin]] = {}
    for line in (*own_dockerfile.instructions(tree, "COPY", "ADD"), *own_dockerfile.commands(tree)):
        for item in modules:
            paths = (f"{item.directory}/target/", f"{item.directory}/build/")
            if item.directory and any(re.search(rf"(?<![\w-]){re.escape(path)}", line.value.text) for path in paths):
                found.setdefault(item.directory, (item, line.origin))
    return next(iter(found.values())) if len(found) == 1 else None


# Which class of the app is started, where the build does not pack it into something that starts by itself.


_SHOWN = 6
# Words in names of classes that are run by hand beside the app.
_BESIDE_THE_APP = (
    "install",
    "migrat",
    "tool",
    "import",
    "export",
    "client",
    "generat",
    "bench",
    "example",
    "demo",
    "test",
    "cli",
    "util",
    "updat",
)
_CLASS = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*")
_MAX_CLASS = 300
_USUAL_MAINS = ("main", "app", "application", "server", "service", "launcher", "bootstrap")


def _is_class(text: str) -> bool:
    """Return whether a text can be the name of a class."""
    return len(text) <= _MAX_CLASS and _CLASS.fullmatch(text) is not None


def choose_main_class(choice: Choice, overrides: Overrides, reasons: Reasons) -> Sourced[str] | None:
    """Return the class to start, None when there is none; raises ConfigError for an option that is no class."""
    asked = overrides.option("java.main_class")
    if asked is not None:
        name = asked.value.strip()
        if not _is_class(name):
            raise ConfigError(
                f"`{name[:60]}` is no name of a class", origin=asked.origin, hint="write `com.example.Main`"
            )
        reasons.decide("java.main_class", name, asked.origin, "the configured class")
        return Sourced(name, asked.origin)
    declared = choice.module.main_class
    if declared is not None and _is_class(declared.value):
        reasons.decide("java.main_class", declared.value, declared.origin, "the build names it")
        return declared
    rated = sorted(choice.mains, key=_order_of_mains)
    if not rated:
        return None
    first, *rest = rated
    losers = tuple(RunnerUp(item.name, item.origin, "its name or place is less like an app's") for item in rest)
    why = "the only class with a `main`" if not rest else "the class with a `main` that is most like an app's"
    reasons.decide("java.main_class", first.name, first.origin, why, losers)
    rivals = [item for item in rest if _order_of_mains(item)[:3] == _order_of_mains(first)[:3]]
    if rivals:
        listed = ", ".join(f"`{item.name}`" for item in rivals[:_SHOWN])
        text = f"several classes have a `main`; `{first.name}` is started where the build names none, not {listed}"
        fix = f'choose one: `main_class = "{rivals[0].name}"` under `[java]` in buildplan.toml'
        reasons.report(Diagnostic("BP823", "warning", text, first.origin, fix))
    return Sourced(first.name, first.origin)


def _order_of_mains(main: Main) -> tuple[bool, bool, int, int, str]:
    own = main.name.rpartition(".")[2].removesuffix("Kt").lower()
    rank = next(
        (index for index, word in enumerate(_USUAL_MAINS) if own == word),
        len(_USUAL_MAINS) + (not own.endswith(_USUAL_MAINS)),
    )
    other = any(word in own for word in _BESIDE_THE_APP)
    return (other, not main.serves, rank, main.name.count("."), main.name)


# Which module of a build is the app.
#
# In this order: an option; the only one that can run; then by what it declares and how it is called. All that lost are
# kept, with the reason.


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


def choose_module(tree: SourceTree, modules: tuple[Module, ...], overrides: Overrides, reasons: Reasons) -> Choice:
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
    shipped = shipped_module(tree, tuple(item for _, item in rated))
    if shipped is not None:
        found, origin = shipped
        reasons.decide("java.module", found.directory, origin, "the authors' Dockerfile ships what is built of it")
        return _of(tree, found, modules)
    if not rated and overrides.start is not None and modules:
        rule = "nothing starts by itself, and the start command is given: the root"
        reasons.decide("java.module", modules[0].directory or ".", overrides.start.origin, rule)
        return _of(tree, modules[0], modules)
    if not rated:
        elsewhere = loaded_by(modules)
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
    matches = declared(made_of)
    if not matches:
        matches = imported(tree, (item.directory for item in made_of))
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
    serves = module.war or bool(declared(made_of))
    own = bool(declared((module,)))
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
