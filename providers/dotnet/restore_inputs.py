"""What `dotnet restore` of the app reads: projects, what they import, and NuGet's own files."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.read import xml

from . import paket
from .msbuild import PROPS, TARGETS, inside

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .msbuild import Facts

_IN_ANY_FOLDER = (
    PROPS,
    TARGETS,
    "Directory.Packages.props",
    "Directory.Build.rsp",
    "NuGet.config",
    "NuGet.Config",
    "nuget.config",
    "global.json",
)
LOCK = "packages.lock.json"


def find(tree: SourceTree, closure: tuple[Facts, ...], left_out: str | None) -> tuple[str, ...]:
    """Return the paths, sorted by folder; `left_out` is a file that the build must not see."""
    found: set[str] = set()
    for facts in closure:
        found.update(facts.files)
        found.add(posixpath.join(facts.directory, LOCK))
        current = facts.directory
        while True:
            found.update(posixpath.join(current, name) for name in _IN_ANY_FOLDER)
            if not current:
                break
            current = posixpath.dirname(current)
    paket_inputs = paket.inputs(tree, closure)
    folders = tuple(path for path in paket_inputs if path.endswith("/"))
    found.update(path for path in paket_inputs if not path.endswith("/"))
    kept = [path for path in found if tree.has(path) and path != left_out and not path.startswith(folders)]
    return (*sorted(kept, key=lambda path: (posixpath.dirname(path), path)), *folders, *_feeds(tree, kept))


def _feeds(tree: SourceTree, paths: list[str]) -> tuple[str, ...]:
    """Return the folders of the tree that a NuGet.config names as sources of packages."""
    found: dict[str, None] = {}
    for path in sorted(paths):
        if posixpath.basename(path).lower() != "nuget.config":
            continue
        sources = xml.read(tree, path).first("packageSources")
        for item in sources.all("add") if sources is not None else ():
            value = item.attributes.get("value", "")
            folder = None if ":" in value else inside(value, posixpath.dirname(path))
            if folder and tree.has_directory(folder):
                found[f"{folder}/"] = None
    return tuple(found)


def report_missing(tree: SourceTree, closure: tuple[Facts, ...], reasons: Reasons) -> None:
    """Report projects and files that are named and are not in the tree."""
    for facts in closure:
        gone = [item for item in facts.references.items() if not tree.has(item[0])]
        for path, origin in (*gone, *facts.missing.items()):
            text = f"`{path[:120]}` is not in the tree, so the build will stop"
            reasons.report(Diagnostic("BP853", "error", text, origin, "commit it, or plan the folder that holds both"))
