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
# What the function of a program is called that a script at the root imports from its package.
_FUNCTIONS = frozenset({"main", "cli", "run", "start", "serve"})
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


def named(tree: SourceTree, project: Project, text: str) -> Entry | None:
    """Return the script that somebody names as a file or as a module (`bot` for `bot/__main__.py`), or None."""
    inside = text if text.endswith(".py") else text.replace(".", "/")
    for root in dict.fromkeys((project.directory, candidates.joined(project.directory, project.source_root))):
        base = candidates.joined(root, inside)
        path = tree.first(base) if text.endswith(".py") else tree.first(f"{base}/__main__.py", f"{base}.py")
        code = source_code.read(tree, path) if path is not None else None
        if path is not None and code is not None and code.body:
            place = modules.place(tree, code)
            line = code.guard or 1
            return Entry(SCRIPT, "file", path, place.root, place.module, "", line, base=project.directory)
    return None


def _paths(tree: SourceTree, project: Project) -> Iterator[str]:
    base = f"{project.directory}/" if project.directory else ""
    own = re.sub(r"\W", "_", project.name or "", flags=re.ASCII)
    for name in (*_NAMES, own):
        if tree.has(f"{base}{name}.py"):
            yield f"{base}{name}.py"
    for folder in candidates.folders(tree, project):
        if folder != project.directory and tree.has(f"{folder}/__main__.py"):
            yield f"{folder}/__main__.py"
    root = list(_at_the_root(tree, project))
    guarded = [path for path in root if (code := source_code.read(tree, path)) is not None and code.guard is not None]
    if guarded or len(root) == 1:
        yield max(guarded, key=lambda path: _own_imports(tree, path)) if guarded else root[0]
    for folder in ("src", "app", project.source_root):
        for name in _NAMES:
            if folder and tree.has(f"{base}{folder}/{name}.py"):
                yield f"{base}{folder}/{name}.py"


def _own_imports(tree: SourceTree, path: str) -> int:
    """Return how many names a file imports from the tree: the program imports more of it than a tool beside it."""
    code = source_code.read(tree, path)
    names = {name.rpartition(".")[0] or name for name in code.imports.values()} if code is not None else set()
    return sum(code is not None and modules.locate(tree, name, code, ()) is not None for name in names)


def several(tree: SourceTree, project: Project, chosen: Entry) -> Entry | None:
    """Return another file beside the manifest that could be run as well, where no name tells them apart."""
    if chosen.path.rpartition("/")[2].removesuffix(".py") in _NAMES:
        return None
    for path in _at_the_root(tree, project):
        code = source_code.read(tree, path)
        if path != chosen.path and code is not None and code.guard is not None:
            return chosen._replace(path=path, module=modules.place(tree, code).module, line=code.guard)
    return None


def guarded(tree: SourceTree, project: Project) -> Entry | None:
    """Return the first file beside the manifest that is made to be run: it has `if __name__ == "__main__"`."""
    for entry in files(tree, project):
        code = source_code.read(tree, entry.path)
        if entry.path.rpartition("/")[0] == project.directory and code is not None and code.guard is not None:
            return entry
    return None


def _at_the_root(tree: SourceTree, project: Project) -> Iterator[str]:
    """Yield the files beside the manifest that may be the app's; Django's `manage.py` is a tool."""
    base = f"{project.directory}/" if project.directory else ""
    for name in tree.directory(project.directory).files:
        if candidates.is_own(name) and not (name == "manage.py" and "django" in (tree.text_or_none(base + name) or "")):
            yield f"{base}{name}"


def console(project: Project) -> str | None:
    """Return the console script of the project that starts it.

    That is one that is called so, the only one, the one with the name of the project or of its package, or the only
    one that calls itself a server.
    """
    usable = [name for name in project.scripts if _NAME.fullmatch(name)]
    for name in _STARTS:
        if name in usable:
            return name
    if len(usable) == 1:
        return usable[0]
    own = {project.name or "", *(_plain(package) for package in project.packages)}
    named = [name for name in usable if _plain(name) in own]
    servers = [name for name in usable if name.endswith(("server", "serve"))]
    return next((found[0] for found in (named, servers) if len(found) == 1), None)


def _plain(name: str) -> str:
    return name.replace("_", "-").lower()


def is_named_as_the_project(project: Project) -> bool:
    """Return whether the project installs a program of its own name, as an app does that is more than its web part."""
    name = console(project)
    return name is not None and _plain(name) in {project.name or "", *(_plain(item) for item in project.packages)}


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
    if not depth or entry.module is None or (name in candidates.NAMES and name != "__init__"):
        return None
    package = entry.module.partition(".")[0]
    for script in files(tree, project):
        code = source_code.read(tree, script.path)
        if code is None or code.guard is None or script.path.count("/") >= depth or package not in code.packages:
            continue
        # `from app import app` in `run.py` is a developer's start; `from cps.main import main` is the program.
        if name != "__init__" or any(
            value.partition(".")[0] == package and value.rpartition(".")[2] in _FUNCTIONS
            for value in code.imports.values()
        ):
            return script
    return None


def runner(tree: SourceTree, project: Project, entry: Entry) -> Entry | None:
    """Return the file to run instead of an entry that is imported and not run itself, or None.

    A package with a `__main__.py` is run as a whole. Otherwise it is the script that imports the entry's module.
    """
    code = source_code.read(tree, entry.path)
    if code is None or entry.module is None or entry.path.endswith("/__main__.py"):
        return None
    package, _, inside = entry.module.partition(".")
    main = candidates.joined(entry.root, package, "__main__.py")
    if inside and tree.has(main):
        return entry._replace(path=main, module=package, line=1)
    if code.runs:
        return None
    folder = entry.path.rpartition("/")[0]
    beside = (f"{folder}/{name}" for name in tree.directory(folder).files if folder and candidates.is_own(name))
    paths = [*(item.path for item in files(tree, project)), *_at_the_root(tree, project), *beside]
    indirect: source_code.Code | None = None
    for path in dict.fromkeys(paths):
        other = source_code.read(tree, path)
        if path == entry.path or other is None or not other.runs:
            continue
        if _imports(tree, other, entry.path):
            return _instead(tree, entry, other)
        if package in other.packages and indirect is None:
            indirect = other
    return None if indirect is None else _instead(tree, entry, indirect)


def leads_to(tree: SourceTree, script: Entry, entry: Entry) -> bool:
    """Return whether a script imports the module of an entry, or its package."""
    code = source_code.read(tree, script.path)
    if code is None or entry.module is None:
        return False
    package = entry.module.partition(".")[0]
    return script.path == entry.path or package in code.packages or _imports(tree, code, entry.path)


def _imports(tree: SourceTree, code: source_code.Code, path: str) -> bool:
    """Return whether a file imports another one, or a name from it."""
    names = {part for name in code.imports.values() for part in (name, name.rpartition(".")[0]) if part.strip(".")}
    return any(modules.locate(tree, name, code, ()) == path for name in names)


def _instead(tree: SourceTree, entry: Entry, code: source_code.Code) -> Entry:
    place = modules.place(tree, code)
    return entry._replace(path=code.path, root=place.root, module=place.module, line=code.guard or 1)
