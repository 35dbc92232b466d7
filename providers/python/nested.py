"""An app in a folder below a root without a manifest: `src/requirements.txt`, `backend/` beside `frontend/`.

The folder is planned as if it were the tree; then its paths get the folder's name in front again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import folder_app, moved
from buildplan.language.contract import Detection, Strength
from buildplan.model.reasons import Reasons

from . import candidates, entry_points, manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from buildplan.language.contract import ProviderPlan
    from buildplan.model.origin import Origin
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

# The best first. Several folders of other names are a collection of apps, of which none is the one.
_NAMES = ("src", "app", "backend", "server", "api", "web", "django", "project", "code", "source")
_MOST_FOLDERS = 60


@dataclass(frozen=True, slots=True)
class Nested:
    """The folder that is taken for the app, what says so, and the others that could be it."""

    directory: str
    origin: Origin
    detection: Detection
    others: tuple[tuple[str, Origin], ...]


def find(
    tree: SourceTree, overrides: Overrides, detect: Callable[[SourceTree, Overrides], Detection | None]
) -> Nested | None:
    """Return the app's folder; None when none holds an app, or several of no usual name do."""
    found: list[tuple[int, str, Detection]] = []
    for name in tree.directory().directories[:_MOST_FOLDERS]:
        if name.startswith(".") or name.lower() in candidates.SKIPPED_FOLDERS:
            continue
        inside = folder_app.below(tree, name)
        detection = detect(inside, overrides)
        if detection is None:
            continue
        if detection.strength >= Strength.APP or (name in _NAMES and _serves(inside, overrides)):
            found.append((_NAMES.index(name) if name in _NAMES else len(_NAMES), name, detection))
    if not found:
        return None
    found.sort(key=lambda item: item[:2])
    (rank, name, detection), *rest = found
    if rest and rank == len(_NAMES):
        return None
    others = tuple((other, moved.place(item.evidence[-1].origin, other)) for _, other, item in rest)
    return Nested(name, moved.place(detection.evidence[-1].origin, name), detection, others)


def _serves(tree: SourceTree, overrides: Overrides) -> bool:
    """Return whether a web app is in the tree, whatever its manifest says of it or whether it has none."""
    try:
        entries = entry_points.discover(tree, manifest.read(tree, overrides, Reasons())).entries
    except BuildplanError:
        return False
    return any(entry.framework.port is not None for entry in entries)


def claim(found: Nested) -> Detection:
    """Return the claim to the whole tree: the root itself says nothing."""
    evidence = tuple(
        replace(item, origin=moved.place(item.origin, found.directory)) for item in found.detection.evidence
    )
    return replace(found.detection, strength=Strength.STRAY, evidence=evidence)


def raised(plan: ProviderPlan, found: Nested) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree."""
    why = "the folder that holds the app; the root has no manifest"
    return folder_app.raised(plan, found.directory, found.origin, found.others, "python.app", why)
