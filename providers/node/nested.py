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
    if not holds_documents_only(tree):
        return None
    found: list[tuple[tuple[int, int], Nested]] = []
    for name in tree.directory().directories:
        if is_other(name) or not tree.has(f"{name}/package.json"):
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


def holds_documents_only(tree: SourceTree) -> bool:
    """Return whether the root itself is about nothing: an app may be in a folder below."""
    return all(_is_document(name) for name in tree.directory().files)


def is_other(name: str) -> bool:
    """Return whether a folder of that name holds no app."""
    return name.startswith(".") or name.lower() in _OTHERS


def rank(name: str) -> int:
    """Return how likely a folder of that name is the app: less is better."""
    return _NAMES.index(name) if name in _NAMES else len(_NAMES)


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
    origin = Origin(found.path)
    manifest_name = found.path.rpartition("/")[2]
    decision = Decision(
        found.field,
        directory,
        origin,
        "the folder that looks most like the app; the root holds documents only",
        tuple(
            RunnerUp(name, Origin(f"{name}/{manifest_name}"), "it looks less like a server") for name in found.others
        ),
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
