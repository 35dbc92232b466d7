"""Whether a tree is a Rust app, and how strong the evidence is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language.contract import Detection, Strength
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from . import manifests, targets

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def detect(tree: SourceTree, _: Overrides) -> Detection | None:
    """Return the claim to a tree; None without a Cargo.toml at its root."""
    if not tree.has(manifests.MANIFEST):
        return None
    found = Evidence("there is `Cargo.toml`", Origin(manifests.MANIFEST))
    try:
        workspace = manifests.read(tree)
    except BuildplanError as error:
        # The plan says what is wrong, if Rust is what the tree is about.
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    programs = [item for item in workspace.members if "tauri" not in item.dependencies and targets.binaries(tree, item)]
    for package in programs:
        match = targets.framework(workspace, package)
        if match is not None:
            row, place = match
            evidence = Evidence(f"`{package.name}` depends on {row.crate}", place)
            return Detection(Strength.APP, (evidence, found), frameworks=(row.id,))
    if programs:
        return Detection(Strength.MANIFEST, (Evidence(f"`{programs[0].name}` has a program", found.origin), found))
    # A native addon, a library, or the shell of a desktop app.
    return Detection(Strength.TOOLING, (Evidence("`Cargo.toml` without a program to serve", found.origin),))
