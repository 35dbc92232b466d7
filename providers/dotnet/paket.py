"""Paket, another manager of .NET's packages: a restore reads its files, and it is itself a tool to be restored.

Source, checked 2026-11-24: https://fsprojects.github.io/Paket/get-started.html
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.read import json_document

from . import msbuild

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .msbuild import Facts

MANIFEST = "paket.dependencies"
TOOLS = ".config/dotnet-tools.json"
_REFERENCES = "paket.references"
_BESIDE = ("paket.lock", TOOLS)
_FOLDER = ".paket"


def inputs(tree: SourceTree, closure: tuple[Facts, ...]) -> tuple[str, ...]:
    """Return the files and folders that a restore with Paket reads; none where the app does not use it."""
    manifest = _manifest(tree, closure)
    if manifest is None:
        return ()
    root = posixpath.dirname(manifest)
    found = [manifest, *(posixpath.join(root, name) for name in _BESIDE)]
    for facts in closure:
        name = posixpath.splitext(posixpath.basename(facts.path))[0]
        found += [posixpath.join(facts.directory, item) for item in (_REFERENCES, f"{name}.{_REFERENCES}")]
    folder = posixpath.join(root, _FOLDER)
    folders = [f"{folder}/"] if tree.has_directory(folder) else []
    return (*(path for path in found if tree.has(path)), *folders)


def tool(tree: SourceTree, closure: tuple[Facts, ...]) -> Origin | None:
    """Return where Paket is named as a tool of the tree; raises FileError for a broken list of tools."""
    manifest = _manifest(tree, closure)
    path = posixpath.join(posixpath.dirname(manifest), TOOLS) if manifest is not None else None
    if path is None or not tree.has(path):
        return None
    document = json_document.read(tree, path, comments=True)
    return document.origin("tools", "paket") if document.get("tools", "paket") is not None else None


def _manifest(tree: SourceTree, closure: tuple[Facts, ...]) -> str | None:
    return msbuild.above(tree, MANIFEST, closure[0].directory) if closure else None
