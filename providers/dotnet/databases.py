"""Databases: files that the app writes, and migrations of Entity Framework.

A bundle applies migrations without the SDK. Making one runs the app's own code in the build unless the context has a
factory for design time, so only then it becomes the release process.

Sources, checked 2026-11-24:
- https://learn.microsoft.com/ef/core/managing-schemas/migrations/applying#bundles
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.read import json_document, syntax
from buildplan.read.corpus import Corpus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .app import App

BUNDLE = "efbundle"
_FILE = re.compile(
    r"(?:^|;)\s{0,9}(?:Data ?Source|Filename)\s{0,9}=\s{0,9}([\w./-]{1,200})\s{0,9}(?:;|$)", re.IGNORECASE
)
_WRITERS = ("sqlite", "litedb")
_TOOLS = ".config/dotnet-tools.json"
_APPLIES = (".Migrate(", ".MigrateAsync(")
_FACTORY = "IDesignTimeDbContextFactory"
_MOST_FILES = 400


class Bundle(NamedTuple):
    """The command that makes the program which applies migrations, and why."""

    command: str
    origin: Origin


def writable(tree: SourceTree, app: App) -> tuple[Sourced[str], ...]:
    """Return the folders of database files that the settings or the code name."""
    if not any(word in name for name in app.packages for word in _WRITERS):
        return ()
    found: dict[str, Sourced[str]] = {}
    for text, origin in (*_configured(tree, app), *_written(tree, app)):
        match = _FILE.search(text)
        folder = posixpath.normpath(posixpath.dirname(match[1]) or ".") if match is not None else ""
        if folder and not folder.startswith(("..", "/tmp")) and folder != "/":  # noqa: S108  # everybody may write there
            found.setdefault(folder, Sourced(folder, origin))
    return tuple(found.values())


def _configured(tree: SourceTree, app: App) -> Iterator[tuple[str, Origin]]:
    """Yield the connection strings of the settings."""
    for name in ("appsettings.json", "appsettings.Production.json"):
        path = posixpath.join(app.project.directory, name)
        if not tree.has(path):
            continue
        try:
            document = json_document.read(tree, path, comments=True)
            strings = document.table("ConnectionStrings")
        except FileError:
            continue
        for key, value in strings.items():
            if isinstance(value, str):
                yield value, document.origin("ConnectionStrings", key)


def _written(tree: SourceTree, app: App) -> Iterator[tuple[str, Origin]]:
    """Yield the connection strings that stand in the code."""
    for file in _code(tree, {facts.directory: facts.path for facts in app.closure}).quoting(_FILE.search):
        for literal in file.strings(("=",)):
            if _FILE.search(literal.text):
                yield literal.text, file.origin(literal.line)


def _code(tree: SourceTree, owners: dict[str, str]) -> Corpus[syntax.Source]:
    opened = (syntax.source(tree, path, "csharp") for path in _sources(tree, owners))
    return Corpus(file for file in opened if file is not None)


def bundle(tree: SourceTree, app: App) -> Bundle | None:
    """Return how migrations are applied before a release, and report where nothing applies them."""
    owners = {facts.directory: facts.path for facts in app.closure}
    snapshots = [path for path in tree.with_suffix("ModelSnapshot.cs") if _owner(path, owners) is not None]
    if not snapshots:
        return None
    code = _code(tree, owners)
    if code.says(_APPLIES):
        return None
    tool = (tree.text_or_none(_TOOLS) or "").find("dotnet-ef") >= 0
    owner = _owner(snapshots[0], owners)
    if tool and owner is not None and len(snapshots) == 1 and code.says((_FACTORY,)):
        words = ["dotnet", "ef", "migrations", "bundle", "--project", owner, "--startup-project", app.project.path]
        words += ["--configuration", "Release", "--output", f"/out/{BUNDLE}"]
        return Bundle(f"dotnet tool restore && {shlex.join(words)}", Origin(snapshots[0]))
    text = "there are migrations of Entity Framework, and nothing applies them when a new version is released"
    fix = f"pin `dotnet-ef` in `{_TOOLS}` and write an `{_FACTORY}`, then a bundle is made; or apply them by hand"
    app.reasons.report(Diagnostic("BP855", "info", text, Origin(snapshots[0]), fix))
    return None


def _owner(path: str, owners: dict[str, str]) -> str | None:
    """Return the project that a file belongs to: the one of the nearest folder."""
    folder = posixpath.dirname(path)
    while folder not in owners:
        if not folder:
            return None
        folder = posixpath.dirname(folder)
    return owners[folder]


def _sources(tree: SourceTree, owners: dict[str, str]) -> Iterator[str]:
    found = (path for path in tree.with_suffix(".cs") if "/Migrations/" not in path and _owner(path, owners))
    for _, path in zip(range(_MOST_FILES), found, strict=False):
        yield path
