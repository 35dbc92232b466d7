"""Python apps in folders below a root without a manifest: `src/requirements.txt`, `backend/` beside `frontend/`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Strength
from buildplan.model.reasons import Reasons

from . import candidates, entry_points, manifest
from .detect import MANIFESTS, at_its_root

if TYPE_CHECKING:
    from buildplan.language.contract import Detection
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# The best first. Several folders of other names are a collection of apps, of which none is the one.
_NAMES = ("src", "app", "backend", "server", "api", "web", "django", "project", "code", "source")
_MOST_FOLDERS = 60
_WHY = "the folder that holds the app; the root has no manifest"


def find(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folders, the likeliest first.

    None when the root has a manifest or a Python file, or when several hold an app and none has a usual name.
    """
    if overrides.start is not None or not _is_empty(tree, overrides):
        return ()
    found: list[tuple[int, str, Folder]] = []
    for name in tree.directory().directories[:_MOST_FOLDERS]:
        if name.startswith(".") or name.lower() in candidates.SKIPPED_FOLDERS:
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
    if any(candidates.is_own(name) for name in files):
        return False
    names = {name for name in MANIFESTS if name in files}
    if not names:
        return True
    if not names <= {"pyproject.toml", "setup.cfg"}:
        return False
    try:
        project = manifest.read(tree, overrides, Reasons())
    except BuildplanError:
        return False
    return project.governing is None and not project.requirements and not project.is_package and not project.members


def _serves(tree: SourceTree, overrides: Overrides) -> bool:
    """Return whether a web app is in the tree, whatever its manifest says of it or whether it has none."""
    try:
        entries = entry_points.discover(tree, manifest.read(tree, overrides, Reasons())).entries
    except BuildplanError:
        return False
    return any(entry.framework.port is not None for entry in entries)
