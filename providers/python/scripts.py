"""Files that are run as they are, where no framework says what is started."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import candidates, modules, source_code
from .entry_points import Entry
from .frameworks import Framework

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .manifest import Project

SCRIPT = Framework("script", "a script", "script", start=("python", "{file}"), sigterm=False)
_NAMES = ("main", "app", "run", "start", "server", "bot", "index", "hello", "__main__")
# Scripts that a project calls so are what it is started with.
_STARTS = ("web", "serve", "server", "start", "app", "run")
_TARGET = re.compile(r"([A-Za-z_][\w.]*):([A-Za-z_]\w*)", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,100}", re.ASCII)


def files(tree: SourceTree, project: Project) -> tuple[Entry, ...]:
    """Return the files that can be run, the likeliest first."""
    found: list[Entry] = []
    for path in dict.fromkeys(_paths(tree, project)):
        code = source_code.read(tree, path)
        if code is None or not (code.body or code.stumbled):
            continue
        place = modules.place(tree, code)
        found.append(Entry(SCRIPT, "file", path, place.root, place.module, "", code.guard or 1, base=project.directory))
    return tuple(found)


def _paths(tree: SourceTree, project: Project) -> Iterator[str]:
    base = f"{project.directory}/" if project.directory else ""
    own = re.sub(r"\W", "_", project.name or "", flags=re.ASCII)
    for name in (*_NAMES, own):
        if tree.has(f"{base}{name}.py"):
            yield f"{base}{name}.py"
    for folder in candidates.folders(tree, project):
        if folder != project.directory and tree.has(f"{folder}/__main__.py"):
            yield f"{folder}/__main__.py"
    root = [f"{base}{name}" for name in tree.directory(project.directory).files if candidates.is_own(name)]
    guarded = [path for path in root if (code := source_code.read(tree, path)) is not None and code.guard is not None]
    if len(guarded) == 1 or len(root) == 1:
        yield (guarded or root)[0]
    for folder in ("src", "app", project.source_root):
        for name in _NAMES:
            if folder and tree.has(f"{base}{folder}/{name}.py"):
                yield f"{base}{folder}/{name}.py"


def console(project: Project) -> str | None:
    """Return the console script of the project that starts it: one that is called so, or the only one."""
    usable = [name for name in project.scripts if _NAME.fullmatch(name)]
    for name in _STARTS:
        if name in usable:
            return name
    return usable[0] if len(usable) == 1 else None


def target(tree: SourceTree, project: Project, name: str) -> source_code.Code | None:
    """Return the file of a console script's function, None when it is not in the tree."""
    match = _TARGET.fullmatch(project.scripts[name].value.partition("[")[0].strip())
    if match is None:
        return None
    inside = match[1].replace(".", "/")
    for root in dict.fromkeys((project.source_root, "", "src")):
        prefix = "".join(f"{part}/" for part in (project.directory, root) if part)
        path = tree.first(f"{prefix}{inside}.py", f"{prefix}{inside}/__init__.py")
        if path is not None:
            return source_code.read(tree, path)
    return None


def launcher(tree: SourceTree, project: Project, entry: Entry) -> Entry | None:
    """Return the script at the root that starts the package in which an entry of an unusual name lies, or None.

    Such a script does more than to make the app: it reads options, opens files, starts threads.
    """
    name = entry.path.rpartition("/")[2].removesuffix(".py")
    depth = entry.path.count("/")
    if name in candidates.NAMES or not depth or entry.module is None:
        return None
    package = entry.module.partition(".")[0]
    for script in files(tree, project):
        code = source_code.read(tree, script.path)
        if code is not None and code.guard is not None and script.path.count("/") < depth and package in code.packages:
            return script
    return None
