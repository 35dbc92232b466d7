"""Which project of the tree is the app.

In this order: an option; the project that the start command names, or a Dockerfile of the authors; then a web app
before a site that runs in the browser, a worker service and a console app; then by what its name sounds like. What
another app is made of, tests, samples and what cannot run in a container never are. All that lost are kept, with the
reason.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.read import own_dockerfile

from . import projects, tables

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .projects import Project

_KINDS = ("web", "wasm", "worker", "console")
_SHOWN = 6
_MOST_PROJECTS = 2000
_DLL = re.compile(r"([\w.+-]{1,200})\.dll\b", re.ASCII)


class Choice(NamedTuple):
    """The project that is the app, why, and all that could have been."""

    app: Project
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...]


def choose(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Choice:
    """Return the app; raises PlanError for an option that names none, NoStartError when there is none."""
    paths = tree.with_suffix(*projects.PROJECTS)[:_MOST_PROJECTS]
    asked = overrides.option("dotnet.project") or overrides.option("dotnet.app")
    if asked is not None:
        found = projects.read(tree, _asked(asked, paths))
        if found.kind not in _KINDS:
            raise PlanError(
                f"`{found.path}` cannot be the app: {found.why}",
                origin=asked.origin,
                hint="name a web app or a program",
            )
        return Choice(found, asked.origin, "the configured project", ())
    known = _listed(tree, paths)
    everything = [projects.read(tree, path) for path in known]
    ranked = _ranked(tree, everything)
    if not ranked and len(known) < len(paths):
        everything = [projects.read(tree, path) for path in paths]
        ranked = _ranked(tree, everything)
    if not ranked:
        raise _nothing(everything)
    if overrides.start is not None:
        named = {match.lower() for match in _DLL.findall(overrides.start.value.text)}
        words = {posixpath.basename(word).lower() for word in overrides.start.value.text.split()}
        for item in ranked:
            if {item.assembly.lower(), item.name.lower()} & (named | words):
                lost = _lost(item, ranked, "the start command names another")
                return Choice(item, overrides.start.origin, "the start command names it", lost)
    started = _in_dockerfile(tree)
    for item in ranked if started is not None else ():
        if started is not None and item.assembly.lower() == started.value.lower():
            why = "the tree's own Dockerfile starts it"
            return Choice(item, started.origin, why, _lost(item, ranked, "the Dockerfile starts another"))
    first, *rest = ranked
    rule = f"the only project that can be the app: {first.why}"
    if rest:
        rule = f"{first.why}, and its name is most like an app's"
        if all(item.kind != first.kind for item in rest):
            rule = f"the only one of its kind: {first.why}"
        _report(first, rest, reasons)
    return Choice(first, first.origin, rule, (*_lost(first, ranked, ""), *_left_out(everything)))


def _in_dockerfile(tree: SourceTree) -> Sourced[str] | None:
    """Return the program that a Dockerfile of the authors starts at last; its arguments may have their own line."""
    for command in own_dockerfile.commands(tree)[:2]:
        match = _DLL.search(command.value.text)
        if match is not None:
            return Sourced(match[1], command.origin)
    return None


def _listed(tree: SourceTree, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Return the projects of the solutions nearest to the root, or all where there are none."""
    found = tree.with_suffix(*projects.SUFFIXES)
    nearest = [path for path in found if path.count("/") == found[0].count("/")] if found else []
    members = dict.fromkeys(member for path in nearest for member in projects.members(tree, path))
    return tuple(members) or paths


def _asked(asked: Sourced[str], paths: tuple[str, ...]) -> str:
    text = posixpath.normpath(asked.value.strip().replace("\\", "/"))
    for path in paths:
        stem = posixpath.splitext(posixpath.basename(path))[0]
        if text in {path, posixpath.dirname(path) or ".", stem, posixpath.basename(path)}:
            return path
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN])
    raise PlanError(
        f"there is no project `{asked.value[:80]}`; there are {shown}", origin=asked.origin, hint="name one of these"
    )


def _ranked(tree: SourceTree, found: list[Project]) -> list[Project]:
    """Return what can be the app, best first."""
    able = [item for item in found if item.kind in _KINDS]
    parts = {path for item in able if item.kind != "console" for path in item.facts.references}
    whole = [item for item in able if item.path not in parts]
    solution = tree.with_suffix(*projects.SUFFIXES)
    name = posixpath.splitext(posixpath.basename(solution[0]))[0].lower() if solution else ""
    return sorted(whole or able, key=lambda item: _order(item, name))


def _order(project: Project, solution: str) -> tuple[bool, int, bool, int, int, str]:
    folders = {part.lower() for part in project.directory.split("/")}
    words = re.split(r"[._-]", project.name.lower())
    aside = bool(folders.intersection(tables.ASIDE) or set(words).intersection(tables.DOUBLES))
    other = bool(set(words).intersection(tables.OTHERS)) and project.name.lower() != solution
    return (aside, _KINDS.index(project.kind), other, _rank(project, words, solution), len(project.path), project.path)


def _rank(project: Project, words: list[str], solution: str) -> int:
    apps = tables.APPS
    name = project.name.lower()
    if name in {solution, f"{solution}.web"}:
        return 0
    if words[-1] in apps:
        return 1 + apps.index(words[-1])
    return len(apps) + 1


def _report(first: Project, rest: list[Project], reasons: Reasons) -> None:
    solution = ""
    rivals = [item for item in rest if item.kind == first.kind and _order(item, solution)[:3] == _order(first, "")[:3]]
    if not rivals:
        return
    names = ", ".join(f"`{item.path}`" for item in rivals[:_SHOWN])
    text = f"several projects could be the app; `{first.path}` is built, not {names}"
    fix = f'choose one: `project = "{rivals[0].path}"` under `[dotnet]` in buildplan.toml'
    reasons.report(Diagnostic("BP670", "warning", text, first.origin, fix))


def _lost(found: Project, ranked: list[Project], why: str) -> tuple[RunnerUp, ...]:
    reason = why or f"`{found.name}` sounds more like the app"
    return tuple(
        RunnerUp(item.path, item.origin, reason if why or item.kind == found.kind else f"{found.why}; {item.why}")
        for item in ranked
        if item is not found
    )


def _left_out(everything: list[Project]) -> tuple[RunnerUp, ...]:
    kinds = {"aspire", "old", "desktop", "function"}
    return tuple(RunnerUp(item.path, item.origin, item.why) for item in everything if item.kind in kinds)


def _nothing(everything: list[Project]) -> NoStartError | PlanError:
    old = next((item for item in everything if item.kind in {"old", "desktop", "function"}), None)
    if old is not None:
        fixes = {
            "old": "move the project to a supported .NET: https://learn.microsoft.com/dotnet/core/porting/",
            "function": "build on the image of the Azure Functions host",
        }
        return PlanError(
            f"no project can run in a Linux container; of `{old.path}`: {old.why}",
            origin=old.origin,
            hint=fixes.get(old.kind, "plan the folder of a web app or a service"),
        )
    shown = ", ".join(f"`{item.path}`" for item in everything[:_SHOWN]) or "none"
    return NoStartError(
        f"no project is an app; looked at {shown}",
        origin=everything[0].origin if everything else Origin("."),
        hint='an app has `Sdk="Microsoft.NET.Sdk.Web"` or `<OutputType>Exe</OutputType>`',
    )
