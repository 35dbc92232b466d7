"""Fable compiles F# to JavaScript: a client beside the server, which a publish does not build.

Source, checked 2026-11-24: https://fable.io/docs/javascript/build-and-run.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.read import json_document

from . import paket

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .app import App


def report(tree: SourceTree, app: App) -> None:
    """Say that the client is left out; raises FileError for a broken list of tools."""
    if not tree.has(paket.TOOLS):
        return
    document = json_document.read(tree, paket.TOOLS, comments=True)
    if document.get("tools", "fable") is None:
        return
    text = "Fable compiles a client to JavaScript, which no publish of a project does: its files are not in the image"
    fix = "add a phase with `dotnet fable` and the bundler in buildplan.toml, and copy what they write"
    app.reasons.report(Diagnostic("BP856", "warning", text, document.origin("tools", "fable"), fix))
