"""`buildplan write`: the Dockerfile and the `.dockerignore` into a tree, hand edits kept.

The only module that writes into a user's tree. A file is replaced in one step or not at all: the new text goes into a
temporary file beside it, which then takes its name.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.config import command_line
from buildplan.errors import SourceError
from buildplan.model.origin import Origin
from buildplan.read import authors_dockerfile, dockerignore
from buildplan.write.merge import Regenerated, regenerate
from buildplan.write.recorded_options import DOCKERFILE, ignore_file

if TYPE_CHECKING:
    from pathlib import Path

    from buildplan.config.options import Options
    from buildplan.model.build_plan import BuildPlan


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file; `before` is None when it is new."""

    path: str
    before: str | None
    result: Regenerated

    @property
    def refused(self) -> bool:
        """Whether only `--force` writes it."""
        return self.result.status in {"foreign", "conflict"}

    def diff(self) -> str:
        """Return the unified diff, empty when nothing changes."""
        before = (self.before or "").splitlines(keepends=True)
        after = self.result.text.splitlines(keepends=True)
        source = f"a/{self.path}" if self.before is not None else "/dev/null"
        return "".join(difflib.unified_diff(before, after, source, f"b/{self.path}"))


def changes(directory: Path, plan: BuildPlan, options: Options, file: str = DOCKERFILE) -> tuple[Change, ...]:
    """Return what `write` would do to the Dockerfile `file` of a directory and to its ignore file.

    `options` are those of the plan. Raises SourceError for a file that is there and cannot be read, ConfigError for
    options that cannot be recorded.
    """
    recorded = command_line.to_text(options, None if file == DOCKERFILE else file)
    before = _read(directory / file, file)
    kept = () if before is None or file != authors_dockerfile.PATH else _kept(plan, before)
    generated = plan.dockerfile(process=options.process)
    dockerfile = Change(file, before, regenerate(before, generated, recorded, kept))
    name = ignore_file(file, "")
    before = _read(directory / name, name)
    result = regenerate(before, plan.dockerignore())
    if result.status == "foreign" and name == dockerignore.PATH:
        # The generated text begins with the owner's own lines: extending is not overwriting.
        result = Regenerated(result.text, "merged")
    return dockerfile, Change(name, before, result)


def _kept(plan: BuildPlan, before: str) -> tuple[str, ...]:
    """Return what has to stay of a person's Dockerfile so that the same plan is made without it."""
    places = [item.origin for item in plan.decisions if item.origin.path == authors_dockerfile.PATH]
    return authors_dockerfile.kept(before, frozenset(place.line for place in places if place.line is not None))


def write(directory: Path, change: Change) -> None:
    """Put the new text in the file's place, in one step; raises SourceError when that is not possible."""
    target = directory / change.path
    if target.is_symlink():
        target = target.resolve()
        if not target.is_relative_to(directory.resolve()):
            raise SourceError(
                "it is a link that leaves the tree, so it is not written",
                origin=Origin(change.path),
                hint="put a regular file in its place",
            )
    replace(target, change.result.text, Origin(change.path))


def replace(target: Path, text: str, origin: Origin | None = None) -> None:
    """Put the text in the file's place, in one step or not at all; raises SourceError when that is not possible."""
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, mode)  # noqa: PTH101  # the temporary file is only a name
            os.replace(name, target)  # noqa: PTH105  # likewise
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)  # noqa: PTH108  # likewise
            raise
    except OSError as error:
        raise SourceError(
            f"it cannot be written: {error.strerror or error}",
            origin=origin or Origin(str(target)),
            hint="the file is as it was; make the directory writable, or print with `buildplan . > FILE`",
        ) from error


def _read(path: Path, name: str) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise SourceError(f"it is there and cannot be read: {reason}", origin=Origin(name)) from error
