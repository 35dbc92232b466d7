"""Whether a tree is a Python app, and how strong the evidence is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons

from . import candidates, entry_points, frameworks, manifest, scripts, source_code, tables, workers

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Project

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
        project = manifest.read(tree, overrides, Reasons())
    except BuildplanError as error:
        # The plan says what is wrong, if Python is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(f"there is `{found}`", error.origin or Origin(found)),))
    rows = frameworks.declared(project)
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
    files = sorted(name for name in names if candidates.is_own(name))
    started = _started(overrides)
    if started is not None and files:
        return Detection(Strength.APP, (started,))
    usual = next((f"{name}.py" for name in (*candidates.NAMES, "hello") if f"{name}.py" in files), None)
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
    for row in frameworks.declared(project):
        requirement = next((item for name in row.packages if (item := project.requirement(name)) is not None), None)
        if requirement is not None and not _is_also_a_client(row, tree, project):
            return Evidence(f"{row.title} is declared", requirement.origin)
    base = f"{project.directory}/" if project.directory else ""
    manage = tree.text_or_none(f"{base}manage.py")
    if manage is not None and "django" in manage:
        return Evidence("there is Django's `manage.py`", Origin(f"{base}manage.py"))
    worker = workers.declared(project)
    if worker is not None:
        return Evidence(f"{worker.name} is declared", worker.origin)
    if project.requirements or project.is_package:
        return _runnable(tree, project)
    return None


def _is_also_a_client(row: frameworks.Framework, tree: SourceTree, project: Project) -> bool:
    """Return whether the framework is used as a library too, and nothing in the tree serves with it."""
    return row.client and not any(
        entry.framework.id == row.id for entry in entry_points.discover(tree, project).entries
    )


def _runnable(tree: SourceTree, project: Project) -> Evidence | None:
    for entry in scripts.files(tree, project):
        name = entry.path.rpartition("/")[2].removesuffix(".py")
        code = source_code.read(tree, entry.path)
        usual = name in candidates.NAMES and name != "__init__"
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
    return tools and not any(candidates.is_own(name) for name in tree.directory(project.directory).files)
