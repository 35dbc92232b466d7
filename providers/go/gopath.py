"""Trees without go.mod: one command that imports the standard library only can be built, anything else cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import PlanError
from buildplan.model.origin import Origin

from . import tables

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .packages import Package

_HINT = "run `go mod init example.com/app && go mod tidy`, and commit go.mod and go.sum"


def old_manifest(tree: SourceTree) -> str | None:
    """Return the manifest of a tool from before modules, or None."""
    return tree.first(*tables.OLD_MANIFESTS)


def refuse(tree: SourceTree) -> None:
    """Raise PlanError for a tree whose dependencies only a tool from before modules knows."""
    old = old_manifest(tree)
    if old is not None:
        problem = f"there is no go.mod, and Go no longer builds what `{old}` describes"
        raise PlanError(problem, origin=Origin(old), hint=_HINT)


def check(tree: SourceTree, package: Package) -> None:
    """Raise PlanError when a tree without modules cannot be built by a current Go."""
    refuse(tree)
    for file, item in package.imports:
        if not _is_standard(item.text):
            raise PlanError(
                f"there is no go.mod, so `{item.text[:80]}` cannot be found",
                origin=file.origin(item.line, item.text),
                hint=_HINT,
            )
    if package.directory:
        raise PlanError(
            f"there is no go.mod, so the command in `{package.directory}` is in no module",
            origin=package.main,
            hint=_HINT,
        )


def _is_standard(path: str) -> bool:
    """Return whether an import path is the standard library's: its first part is a known name without a dot."""
    return path == "C" or path.partition("/")[0] in tables.STANDARD_LIBRARY
