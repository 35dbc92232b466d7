"""An app in a folder of the tree: `api/` beside `client/`, below a root that is no app itself.

A language says which folders it finds (`Language.below`). The folder is planned as if it were the tree, so that in its
stages it lies at the app directory and no command has to know where it came from; then what is copied in, and the
places that are named, get the folder in front again.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.contract import Detection, Strength
from buildplan.language.declare import Language
from buildplan.model.build_plan import Decision, Diagnostic, Evidence, Input, RunnerUp
from buildplan.model.origin import Origin
from buildplan.source.folder import tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from buildplan.language.contract import PlanContext, Provider, ProviderPlan
    from buildplan.model.build_plan import Phase, Run
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
# Folders that hold no app of their own, and words in the names of such.
OTHERS = frozenset(
    {"test", "tests", "docs", "examples", "example", "e2e", "fixtures", "scripts", "tools", "node_modules"}
)
# How people call the folder of the app beside others, the likeliest first.
_NAMES = ("server", "backend", "api", "app", "web", "frontend", "client", "site", "www")


class Folder(NamedTuple):
    """A folder that could be the app, what says so, and the claim to the whole tree that it is worth.

    `why` is the reason for taking it; it is empty where the evidence of the claim says that already.
    """

    directory: str
    origin: Origin
    detection: Detection
    why: str = ""


class Found(NamedTuple):
    """The folder that is taken for the app, and the others that could be it. `asked`: an option names it."""

    folder: Folder
    others: tuple[Folder, ...] = ()
    asked: bool = False


def holds_documents_only(tree: SourceTree) -> bool:
    """Return whether the root holds no code and no manifest, so that an app can only be in a folder."""
    return all(_is_document(name) for name in tree.directory().files)


def is_other(name: str) -> bool:
    """Return whether a folder of that name holds no app."""
    return name.startswith(".") or name.lower() in OTHERS


def rank(name: str) -> int:
    """Return how likely a folder of that name is the app: less is better."""
    return _NAMES.index(name) if name in _NAMES else len(_NAMES)


def _is_document(name: str) -> bool:
    lower = name.lower()
    plain = lower.partition(".")[0] in _PLAIN_NAMES or lower.startswith("license-")
    return name.startswith(".") or lower.endswith(_DOCUMENTS) or plain


def below(tree: SourceTree, directory: str) -> SourceTree:
    """Return the tree of a folder, the same one each time."""
    return tree.memo("folder-app", directory, lambda: tree_of(tree, directory))


def only_app(
    tree: SourceTree,
    title: str,
    manifests: Iterable[str],
    ignored: Container[str],
    overrides: Overrides,
    detect: Detect,
) -> tuple[Folder, ...]:
    """Return the folder near the root that is an app by its claim, when there is exactly one.

    None too where the owner says what to start: that is written for the root, and for whatever is built there.

    `manifests` are names of files that such a folder holds, `ignored` words in names of folders that are none
    (`examples`). A folder inside of another one that holds a manifest is that one's. The claim weighs less than
    anything that is at the root.
    """
    if overrides.start is not None:
        return ()
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
    if len(found) != 1:
        return ()
    folder, inner = found[0]
    evidence = moved_evidence(inner, folder)
    where = Evidence(f"`{folder}/` holds the only {title} app here", Origin(folder))
    claim = Detection(Strength.SITE, (*evidence, where), frameworks=inner.frameworks)
    return (Folder(folder, evidence[0].origin, claim),)


def moved_evidence(inner: Detection, folder: str) -> tuple[Evidence, ...]:
    """Return the evidence of a folder with places of the whole tree."""
    return tuple(Evidence(item.text, place(item.origin, folder)) for item in inner.evidence)


def find(provider: Provider, tree: SourceTree, overrides: Overrides) -> Found | None:
    """Return the folder that a language takes for its app where the root is none; the option for its app names another.

    Raises what the language raises.
    """
    if not isinstance(provider, Language) or provider.below is None:
        return None
    folders = provider.below(tree, overrides)
    if not folders:
        return None
    asked = overrides.option(f"{provider.name}.{provider.app_option}")
    named = None
    if asked is not None:
        wanted = asked.value.strip().removeprefix("./").rstrip("/")
        named = next((item for item in folders if item.directory == wanted), None)
    chosen = named or folders[0]
    others = tuple(item for item in folders if item is not chosen)
    return Found(chosen, others, asked=named is not None)


def detect(provider: Provider, tree: SourceTree, overrides: Overrides) -> tuple[Detection | None, Found | None]:
    """Return a provider's claim to a tree, and the folder when the app is in one.

    Only a root that is no app by itself is asked for folders.
    """
    own = provider.detect(tree, overrides)
    if own is not None and own.strength >= Strength.APP:
        return own, None
    found = find(provider, tree, overrides)
    return (own, None) if found is None else (found.folder.detection, found)


def inside(provider: Provider, overrides: Overrides, found: Found) -> Overrides:
    """Return what is asked of the folder's app: the option that named the folder has done its work."""
    if not found.asked or not isinstance(provider, Language):
        return overrides
    spent = f"{provider.name}.{provider.app_option}"
    return replace(overrides, options={key: value for key, value in overrides.options.items() if key != spent})


