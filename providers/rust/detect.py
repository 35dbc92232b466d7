"""Whether a tree is a Rust app; what `--app` may name in it; and which folders hold one where the root does not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError
from buildplan.language import subfolder
from buildplan.language.contract import Detection, Strength
from buildplan.language.members import Member
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from . import manifests, tables, targets

if TYPE_CHECKING:
    from buildplan.language.subfolder import Folder
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


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the packages, then the programs; none without a Cargo.toml at the root. Raises FileError."""
    if not tree.has(manifests.MANIFEST):
        return ()
    workspace = manifests.read(tree)
    programs = [item for package in workspace.members for item in targets.binaries(tree, package)]
    packages = {item.package.name: item for item in programs}
    rest = [item for item in programs if item.name not in packages]
    return (
        *(Member(name, item.package.directory, item.origin, name) for name, item in packages.items()),
        *(Member(item.name, item.package.directory, item.origin, item.name) for item in rest),
    )


_WHY = "the folder that looks most like the app; the root holds documents only"


def below(tree: SourceTree, _: Overrides) -> tuple[Folder, ...]:
    """Return the folders that hold a server, the likeliest first; none where the root holds more than documents.

    `backend` with a server is more of an app than a frontend's folder beside it.
    """
    if not subfolder.holds_documents_only(tree):
        return ()
    found: list[tuple[int, str, Folder]] = []
    names = tables.SERVER_FOLDERS
    for name in tree.directory().directories:
        if name.startswith(".") or not tree.has(f"{name}/{manifests.MANIFEST}"):
            continue
        below = subfolder.below(tree, name)
        try:
            workspace = manifests.read(below)
        except BuildplanError:
            continue
        programs = (item for item in workspace.members if targets.binaries(below, item))
        match = next(filter(None, (targets.framework(workspace, item) for item in programs)), None)
        if match is None:
            continue
        row, inner = match
        position = names.index(name.lower()) if name.lower() in names else len(names)
        place = replace(inner, path=f"{name}/{inner.path}")
        strength = Strength.TOOLING if position < len(names) else Strength.STRAY
        evidence = Evidence(f"`{name}` depends on {row.crate}", place)
        claim = Detection(strength, (evidence,), frameworks=(row.id,))
        found.append((position, name, subfolder.Folder(name, place, claim, _WHY)))
    return tuple(folder for *_, folder in sorted(found, key=lambda item: item[:2]))
