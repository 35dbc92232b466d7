"""Node for the targets of a project that build a frontend (`npm run build` in `ClientApp`).

MSBuild runs them while it publishes, so it has to be in the build's image. It is taken from Node's own image:
the packages of the distribution are years older than what a bundler asks for. Its Debian is newer than what the program
needs of a C library, so that it runs on the SDK's image too.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue.versions import Request
from buildplan.errors import FileError
from buildplan.language import node_tools
from buildplan.model.build_plan import Cache, Diagnostic
from buildplan.read import json_document, version_files

from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import Input, Phase
    from buildplan.model.origin import Origin
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .app import App

CACHE = Cache("npm", "/root/.npm")
_FOLDERS = ("ClientApp", "client-app", "clientapp", "client", "frontend", "app", "ui", "")


class Node(NamedTuple):
    """The phase that holds Node, and what the app's own setup does with it."""

    phase: Phase
    inputs: tuple[Input, ...]
    commands: tuple[str, ...]


def find(tree: SourceTree, app: App) -> Node | None:
    """Return Node where a target of the app's projects calls it; None where none does."""
    called = _called(app)
    if called is None:
        return None
    origin, program = called
    version, phase, inputs, commands = node_tools.with_npm(_requests(tree, app, app.overrides), program, app.reasons)
    text = f"a target of the project calls `{program}`, so the build's image gets Node.js {version}"
    fix = "pin it with `engines.node` in package.json, or build the frontend apart and commit what it makes"
    app.reasons.report(Diagnostic("BP854", "info", text, origin, fix))
    field = "phases.setup"
    app.reasons.decide(f"{field}.commands", commands[0], origin, f"the project calls `{program}`")
    app.reasons.decide(f"{field}.inputs", " ".join(item.path for item in inputs), origin, "Node.js from its own image")
    return Node(phase, inputs, commands)


def _called(app: App) -> tuple[Origin, str] | None:
    programs = "|".join(tables.NODE_PROGRAMS)
    pattern = re.compile(rf"(?:^|[\s;&|\"'])({programs})(?:\.cmd)?(?=\s|$)")
    order = ("yarn", "pnpm")
    found: list[tuple[Origin, str]] = []
    for facts in app.closure:
        if "microsoft.visualstudio.javascript.sdk" in facts.sdks:
            found.append((facts.sdks["microsoft.visualstudio.javascript.sdk"], "npm"))
        for command in facts.commands:
            found += [(command.origin, match) for match in pattern.findall(command.value)]
    # One that has to be installed counts before those that come with Node.
    return min(found, key=lambda item: item[1] not in order, default=None)


def _requests(tree: SourceTree, app: App, overrides: Overrides) -> Iterator[Request]:
    asked = overrides.versions.get("node")
    if asked is not None:
        yield Request(asked.value, asked.origin)
    root = app.project.facts.get("SpaRoot").replace("\\", "/").strip("/")
    names = dict.fromkeys((*((root,) if root else ()), *_FOLDERS))
    folders = [posixpath.join(app.project.directory, name).rstrip("/") for name in names]
    folders += [facts.directory for facts in app.closure[1:]]
    for folder in dict.fromkeys(folders):
        for name in (".nvmrc", ".node-version"):
            found = version_files.single_line(tree, posixpath.join(folder, name))
            if found is not None:
                yield Request(found.value, found.origin)
        path = posixpath.join(folder, "package.json")
        if not tree.has(path):
            continue
        try:
            engine = json_document.read(tree, path).string("engines", "node")
        except FileError:
            continue
        if engine is not None:
            yield Request(engine.value, engine.origin)
