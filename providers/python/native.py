"""System libraries that Python packages need, to be built and to run."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from buildplan.catalogue import suite as suite_of
from buildplan.language import packages as system
from buildplan.language.packages import TOOLCHAINS, Dependency, Packages
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import numbers_of

from . import locked
from .native_tables import (
    ELSEWHERE,
    FIRST_WHEELS,
    IMPORT_PKG_RESOURCES,
    MISTAKES,
    NEEDS,
    SETUPTOOLS_WITHOUT,
    TORCH,
    TORCH_INDEX,
    TORCH_SAVING,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.language.packages import Match, Need
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .manifest import Project
    from .package_manager import PackageManager
    from .requirements import Requirement

_GIT = re.compile(r"git\+|.*\.git(?:[@#].*)?$", re.IGNORECASE)
# pip calls the program of each: https://pip.pypa.io/en/stable/topics/vcs-support/, read 2026-11-24.
_OTHERS = re.compile(r"(hg|svn|bzr)\+", re.IGNORECASE)
_PROGRAMS = {"hg": ("mercurial",), "svn": ("subversion",), "bzr": ("brz",)}


def packages(
    tree: SourceTree,
    project: Project,
    pm: PackageManager | None,
    reasons: Reasons,
    extra: tuple[Dependency, ...] = (),
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the Debian packages of the build and those of the shipped image, each with a decision.

    `extra` is what the app uses without installing it: a part of a package, as `django.contrib.gis`.
    """
    if pm is None:
        return (), ()
    needs = Packages()
    for match in _matches(tree, project, extra):
        system.apt((match,), reasons if match.dependency.declared else None, needs)
    for program in project.programs:
        needs.add(Dependency(program.value, program.origin), run=(program.value,))
    _compile_the_rest(tree, project, pm, needs, reasons)
    _fetch(project, needs, reasons)
    _report_unavailable(project, reasons)
    _suggest_without_cuda(tree, project, locked.packages(tree, project), reasons)
    return needs.decided(reasons, suite_of("python", project.interpreter) if project.interpreter else None)


def fetched(tree: SourceTree, project: Project) -> tuple[tuple[str, str, Dependency], ...]:
    """Return commands of installed packages that fetch more, each with the folder that it fills, and why."""
    found: dict[str, tuple[str, str, Dependency]] = {}
    for need, dependency in _matches(tree, project):
        if need.fetch is not None:
            command, folder = need.fetch
            found.setdefault(folder, (command, folder, dependency))
    return tuple(found.values())


def environment(tree: SourceTree, project: Project) -> Mapping[str, tuple[str, Dependency]]:
    """Return the variables that packages need where the app runs."""
    return system.variables(_matches(tree, project), "run")


def pkg_resources(tree: SourceTree, project: Project, python: str) -> Dependency | None:
    """Return an installed package that imports `pkg_resources`, where nothing brings a setuptools that has it.

    setuptools has none since 82; environments hold a setuptools of their own up to Python 3.11.
    """
    if numbers_of(python)[:2] < (3, 12):
        return None
    pinned = locked.version(tree, project, "setuptools")
    if pinned is not None and numbers_of(pinned) < SETUPTOOLS_WITHOUT:
        return None
    installed = locked.packages(tree, project)
    find = functools.partial(_find, tree, project, installed, ())
    return next((match.dependency for match in system.matches(IMPORT_PKG_RESOURCES, find)), None)


def _find(
    tree: SourceTree,
    project: Project,
    installed: frozenset[str],
    extra: tuple[Dependency, ...],
    name: str,
    row: Need,
) -> Dependency | None:
    declared = project.requirement(name)
    if declared is None and (name not in installed or row.locked is False):
        return next((item for item in extra if item.name == name), None)
    place = declared.origin if declared is not None else _lock_of(project)
    version = locked.version(tree, project, name) if row.below else None
    return Dependency(name, place, version, declared=declared is not None)


def _matches(tree: SourceTree, project: Project, extra: tuple[Dependency, ...] = ()) -> list[Match]:
    installed = locked.packages(tree, project)

    def has(name: str) -> bool:
        # `psycopg[binary]` asks for the extra.
        package, _, asked = name.rstrip("]").partition("[")
        return asked in project.extras_of(package) if asked else package in installed

    find = functools.partial(_find, tree, project, installed, extra)
    return system.matches(NEEDS, find, has=has, app=project)


def _lock_of(project: Project) -> Origin:
    governing = project.governing
    if governing is None:
        return Origin(project.sources[0] if project.sources else ".")
    return Origin(governing.lockfile or governing.origin.path)


