"""An app in a folder below a root that holds nothing but documents: `api/` and `client/`, with no workspace above.

The folder is planned as if it were the tree; then its paths get the folder's name in front again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import folder_app
from buildplan.model.origin import Origin

from . import frameworks, manifest

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


_RANK = {"server": 4, "code": 3, "static": 2, "worker": 1}
_NAMES = ("server", "backend", "api", "app", "web", "frontend", "client", "site", "www")


@dataclass(frozen=True, slots=True)
class Nested:
    """The folder that is taken for the app, its manifest's path, and the others that could be it.

    `field` is the decision that says so, and the option that asks for another one. `static`: it is a site.
    """

    directory: str
    path: str
    text: str
    others: tuple[str, ...]
    field: str
    frameworks: tuple[str, ...] = ()
    static: bool = False


def find(tree: SourceTree, overrides: Overrides) -> Nested | None:
    """Return the app's folder; None where the root holds more than documents, or no folder holds an app."""
    if not folder_app.holds_documents_only(tree):
        return None
    found: list[tuple[tuple[int, int], Nested]] = []
    for name in tree.directory().directories:
        if folder_app.is_other(name) or not tree.has(f"{name}/package.json"):
            continue
        try:
            one = manifest.read(tree, name)
        except BuildplanError:
            continue
        matches = frameworks.match(tree, one)
        if not matches:
            continue
        row = matches[0].framework
        ids = tuple(entry.framework.id for entry in matches)
        path = f"{name}/package.json"
        one_of = Nested(name, path, f"`{path}`: {matches[0].text}", (), "node.app", ids, static=row.kind == "static")
        found.append(((-_RANK[row.kind], rank(name)), one_of))
    if not found:
        return None
    asked = overrides.option("node.app")
    if asked is not None:
        found = [item for item in found if item[1].directory == asked.value.strip("./")] or found
    _, chosen = min(found, key=lambda item: (item[0], item[1].directory))
    others = tuple(sorted(item.directory for _, item in found if item.directory != chosen.directory))
    return replace(chosen, others=others)


def rank(name: str) -> int:
    """Return how likely a folder of that name is the app: less is better."""
    return _NAMES.index(name) if name in _NAMES else len(_NAMES)


def raised(plan: ProviderPlan, found: Nested) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree."""
    manifest_name = found.path.rpartition("/")[2]
    others = tuple((name, Origin(f"{name}/{manifest_name}")) for name in found.others)
    why = "the folder that looks most like the app; the root holds documents only"
    return folder_app.raised(plan, found.directory, Origin(found.path), others, found.field, why)
