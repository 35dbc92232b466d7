"""A folder of the tree that is planned as a tree by itself: its plan, with paths from the root of the tree.

In its stages the folder lies at the app directory, so that no command has to know where it came from. Only what is
copied in and out is told the folder.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.build_plan import APP_DIR, Evidence
from buildplan.contract import Detection, Strength
from buildplan.provenance import Origin
from buildplan.source import SourceTree
from buildplan.source.folder import FolderBackend

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from buildplan.build_plan import Decision, Diagnostic, Input, Phase, Run, RunnerUp
    from buildplan.contract import ProviderPlan
    from buildplan.overrides import Overrides

    Detect = Callable[[SourceTree, Overrides], Detection | None]

# Levels below the root that are looked at, and folders that are asked.
_NEAR = 2
_MOST = 20


def inside(tree: SourceTree, folder: str) -> SourceTree:
    """Return a folder as a tree."""
    return SourceTree(FolderBackend(tree, folder))


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
        detection = detect(inside(tree, folder), overrides)
        if detection is not None and detection.strength >= Strength.APP:
            found.append((folder, detection))
    return found[0] if len(found) == 1 else None


def below(found: tuple[str, Detection], title: str) -> Detection:
    """Return the claim to the tree around such a folder: it weighs less than anything that is at the root."""
    folder, inner = found
    evidence = tuple(Evidence(item.text, place(item.origin, folder)) for item in inner.evidence)
    where = Evidence(f"`{folder}/` holds the only {title} app here", Origin(folder))
    return Detection(Strength.SITE, (*evidence, where), frameworks=inner.frameworks)


def moved(plan: ProviderPlan, folder: str) -> ProviderPlan:
    """Return the plan of a folder as a plan of the tree around it."""
    return replace(
        plan,
        phases=tuple(_phase(phase, folder) for phase in plan.phases),
        run=_run(plan.run, folder) if plan.run is not None else None,
        # What they make would go where the app is not.
        frontends=(),
        embedded=(),
        env_files=tuple(f"{folder}/{item}" for item in plan.env_files),
        assets=tuple(_taken_out(item, folder) for item in plan.assets),
        artifacts=tuple(item if item.startswith("**/") else f"{folder}/{item}" for item in plan.artifacts),
        decisions=tuple(_decision(item, folder) for item in plan.decisions),
        diagnostics=tuple(_diagnostic(item, folder) for item in plan.diagnostics),
    )


def _phase(phase: Phase, folder: str) -> Phase:
    return replace(phase, inputs=tuple(_put_in(item, folder) for item in phase.inputs))


def _run(run: Run, folder: str) -> Run:
    return replace(run, copies=tuple(_put_in(item, folder) for item in run.copies))


def _put_in(item: Input, folder: str) -> Input:
    """Return an input from the build context with the folder in front; where it goes to stays the same."""
    if item.phase is not None:
        return item
    if item.path == ".":
        return replace(item, path=f"{folder}/", dest=item.dest or "")
    own = item.path if item.path.endswith("/") else posixpath.dirname(item.path)
    kept = f"{own.rstrip('/')}/" if own else ""
    return replace(item, path=f"{folder}/{item.path}", dest=kept if item.dest is None else item.dest)


def _taken_out(item: Input, folder: str) -> Input:
    """Return a result of the build as a path of its stage, which goes into the folder."""
    dest = item.path if item.dest is None else item.dest
    return replace(item, path=f"{APP_DIR}/{item.path}", dest=f"{folder}/{dest}")


def place(origin: Origin, folder: str) -> Origin:
    """Return a place in a folder as a place of the tree around it."""
    if origin.path.startswith("<"):
        return origin
    return replace(origin, path=folder if origin.path == "." else f"{folder}/{origin.path}")


def _decision(item: Decision, folder: str) -> Decision:
    losers = tuple(_runner_up(loser, folder) for loser in item.runners_up)
    return replace(item, origin=place(item.origin, folder), runners_up=losers)


def _runner_up(item: RunnerUp, folder: str) -> RunnerUp:
    return replace(item, origin=place(item.origin, folder))


def _diagnostic(item: Diagnostic, folder: str) -> Diagnostic:
    return replace(item, origin=place(item.origin, folder)) if item.origin is not None else item
