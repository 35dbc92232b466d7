"""Whether a tree is a Rust app, and how strong the evidence is."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from buildplan import data_table
from buildplan.build_plan import Evidence
from buildplan.contract import Detection, Strength
from buildplan.errors import BuildplanError
from buildplan.provenance import Origin

from . import manifests

if TYPE_CHECKING:
    from buildplan.overrides import Overrides
    from buildplan.source import SourceTree

    from .manifests import Package


@functools.cache
def frameworks() -> tuple[dict[str, Any], ...]:
    """Return the rows of `frameworks.toml`."""
    return tuple(data_table.read(__file__, "frameworks")["framework"])


def framework(package: Package, packages: tuple[Package, ...]) -> tuple[dict[str, Any], Origin] | None:
    """Return the framework that makes the package a server, and its place; members that it depends on count."""
    by_name = {item.name: item for item in packages}
    closure, pending = [], [package]
    while pending:
        current = pending.pop(0)
        if current not in closure:
            closure.append(current)
            pending.extend(by_name[name] for name in current.dependencies if name in by_name)
    for row in frameworks():
        for item in closure:
            if row["id"] in item.dependencies:
                return row, item.dependencies[row["id"]]
    return None


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:  # noqa: ARG001  # the contract's signature
    """Return the claim to a tree; None without a Cargo.toml at its root."""
    if not tree.has(manifests.MANIFEST):
        return None
    found = Evidence("there is `Cargo.toml`", Origin(manifests.MANIFEST))
    try:
        packages = manifests.read(tree)
    except BuildplanError as error:
        # The plan says what is wrong, if Rust is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    programs = [item for item in packages if manifests.binaries(tree, item) and "tauri" not in item.dependencies]
    for package in programs:
        match = framework(package, packages)
        if match is not None:
            row, place = match
            evidence = Evidence(f"`{package.name}` depends on {row['id']}", place)
            return Detection(Strength.APP, (evidence, found), frameworks=(row["id"],))
    if programs:
        return Detection(Strength.MANIFEST, (Evidence(f"`{programs[0].name}` has a program", found.origin), found))
    # A native addon, a library, or the shell of a desktop app.
    return Detection(Strength.TOOLING, (Evidence("`Cargo.toml` without a program to serve", found.origin),))
