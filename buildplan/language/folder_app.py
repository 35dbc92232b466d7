"""An app in a folder of a tree without a workspace: `api/` beside `client/`, below a root that holds documents only.

The folder is planned as if it were the tree; then its paths get the folder's name in front again.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.language import moved
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Decision, Diagnostic, Evidence, RunnerUp
from buildplan.model.origin import Origin
from buildplan.source.folder import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from buildplan.language.contract import ProviderPlan
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    Detect = Callable[[SourceTree, Overrides], Detection | None]

# Levels below the root that are looked at, and folders that are asked.
_NEAR = 2
_MOST = 20
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
    return tree.memo("folder-app", directory, lambda: tree_of(tree, directory))


def only_app(
    tree: SourceTree, manifests: Iterable[str], ignored: Container[str], overrides: Overrides, detect: Detect
) -> tuple[str, Detection] | None:
    """Return the folder near the root that is an app by its claim, when there is exactly one, and the claim.

    None too where the owner says what to start: that is written for the root, and for whatever is built there.

    `manifests` are names of files that such a folder holds, `ignored` words in names of folders that are none
    (`examples`). A folder inside of another one that holds a manifest is that one's.
    """
    if overrides.start is not None:
        return None
    holders: set[str] = set()
    for name in manifests:
        for path in tree.named(name):
            folder = posixpath.dirname(path)
            words = re.split(r"[/._-]", folder.lower())
            if folder and path.count("/") <= _NEAR and not any(word in ignored for word in words):
                holders.add(folder)
    outermost = sorted(path for path in holders if not any(path.startswith(f"{other}/") for other in holders))
    found = []
    for folder in outermost[:_MOST]:
        detection = detect(below(tree, folder), overrides)
        if detection is not None and detection.strength >= Strength.APP:
            found.append((folder, detection))
    return found[0] if len(found) == 1 else None


def claim(found: tuple[str, Detection], title: str) -> Detection:
    """Return the claim to the tree around such a folder: it weighs less than anything that is at the root."""
    folder, inner = found
    evidence = tuple(Evidence(item.text, moved.place(item.origin, folder)) for item in inner.evidence)
    where = Evidence(f"`{folder}/` holds the only {title} app here", Origin(folder))
    return Detection(Strength.SITE, (*evidence, where), frameworks=inner.frameworks)


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
