"""Deno apps in folders below a root that holds nothing but documents: `backend/` with a deno.json.

What lies deeper is no app: `supabase/functions/hello` runs elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from . import manifest
from .detect import detect

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_ELSEWHERE = frozenset({"supabase", "netlify", "functions"})
_WHY = "the folder that looks most like the app; the root holds documents only"


def find(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folders, the likeliest first; none where the root holds more than documents."""
    if not subfolder.holds_documents_only(tree):
        return ()
    found: list[tuple[int, str, Folder]] = []
    for name in tree.directory().directories:
        path = manifest.path(tree, name)
        if path is None or subfolder.is_other(name) or name in _ELSEWHERE:
            continue
        own = detect(subfolder.below(tree, name), overrides)
        if own is not None and own.strength >= Strength.APP:
            place = Origin(path)
            evidence = Evidence(f"`{path}`: {own.evidence[0].text}", place)
            claim = Detection(Strength.STRAY, (evidence,), frameworks=own.frameworks)
            found.append((subfolder.rank(name), name, subfolder.Folder(name, place, claim, _WHY)))
    return tuple(folder for *_, folder in sorted(found, key=lambda item: item[:2]))
