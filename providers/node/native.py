"""What packages need from the system: Debian packages, compilers, variables, a place to write.

Only dependencies that the app's own manifests declare count, by exact name; names deep in a lock file are looked for
only where the table says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.language import packages
from buildplan.language.packages import Dependency, Packages
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import first_of, numbers_of

from . import install_policy
from .native_tables import NEEDS, lower_bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.language.packages import Need
    from buildplan.model.build_plan import Diagnostic
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .package_manager import PackageManager
    from .workspaces import Workspace

_LAST_PRISMA_WITH_ENGINE = 6


@dataclass(slots=True)
class Needs:
    """What the app needs, each with the dependency that is the reason."""

    apt: Packages = field(default_factory=Packages)
    install_environment: dict[str, Sourced[str]] = field(default_factory=dict)
    run_environment: dict[str, Sourced[str]] = field(default_factory=dict)
    writes: Origin | None = None
    # Commands of the packages that fetch something into a folder of the app.
    fetches: dict[str, Sourced[str]] = field(default_factory=dict)
    prisma: Sourced[str] | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)


def needs(tree: SourceTree, workspace: Workspace, manager: PackageManager, node_version: str, suite: str) -> Needs:
    """Return what the app and the packages it needs ask of the system.

    `suite` is the Debian release of the images (`trixie`): older ones have some packages under another name.
    """
    production = (workspace.app, *(member.manifest for member in workspace.production_closure))

    def find(name: str, row: Need) -> Dependency | None:
        declared = _declared(name, workspace.manifests)
        if declared is None and row.locked:
            declared = _locked(tree, manager.lockfile, name)
        if declared is None:
            return None
        ships = _declared(name, production, production=True) is not None
        return Dependency(name, declared.origin, declared.value, ships)

    def has(name: str) -> bool:
        return _declared(name, workspace.manifests) is not None

    found = Needs()
    matches = packages.matches(NEEDS, find, has=has, app=first_of(numbers_of(node_version))[0])
    for need, item in matches:
        packages.apt([packages.Match(need, item)], into=found.apt)
        if item.ships:
            _add(found, need, item)
    for name, (value, why) in packages.variables(matches, "install").items():
        found.install_environment[name] = Sourced(value, why.origin)
    for name, (value, why) in packages.variables(matches, "run").items():
        found.run_environment[name] = Sourced(value, why.origin)
    _add_own(tree, workspace, found)
    _add_git(tree, workspace, manager, found)
    _add_prisma(tree, workspace, production, found)
    found.apt = found.apt.on(suite)
    return found


def _add(found: Needs, need: Need, item: Dependency) -> None:
    """Add what only a package of the running app asks for."""
    if need.writes and found.writes is None:
        found.writes = item.origin
    if need.fetch is not None:
        command, folder = need.fetch
        found.fetches[folder] = Sourced(command, item.origin)
    if need.notice:
        found.diagnostics.append(packages.notice(need, item))


def _declared(name: str, manifests: Iterable[Manifest], *, production: bool = False) -> Sourced[str] | None:
    for manifest in manifests:
        if production and name not in manifest.dependencies and name not in manifest.optional_dependencies:
            continue
        found = manifest.dependency(name)
        if found is not None:
            return found
    return None


def _locked(tree: SourceTree, lockfile: str | None, name: str) -> Sourced[str] | None:
    """Return a package that a lock file lists, without its version."""
    text = tree.text_or_none(lockfile) if lockfile else None
    if text is None or lockfile is None:
        return None
    for mark in (f'"node_modules/{name}"', f"\n{name}@", f"\n  {name}@", f"\n  /{name}@", f'\n"{name}@npm'):
        position = text.find(mark)
        if position >= 0:
            line = text.count("\n", 0, position + 1) + 1
            return Sourced("", Origin(lockfile, line, name))
    return None


def _add_own(tree: SourceTree, workspace: Workspace, found: Needs) -> None:
    """Add compilers for a native module of the repository's own."""
    for manifest in workspace.manifests:
        path = f"{manifest.directory}/binding.gyp" if manifest.directory else "binding.gyp"
        if tree.has(path):
            found.apt.add(Dependency(path, Origin(path)), build=packages.TOOLCHAINS["node-gyp"])
            return


def _add_git(tree: SourceTree, workspace: Workspace, manager: PackageManager, found: Needs) -> None:
    place = install_policy.needs_git(manager, tree, workspace)
    if place is not None:
        found.apt.add(Dependency("a dependency from git", place), build=("ca-certificates", "git"))


def _add_prisma(tree: SourceTree, workspace: Workspace, production: Iterable[Manifest], found: Needs) -> None:
    """Add what Prisma needs: OpenSSL for its engines up to version 6, a place to write for SQLite."""
    client = _declared("@prisma/client", workspace.manifests) or _declared("prisma", workspace.manifests)
    if client is None:
        return
    found.prisma = client
    version = lower_bound(client.value)
    if version is None or version[0] <= _LAST_PRISMA_WITH_ENGINE:
        why = Dependency("@prisma/client", client.origin)
        found.apt.add(why, build=("openssl",))
        if _declared("@prisma/client", production, production=True) is not None:
            found.apt.add(why, run=("openssl",))
    for manifest in workspace.manifests:
        path = prisma_schema(tree, manifest)
        if path is not None and re.search(r'provider\s{0,9}=\s{0,9}"sqlite"', tree.text_or_none(path) or ""):
            found.writes = found.writes or Origin(path)


def prisma_schema(tree: SourceTree, manifest: Manifest) -> str | None:
    """Return the Prisma schema of a package: the one its manifest names, else at the usual places."""
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    named = manifest.document.get("prisma", "schema")
    paths = ["prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma", "db/schema.prisma"]
    if isinstance(named, str):
        paths.insert(0, named.removeprefix("./"))
    return tree.first(*(prefix + path for path in paths))
