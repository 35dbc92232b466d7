"""What is known of a Deno app before anything is decided: its manifests, the app of a workspace, entry, frameworks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.version_ranges import shown

from . import entry, frameworks, graph, tasks
from . import manifest as manifests

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .frameworks import Match
    from .graph import Graph
    from .manifest import Manifest

# Names of folders that are likelier the app than others.
_NAMES = ("server", "backend", "api", "app", "web", "www", "frontend", "site")
_SHOWN_MEMBERS = 20


class Project(NamedTuple):
    """`root` is the manifest at the top, `app` the one that is built and started: the root, or a member.

    `file` is the conventional entry file of the app, None without one.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    root: Manifest
    app: Manifest
    file: str | None
    matches: tuple[Match, ...]

    @property
    def framework(self) -> Match | None:
        """The framework that the app is about."""
        return self.matches[0] if self.matches else None

    def uses(self, name: str) -> Match | None:
        """Return the match of a framework, None where it is not the first."""
        return self.framework if self.framework is not None and self.framework.id == name else None

    def graph(self, file: str | None) -> Graph:
        """Return what a file reaches."""
        return graph.read(self.tree, self.app, file)


def read(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Project:
    """Return the facts; raises FileError for a broken file, PlanError for a member that is not there."""
    root = manifests.read(tree)
    app = _app(tree, root, overrides, reasons)
    file = entry.find(tree, app, configured=app.document is not None and app.package is None)
    return Project(tree, overrides, reasons, root, app, file, frameworks.find(app, graph.read(tree, app, file)))


def _app(tree: SourceTree, root: Manifest, overrides: Overrides, reasons: Reasons) -> Manifest:
    """Return the root, or the member that is asked for, or that starts something where the root does not."""
    asked = overrides.option("deno.app")
    known = [_member(tree, root, folder) for folder in root.members if manifests.path(tree, folder) is not None]
    if asked is not None:
        wanted = asked.value.strip().removeprefix("./").rstrip("/")
        found = next((item for item in (root, *known) if wanted in (item.directory or ".", item.name)), None)
        if found is None:
            listed = ", ".join(f"`{item.directory}`" for item in known[:_SHOWN_MEMBERS])
            problem = f"`{shown(wanted)}` is not a member of the workspace"
            fix = f"name one of {listed}" if listed else "leave the option out: deno.json names no `workspace`"
            raise PlanError(problem, origin=asked.origin, hint=fix)
        reasons.decide("deno.app", found.directory or ".", asked.origin, "as it was asked for")
        return found
    if not known or overrides.start is not None or starts(tree, root):
        return root
    able = [item for item in known if starts(tree, item)]
    if not able:
        return root
    able.sort(key=_likely)
    app, *others = able
    runners_up = tuple(RunnerUp(item.directory, item.origin, "it comes later") for item in others)
    why = "the member that starts something; the root does not"
    reasons.decide("deno.app", app.directory, app.origin, why, runners_up)
    if others:
        listed = ", ".join(f"`{item.directory}`" for item in able[:_SHOWN_MEMBERS])
        text = f"several members could be the app: {listed}; `{app.directory}` is taken"
        reasons.report(Diagnostic("BP670", "warning", text, app.origin, 'choose one: `app = "…"` in buildplan.toml'))
    return app


def _member(tree: SourceTree, root: Manifest, folder: str) -> Manifest:
    """Return a member's manifest, with the imports that it has from the root."""
    found = manifests.read(tree, folder)
    return found._replace(imports=root.imports | found.imports)


def _likely(item: Manifest) -> tuple[int, str]:
    name = item.directory.rpartition("/")[2]
    return (_NAMES.index(name) if name in _NAMES else len(_NAMES), item.directory)


def starts(tree: SourceTree, manifest: Manifest) -> bool:
    """Return whether a folder says how it starts, or holds a server."""
    follower = tasks.Follower(tree)
    for name in tasks.START_TASKS:
        found = follower.task(manifest, name)
        if found is not None and found.is_deno:
            return True
    return entry.find(tree, manifest, configured=manifest.document is not None) is not None
