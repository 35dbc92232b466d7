"""Workspaces: which packages a repository holds, which of them is the app, and which others the app needs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.errors import PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown
from buildplan.read import json_document

from . import app_choice, config_paths, members
from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .members import Kind

Tool = Literal["turbo", "nx", "moon", "lerna", "rush"]

_TOOLS: tuple[tuple[str, Tool], ...] = (
    ("turbo.json", "turbo"),
    ("turbo.jsonc", "turbo"),
    ("nx.json", "nx"),
    (".moon/workspace.yml", "moon"),
    ("lerna.json", "lerna"),
)
_LOCAL = ("file:", "link:", "portal:")
_SHOWN_MEMBERS = 20


class Member(NamedTuple):
    """A package of a workspace, other than the root."""

    manifest: Manifest

    @property
    def directory(self) -> str:
        """Where it lies, without a slash at the end."""
        return self.manifest.directory

    @property
    def name(self) -> str | None:
        """Its package name."""
        return self.manifest.name


class Workspace(NamedTuple):
    """A repository's packages.

    `members` is empty when it is no workspace. `app` is what is built and started: a member, or the root itself.
    `closure` are the members that the app needs to be built, the app first when it is a member, each other one after
    those that need it; `production_closure` are those that it needs to run. Both hold all members when the app is the
    root of a workspace, whose scripts may reach any of them, or an Nx project without a `package.json`, to which the
    root's packages belong. `kind` is None where no package manager links the members. `tasks` are those that
    Turborepo can run, empty where it would refuse to.
    """

    root: Manifest
    app: Manifest
    members: tuple[Member, ...] = ()
    kind: Kind | None = None
    tool: Tool | None = None
    closure: tuple[Member, ...] = ()
    production_closure: tuple[Member, ...] = ()
    tasks: frozenset[str] = frozenset()

    @property
    def app_is_root(self) -> bool:
        """Whether the root package itself is the app."""
        return self.app.directory == ""

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests that an install of the app reads: the root's and the closure's, each once."""
        return (self.root, *(member.manifest for member in self.packages))

    @property
    def packages(self) -> tuple[Member, ...]:
        """The members of the closure that have a `package.json`."""
        return tuple(member for member in self.closure if not member.manifest.is_absent)

    @property
    def is_filtered(self) -> bool:
        """Whether the app is a package of the workspace, so that an install for it alone is possible."""
        return self.kind is not None and not self.app_is_root and not self.app.is_absent

    @property
    def names(self) -> frozenset[str]:
        """The names of all packages of the workspace."""
        return frozenset(member.name for member in self.members if member.name)


