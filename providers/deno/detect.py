"""Whether a tree is a Deno app: nested `deno.json` files (edge functions) and one that only formats are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.build_plan import Evidence
from buildplan.contract import Detection, Strength
from buildplan.errors import BuildplanError
from buildplan.provenance import Origin

from . import entry, frameworks, manifest
from .tasks import START_TASKS

if TYPE_CHECKING:
    from buildplan.overrides import Overrides
    from buildplan.source import SourceTree

_NODE_LOCKS = ("package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb", "npm-shrinkwrap.json")


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:  # noqa: ARG001  # the contract's signature
    """Return the claim to a tree; None when nothing at its root is Deno's."""
    path = tree.first(*manifest.NAMES)
    if path is None:
        if tree.has("package.json"):
            return None
        file = entry.find(tree)
        if file is None:
            return None
        strength = Strength.MANIFEST if tree.has("deno.lock") else Strength.SITE
        found = frameworks.find(tree, manifest.read(tree), file)
        evidence = (Evidence(f"`{file}` is written for Deno", Origin(file)),)
        return Detection(strength, evidence, frameworks=tuple(match.id for match in found))
    there = Evidence(f"there is `{path}`", Origin(path))
    try:
        read = manifest.read(tree)
    except BuildplanError as error:
        weak = Strength.TOOLING if tree.has("package.json") else Strength.MANIFEST
        return Detection(weak, (Evidence(there.text, error.origin or there.origin),))
    file = entry.find(tree, configured=not tree.has("package.json"))
    found = frameworks.find(tree, read, file)
    ids = tuple(match.id for match in found)
    started = next((name for name in START_TASKS if name in read.tasks), None)
    if tree.has("package.json") and not tree.has("deno.lock") and tree.first(*_NODE_LOCKS) is not None:
        text = f"`{path}` beside packages that another manager locks"
        return Detection(Strength.TOOLING, (Evidence(text, there.origin),), frameworks=ids)
    if started is not None or (found and found[0].id in {"fresh", "lume"}):
        text = f"the task `{started}`" if started is not None else f"it uses {found[0].id}"
        task = read.tasks.get(started or "")
        origin = task.command.origin if task is not None and task.command is not None else there.origin
        return Detection(Strength.APP, (Evidence(text, origin), there), frameworks=ids)
    if file is not None:
        strength = Strength.MANIFEST if tree.has("package.json") else Strength.APP
        return Detection(strength, (Evidence(f"`{file}` is written for Deno", Origin(file)), there), frameworks=ids)
    return Detection(Strength.TOOLING, (Evidence(f"`{path}` starts nothing", there.origin),), frameworks=ids)
