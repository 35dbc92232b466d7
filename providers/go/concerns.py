"""What the owner of a Go app should know: what will stop the build, and what will stop the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic

from . import generators, packages, runtime_files

if TYPE_CHECKING:
    from .packages import Package
    from .project import Project

_FATAL_ENV = re.compile(
    r"\bgodotenv\.(?:Load|Overload)\([^()\n]{0,200}\)[^{}]{0,80}\{[^{}]{0,200}\b(?:Fatal\w{0,3}|panic|Exit)\("
)


def report(project: Project, built: tuple[Package, ...], frontends: tuple[str, ...]) -> None:
    """Report what is missing in the tree; `frontends` are folders whose build makes what is embedded."""
    reasons = project.reasons
    made = generators.directories(project.tree, project.workspace)
    for directory, origin in packages.missing(project.packages, built):
        if directory not in made:
            text = f"`{directory or '.'}` is imported and holds no Go code, so the build will stop"
            fix = (
                'commit generated code, or make it first: `commands = ["go generate ./...", "..."]` in `[phases.build]`'
            )
            reasons.report(Diagnostic("BP628", "warning", text, origin, fix))
    for pattern, origin in runtime_files.unmatched_embeds(project.tree, built):
        if not any(not folder or pattern.startswith(f"{folder}/") for folder in frontends):
            text = f"`//go:embed` asks for `{pattern}`, which is not in the tree, so the build will stop"
            reasons.report(
                Diagnostic("BP628", "warning", text, origin, "commit the files, or make them first in `[phases.build]`")
            )
    for package in built:
        for file in package.files:
            match = _FATAL_ENV.search(file.code)
            if match is not None:
                place = file.origin(file.line_at(match.start()))
                text = "the program ends when there is no `.env`, and an image never holds one"
                fix = "ignore the error of `godotenv.Load`, and set the variables where the container runs"
                reasons.report(Diagnostic("BP643", "warning", text, place, fix))
