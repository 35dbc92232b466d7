"""What the owner of a Go app should know: what will stop the build, and what will stop the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic

from . import generators, packages, runtime_files

if TYPE_CHECKING:
    from .packages import Closure
    from .project import Project
    from .source_file import GoFile

# How far behind the call its error is looked at.
_NEAR = 80
_LOADS = ("Load", "Overload")
_ENDS = ("Fatal", "Fatalf", "Fatalln", "panic", "Exit")


def report(project: Project, built: Closure, frontends: tuple[str, ...]) -> None:
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
            line = _ends_without_env(file)
            if line is not None:
                place = file.origin(line)
                text = "the program ends when there is no `.env`, and an image never holds one"
                fix = "ignore the error of `godotenv.Load`, and set the variables where the container runs"
                reasons.report(Diagnostic("BP643", "warning", text, place, fix))


def _ends_without_env(file: GoFile) -> int | None:
    """Return the line where a missing `.env` ends the program: `if err := godotenv.Load(); err != nil { log.Fatal() }`.

    What follows the call counts, up to the end of the next block.
    """
    if not file.code.mentions(("godotenv",)):
        return None
    for call in file.code.calls(_LOADS):
        if call.receiver != "godotenv":
            continue
        block = next(
            (item["block"][0] for item in file.code.matches("checks") if item["block"][0].start >= call.end), None
        )
        if block is None or block.start - call.end > _NEAR:
            continue
        if any(block.start < end.start < block.end for end in file.code.calls(_ENDS)):
            return call.line
    return None
