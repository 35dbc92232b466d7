"""Node apps in folders below a root that holds nothing but documents: `api/` and `client/`, with no workspace above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from . import frameworks, manifest

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_RANK = {"server": 4, "code": 3, "static": 2, "worker": 1}
_WHY = "the folder that looks most like the app; the root holds documents only"


def find(tree: SourceTree, _: Overrides) -> tuple[Folder, ...]:
    """Return the folders, the likeliest first; none where the root holds more than documents."""
    if not subfolder.holds_documents_only(tree):
        return ()
    found: list[tuple[tuple[int, int], str, Folder]] = []
    for name in tree.directory().directories:
        path = f"{name}/package.json"
        if subfolder.is_other(name) or not tree.has(path):
            continue
        try:
            matches = frameworks.match(tree, manifest.read(tree, name))
        except BuildplanError:
            continue
        if not matches:
            continue
        row, place = matches[0].framework, Origin(path)
        claim = Detection(
            Strength.STRAY,
            (Evidence(f"`{path}`: {matches[0].text}", place),),
            frameworks=tuple(entry.framework.id for entry in matches),
            static=row.kind == "static",
        )
        found.append(((-_RANK[row.kind], subfolder.rank(name)), name, subfolder.Folder(name, place, claim, _WHY)))
    return tuple(folder for *_, folder in sorted(found, key=lambda item: item[:2]))
