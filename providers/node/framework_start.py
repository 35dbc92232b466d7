"""A framework's own server: its start command, and whether a command is that."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.language.javascript import entry_files
from buildplan.model.origin import Origin, catalogue

from . import config_file, frameworks
from .start import Start

if TYPE_CHECKING:
    from .framework_rows import Framework
    from .project import Project


def is_own(project: Project, start: Start, framework: Framework) -> bool:
    """Return whether the process is the framework's own server."""
    own = (_command(framework.start), _command(tuple(framework.start_shell.split())), *framework.start_programs)
    if start.argv and any(text and frameworks.calls(" ".join(start.argv), text) for text in own):
        # A server of the app's own may have the name of the framework's: then it is in the tree.
        is_made = start.entry is None or entry_files.find(project.tree, start.entry) is None
        return is_made or runs_output(project, start, framework)
    return runs_output(project, start, framework)


def _command(words: tuple[str, ...]) -> str:
    """Return the program, with its sub-command where it has one: `next start`, `react-router-serve`."""
    program, *rest = words or ("",)
    if program == "node" or (rest and rest[0].replace("-", "").isalpha() and not rest[0].startswith("-")):
        return " ".join((program, *rest[:1]))
    return program


def runs_output(project: Project, start: Start, framework: Framework) -> bool:
    """Return whether the process runs a file that the framework built."""
    build = project.build
    if start.entry is None or not framework.output:
        return False
    output = build.output.path if build is not None and build.output is not None else framework.output
    return start.entry == output or start.entry.startswith(f"{output}/")


def default(project: Project, framework: Framework) -> Start | None:
    """Return the framework's own start."""
    app = project.app
    origin = catalogue(f"frameworks.{framework.id}")
    if framework.start_shell:
        line = f"exec {framework.start_shell}"
        return Start(origin, app, app.directory, shell=line)
    if not framework.start:
        return None
    build = project.build
    output = build.output.path if build is not None and build.output is not None else framework.output
    relative = posixpath.relpath(output, app.directory or ".") if output else ""
    words = tuple(word.replace("{output}", relative) for word in framework.start)
    start = project.resolver.argv(words, app, origin)
    if framework.nested_start and app.directory:
        nested = posixpath.join(app.directory, words[-1])
        return start._replace(directory="", argv=(*words[:-1], nested), entry=nested)
    if any(target == "" for _, target in framework.copies):
        # What is copied to the top of the image is started there.
        return start._replace(directory="")
    return start


def handler_file(project: Project) -> Start | None:
    """Return the start of a server of the app's own that loads what the framework builds (`./build/handler.js`)."""
    if not project.build or not project.build.output:
        return None
    output = project.build.output.path
    for name in ("server.js", "server.mjs", "server.ts", "index.js", "src/server.js", "server/index.js"):
        path = project.path(name)
        if not project.tree.has(path):
            continue
        for imported in config_file.read(project.tree, path).imports():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), imported))
            if imported.startswith(".") and (target == output or target.startswith(f"{output}/")):
                return project.resolver.argv(("node", name), project.app, Origin(path))
    return None
