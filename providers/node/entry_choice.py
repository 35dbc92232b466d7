"""Which file an app begins in when no script says so, and how that file is started."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import entry_files
from buildplan.model.origin import Origin

from . import config_file, native_tables, programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project
    from .start import Start

# From here on Node runs TypeScript as it is.
_STRIPS_TYPES = (22, 18)
_TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
_MAX_OTHERS = 20


class Entry(NamedTuple):
    """A file of the tree that the app may begin in."""

    path: str
    why: str
    origin: Origin


def candidates(project: Project) -> Iterator[Entry]:
    """Yield the files that the app may begin in, likeliest first: those that listen, then the others."""
    named = tuple(_named(project))
    programs = tuple(_programs(project))
    # `main` of a package that installs a program of its name is what other code loads.
    if project.app.directory:
        yield from programs
    for entry in (*named, *_others(project)):
        if _is_server(project, entry.path):
            yield Entry(entry.path, f"{entry.why} that listens", entry.origin)
    yield from (*programs, *named)


def _named(project: Project) -> Iterator[Entry]:
    """Yield `main` and the files with a conventional name."""
    tree, app, code = project.tree, project.app, project.code
    seen = set()
    if app.main is not None:
        path = posixpath.normpath(project.path(app.main))
        path = entry_files.find(tree, path) or path
        source = entry_files.source(tree, path)
        if source is not None and not _is_desktop(project, source):
            seen.add(path)
            yield Entry(path, "`main`", app.origin("main"))
    for path in entry_files.conventional(tree, app.directory, code.entries if code is not None else ()):
        if path not in seen:
            seen.add(path)
            yield Entry(path, "a file with a conventional name", Origin(path))


def _programs(project: Project) -> Iterator[Entry]:
    """Yield the program that the package installs under its own name."""
    own = (project.app.name or "").rpartition("/")[2]
    if own in project.app.programs:
        path = posixpath.normpath(project.path(project.app.programs[own]))
        path = entry_files.find(project.tree, path) or path
        source = entry_files.source(project.tree, path)
        if source is not None and not _is_desktop(project, source):
            yield Entry(path, "the program that the package installs", project.app.origin("bin"))


def _others(project: Project) -> Iterator[Entry]:
    """Yield the other source files at the top of the app's directory and of `src`, if they are few."""
    for below in ("", "src"):
        directory = posixpath.join(project.app.directory, below).rstrip("/")
        names = [
            name
            for name in project.tree.directory(directory).files
            if name.endswith((".js", ".mjs", ".cjs", ".ts")) and ".config." not in name and not name.startswith(".")
        ]
        if len(names) <= _MAX_OTHERS:
            for name in names:
                path = posixpath.join(directory, name)
                yield Entry(path, "a file", Origin(path))


def _is_server(project: Project, path: str) -> bool:
    """Return whether a file listens, or loads the app's framework."""
    source = entry_files.source(project.tree, path)
    if source is None or _is_desktop(project, source):
        return False
    scanned = entry_files.scan(project.tree, source)
    code = project.code
    loaded = {place.value for place in scanned.packages}
    return scanned.listens or (code is not None and not loaded.isdisjoint((*code.any, *code.all)))


def _is_desktop(project: Project, path: str) -> bool:
    """Return whether a file is the main process of a desktop app, which no container can show."""
    return not {"electron", "electron/main"}.isdisjoint(config_file.read(project.tree, path).imports())


def start_of(project: Project, path: str) -> Start | None:
    """Return the start of a file: itself, or what it is compiled to; None when nothing installed can run it."""
    origin = Origin(path)
    source = entry_files.source(project.tree, path)
    if source is None or not source.endswith(_TYPESCRIPT):
        runner: tuple[str, ...] | None = ("bun",) if is_bun(project) else ("node",)
    else:
        compiled = project.build.compiled if project.build is not None else None
        made = compiled.made_from(source) if compiled is not None else ()
        if source != path or made:
            path, runner = (path if source != path else made[0]), ("node",)
        else:
            runner = _typescript_runner(project)
    if runner is None:
        return None
    relative = posixpath.relpath(path, project.app.directory or ".")
    return project.resolver.argv((*runner, relative), project.app, origin)


def is_bun(project: Project) -> bool:
    """Return whether the app's code is meant to be run by Bun."""
    code = project.code
    types = project.app.has("@types/bun", "bun-types")
    return project.manager.name == "bun" or types or (code is not None and code.bun)


def _typescript_runner(project: Project) -> tuple[str, ...] | None:
    if is_bun(project):
        return ("bun",)
    for program in ("tsx", "ts-node"):
        if project.app.has(programs.package_of(program)):
            return (program,)
    return ("node",) if strips_types(project.node.version) else None


def strips_types(version: str) -> bool:
    """Return whether a Node version, or the newest of a line, runs TypeScript as it is."""
    numbers = native_tables.lower_bound(version)
    if numbers is None:
        return False
    return numbers[:2] >= _STRIPS_TYPES if "." in version else numbers[0] >= _STRIPS_TYPES[0]
