"""Whether a tree is a Python app, how strong the evidence is, and apps in folders below the root."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons

from . import application, entry_points, source_code, tables
from . import manifest as manifests

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Project

# Whether a tree is a Python app, and how strong the evidence is.


# What says "this is a Python project", the misspellings that the plan explains among them.
MANIFESTS = (
    "pyproject.toml",
    "requirements.txt",
    "Pipfile",
    "setup.py",
    "setup.cfg",
    "environment.yml",
    "environment.yaml",
    "pylock.toml",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "requirements.in",
)
# A tree of that many scripts is a collection.
_MOST_OPENED = 12
_PROGRAMS = re.compile(
    r"(?:exec )?(?:python[\d.]*|gunicorn|uvicorn|hypercorn|daphne|flask|fastapi|streamlit|celery|waitress-serve|uwsgi)"
    r"(?:\s|$)"
)


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when nothing at its root is Python's."""
    names = frozenset(tree.directory().files)
    found = next((name for name in MANIFESTS if name in names), None)
    if found is None:
        return _without_manifest(tree, names, overrides)
    try:
        project = manifests.read(tree, overrides, Reasons())
    except BuildplanError as error:
        # The plan says what is wrong, if Python is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(f"there is `{found}`", error.origin or Origin(found)),))
    rows = entry_points.declared_frameworks(project)
    ids = tuple(row.id for row in rows)
    evidence = _app(tree, project, overrides)
    if evidence is not None:
        return Detection(Strength.APP, (evidence, Evidence(f"there is `{found}`", Origin(found))), frameworks=ids)
    if _only_tools(tree, project):
        return Detection(Strength.TOOLING, (Evidence(f"`{found}` holds tools only", Origin(found)),))
    return Detection(Strength.MANIFEST, (Evidence(f"there is `{found}`", Origin(found)),), frameworks=ids)


