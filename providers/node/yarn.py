"""Yarn 2 and newer: what `.yarnrc.yml` and the folder `.yarn` say.

Sources, checked 2026-11-24:
- https://yarnpkg.com/configuration/yarnrc (`nodeLinker`, `yarnPath`)
- https://yarnpkg.com/features/caching#zero-installs
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.model.version_ranges import shown
from buildplan.read import yaml_document

from . import manifest as manifests

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

Linker = Literal["node-modules", "pnp", "pnpm"]
LINKERS: tuple[Linker, ...] = ("node-modules", "pnp", "pnpm")
_RELEASE = re.compile(r"yarn-(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,100})?)\.c?js", re.ASCII)


def settings(tree: SourceTree) -> dict[str, Sourced[object]] | None:
    """Return Yarn's settings with their places, or None where there is no `.yarnrc.yml`."""
    if not tree.has(".yarnrc.yml"):
        return None
    document = yaml_document.read(tree, ".yarnrc.yml")
    return {key: Sourced(value, document.origin(key)) for key, value in document.data.items()}


def vendored(tree: SourceTree, yarnrc: dict[str, Sourced[object]] | None, reasons: Reasons) -> str | None:
    """Return the release of Yarn that the project holds, or None; one that is missing is reported."""
    setting = (yarnrc or {}).get("yarnPath")
    if setting is None or not isinstance(setting.value, str):
        return None
    path = manifests.path_word(setting.value.removeprefix("./"), setting.origin)
    if ".." not in path.split("/") and tree.has(path):
        return path
    reasons.report(
        Diagnostic(
            "BP617",
            "warning",
            f"`yarnPath` is `{path}`, which is not in the source tree; no Yarn command will work",
            setting.origin,
            "commit the file, or remove the setting and name the version in `packageManager`",
        )
    )
    return None


def release(path: str | None) -> str | None:
    """Return the version in the name of a vendored release: `4.5.0` for `.yarn/releases/yarn-4.5.0.cjs`."""
    match = _RELEASE.fullmatch(path.rpartition("/")[2]) if path else None
    return match[1] if match else None


def linker(yarnrc: dict[str, Sourced[object]] | None, reasons: Reasons) -> Linker:
    """Return how the packages are laid out; Plug'n'Play is Yarn's default."""
    setting = (yarnrc or {}).get("nodeLinker")
    if setting is None:
        return "pnp"
    for known in LINKERS:
        if setting.value == known:
            return known
    reasons.report(
        Diagnostic(
            "BP617",
            "warning",
            f"`nodeLinker` is `{shown(str(setting.value))}`, which Yarn does not know",
            setting.origin,
            "write `node-modules` or `pnp`",
        )
    )
    return "node-modules"


def has_focus_plugin(tree: SourceTree) -> bool:
    """Return whether the project holds the plugin that gives Yarn 2 and 3 `yarn workspaces focus`."""
    return any("workspace-tools" in name for name in tree.directory(".yarn/plugins/@yarnpkg").files)


def is_zero_install(tree: SourceTree) -> bool:
    """Return whether the project holds its packages itself."""
    return any(path.endswith(".zip") for path in tree.directory(".yarn/cache").files)