def plan(provider: Provider, tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return a provider's plan of a tree, or of the folder that holds its app; raises what the provider raises."""
    _, found = detect(provider, tree, context.overrides)
    if found is None:
        return provider.plan(tree, context)
    inner = replace(context, overrides=inside(provider, context.overrides, found))
    return taken(provider, tree, provider.plan(below(tree, found.folder.directory), inner), found)


def taken(provider: Provider, tree: SourceTree, inner: ProviderPlan, found: Found) -> ProviderPlan:
    """Return a folder's plan as one of the whole tree, with the reason why that folder is the app."""
    directory, origin, _, why = found.folder
    whole = rerooted(inner, directory, tree)
    if not why or not isinstance(provider, Language):
        return whole
    others = sorted((item.directory, item.origin) for item in found.others)
    names = ", ".join(f"`{name}`" for name, _ in others)
    lost = tuple(RunnerUp(name, place, "it looks less like the app") for name, place in others)
    notice = Diagnostic(
        "BP635",
        "warning" if others else "info",
        f"the app is in `{directory}`" + (f", and {names} is not part of the image" if others else ""),
        origin,
        "name another folder with `--app`, or plan each folder by itself" if others else None,
    )
    chosen = Decision(f"{provider.name}.{provider.app_option}", directory, origin, why, lost)
    return replace(whole, decisions=(chosen, *whole.decisions), diagnostics=(notice, *whole.diagnostics))


# --- paths of a folder as paths of the tree ---------------------------------------------------------------------------


def rerooted(inner: ProviderPlan, folder: str, tree: SourceTree | None = None) -> ProviderPlan:
    """Return the plan with paths from the root of the tree; `assets` stay as they are.

    With the tree, places that only the root has (its configuration) stay as they are.
    """
    return replace(
        inner,
        phases=tuple(_phase(phase, folder) for phase in inner.phases),
        run=None if inner.run is None else _run(inner.run, folder),
        artifacts=tuple(item if item.startswith("**/") else f"{folder}/{item}" for item in inner.artifacts),
        env_files=tuple(f"{folder}/{path}" for path in inner.env_files),
        # Front ends are built by now, and what they make is where the app embeds it.
        frontends=(),
        embedded=(),
        decisions=tuple(decision(item, folder, tree) for item in inner.decisions),
        diagnostics=tuple(diagnostic(item, folder, tree) for item in inner.diagnostics),
    )


def place(origin: Origin, folder: str, tree: SourceTree | None = None) -> Origin:
    """Return a place in the folder as one of the tree; what is no file stays the same, or what only the root has."""
    if origin.path.startswith("<"):
        return origin
    if tree is not None and tree.has(origin.path) and not tree.has(f"{folder}/{origin.path}"):
        return origin
    return replace(origin, path=folder if origin.path == "." else f"{folder}/{origin.path}")


def decision(item: Decision, folder: str, tree: SourceTree | None = None) -> Decision:
    """Return a decision about the folder's app with places of the whole tree."""
    losers = tuple(replace(loser, origin=place(loser.origin, folder, tree)) for loser in item.runners_up)
    return replace(item, origin=place(item.origin, folder, tree), runners_up=losers)


def diagnostic(item: Diagnostic, folder: str, tree: SourceTree | None = None) -> Diagnostic:
    """Return a diagnostic about the folder's app with its place in the whole tree."""
    return replace(item, origin=place(item.origin, folder, tree)) if item.origin is not None else item


def _phase(phase: Phase, folder: str) -> Phase:
    return replace(phase, inputs=tuple(_put_in(item, folder) for item in phase.inputs))


def _run(run: Run, folder: str) -> Run:
    return replace(run, copies=tuple(_put_in(item, folder) for item in run.copies))


def _put_in(item: Input, folder: str) -> Input:
    """Return an input from the build context with the folder in front; where it goes to stays the same."""
    if item.phase is not None:
        return item
    if item.path == ".":
        return Input(f"{folder}/", dest=item.dest or "")
    own = item.path if item.path.endswith("/") else posixpath.dirname(item.path)
    kept = f"{own.rstrip('/')}/" if own else ""
    return replace(item, path=f"{folder}/{item.path}", dest=kept if item.dest is None else item.dest)