def _compile_the_rest(
    tree: SourceTree, project: Project, pm: PackageManager, needs: Packages, reasons: Reasons
) -> None:
    """Add compilers where the lock file holds no wheel for the Python of the image, and for the project itself."""
    found = locked.compiled(tree, project, project.interpreter)
    if found:
        place = _lock_of(project)
        needs.add(Dependency(found[0], place), build=(*TOOLCHAINS["c"], *TOOLCHAINS["c++"]))
        reasons.report(
            Diagnostic(
                "BP625",
                "warning",
                f"`{place.path}` holds no wheel of `{found[0]}` for Python {project.interpreter}, so it is compiled",
                place,
                f"update `{found[0]}` and lock again",
            )
        )
    if not found:
        _compile_old_pins(project, needs)
    if pm.installs_project and project.layout.compiles:
        needs.add(Dependency(project.name or "the project", _lock_of(project)), build=TOOLCHAINS["c++"])


def _compile_old_pins(project: Project, needs: Packages) -> None:
    """Add a compiler where a pinned release is older than the first one with wheels for this Python."""
    minor = numbers_of(project.interpreter)[1:2]
    for item in project.requirements:
        exact = re.fullmatch(r"\s*===?\s*([0-9][0-9.]{0,20})\s*", item.specifier)
        rows = FIRST_WHEELS.get(item.name, ())
        first = next((release for known, release in rows if minor and known <= minor[0]), None)
        if exact is not None and first is not None and numbers_of(exact[1]) < numbers_of(first):
            needs.add(Dependency(f"{item.name} {exact[1]}", item.origin), build=(*TOOLCHAINS["c"], *TOOLCHAINS["c++"]))


def _fetch(project: Project, needs: Packages, reasons: Reasons) -> None:
    """Add the program that a dependency is fetched with; what needs a key cannot be fetched by a build."""
    for item in project.requirements:
        other = None if item.url is None else _OTHERS.match(item.url)
        if other is not None:
            needs.add(Dependency(item.name or "a dependency", item.origin), build=_PROGRAMS[other[1].lower()])
        if item.url is None or not _GIT.match(item.url):
            continue
        needs.add(Dependency(item.name or "a dependency", item.origin), build=("git",))
        if re.match(r"git\+ssh:|git\+git@|ssh:|git@", item.url, re.IGNORECASE):
            reasons.report(
                Diagnostic(
                    "BP621",
                    "warning",
                    f"`{item.name}` is fetched over SSH, and the build has no key",
                    item.origin,
                    "write `git+https://${GIT_TOKEN}@host/…` and give the token as a secret",
                )
            )


def _report_unavailable(project: Project, reasons: Reasons) -> None:
    for item in project.requirements:
        if item.name in ELSEWHERE and item.marker is None:
            title, word = ELSEWHERE[item.name]
            text, fix = f"`{item.name}` exists for {title} only", f"append `; sys_platform == '{word}'`"
        elif item.name in MISTAKES:
            meant = MISTAKES[item.name]
            text = f"`{item.name}` is no package that can be installed"
            fix = f"write `{meant}` instead" if meant else "remove the line, which a broken `pip freeze` wrote"
        else:
            continue
        reasons.report(Diagnostic("BP620", "error", f"{text}, so the installation fails", item.origin, fix))


def _suggest_without_cuda(tree: SourceTree, project: Project, installed: frozenset[str], reasons: Reasons) -> None:
    """Suggest the wheels of PyTorch for machines without a GPU, where nothing says which are wanted."""
    found: Requirement | None = next((item for name in TORCH if (item := project.requirement(name)) is not None), None)
    if found is None and "torch" not in installed:
        return
    pinned = (locked.version(tree, project, "torch") or "") + (found.specifier if found is not None else "")
    places = [item.value for _, item in project.indexes] + ([found.url] if found is not None and found.url else [])
    if "+" in pinned or any("/whl/" in place or "rocm" in place for place in places):
        return
    index = TORCH_INDEX
    fixes = {
        "pip": f"write `--extra-index-url {index}` into the first line of the requirements file",
        "uv": f"add an index of uv with `explicit = true` and the address {index}, and name it for `torch`",
        "poetry": f"`poetry source add --priority explicit pytorch {index}`, and name it for `torch`",
    }
    name = project.governing.name if project.governing is not None else "pip"
    reasons.report(
        Diagnostic(
            "BP696",
            "info",
            f"`{found.name if found is not None else 'torch'}` brings CUDA, which only machines with a GPU can use; "
            f"the CPU build saves {TORCH_SAVING}",
            found.origin if found is not None else _lock_of(project),
            fixes.get(name, f"take `torch` from the index {index}"),
        )
    )
