"""What `deno.json` says, the lock file with it, and what `--app` may name.

Scripts of `package.json` are tasks too, where `deno.json` has none of that name.

Sources, checked 2026-11-24:
- https://docs.deno.com/runtime/fundamentals/configuration/
- https://docs.deno.com/runtime/reference/cli/task/ (a task is a text, or a table with `command` and `dependencies`)
- https://docs.deno.com/runtime/fundamentals/workspaces/ (members; `./packages/*`)
- https://github.com/denoland/deno/blob/main/Releases.md (format 3 since 1.37, 4 since 2.0, 5 since 2.3); Deno 2.2.12
  refuses format 5 ("Unsupported lockfile version"), Deno 2.9.6 takes 2 to 5 with `--frozen`, and calls what has no
  version out of date
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.members import Member
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import dotted, numbers_of
from buildplan.read import json_document

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.read.document import Document
    from buildplan.source import SourceTree


# --- the lock file ----------------------------------------------------------------------------------------------------

_VERSION = re.compile(r'"version"\s{0,20}:\s{0,20}"?([0-9]{1,3})"?')
# The key stands at the top; the rest of a lock file is long.
_HEAD = 400
_SINCE = {3: (1, 37), 4: (2, 0), 5: (2, 3)}
_NEWEST = 5
_OLDEST = 2
# Since when `--frozen` is known.
_FROZEN = (1, 45)


class Lock(NamedTuple):
    """A lock file; `version` is None for the format from before there were versions, or for no lock at all."""

    path: str
    version: int | None


def read_lock(tree: SourceTree, path: str) -> Lock | None:
    """Return the lock file of that path; None where there is none."""
    if not tree.has(path):
        return None
    match = _VERSION.search((tree.text_or_none(path) or "")[:_HEAD])
    return Lock(path, None if match is None else int(match[1]))


def frozen_flag(found: Lock | None, deno: str, reasons: Reasons) -> str:
    """Return ` --frozen` where the lock can be held to; reports a lock that this Deno cannot use."""
    numbers = numbers_of(deno)
    if found is None or numbers < _FROZEN:
        return ""
    if found.version is None or found.version < _OLDEST:
        text = f"`{found.path}` has no version of its format, so Deno writes a new one instead of keeping to it"
        fix = "run `deno install` with a current Deno and commit the lock file"
        reasons.report(Diagnostic("BP841", "warning", text, Origin(found.path), fix))
        return ""
    needed = _SINCE.get(found.version)
    if needed is not None and numbers < needed:
        text = f"Deno {deno} does not read format {found.version} of `{found.path}`"
        fix = f"ask for Deno {dotted(needed)} or newer, or make the lock file with Deno {deno}"
        reasons.report(Diagnostic("BP840", "warning", text, Origin(found.path), fix))
    elif found.version > _NEWEST:
        text = f"format {found.version} of `{found.path}` is unknown to this release of buildplan"
        reasons.report(Diagnostic("BP840", "warning", text, Origin(found.path), "check that this Deno reads it"))
    return " --frozen"


# --- deno.json --------------------------------------------------------------------------------------------------------

NAMES = ("deno.json", "deno.jsonc")
PACKAGE = "package.json"
_MAX_MEMBERS = 200
_MAX_PATH = 1000


class Task(NamedTuple):
    """A task: its command, None when it only has dependencies."""

    name: str
    command: Sourced[str] | None
    dependencies: tuple[str, ...] = ()


class Manifest(NamedTuple):
    """A folder's deno.json and package.json; `document` and `package` are None where there is none.

    `imports` maps a specifier to what it means, with the place; a path of the tree begins with `/` there. `lock` is the
    lock file in use. `import_map` is the path of one in a file of its own. `is_library` is set where others import what
    the folder exports.
    """

    directory: str
    document: Document | None
    package: Document | None
    tasks: dict[str, Task]
    imports: dict[str, Sourced[str]]
    members: tuple[str, ...]
    lock: Lock | None
    import_map: str | None
    is_library: bool = False

    @property
    def origin(self) -> Origin:
        """The file itself."""
        found = self.document or self.package
        return Origin("." if found is None else found.path)

    @property
    def name(self) -> str | None:
        """The package name of the folder."""
        for document in (self.document, self.package):
            value = None if document is None else document.get("name")
            if isinstance(value, str):
                return value
        return None

    @property
    def has_local_modules(self) -> bool:
        """Whether packages lie in a `node_modules` beside the code."""
        if self.document is not None:
            asked = self.document.get("nodeModulesDir")
            if asked is not None:
                return asked in ("auto", "manual", True)
        return self.package is not None


def manifest_path(tree: SourceTree, directory: str = "") -> str | None:
    """Return the path of a folder's deno.json; None where there is none."""
    return tree.first(*(posixpath.join(directory, name) for name in NAMES))


