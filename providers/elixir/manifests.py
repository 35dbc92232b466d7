"""What Mix reads when it fetches dependencies: each mix.exs, what that reads, the lock file, projects of the tree."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic

from . import mix_file

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

    from .mix_file import MixFile
    from .project import Project

_MAX_PATH = 300


def paths(project: Project) -> tuple[str, ...]:
    """Return what `mix deps.get` reads: each mix.exs and what it reads, the lock file, dependencies of the tree."""
    tree = project.tree
    found = [project.root.path]
    if tree.has(project.path("mix.lock")):
        found.append(project.path("mix.lock"))
    found += [member.path for member in project.members]
    inside = {member.directory for member in project.members}
    waiting = list(project.all_files)
    seen: set[str] = set()
    while waiting:
        file = waiting.pop(0)
        for text in sorted(file.reads):
            # `File.read!("VERSION")`, `Code.require_file("mix/version.exs")`.
            path = _joined(file.directory, text)
            if path and tree.has(path) and path != file.path:
                found.append(path)
        for dependency in file.dependencies.values():
            for text in dependency.options.get("path", ()):
                path = _joined(file.directory, text)
                if path in inside or path in seen:
                    continue
                if path is None or not tree.has(f"{path}/{mix_file.NAME}" if path else mix_file.NAME):
                    if path is None or not tree.has_directory(path):
                        _tell_missing(project, dependency.name, dependency.origin)
                        continue
                elif not path or project.root.directory == path:
                    continue
                seen.add(path)
                found.append(f"{path}/")
                waiting.append(mix_file.read(tree, f"{path}/{mix_file.NAME}"))
    return tuple(dict.fromkeys(found))


def knows(project: Project, file: MixFile) -> bool:
    """Return whether the files that a mix.exs reads are known by name."""
    return any(project.tree.has(path) for path in (_joined(file.directory, text) for text in file.reads) if path)


def _tell_missing(project: Project, name: str, origin: Origin) -> None:
    text = f"`{name}` has a path that is not in the tree"
    fix = "plan the folder that holds both, or fetch it from Hex or git"
    project.reasons.report(Diagnostic("BP674", "warning", text, origin, fix))


def _joined(directory: str, text: str) -> str | None:
    """Return a path from a folder as one of the tree; None where it leaves it, or is none."""
    if not text or len(text) > _MAX_PATH or text.startswith("/") or any(not char.isprintable() for char in text):
        return None
    path = posixpath.normpath(posixpath.join(directory, text))
    if path.startswith(".."):
        return None
    return "" if path == "." else path
