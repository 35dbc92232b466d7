"""An app in a folder below a root that holds nothing but documents: `backend/` with a deno.json.

What lies deeper is no app: `supabase/functions/hello` runs elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.providers.node.nested import Nested, rank

from buildplan.language import folder_app
from buildplan.language.contract import Strength

from . import manifest

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

FIELD = "deno.app"
_ELSEWHERE = frozenset({"supabase", "netlify", "functions"})


def find(tree: SourceTree, overrides: Overrides) -> Nested | None:
    """Return the app's folder; None where the root holds more than documents, or no folder holds an app."""
    from .detect import claim

    if not folder_app.holds_documents_only(tree):
        return None
    found: list[tuple[int, str, Nested]] = []
    for name in tree.directory().directories:
        path = manifest.path(tree, name)
        if path is None or folder_app.is_other(name) or name in _ELSEWHERE:
            continue
        own = claim(folder_app.below(tree, name), overrides)
        if own is not None and own.strength >= Strength.APP:
            text = f"`{path}`: {own.evidence[0].text}"
            found.append((rank(name), name, Nested(name, path, text, (), FIELD, own.frameworks)))
    if not found:
        return None
    asked = overrides.option(FIELD)
    if asked is not None:
        found = [item for item in found if item[1] == asked.value.strip("./")] or found
    chosen = min(found, key=lambda item: item[:2])[2]
    others = tuple(sorted(item[1] for item in found if item[1] != chosen.directory))
    return Nested(chosen.directory, chosen.path, chosen.text, others, FIELD, chosen.frameworks)
