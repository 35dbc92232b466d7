"""An app of Node in a folder below a root that holds nothing but documents, with no workspace above."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan import folder_app
from buildplan.errors import BuildplanError

from . import frameworks, manifest

if TYPE_CHECKING:
    from buildplan.contract import ProviderPlan
    from buildplan.overrides import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest

_RANK = {"server": 4, "code": 3, "static": 2, "worker": 1}
_NAMES = ("server", "backend", "api", "app", "web", "frontend", "client", "site", "www")
_OTHERS = frozenset(
    {"test", "tests", "docs", "examples", "example", "e2e", "fixtures", "scripts", "tools", "node_modules"}
)


@dataclass(frozen=True, slots=True)
class Nested:
    """The folder that is taken for the app, and the others that could be it."""

    directory: str
    manifest: Manifest
    text: str
    others: tuple[str, ...]


def find(tree: SourceTree, overrides: Overrides) -> Nested | None:
    """Return the app's folder; None where the root holds more than documents, or no folder holds an app."""
    if not folder_app.holds_documents_only(tree):
        return None
    found: list[tuple[tuple[int, int], str, Manifest, str]] = []
    for name in tree.directory().directories:
        if name.startswith(".") or name.lower() in _OTHERS or not tree.has(f"{name}/package.json"):
            continue
        try:
            one = manifest.read(tree, name)
        except BuildplanError:
            continue
        matches = frameworks.match(tree, one)
        if not matches:
            continue
        row = matches[0].framework
        position = _NAMES.index(name) if name in _NAMES else len(_NAMES)
        found.append(((-_RANK[row.kind], position), name, one, f"`{name}/package.json`: {matches[0].text}"))
    if not found:
        return None
    asked = overrides.option("node.app")
    if asked is not None:
        found = [item for item in found if item[1] == asked.value.strip("./")] or found
    _, name, one, text = min(found, key=lambda item: (item[0], item[1]))
    return Nested(name, one, text, tuple(sorted(item[1] for item in found if item[1] != name)))


def below(tree: SourceTree, directory: str) -> SourceTree:
    """Return the tree of a folder."""
    return folder_app.below(tree, directory)


def raised(plan: ProviderPlan, found: Nested) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree."""
    return folder_app.raised(plan, found.directory, found.others, "node.app", "package.json")
