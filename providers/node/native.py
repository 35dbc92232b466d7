"""What packages need from the system, from `native.toml`: Debian packages, compilers, variables, a place to write.

Only dependencies that the app's own manifests declare count, by exact name; names deep in a lock file are looked for
only where the table says so.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.read import data_table

from . import install_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .package_manager import PackageManager
    from .workspaces import Workspace

_VERSION = re.compile(r"(\d{1,5})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?", re.ASCII)
_LAST_PRISMA_WITH_ENGINE = 6


@dataclass(slots=True)
class Needs:
    """What the app needs, each with the dependency that is the reason."""

    build_packages: dict[str, Origin] = field(default_factory=dict)
    run_packages: dict[str, Origin] = field(default_factory=dict)
    install_environment: dict[str, Sourced[str]] = field(default_factory=dict)
    run_environment: dict[str, Sourced[str]] = field(default_factory=dict)
    writes: Origin | None = None
    # Commands of the packages that fetch something into a folder of the app.
    fetches: dict[str, Sourced[str]] = field(default_factory=dict)
    prisma: Sourced[str] | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)


@functools.cache
def table() -> dict[str, Any]:
    """Return the whole table."""
    return data_table.read(__file__, "native")


def needs(tree: SourceTree, workspace: Workspace, manager: PackageManager, node_version: str, suite: str) -> Needs:
    """Return what the app and the packages it needs ask of the system.

    `suite` is the Debian release of the images (`trixie`): older ones have some packages under another name.
    """
    found = Needs()
    production = (workspace.app, *(member.manifest for member in workspace.production_closure))
    for row in table()["package"]:
        for name in row["names"]:
            declared = _declared(name, workspace.manifests)
            if declared is None and row.get("transitive"):
                declared = _locked(tree, manager.lockfile, name)
            if declared is not None:
                running = _declared(name, production, production=True) is not None
                _add(found, row, declared, _Facts(workspace.manifests, running, _major(node_version), name))
    _add_own(tree, workspace, found)
    _add_git(tree, workspace, manager, found)
    _add_prisma(tree, workspace, production, found)
    if suite != "trixie":
        found.build_packages = {name.removesuffix("t64"): place for name, place in found.build_packages.items()}
        found.run_packages = {name.removesuffix("t64"): place for name, place in found.run_packages.items()}
    return found


@dataclass(frozen=True, slots=True)
class _Facts:
    manifests: tuple[Manifest, ...]
    running: bool
    node: int
    name: str


def _add(found: Needs, row: dict[str, Any], declared: Sourced[str], facts: _Facts) -> None:
    place = declared.origin
    if any(_declared(name, facts.manifests) for name in row.get("unless", ())):
        return
    compiled = bool(row.get("compiles")) or _is_compiled(row, declared.value, facts.node)
    _note(found.build_packages, row.get("build", ()), place)
    if compiled:
        _note(found.build_packages, (*table()["toolchain"], *row.get("build_compiled", ())), place)
    if not (row.get("development_only") and facts.running):
        for key, value in row.get("install_environment", {}).items():
            found.install_environment.setdefault(key, Sourced(value, place))
    if not facts.running:
        return
    _note(found.run_packages, (*row.get("run", ()), *(row.get("run_compiled", ()) if compiled else ())), place)
    for key, value in row.get("environment", {}).items():
        found.run_environment.setdefault(key, Sourced(value, place))
    if row.get("writes") and found.writes is None:
        found.writes = place
    if "fetch" in row:
        command, folder = row["fetch"]
        found.fetches[folder] = Sourced(command, place)
    if "notice" in row:
        text = f"`{facts.name}`: {row['notice']}"
        found.diagnostics.append(Diagnostic("BP625", "info", text, place, row["notice_fix"]))


def _note(table_of: dict[str, Origin], names: Iterable[str], place: Origin) -> None:
    for name in names:
        table_of.setdefault(name, place)


def _is_compiled(row: dict[str, Any], range_: str, node: int) -> bool:
    """Return whether there are no binaries of this version for the Node version."""
    version = lower_bound(range_)
    if version is None:
        return False
    for below, last_node in row.get("prebuilt", ()):
        limit = lower_bound(below)
        if limit is not None and version < limit:
            return node > int(last_node)
    return False


def lower_bound(range_: str) -> tuple[int, int, int] | None:
    """Return the first version number in a range, None when there is none (`latest`, `*`)."""
    match = _VERSION.search(range_)
    if match is None:
        return None
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


def _major(version: str) -> int:
    match = _VERSION.match(version)
    return int(match[1]) if match else 0


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
            _note(found.build_packages, table()["toolchain"], Origin(path))
            return


def _add_git(tree: SourceTree, workspace: Workspace, manager: PackageManager, found: Needs) -> None:
    place = install_policy.needs_git(manager, tree, workspace)
    if place is not None:
        _note(found.build_packages, ("ca-certificates", "git"), place)


def _add_prisma(tree: SourceTree, workspace: Workspace, production: Iterable[Manifest], found: Needs) -> None:
    """Add what Prisma needs: OpenSSL for its engines up to version 6, a place to write for SQLite."""
    client = _declared("@prisma/client", workspace.manifests) or _declared("prisma", workspace.manifests)
    if client is None:
        return
    found.prisma = client
    version = lower_bound(client.value)
    if version is None or version[0] <= _LAST_PRISMA_WITH_ENGINE:
        _note(found.build_packages, ("openssl",), client.origin)
        if _declared("@prisma/client", production, production=True) is not None:
            _note(found.run_packages, ("openssl",), client.origin)
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
