"""An app that is files in the end: what Lume writes, and what Vite makes of a page.

Sources, checked 2026-11-24:
- https://lume.land/docs/configuration/config-file/ (`dest`; `_site` without it)
- https://vite.dev/config/build-options.html#build-outdir (`build.outDir`; `dist` without it)
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import web_server
from buildplan.language.javascript import javascript
from buildplan.model.build_plan import Input, Site
from buildplan.model.origin import Origin
from buildplan.read import shell

from . import manifest as manifests
from . import tasks

if TYPE_CHECKING:
    from buildplan.model.build_plan import Process, Run

    from .project import Project

_LUME = ("_config.ts", "_config.js", "_config.tsx")
_VITE = ("vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs")
_BUILDS = ("build", "lume:build", "lume")


class Files(NamedTuple):
    """The folder that is served, why, and how."""

    folder: str
    origin: Origin
    why: str
    site: Site


def find(project: Project) -> Files | None:
    """Return what is served; None for an app with a server of its own."""
    if project.overrides.start is not None:
        return None
    lume = project.uses("lume")
    if lume is not None and not _has_server(project):
        folder, origin, why = _written(project, _LUME, "dest", "_site", "the folder that Lume writes", lume.origin)
        return Files(folder, origin, why, Site(not_found="404.html"))
    return _vite(project)


def ship(project: Project, files: Files) -> tuple[Run, Process]:
    """Return the image and the process of a site."""
    project.reasons.decide("run.copies", files.folder, files.origin, files.why)
    copies = (Input(f"{files.folder}/", phase="build", dest=""),)
    return web_server.run(files.site, copies, project.reasons, files.origin)


def _has_server(project: Project) -> bool:
    """Return whether a task runs a server of the tree, not only Lume's own."""
    follower = tasks.Follower(project.tree)
    for name in tasks.START_TASKS:
        found = follower.task(project.app, name)
        file = None if found is None else found.entry
        if file is not None and project.tree.has(file) and (found is not None and not found.watched):
            return True
    return False


def _vite(project: Project) -> Files | None:
    """Return the site of a page that Vite builds, where nothing of the app's own answers."""
    app, tree = project.app, project.tree
    here = f"{app.directory}/" if app.directory else ""
    if project.framework is not None or project.file is not None or not tree.has(f"{here}index.html"):
        return None
    if not any("vite" in _words(project, name) for name in ("build", "build:prod")) or _has_server(project):
        return None
    origin = app.tasks["build" if "build" in app.tasks else "build:prod"].command
    place = app.origin if origin is None else origin.origin
    folder, place, why = _written(project, _VITE, "outDir", "dist", "the folder that Vite writes", place)
    return Files(folder, place, why, Site(fallback="index.html", immutable=("assets/",)))


def _words(project: Project, name: str) -> set[str]:
    """Return the names of the programs and packages that a task calls."""
    task = project.app.tasks.get(name)
    line = None if task is None or task.command is None else shell.parse(task.command.value)
    if line is None:
        return set()
    words = {word for item in line.commands for word in (item.program, *item.arguments)}
    return {word.removeprefix("npm:").lstrip("/").partition("@")[0] for word in words}


def _written(
    project: Project, files: tuple[str, ...], key: str, usual: str, why: str, origin: Origin
) -> tuple[str, Origin, str]:
    """Return the folder that a build writes: an option of the task, a literal in the configuration, the usual one."""
    here = project.app.directory
    for name in _BUILDS:
        task = project.app.tasks.get(name)
        command = None if task is None else task.command
        line = None if command is None else shell.parse(command.value)
        for word in () if line is None else (word for item in line.commands for word in item.arguments):
            flag, equals, value = word.partition("=")
            folder = manifests.inside(here, value) if flag in (f"--{key}", f"--{key.lower()}") and equals else None
            if folder is not None and command is not None:
                return folder, command.origin, f"{why}: its task says so"
    for name in files:
        path = posixpath.join(here, name)
        tokens = javascript.read(project.tree, path, (key,))
        for index, token in enumerate(tokens[:-2]):
            value_token = tokens[index + 2]
            if token.is_(key) and tokens[index + 1].is_(":") and value_token.kind == "string":
                folder = manifests.inside(here, value_token.text)
                if folder is not None:
                    return folder, Origin(path, token.line), f"{why}: its configuration says so"
    return posixpath.join(here, usual), origin, f"{why} without another word"