def at_its_root(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a folder by its own files, not by those of a folder in it."""
    names = frozenset(tree.directory().files)
    if any(name in names for name in MANIFESTS):
        return detect(tree, overrides)
    return _without_manifest(tree, names, overrides)


def _started(overrides: Overrides) -> Evidence | None:
    """Return the start command that was asked for, if it is a Python program."""
    start = overrides.start
    if start is None or not _PROGRAMS.match(start.value.text.strip()):
        return None
    return Evidence(f"`{start.value.text[:60]}` starts it", start.origin)


def _without_manifest(tree: SourceTree, names: frozenset[str], overrides: Overrides) -> Detection | None:
    files = sorted(name for name in names if entry_points.is_own(name))
    started = _started(overrides)
    if started is not None and files:
        return Detection(Strength.APP, (started,))
    usual = next((f"{name}.py" for name in (*entry_points.NAMES, "hello") if f"{name}.py" in files), None)
    path = usual or (files[0] if len(files) == 1 else None)
    if path is not None:
        return Detection(Strength.STRAY, (Evidence(f"`{path}` is a Python file", Origin(path)),))
    for name in files[:_MOST_OPENED]:
        code = source_code.read(tree, name)
        if code is not None and code.guard is not None:
            return Detection(Strength.STRAY, (Evidence(f"`{name}` can be run", Origin(name, code.guard)),))
    return None


def _app(tree: SourceTree, project: Project, overrides: Overrides) -> Evidence | None:
    """Return what makes the project an app: a framework, manage.py, a worker, a start command, a file to run."""
    started = _started(overrides)
    if started is not None:
        return started
    for row in entry_points.declared_frameworks(project):
        requirement = next((item for name in row.packages if (item := project.requirement(name)) is not None), None)
        if requirement is not None and not _is_also_a_client(row, tree, project):
            return Evidence(f"{row.title} is declared", requirement.origin)
    base = f"{project.directory}/" if project.directory else ""
    manage = tree.text_or_none(f"{base}manage.py")
    if manage is not None and "django" in manage:
        return Evidence("there is Django's `manage.py`", Origin(f"{base}manage.py"))
    worker = application.declared_queue(project)
    if worker is not None:
        return Evidence(f"{worker.name} is declared", worker.origin)
    if project.requirements or project.is_package:
        return _runnable(tree, project)
    return None


def _is_also_a_client(row: entry_points.Framework, tree: SourceTree, project: Project) -> bool:
    """Return whether the framework is used as a library too, and nothing in the tree serves with it."""
    return row.client and not any(
        entry.framework.id == row.id for entry in entry_points.discover(tree, project).entries
    )


def _runnable(tree: SourceTree, project: Project) -> Evidence | None:
    for entry in entry_points.files(tree, project):
        name = entry.path.rpartition("/")[2].removesuffix(".py")
        code = source_code.read(tree, entry.path)
        usual = name in entry_points.NAMES and name != "__init__"
        if usual or (code is not None and code.guard is not None):
            return Evidence(f"`{entry.path}` can be run", entry.origin)
    return None


def _only_tools(tree: SourceTree, project: Project) -> bool:
    """Return whether the manifest declares nothing that runs."""
    if project.is_package or project.scripts:
        return False
    table = tables.read("tooling")
    names, prefixes = frozenset(table["names"]), tuple(table["prefixes"])
    declared = [item.name for item in project.requirements]
    tools = all(name in names or name.startswith(prefixes) for name in declared)
    return tools and not any(entry_points.is_own(name) for name in tree.directory(project.directory).files)


# Python apps in folders below a root without a manifest: `src/requirements.txt`, `backend/` beside `frontend/`.


# The best first. Several folders of other names are a collection of apps, of which none is the one.
_NAMES = ("src", "app", "backend", "server", "api", "web", "django", "project", "code", "source")
_MOST_FOLDERS = 60
_WHY = "the folder that holds the app; the root has no manifest"


def nested_apps(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folders, the likeliest first.

    None when the root has a manifest or a Python file, or when several hold an app and none has a usual name.
    """
    if overrides.start is not None or not _is_empty(tree, overrides):
        return ()
    found: list[tuple[int, str, Folder]] = []
    for name in tree.directory().directories[:_MOST_FOLDERS]:
        if name.startswith(".") or name.lower() in entry_points.SKIPPED_FOLDERS:
            continue
        inside = subfolder.below(tree, name)
        own = at_its_root(inside, overrides)
        if own is None:
            continue
        if own.strength >= Strength.APP or (name in _NAMES and _serves(inside, overrides)):
            position = _NAMES.index(name) if name in _NAMES else len(_NAMES)
            found.append((position, name, _folder(name, own)))
    found.sort(key=lambda item: item[:2])
    if len(found) > 1 and found[0][0] == len(_NAMES):
        return ()
    return tuple(folder for *_, folder in found)


def _folder(name: str, own: Detection) -> Folder:
    """Return the folder with a claim that is weak: the root itself says nothing."""
    evidence = subfolder.moved_evidence(own, name)
    claim = replace(own, strength=Strength.STRAY, evidence=evidence)
    return subfolder.Folder(name, evidence[-1].origin, claim, _WHY)


def _is_empty(tree: SourceTree, overrides: Overrides) -> bool:
    """Return whether the root holds no Python file, and no manifest but one with settings of tools only."""
    files = tree.directory().files
    if any(entry_points.is_own(name) for name in files):
        return False
    names = {name for name in MANIFESTS if name in files}
    if not names:
        return True
    if not names <= {"pyproject.toml", "setup.cfg"}:
        return False
    try:
        project = manifests.read(tree, overrides, Reasons())
    except BuildplanError:
        return False
    return project.governing is None and not project.requirements and not project.is_package and not project.members


def _serves(tree: SourceTree, overrides: Overrides) -> bool:
    """Return whether a web app is in the tree, whatever its manifest says of it or whether it has none."""
    try:
        entries = entry_points.discover(tree, manifests.read(tree, overrides, Reasons())).entries
    except BuildplanError:
        return False
    return any(entry.framework.port is not None for entry in entries)
