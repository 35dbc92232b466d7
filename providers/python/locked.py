"""What a lock file pins for production: the closure of the declared dependencies, and its wheels.

The formats are written by their tools and always look alike, so that they are read by pattern: a parser takes half a
second for a megabyte. What cannot be found is not guessed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.model.version_ranges import numbers_of
from buildplan.read import json_document

from .native_tables import OPTIONAL_EXTENSIONS
from .requirements import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.source import SourceTree

    from .manifest import Project

_NAME = re.compile(r'^name = "([A-Za-z0-9._-]{1,200})"', re.MULTILINE)
_QUOTED_NAME = re.compile(r'\bname = "([A-Za-z0-9._-]{1,200})"')
_PDM_NAME = re.compile(r'^ *"([A-Za-z0-9][A-Za-z0-9._-]{0,200})', re.MULTILINE)
_KEY = re.compile(r'^"?([A-Za-z0-9][A-Za-z0-9._-]{0,200})"? = ', re.MULTILINE)
_WHEEL = re.compile(
    r'[/"]([A-Za-z0-9_.]{1,200})-[^-"/\s]{1,80}-(?:[0-9][^-"/\s]{0,40}-)?'
    r"((?:cp|py|pp)[0-9.a-z]{1,60})-([a-z0-9_.]{1,60})-([A-Za-z0-9_.]{1,200})\.whl"
)
_FORMATS = ("uv.lock", "poetry.lock", "pdm.lock")


def packages(tree: SourceTree, project: Project) -> frozenset[str]:
    """Return the names of everything that production installs as far as files say it, the declared ones included."""
    declared = frozenset(item.name for item in project.requirements) | project.transitive
    lock = project.governing.lockfile if project.governing is not None else None
    if lock is None:
        return declared
    return declared | tree.memo("python.locked", f"{lock}:{project.directory}", lambda: _closure(tree, lock, declared))


def _closure(tree: SourceTree, lock: str, declared: frozenset[str]) -> frozenset[str]:
    if lock == "Pipfile.lock":
        try:
            return frozenset(normalised(name) for name in json_document.read(tree, lock).table("default"))
        except FileError:
            # pipenv itself says what is wrong with it.
            return frozenset()
    text = tree.text(lock)
    if lock not in _FORMATS:
        return frozenset(normalised(name) for name in _NAME.findall(text))
    edges: dict[str, set[str]] = {}
    for block in text.split("\n[[package]]\n")[1:]:
        name = _NAME.search(block)
        if name is not None:
            edges.setdefault(normalised(name[1]), set()).update(map(normalised, _needed(lock, block)))
    found: set[str] = set()
    waiting = list(declared)
    while waiting:
        name_ = waiting.pop()
        if name_ not in found and name_ in edges:
            found.add(name_)
            waiting.extend(edges[name_])
    return frozenset(found)


def _needed(lock: str, block: str) -> Iterable[str]:
    """Return the names that a package's block says it needs; development's groups are no part of it."""
    if lock == "poetry.lock":
        section = block.partition("\n[package.dependencies]\n")[2]
        return _KEY.findall(section.partition("\n[")[0])
    own = block.partition("\n[package.dev-dependencies]")[0].partition("\n[package.metadata]")[0]
    _, _, listed = own.partition("\ndependencies = [")
    listed = listed.partition("\n]")[0]
    if lock == "pdm.lock":
        return _PDM_NAME.findall(listed)
    _, _, optional = own.partition("\n[package.optional-dependencies]\n")
    return [*_QUOTED_NAME.findall(listed), *_QUOTED_NAME.findall(optional)]


def newest_python(tree: SourceTree, project: Project) -> tuple[int, str] | None:
    """Return the newest minor of Python 3 that every wheel of production runs on, and the package that sets it.

    None when no lock file tells, or nothing is limited.
    """
    optional = OPTIONAL_EXTENSIONS
    found = sorted((max(minors), name) for name, minors in _wheels(tree, project).items() if name not in optional)
    return found[0] if found else None


def compiled(tree: SourceTree, project: Project, python: str) -> tuple[str, ...]:
    """Return the packages of production that have wheels for other versions of Python, and none for this one."""
    minor = numbers_of(python)[1:2]
    optional = OPTIONAL_EXTENSIONS
    return tuple(
        sorted(
            name
            for name, minors in _wheels(tree, project).items()
            if minor and minor[0] not in minors and name not in optional
        )
    )


def _wheels(tree: SourceTree, project: Project) -> dict[str, set[int]]:
    """Return package → minors of Python 3 that the lock file holds wheels for on Linux.

    Only packages whose wheels are made for single versions are there: an older wheel of `abi3` or of pure Python runs
    on newer ones too.
    """
    lock = project.governing.lockfile if project.governing is not None else None
    if lock is None or lock == "Pipfile.lock":
        return {}
    return tree.memo("python.wheels", f"{lock}:{project.directory}", lambda: _wheels_of(tree, project, lock))


def _wheels_of(tree: SourceTree, project: Project, lock: str) -> dict[str, set[int]]:
    wanted = packages(tree, project)
    found: dict[str, set[int]] = {}
    free: set[str] = set()
    for distribution, tags, abi, platform in _WHEEL.findall(tree.text(lock)):
        name = normalised(distribution)
        if name not in wanted or tags.startswith("pp") or not ("linux" in platform or platform == "any"):
            continue
        minors = [int(minor) for minor in re.findall(r"cp3(\d{1,2})", tags)]
        if abi in {"abi3", "none"} or not minors:
            free.add(name)
        found.setdefault(name, set()).update(minors)
    return {name: minors for name, minors in found.items() if name not in free}


def version(tree: SourceTree, project: Project, name: str) -> str | None:
    """Return the version that a lock file or an exact requirement pins, None when nothing does."""
    lock = project.governing.lockfile if project.governing is not None else None
    if lock is not None and lock != "Pipfile.lock":
        match = re.search(rf'^name = "{re.escape(name)}"\nversion = "([^"\n]{{1,60}})"', tree.text(lock), re.MULTILINE)
        if match is not None:
            return match[1]
    wanted = project.requirement(name)
    exact = re.fullmatch(r"===?\s*([0-9][^,*\s]{0,60})", wanted.specifier) if wanted is not None else None
    return exact[1] if exact is not None else None