def select(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Workspace:
    """Return the workspace with the app chosen.

    Raises FileError for a manifest or workspace file that cannot be understood, PlanError when the asked-for app does
    not exist or the repository is one that only its own tool can install.
    """
    _refuse_rush(tree)
    root = manifests.read(tree)
    for oddity in root.oddities:
        reasons.report(oddity)
    tool = next((tool for path, tool in _TOOLS if tree.has(path)), None)
    found = members.patterns(tree, root, reasons)
    kind = found.kind if found else None
    packages = _matched(tree, found, tool, reasons)
    if not packages:
        _report_unlinked(tree, reasons)
        app_choice.refuse(root, overrides)
        return Workspace(root, root, tool=tool)
    app = _app(tree, root, packages, overrides, reasons)
    if app is not root:
        for oddity in app.oddities:
            reasons.report(oddity)
    everyone = tuple(map(Member, packages))
    graph = _Graph(tree, packages)
    closure, production = everyone, everyone
    if app is not root and not app.is_absent:
        closure = tuple(map(Member, graph.reached(app, development=True, reasons=reasons)))
        production = tuple(map(Member, graph.reached(app, development=False, reasons=None)))
    return Workspace(root, app, everyone, kind, tool, closure, production, _turbo_tasks(tree, root))


def packages(tree: SourceTree, root: Manifest, reasons: Reasons) -> tuple[Manifest, ...]:
    """Return the packages of the workspace beside its root, sorted by folder; raises FileError."""
    tool = next((tool for path, tool in _TOOLS if tree.has(path)), None)
    return _matched(tree, members.patterns(tree, root, reasons), tool, reasons)


def _matched(
    tree: SourceTree, found: members.Patterns | None, tool: Tool | None, reasons: Reasons
) -> tuple[Manifest, ...]:
    matched = members.matched(tree, found, reasons) if found else ()
    if tool == "nx":
        matched = (*matched, *members.nx_projects(tree))
    return tuple(sorted(matched, key=lambda manifest: manifest.directory))


def _turbo_tasks(tree: SourceTree, root: Manifest) -> frozenset[str]:
    """Return the names of the tasks of `turbo.json`; Turborepo 2 does not run without `packageManager` in the root."""
    path = tree.first("turbo.json", "turbo.jsonc")
    if path is None or not (root.document.get("packageManager") or root.document.get("devEngines", "packageManager")):
        return frozenset()
    document = json_document.read(tree, path, comments=True)
    return frozenset({*document.table("tasks"), *document.table("pipeline")})


def _refuse_rush(tree: SourceTree) -> None:
    if tree.has("rush.json"):
        raise PlanError(
            "a Rush repository is installed by Rush alone, from `common/config/rush`, not from its root",
            origin=Origin("rush.json"),
            hint="run `rush deploy` for the app and plan the folder that it writes",
        )


def _report_unlinked(tree: SourceTree, reasons: Reasons) -> None:
    origin = members.lerna_patterns(tree)
    if origin is not None:
        reasons.report(
            Diagnostic(
                "BP676",
                "warning",
                "`lerna.json` names packages, but no package manager links them: only the root is installed",
                origin,
                "name the packages in `workspaces` of `package.json`; Lerna 7 and newer need that too",
            )
        )


def _app(
    tree: SourceTree, root: Manifest, packages: tuple[Manifest, ...], overrides: Overrides, reasons: Reasons
) -> Manifest:
    """Return the manifest of the app, and note why it is that one."""
    choice = app_choice.choose(tree, root, packages, overrides)
    directory = choice.app.directory or "."
    runners_up = tuple(
        RunnerUp(other.directory or ".", other.origin(), reason) for other, reason in choice.others[:_SHOWN_MEMBERS]
    )
    reasons.decide("node.app", directory, choice.origin, choice.rule, runners_up)
    if choice.rivals:
        names = ", ".join(f"`{shown(other.directory)}`" for other in choice.rivals[:_SHOWN_MEMBERS])
        reasons.report(
            Diagnostic(
                "BP670",
                "warning",
                f"several packages could be the app; `{directory}` is planned, not {names}",
                choice.origin,
                "name the app with `--app`",
            )
        )
    return choice.app


class _Graph:
    """Which package of a workspace needs which other."""

    def __init__(self, tree: SourceTree, packages: tuple[Manifest, ...]) -> None:
        self._tree = tree
        self._by_name = {manifest.name: manifest for manifest in packages if manifest.name}
        self._by_directory = {manifest.directory: manifest for manifest in packages}

    def reached(self, start: Manifest, *, development: bool, reasons: Reasons | None) -> list[Manifest]:
        """Return the package and all that it needs, each before those that it needs itself; a cycle is reported."""
        order: list[Manifest] = []
        state: dict[str, bool] = {}
        stack: list[tuple[Manifest, Iterator[tuple[Manifest, Origin]]]] = []

        def enter(manifest: Manifest) -> None:
            state[manifest.directory] = False
            stack.append((manifest, iter(sorted(self._needs(manifest, development=development), key=_by_place))))

        enter(start)
        while stack:
            manifest, needs = stack[-1]
            following = next(needs, None)
            if following is None:
                stack.pop()
                state[manifest.directory] = True
                order.append(manifest)
            elif following[0].directory not in state:
                enter(following[0])
            elif not state[following[0].directory] and reasons is not None:
                self._report_cycle([entry[0] for entry in stack], following, reasons)
        return order[::-1]

    def _report_cycle(self, path: list[Manifest], back: tuple[Manifest, Origin], reasons: Reasons) -> None:
        target, origin = back
        start = path.index(target)
        names = " → ".join(shown(manifest.label) for manifest in (*path[start:], target))
        reasons.report(
            Diagnostic(
                "BP673",
                "info",
                f"packages of the workspace need each other in a circle: {names}",
                origin,
                "move what both need into a package of its own; until then one is built before what it needs",
            )
        )

    def _needs(self, manifest: Manifest, *, development: bool) -> Iterable[tuple[Manifest, Origin]]:
        tables = [("dependencies", manifest.dependencies), ("optionalDependencies", manifest.optional_dependencies)]
        tables += [("peerDependencies", manifest.peer_dependencies)]
        if development:
            tables.append(("devDependencies", manifest.dev_dependencies))
        for field, table in tables:
            for name, range_ in table.items():
                target = self._target(manifest, name, range_)
                if target is not None and target is not manifest:
                    yield target, manifest.origin(field, name)
        if development:
            yield from self._aliased(manifest)

    def _aliased(self, manifest: Manifest) -> Iterator[tuple[Manifest, Origin]]:
        """Yield the members that a configuration reaches by their path, or that lie below a folder that it names."""
        for path, origin in config_paths.outside(self._tree, manifest.directory):
            for directory, target in self._by_directory.items():
                inside = path == directory or path.startswith(f"{directory}/")
                if target is not manifest and directory and (inside or directory.startswith(f"{path}/")):
                    yield target, origin

    def _target(self, manifest: Manifest, name: str, range_: str) -> Manifest | None:
        """Return the member that a dependency means: by path, by an alias (`workspace:other@*`), or by name."""
        path = local_path(manifest, range_)
        if path is not None:
            return self._by_directory.get(path)
        alias, at, _ = range_.removeprefix("workspace:").rpartition("@")
        if range_.startswith("workspace:") and at and alias in self._by_name:
            return self._by_name[alias]
        return self._by_name.get(name)


def _by_place(need: tuple[Manifest, Origin]) -> str:
    return need[0].directory


def local_path(manifest: Manifest, range_: str) -> str | None:
    """Return the path that a dependency like `file:../shared` means, from the root of the tree; None for any other.

    A path that leaves the tree begins with `..`.
    """
    for prefix in (*_LOCAL, "workspace:"):
        if range_.startswith(prefix):
            text = range_.removeprefix(prefix).partition("#")[0]
            if prefix == "workspace:" and ("/" not in text or text.startswith("@")):
                return None
            break
    else:
        if not range_.startswith(("./", "../")):
            return None
        text = range_
    path = posixpath.normpath(posixpath.join(manifest.directory or ".", text.removeprefix("//")))
    return "" if path == "." else path.lstrip("/")


def local_dependencies(tree: SourceTree, workspace: Workspace, reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the paths of folders and archives that the app needs and that are no members of the workspace.

    One that is not in the tree is reported and left out.
    """
    members_at = {member.directory for member in workspace.members}
    found: dict[str, Sourced[str]] = {}
    for manifest in workspace.manifests:
        for field, table in manifest.installed:
            for name, range_ in table.items():
                path = local_path(manifest, range_)
                if not path or path in members_at:
                    continue
                if tree.has(path) or tree.has_directory(path):
                    found.setdefault(path, Sourced(path, manifest.origin(field, name)))
                else:
                    _report_missing(manifest, field, name, reasons)
    return tuple(found.values())


def _report_missing(manifest: Manifest, field: str, name: str, reasons: Reasons) -> None:
    reasons.report(
        Diagnostic(
            "BP674",
            "warning",
            f"the dependency `{shown(name)}` is a path that is not in the source tree; the install will fail",
            manifest.origin(field, name),
            "plan the directory that holds both, or publish the package",
        )
    )