def read_manifest(tree: SourceTree, directory: str = "") -> Manifest:
    """Return what a folder says; raises FileError for a broken file."""
    return tree.memo("deno-manifest", directory, lambda: _read_manifest(tree, directory))


def _read_manifest(tree: SourceTree, directory: str) -> Manifest:
    found, package_path = manifest_path(tree, directory), posixpath.join(directory, PACKAGE)
    package = json_document.read(tree, package_path) if tree.has(package_path) else None
    tasks = {} if package is None else _scripts(package)
    if found is None:
        locked = read_lock(tree, posixpath.join(directory, "deno.lock"))
        return Manifest(directory, None, package, tasks, {}, (), locked, None)
    document = json_document.read(tree, found, comments=True)
    imports = _import_map(document, directory)
    import_map = document.get("importMap")
    own = inside(directory, import_map) if isinstance(import_map, str) else None
    if own is not None and tree.has(own):
        imports |= _import_map(json_document.read(tree, own, comments=True), posixpath.dirname(own))
    else:
        own = None
    tasks |= _tasks(document)
    library = document.get("exports") is not None or tree.has(posixpath.join(directory, "jsr.json"))
    members, locked = _workspace_members(tree, document), _own_lock(tree, directory, document)
    return Manifest(directory, document, package, tasks, imports, members, locked, own, library)


def _import_map(document: Document, directory: str) -> dict[str, Sourced[str]]:
    return {
        name: Sourced(_rooted(value, directory), document.origin("imports", name))
        for name, value in document.table("imports").items()
        if isinstance(value, str)
    }


def _rooted(value: str, directory: str) -> str:
    """Return a relative path as one from the root of the tree, `/src/`; anything else as it is."""
    if not value.startswith(("./", "../")):
        return value
    found = posixpath.normpath(posixpath.join(directory, value))
    slash = "/" if value.endswith("/") and found != "." else ""
    return value if found.startswith("..") else f"/{found.removeprefix('.')}{slash}"


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


def _scripts(package: Document) -> dict[str, Task]:
    """Return the scripts of a package.json; what is no text there is none of Deno's business."""
    scripts = package.get("scripts")
    return {
        name: Task(name, Sourced(value, package.origin("scripts", name)))
        for name, value in (scripts.items() if isinstance(scripts, dict) else ())
        if isinstance(value, str)
    }


def _workspace_members(tree: SourceTree, document: Document) -> tuple[str, ...]:
    value = document.get("workspace")
    listed = value.get("members") if isinstance(value, dict) else value
    found: list[str] = []
    for item in listed if isinstance(listed, list) else ():
        folder = inside("", item) if isinstance(item, str) else None
        if folder is None:
            continue
        if folder.endswith("/*"):
            above = folder[:-2]
            found += [f"{above}/{name}" for name in tree.directory(above).directories]
        elif tree.has_directory(folder):
            found.append(folder)
    return tuple(dict.fromkeys(found))[:_MAX_MEMBERS]


def _own_lock(tree: SourceTree, directory: str, document: Document) -> Lock | None:
    value = document.get("lock")
    if value is False:
        return None
    named = value.get("path") if isinstance(value, dict) else value
    found = inside(directory, named) if isinstance(named, str) else posixpath.join(directory, "deno.lock")
    return None if found is None else read_lock(tree, found)


def inside(directory: str, text: str) -> str | None:
    """Return a path of the tree; None for one that is outside, for the root itself, and for what names no file."""
    if "://" in text or text.startswith("/") or not text.isprintable() or len(text) > _MAX_PATH:
        return None
    found = posixpath.normpath(posixpath.join(directory, text))
    return None if found.startswith("..") or found == "." else found


# --- what `--app` may name --------------------------------------------------------------------------------------------


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the root and the members; none without a deno.json or package.json at the root. Raises FileError."""
    if manifest_path(tree) is None and not tree.has(PACKAGE):
        return ()
    root = read_manifest(tree)
    found = [read_manifest(tree, folder) for folder in root.members if manifest_path(tree, folder) is not None]
    rest = (Member(item.name or "", item.directory, item.origin, item.directory) for item in found)
    return (Member(root.name or "", "", root.origin, "."), *rest)
