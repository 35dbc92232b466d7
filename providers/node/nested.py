"""An app in a folder below a root that holds nothing but documents: `api/` and `client/`, with no workspace above.

The folder is planned as if it were the tree; then its paths get the folder's name in front again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan import moved
from buildplan.build_plan import Decision, Diagnostic, RunnerUp
from buildplan.errors import BuildplanError
from buildplan.provenance import Origin
from buildplan.source import SourceTree
from buildplan.source.folder import FolderBackend

from . import frameworks, manifest

if TYPE_CHECKING:
    from buildplan.contract import ProviderPlan
    from buildplan.overrides import Overrides

    from .manifest import Manifest

_RANK = {"server": 4, "code": 3, "static": 2, "worker": 1}
_NAMES = ("server", "backend", "api", "app", "web", "frontend", "client", "site", "www")
_OTHERS = frozenset(
    {"test", "tests", "docs", "examples", "example", "e2e", "fixtures", "scripts", "tools", "node_modules"}
)
# A root with anything else is about that.
_DOCUMENTS = (".md", ".txt", ".rst", ".png", ".jpg", ".svg", ".gif", ".yml", ".yaml", ".pdf", ".code-workspace")
_PLAIN_NAMES = frozenset(
    {
        "license",
        "licence",
        "makefile",
        "procfile",
        "notice",
        "authors",
        "codeowners",
        "copying",
        "dockerfile",
        "buildplan",
    }
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
    if not all(_is_document(name) for name in tree.directory().files):
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


def _is_document(name: str) -> bool:
    lower = name.lower()
    return name.startswith(".") or lower.endswith(_DOCUMENTS) or lower.partition(".")[0] in _PLAIN_NAMES


def below(tree: SourceTree, directory: str) -> SourceTree:
    """Return the tree of a folder."""
    return tree.memo("node-below", directory, lambda: SourceTree(FolderBackend(tree, directory)))


def raised(plan: ProviderPlan, found: Nested) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree."""
    directory = found.directory
    others = ", ".join(f"`{name}`" for name in found.others)
    origin = Origin(f"{directory}/package.json")
    decision = Decision(
        "node.app",
        directory,
        origin,
        "the folder that looks most like the app; the root holds documents only",
        tuple(RunnerUp(name, Origin(f"{name}/package.json"), "it looks less like a server") for name in found.others),
    )
    more = Diagnostic(
        "BP635",
        "warning",
        f"the app is in `{directory}`" + (f", and {others} is not part of the image" if found.others else ""),
        origin,
        "name another folder with `--app`, or plan each folder by itself",
    )
    inside = moved.plan(plan, directory)
    return replace(inside, decisions=(decision, *inside.decisions), diagnostics=(more, *inside.diagnostics))
