"""An app in a folder of a tree without a workspace: `api/` beside `client/`, below a root that holds documents only.

The folder is planned as if it were the tree; then its paths get the folder's name in front again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import moved
from buildplan.build_plan import Decision, Diagnostic, RunnerUp
from buildplan.source.folder import folder

if TYPE_CHECKING:
    from buildplan.contract import ProviderPlan
    from buildplan.provenance import Origin
    from buildplan.source import SourceTree

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
        "justfile",
        "taskfile",
    }
)
_OTHERS = frozenset(
    {"test", "tests", "docs", "examples", "example", "e2e", "fixtures", "scripts", "tools", "node_modules"}
)


def holds_documents_only(tree: SourceTree) -> bool:
    """Return whether the root holds no code and no manifest, so that an app can only be in a folder."""
    return all(_is_document(name) for name in tree.directory().files)


def is_other(name: str) -> bool:
    """Return whether a folder of that name holds no app."""
    return name.startswith(".") or name.lower() in _OTHERS


def _is_document(name: str) -> bool:
    lower = name.lower()
    plain = lower.partition(".")[0] in _PLAIN_NAMES or lower.startswith("license-")
    return name.startswith(".") or lower.endswith(_DOCUMENTS) or plain


def below(tree: SourceTree, directory: str) -> SourceTree:
    """Return the tree of a folder, the same one each time."""
    return tree.memo("folder-app", directory, lambda: folder(tree, directory))


def raised(
    plan: ProviderPlan, directory: str, origin: Origin, others: tuple[tuple[str, Origin], ...], field: str, why: str
) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree.

    `origin` says that it is the app, and `others` which folders could be it too. `field` is the decision about it, and
    the option that names another one.
    """
    names = ", ".join(f"`{name}`" for name, _ in others)
    lost = tuple(RunnerUp(name, place, "it looks less like the app") for name, place in others)
    notice = Diagnostic(
        "BP635",
        "warning" if others else "info",
        f"the app is in `{directory}`" + (f", and {names} is not part of the image" if others else ""),
        origin,
        "name another folder with `--app`, or plan each folder by itself" if others else None,
    )
    inside = moved.plan(plan, directory)
    decision = Decision(field, directory, origin, why, lost)
    return replace(inside, decisions=(decision, *inside.decisions), diagnostics=(notice, *inside.diagnostics))
