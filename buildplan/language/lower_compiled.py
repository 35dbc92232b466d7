"""From the facts of a compiled app to its phases and its image: a build makes programs, and only they are shipped.

`setup` has the compiler and what libraries are compiled with, `install` downloads, `build` makes the programs; the
image is distroless, or Debian where something needs a shell, packages or a folder to write to.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.language import stated
from buildplan.language.stated import Stated
from buildplan.model.build_plan import APP_DIR, Input
from buildplan.model.origin import rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.language.distroless_or_debian import Image
    from buildplan.language.runtime_paths import RuntimeFiles
    from buildplan.model.build_plan import Cache, Phase, Run
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

# Where programs lie in the image.
BIN = f"{APP_DIR}/bin"
_PROGRAMS = "bin/"
# Where a build writes them, outside of the source.
OUT = "/out"


def programs(paths: Iterable[str]) -> tuple[Input, ...]:
    """Return the built programs, which lie below `bin/` in an image."""
    return tuple(Input(path, phase="build", dest=_PROGRAMS) for path in paths)


def build(
    reasons: Reasons,
    commands: Stated,
    outputs: tuple[str, ...],
    *more: Stated | None,
    caches: tuple[Cache, ...] = (),
    kept: str = "compiled code is kept between builds",
    after: str = "setup",
) -> Phase:
    """Return the phase that compiles the whole tree to `outputs`; `more` are values that come before the commands."""
    return stated.phase(
        "build",
        reasons,
        *more,
        commands,
        Stated("inputs", (Input("."),), rule("source"), "any file may be compiled or embedded"),
        Stated("caches", caches, rule("cache"), kept),
        Stated("outputs", outputs, commands.origin, "the programs, and nothing else"),
        comment="Build the app",
        depends_on=(after,),
    )


def run(
    reasons: Reasons,
    base: Image,
    built: tuple[Input, ...],
    origin: Origin,
    *more: Stated | None,
    files: RuntimeFiles,
    scripts: Iterable[str] = (),
    why: str = "the programs, and nothing of their source",
) -> Run:
    """Return the image: the programs, what the code reads, and where it may write.

    `origin` is what says which programs they are, `scripts` are files and folders of the tree that a start or a
    framework names; `more` are values of the image that the language has decided, `why` is the reason for the copies
    where the code reads nothing.
    """
    directory = files.directory
    writable: tuple[str, ...] = ()
    if base.with_shell:
        writable = tuple(dict.fromkeys(posixpath.join(directory, item.path) for item in files.writes))
    values: list[Stated | None] = []
    if directory:
        place = f"{APP_DIR}/{directory}"
        reasons.decide("run.working_dir", directory, files.reads[0].origin, "the paths in the code start there")
        values.append(Stated("working_dir", place, origin, "", note=False))
    if writable:
        reasons.decide("run.writable", " ".join(writable), files.writes[0].origin, "the code writes there")
        values.append(Stated("writable", writable, origin, "", note=False))
    if base.with_shell and any(item.dest == _PROGRAMS for item in built):
        values.append(Stated("paths", (BIN,), rule("programs"), "the programs can be called by their names"))
    values.append(_copies(built, files, scripts, origin, why))
    return stated.run(base.runtime, reasons, *more, *values, apt=base.apt_packages, user=base.user, init=base.init)


def _copies(built: tuple[Input, ...], files: RuntimeFiles, scripts: Iterable[str], origin: Origin, why: str) -> Stated:
    found = dict.fromkeys((*files.paths, *scripts))
    folders = tuple(path for path in found if path.endswith("/"))
    kept = (path for path in found if not any(path != folder and path.startswith(folder) for folder in folders))
    if files.reads:
        named = ", ".join(f"`{item.path}` ({item.origin})" for item in files.reads[:8])
        why = f"the programs, and what the code reads: {named}"
    copies = (*built, *(Input("." if path == "./" else path) for path in kept))
    return Stated("copies", copies, origin, why)
