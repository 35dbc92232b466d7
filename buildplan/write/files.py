"""`buildplan write`: the Dockerfile and the `.dockerignore` into a tree, hand edits kept.

The only module that writes into a user's tree, through `source.files`: in one step or not at all, and nothing outside
of the tree, whatever links lie in it.
"""

from __future__ import annotations

import contextlib
import difflib
import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.catalogue import platforms
from buildplan.config import command_line
from buildplan.errors import SourceError
from buildplan.model.origin import Origin
from buildplan.read import dockerignore, own_dockerfile
from buildplan.source import MAX_FILE_BYTES, files
from buildplan.write.merge import Regenerated, regenerate
from buildplan.write.recorded_options import DOCKERFILE, ignore_file
from buildplan.write.stamp import stamped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from buildplan.config.options import Options
    from buildplan.model.build_plan import BuildPlan
    from buildplan.write.merge import Resolution


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file; `before` is None when it is new."""

    path: str
    before: str | None
    result: Regenerated

    def diff(self) -> str:
        """Return the unified diff, empty when nothing changes."""
        before = (self.before or "").splitlines(keepends=True)
        after = self.result.text.splitlines(keepends=True)
        source = f"a/{self.path}" if self.before is not None else "/dev/null"
        return "".join(difflib.unified_diff(before, after, source, f"b/{self.path}"))


def changes(
    directory: Path,
    plan: BuildPlan,
    options: Options,
    file: str = DOCKERFILE,
    *,
    resolution: Resolution | None = None,
    force: bool = False,
) -> tuple[Change, ...]:
    """Return what `write` would do to the Dockerfile `file` of a directory, its ignore file, and the platform's own.

    `options` are those of the plan, `resolution` and `force` as in `regenerate`. Raises SourceError for a file that is
    there and cannot be read, ConfigError for options that cannot be recorded.
    """
    recorded = command_line.to_text(options, None if file == DOCKERFILE else file)
    before = _read(directory, file)
    kept = () if before is None or file != own_dockerfile.PATH else _kept(plan, before)
    generated = plan.dockerfile(process=options.process)
    dockerfile = Change(file, before, regenerate(before, generated, recorded, kept, resolution=resolution, force=force))
    name = ignore_file(file, "")
    before = _read(directory, name)
    result = regenerate(before, plan.dockerignore(), resolution=resolution, force=force)
    if result.status in {"foreign", "replaced"} and name == dockerignore.PATH:
        # The generated text begins with the owner's own lines: extending is not overwriting.
        result = Regenerated(stamped(plan.dockerignore()), "merged")
    return dockerfile, Change(name, before, result), *_definition(directory, plan, file)


def _definition(directory: Path, plan: BuildPlan, file: str) -> tuple[Change, ...]:
    """Return the file that tells the plan's platform where the Dockerfile lies; one that is there stays as it is."""
    if not plan.platform:
        return ()
    name = platforms.platform(plan.platform).definition
    if name is None:
        return ()
    before = _read(directory, name)
    if before is not None:
        return (Change(name, before, Regenerated(before, "unchanged")),)
    return (Change(name, None, Regenerated(platforms.definition_text(f"./{file}"), "new")),)


def _kept(plan: BuildPlan, before: str) -> tuple[str, ...]:
    """Return what has to stay of a person's Dockerfile so that the same plan is made without it."""
    places = [item.origin for item in plan.decisions if item.origin.path == own_dockerfile.PATH]
    return own_dockerfile.kept(before, frozenset(place.line for place in places if place.line is not None))


def write(directory: Path, change: Change) -> None:
    """Put the new text in the file's place, in one step; raises SourceError when that is not possible."""
    with _reported(Origin(change.path)):
        files.replace_inside(os.fspath(directory), change.path, change.result.text.encode())


def edit(directory: Path, path: str, change: Callable[[str], str]) -> None:
    """Replace a file of the directory by what `change` makes of its text; raises SourceError when it cannot be."""
    with _reported(Origin(path)):
        content = files.read_inside(os.fspath(directory), path, MAX_FILE_BYTES)
        if content is None:
            raise OSError(errno.EFBIG, "it is too large")
        before = content.decode("utf-8")
        after = change(before)
        if after != before:
            files.replace_inside(os.fspath(directory), path, after.encode())


def replace(target: Path, text: str, origin: Origin | None = None) -> None:
    """Put the text in the file's place, in one step or not at all; raises SourceError when that is not possible."""
    with _reported(origin or Origin(str(target)), "name another"):
        files.replace_file(os.fspath(target), text.encode())


@contextlib.contextmanager
def _reported(origin: Origin, way_out: str = "print with `buildplan . > FILE`") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"it cannot be written: {error.strerror or error}",
            origin=origin,
            hint=f"the file is as it was; make the directory writable, or {way_out}",
        ) from error


def _read(directory: Path, name: str) -> str | None:
    """Return the text of a file of the directory, None when there is none."""
    try:
        content = files.read_inside(os.fspath(directory), name, MAX_FILE_BYTES)
        if content is not None:
            return content.decode("utf-8")
        reason = f"it has more than {MAX_FILE_BYTES // 1024**2} MB"
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    raise SourceError(f"it is there and cannot be read: {reason}", origin=Origin(name))
