"""Which of the tree's commands is the app.

In this order: an option; the start command, when it names one; the command at the root, when it is a server or when
no other is; then by what they do and how they are called. All that lost are kept, with the reason.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin

from . import authors_choice, listening, start_line, tables
from .packages import is_example

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .modules import Module, Workspace
    from .packages import Package, Packages

_SHOWN = 6


class Choice(NamedTuple):
    """The command that is the app, why, and all commands of the tree."""

    app: Package
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...]
    commands: tuple[Package, ...]


class _Rated(NamedTuple):
    package: Package
    origin: Origin
    serves: bool
    other: bool
    rank: int

    @property
    def order(self) -> tuple[bool, bool, int, int, str]:
        directory = self.package.directory
        return (not self.serves, self.other, self.rank, directory.count("/"), directory)


def choose(
    tree: SourceTree, packages: Packages, workspace: Workspace | None, overrides: Overrides, reasons: Reasons
) -> Choice:
    """Return the command to build; raises PlanError for an option that names none, NoStartError when there is none."""
    module = _module(workspace, overrides)
    asked = overrides.option("go.package") or overrides.option("go.bin")
    if asked is not None:
        known = _of(packages.commands(everywhere=True), module)
        found = _named(asked, known, packages)
        return Choice(found, asked.origin, "the configured command", _lost(found, known, "not configured"), known)
    near = _of(packages.commands(everywhere=False), module)
    known = near or tuple(item for item in _of(packages.commands(everywhere=True), module) if not is_example(item))
    started = _started(overrides, known, packages)
    if started is not None:
        found, origin = started
        known = known if found in known else (found, *known)
        why = "the start command names it"
        return Choice(found, origin, why, _lost(found, known, "the start command names another"), known)
    theirs = {item.value: item.origin for item in authors_choice.directories(tree)}
    candidates = (*known, *_of(packages.commands(everywhere=True), module)) if theirs else ()
    built = {item.directory: item for item in candidates if item.directory in theirs}
    if built:
        choice = _ranked(tuple(built.values()), packages, reasons)
        origin = theirs[choice.app.directory]
        others = tuple(item for item in known if item.directory not in built)
        lost = (*choice.runners_up, *_lost(choice.app, others, "the authors build another"))
        return Choice(choice.app, origin, f"the authors build it; {choice.rule}", lost, (*built.values(), *others))
    if not known:
        raise _nothing(packages, workspace)
    return _ranked(known, packages, reasons)


def _of(commands: tuple[Package, ...], module: Module | None) -> tuple[Package, ...]:
    return tuple(item for item in commands if module is None or item.module == module)


def _module(workspace: Workspace | None, overrides: Overrides) -> Module | None:
    """Return the module that the option names; raises PlanError when there is no such module."""
    asked = overrides.option("go.module")
    if asked is None or workspace is None:
        return None
    name = posixpath.normpath(asked.value.strip()).removeprefix("./")
    for module in workspace.modules:
        if name in {module.directory or ".", module.path, module.base, module.directory.rpartition("/")[2]}:
            return module
    known = ", ".join(f"`{module.directory or '.'}`" for module in workspace.modules[:_SHOWN])
    raise PlanError(
        f"there is no module `{asked.value[:80]}`; there are {known}", origin=asked.origin, hint="name one of these"
    )


def _named(asked: Sourced[str], known: tuple[Package, ...], packages: Packages) -> Package:
    """Return the command in that folder, with that import path, below `cmd/`, or of that name."""
    text = asked.value.strip()
    directory = posixpath.normpath(text)
    imported, own = packages.imported(text)
    folder = imported if own else "" if directory == "." else directory
    found = next((item for item in known if item.directory == folder), None)
    found = found or next((item for item in known if f"/{item.directory}".endswith(f"/cmd/{folder}")), None)
    found = found or next((item for item in known if item.binary == text), None)
    if found is not None:
        return found
    shown = ", ".join(f"`{item.directory or '.'}`" for item in known[:_SHOWN])
    raise PlanError(
        f"there is no command `{text[:80]}`" + (f"; there are {shown}" if shown else ""),
        origin=asked.origin,
        hint="name a folder that holds `package main` with `func main`",
    )


def _started(overrides: Overrides, known: tuple[Package, ...], packages: Packages) -> tuple[Package, Origin] | None:
    if overrides.start is None:
        return None
    text = overrides.start.value.text
    for program in start_line.programs(text):
        if program.target is not None:
            found = packages.at(program.target)
            if found is not None and found.main is not None:
                return found, overrides.start.origin
        for item in known:
            if program.name == item.binary:
                return item, overrides.start.origin
    return None


def _ranked(known: tuple[Package, ...], packages: Packages, reasons: Reasons) -> Choice:
    rated = sorted((_rated(item, packages) for item in known), key=lambda item: item.order)
    first, *rest = rated
    losers = tuple(RunnerUp(item.package.directory or ".", item.origin, _why_not(first, item)) for item in rest)
    choice = Choice(first.package, first.origin, _why(first, rest), losers, known)
    rivals = [item for item in rest if item.serves == first.serves and not item.other]
    if rivals and first.package.directory:
        names = ", ".join(f"`{item.package.directory or '.'}`" for item in rivals[:_SHOWN])
        text = f"several commands could be the app; `{first.package.directory}` is built, not {names}"
        fix = f'choose one: `package = "{rivals[0].package.directory or "."}"` under `[go]` in buildplan.toml'
        reasons.report(Diagnostic("BP670", "warning", text, first.origin, fix))
    return choice


def _rated(package: Package, packages: Packages) -> _Rated:
    place = package.main
    assert place is not None  # noqa: S101  # only commands are rated
    serves = bool(listening.matches(packages.closure(package)))
    root = not package.directory
    words = re.split(r"[-_.]", package.binary.lower())
    other = not root and any(word in tables.OTHER_COMMANDS for word in words)
    return _Rated(package, place, serves, other, 0 if root else _rank(package))


def _rank(package: Package) -> int:
    """Return how little a name sounds like the app: first servers' names, then the module's as a daemon, then it."""
    name = package.binary.lower()
    servers = tables.SERVERS
    if name in servers:
        return 1 + servers.index(name)
    base = package.module.base.lower() if package.module is not None else ""
    after = len(servers) + 1
    if base and name in {f"{base}d", f"{base}-server", f"{base}-api", f"{base}-web", f"{base}server"}:
        return after
    if name in {base, "cmd"}:
        return after + 1
    if any(word in servers for word in re.split(r"[-_.]", name)):
        return after + 2
    return after + 3


def _why(first: _Rated, rest: list[_Rated]) -> str:
    if not rest:
        return "the only command of the tree"
    if not first.package.directory:
        return "the command at the root of the module"
    if first.serves and not any(item.serves for item in rest):
        return "the only command that listens"
    return "the command whose name is most like an app's"


def _why_not(first: _Rated, item: _Rated) -> str:
    if first.serves and not item.serves:
        return "it does not listen"
    if item.other:
        return "its name is that of a tool or of another process"
    if not first.package.directory:
        return "the root of the module comes first"
    return f"`{first.package.binary}` sounds more like the app"


def _lost(found: Package, known: tuple[Package, ...], why: str) -> tuple[RunnerUp, ...]:
    return tuple(RunnerUp(item.directory or ".", item.main or Origin("."), why) for item in known if item is not found)


def _nothing(packages: Packages, workspace: Workspace | None) -> NoStartError:
    examples = packages.commands(everywhere=True)
    if examples:
        names = ", ".join(f"`{item.directory}`" for item in examples[:_SHOWN])
        return NoStartError(
            f"only examples and tests can be started: {names}",
            origin=examples[0].main,
            hint=f'name one: `package = "{examples[0].directory}"` under `[go]` in buildplan.toml',
        )
    searched = ", ".join(f"`{module.directory or '.'}`" for module in workspace.modules) if workspace else "`.`"
    return NoStartError(
        f"no command was found: no `package main` with `func main` in {searched} and below",
        origin=workspace.modules[0].origin if workspace else Origin("."),
        hint="add a main.go, or plan the folder of the app",
    )
