"""What an install reads of the tree, so that a change of anything else does not repeat it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Input

from .manifest import package_word
from .workspaces import local_dependencies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .install_scripts import Hook
    from .manifest import Manifest
    from .package_manager import PackageManager
    from .workspaces import Workspace

_SETTINGS = {
    "npm": (".npmrc",),
    "pnpm": (".npmrc", "pnpm-workspace.yaml", ".pnpmfile.cjs", ".pnpmfile.mjs"),
    "yarn": (".npmrc", ".yarnrc", ".yarn/releases/"),
    "berry": (".yarnrc.yml", ".yarn/releases/", ".yarn/plugins/", ".yarn/patches/", ".yarn/constraints.pro"),
    "bun": (".npmrc", "bunfig.toml"),
}
# More files than a person would list; beyond it the whole tree is copied.
_MAX_INPUTS = 200


def focus(pm: PackageManager, workspace: Workspace) -> str:
    """Return the packages that Yarn installs for: the app, and the root, whose tools the build may call."""
    if not pm.can_focus or not workspace.is_filtered or workspace.app.name is None:
        return ""
    root = workspace.root
    tools = bool(root.dependencies or root.dev_dependencies or root.optional_dependencies)
    if tools and root.name is None:
        return ""
    return " ".join((package_word(workspace.app), *((package_word(root),) if tools else ())))


def inputs(
    pm: PackageManager, tree: SourceTree, workspace: Workspace, hooks: tuple[Hook, ...], reasons: Reasons
) -> tuple[Input, ...]:
    """Return the files that the install reads: all of the tree where that cannot be told."""
    field = "phases.install.inputs"
    kept = [hook for hook in hooks if not (hook.needs.absent and hook.needs.dispensable)]
    unclear = next((hook for hook in kept if hook.needs.files is None), None)
    if unclear is not None:
        reasons.decide(field, ".", unclear.origin, f"{unclear.title} may read any file of the tree")
        return (Input("."),)
    local = local_dependencies(tree, workspace, reasons)
    folder = next((path for path in local if not tree.has(path.value)), None)
    if folder is not None:
        reasons.decide(field, ".", folder.origin, "a dependency is a folder of the tree")
        return (Input("."),)
    paths = dict.fromkeys(_paths(pm, tree, workspace))
    paths.update(dict.fromkeys(path.value for path in local))
    paths.update(dict.fromkeys(path for hook in kept for path in hook.needs.files or ()))
    if len(paths) > _MAX_INPUTS:
        reasons.decide(field, ".", workspace.root.origin("workspaces"), f"it reads more than {_MAX_INPUTS} files")
        return (Input("."),)
    reasons.decide(field, " ".join(paths), pm.origin, f"what {pm.title} reads, so that other changes do not repeat it")
    return tuple(Input(path) for path in paths)


def _paths(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> Iterator[str]:
    for manifest in _read_manifests(pm, workspace):
        prefix = f"{manifest.directory}/" if manifest.directory else ""
        yield manifest.path
        if manifest.directory and tree.has(f"{prefix}.npmrc"):
            yield f"{prefix}.npmrc"
    yield from _patches(tree, workspace.root)
    if pm.lockfile:
        yield pm.lockfile
    for name in _SETTINGS[pm.name]:
        if tree.has(name) or (name.endswith("/") and tree.has_directory(name)):
            yield name
    if pm.zero_install:
        yield ".yarn/cache/"


def _read_manifests(pm: PackageManager, workspace: Workspace) -> tuple[Manifest, ...]:
    """Return the manifests that must be there: Yarn 2+ and Bun compare the lock file with those of all packages."""
    everyone = pm.name == "bun" or (pm.name == "berry" and not focus(pm, workspace))
    if everyone:
        members = (member.manifest for member in workspace.members)
        return (workspace.root, *(manifest for manifest in members if not manifest.is_absent))
    return workspace.manifests


def _patches(tree: SourceTree, root: Manifest) -> Iterator[str]:
    """Yield the folders with patches that the manager itself applies."""
    patched = root.document.get("pnpm", "patchedDependencies") or root.document.get("patchedDependencies")
    values = patched.values() if isinstance(patched, dict) else ()
    folders = {value.rpartition("/")[0].removeprefix("./") for value in values if isinstance(value, str)}
    texts = (tree.text(root.path), tree.text_or_none("pnpm-workspace.yaml") or "")
    if any(mark in text for text in texts for mark in ("patch:", "patchedDependencies")):
        folders.add("patches")
    yield from (f"{folder}/" for folder in sorted(folders) if folder and tree.has_directory(folder))
