"""A Rust app in a folder below a root that holds nothing but documents: `backend/` beside a frontend, say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import folder_app
from buildplan.model.origin import Origin

from . import frameworks, manifests, targets
from .words import listed

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

OPTION = "rust.package"


@dataclass(frozen=True, slots=True)
class Nested:
    """The folder that is taken for the app, its framework and where that stands, and the others that could be it.

    `called_so`: the folder is called like one that holds a server.
    """

    directory: str
    framework: str
    crate: str
    origin: Origin
    others: tuple[str, ...]
    called_so: bool


def find(tree: SourceTree, overrides: Overrides) -> Nested | None:
    """Return the app's folder; None where the root holds more than documents, or no folder holds a server."""
    if not folder_app.holds_documents_only(tree):
        return None
    found: list[tuple[int, str, str, str, Origin]] = []
    names = listed("server_folders")
    for name in tree.directory().directories:
        if name.startswith(".") or not tree.has(f"{name}/{manifests.MANIFEST}"):
            continue
        below = folder_app.below(tree, name)
        try:
            workspace = manifests.read(below)
        except BuildplanError:
            continue
        programs = (item for item in workspace.members if targets.binaries(below, item))
        match = next(filter(None, (frameworks.find(workspace, item) for item in programs)), None)
        if match is not None:
            row, place = match
            position = names.index(name.lower()) if name.lower() in names else len(names)
            found.append((position, name, row.id, row.crate, replace(place, path=f"{name}/{place.path}")))
    asked = overrides.option(OPTION)
    if asked is not None:
        found = [item for item in found if item[1] == asked.value.strip("./")] or found
    if not found:
        return None
    position, name, framework, crate, origin = min(found, key=lambda item: item[:2])
    others = tuple(sorted(item[1] for item in found if item[1] != name))
    return Nested(name, framework, crate, origin, others, position < len(names))


def raised(plan: ProviderPlan, found: Nested) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree."""
    others = tuple((name, Origin(f"{name}/{manifests.MANIFEST}")) for name in found.others)
    why = "the folder that looks most like the app; the root holds documents only"
    whole = folder_app.raised(plan, found.directory, found.origin, others, OPTION, why)
    # A frontend below the folder would have its place from the root of the tree.
    return replace(whole, frontends=(), embedded=())
