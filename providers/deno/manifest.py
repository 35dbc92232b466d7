"""What `deno.json` says: tasks, imports, the lock, and the members of a workspace.

Sources, checked 2026-11-24:
- https://docs.deno.com/runtime/fundamentals/configuration/
- https://docs.deno.com/runtime/reference/cli/task/ (a task is a text, or a table with `command` and `dependencies`)
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.facts import json_document
from buildplan.provenance import Origin, Sourced

if TYPE_CHECKING:
    from buildplan.facts.document import Document
    from buildplan.source import SourceTree

NAMES = ("deno.json", "deno.jsonc")


@dataclass(frozen=True, slots=True)
class Task:
    """A task: its command, None when it only has dependencies."""

    name: str
    command: Sourced[str] | None
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A deno.json; `document` is None where there is none. `lock` is the path of the lock file in use, or None."""

    document: Document | None
    tasks: dict[str, Task]
    imports: dict[str, str]
    members: tuple[str, ...]
    lock: str | None
    import_map: str | None

    @property
    def origin(self) -> Origin:
        """The file itself."""
        return Origin("." if self.document is None else self.document.path)


def read(tree: SourceTree) -> Manifest:
    """Return what the root's deno.json says; raises FileError for a broken one."""
    path = tree.first(*NAMES)
    if path is None:
        return Manifest(None, {}, {}, (), "deno.lock" if tree.has("deno.lock") else None, None)
    document = json_document.read(tree, path, comments=True)
    imports = {name: value for name, value in document.table("imports").items() if isinstance(value, str)}
    import_map = document.get("importMap")
    own = _inside(import_map) if isinstance(import_map, str) else None
    if own is not None and tree.has(own):
        listed = json_document.read(tree, own, comments=True).table("imports")
        imports |= {name: value for name, value in listed.items() if isinstance(value, str)}
    else:
        own = None
    return Manifest(document, _tasks(document), imports, _members(tree, document), _lock(tree, document), own)


def _tasks(document: Document) -> dict[str, Task]:
    found = {}
    for name, value in document.table("tasks").items():
        if isinstance(value, str):
            found[name] = Task(name, Sourced(value, document.origin("tasks", name)))
            continue
        if not isinstance(value, dict):
            raise document.wrong_type(("tasks", name), value, "a text or a table")
        command = document.string("tasks", name, "command")
        needed = value.get("dependencies")
        names = tuple(item for item in needed if isinstance(item, str)) if isinstance(needed, list) else ()
        found[name] = Task(name, command, names)
    return found


def _members(tree: SourceTree, document: Document) -> tuple[str, ...]:
    value = document.get("workspace")
    listed = value.get("members") if isinstance(value, dict) else value
    found: list[str] = []
    for item in listed if isinstance(listed, list) else ():
        folder = _inside(item) if isinstance(item, str) else None
        if folder is None:
            continue
        if folder.endswith("/*"):
            above = folder[:-2]
            found += [f"{above}/{name}" for name in tree.directory(above).directories]
        elif tree.has_directory(folder):
            found.append(folder)
    return tuple(dict.fromkeys(found))


def _lock(tree: SourceTree, document: Document) -> str | None:
    value = document.get("lock")
    if value is False:
        return None
    named = value.get("path") if isinstance(value, dict) else value
    path = _inside(named) if isinstance(named, str) else "deno.lock"
    return path if path is not None and tree.has(path) else None


def _inside(text: str) -> str | None:
    """Return a path of the tree, None for one that is outside."""
    path = posixpath.normpath(text)
    return None if path.startswith(("/", "..")) or path == "." or "://" in text else path
