"""Rust apps in folders below a root that holds nothing but documents: `backend/` beside a frontend, say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence

from . import manifests, tables, targets

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_WHY = "the folder that looks most like the app; the root holds documents only"


def find(tree: SourceTree, _: Overrides) -> tuple[Folder, ...]:
    """Return the folders that hold a server, the likeliest first; none where the root holds more than documents.

    `backend` with a server is more of an app than a frontend's folder beside it.
    """
    if not subfolder.holds_documents_only(tree):
        return ()
    found: list[tuple[int, str, Folder]] = []
    names = tables.SERVER_FOLDERS
    for name in tree.directory().directories:
        if name.startswith(".") or not tree.has(f"{name}/{manifests.MANIFEST}"):
            continue
        below = subfolder.below(tree, name)
        try:
            workspace = manifests.read(below)
        except BuildplanError:
            continue
        programs = (item for item in workspace.members if targets.binaries(below, item))
        match = next(filter(None, (targets.framework(workspace, item) for item in programs)), None)
        if match is None:
            continue
        row, inner = match
        position = names.index(name.lower()) if name.lower() in names else len(names)
        place = replace(inner, path=f"{name}/{inner.path}")
        strength = Strength.TOOLING if position < len(names) else Strength.STRAY
        evidence = Evidence(f"`{name}` depends on {row.crate}", place)
        claim = Detection(strength, (evidence,), frameworks=(row.id,))
        found.append((position, name, subfolder.Folder(name, place, claim, _WHY)))
    return tuple(folder for *_, folder in sorted(found, key=lambda item: item[:2]))
