"""`buildplan.write_files`, `write_all` and `merge`: what the command `write` does, as functions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from buildplan import api
from buildplan.config.options import Options
from buildplan.errors import RefusedError, SourceError
from buildplan.model.origin import Origin
from buildplan.write import files
from buildplan.write.merge import Regenerated, Resolution, regenerate
from buildplan.write.recorded_options import DOCKERFILE

if TYPE_CHECKING:
    from os import PathLike

    from buildplan.write.files import Change

__all__ = ["merge", "write_all", "write_files"]

_NO_OPTIONS = Options()


def merge(
    existing: str | None, generated: str, *, on_conflict: Resolution | None = None, force: bool = False
) -> Regenerated:
    """Return what becomes of a Dockerfile or `.dockerignore` when `generated` is what the plan says now.

    `existing` is the text of the file as it is, None when there is none. What a person edited in a file that buildplan
    wrote is kept. Where both sides changed the same, the result is refused (`refused`, `conflicts`), unless
    `on_conflict` says `markers`, `mine` (the person's side) or `theirs` (the plan's). `force` gives all edits up.
    Nothing is read or written.
    """
    return regenerate(existing, generated, resolution=on_conflict, force=force)


def write_files(
    directory: str | PathLike[str],
    options: Options = _NO_OPTIONS,
    *,
    file: str = DOCKERFILE,
    on_conflict: Resolution | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> tuple[Change, ...]:
    """Write the Dockerfile `file` and its ignore file into the directory of an app; return what became of each.

    `on_conflict` and `force` are those of `merge`; with `dry_run` nothing is written. Raises RefusedError, before
    anything is written, when a file is a person's or a conflict is undecided, and as `plan` and SourceError.
    """
    place = _directory(directory)
    plan = api.plan(place, options)
    found = files.changes(place, plan, options, file, resolution=on_conflict, force=force)
    return _written(place, found, dry_run=dry_run)


def write_all(
    directory: str | PathLike[str],
    options: Options = _NO_OPTIONS,
    *,
    compose: bool = False,
    bake: bool = False,
    on_conflict: Resolution | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> tuple[Change, ...]:
    """Write the Dockerfile of each app of a tree into the app's folder; return what became of each file.

    `compose` writes or extends the compose file: all apps, and the services that they need; `bake` writes
    docker-bake.hcl. A Dockerfile that a person wrote stays (`kept`). The other parameters, and what is raised, are as
    in `write_files`; ConfigError too for options that are about one app, FileError for a compose file that is not one.
    """
    from buildplan.repository import files as repository

    place = _directory(directory)
    asked = repository.Asked(compose=compose, bake=bake)
    found = repository.changes(
        api.open_source(place), place, asked, options, resolution=on_conflict, force=force
    ).changes
    return _written(place, found, dry_run=dry_run)


def _directory(directory: str | PathLike[str]) -> Path:
    place = Path(directory)
    if not place.is_dir():
        raise SourceError("there is no such directory", origin=Origin(str(directory)), hint="name an app's directory")
    return place


def _written(place: Path, found: tuple[Change, ...], *, dry_run: bool) -> tuple[Change, ...]:
    for change in found:
        if change.result.refused and not dry_run:
            reasons = "; ".join(conflict.reason for conflict in change.result.conflicts)
            problem = f"nothing was written: {reasons or 'a person wrote it'}"
            hint = "decide with `on_conflict`, or give the edits up with `force`"
            raise RefusedError(problem, origin=Origin(change.path), hint=hint)
    for change in found if not dry_run else ():
        if change.result.status not in {"unchanged", "kept"}:
            files.write(place, change)
    return found
