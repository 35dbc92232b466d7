"""`buildplan.check`: what the command `check` does, as a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan import api
from buildplan.config.options import Options
from buildplan.drift.check import Report, check_all
from buildplan.drift.settings import FailOn, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.source.open import Source

__all__ = ["Report", "check"]

_NO_OPTIONS = Options()


def check(
    source: Source,
    paths: Iterable[str] = (),
    options: Options = _NO_OPTIONS,
    *,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    exclude: Iterable[str] = (),
    fail_on: FailOn | None = None,
    revision: str | None = None,
) -> tuple[Report, ...]:
    """Return a report for each Dockerfile of a source tree, generated or written by hand: does it agree with the code?

    `paths` are Dockerfiles or directories inside the tree; without any, every app's Dockerfile is checked. `options`
    are those that the generated files were written with. `select` and `ignore` are codes or their beginnings (`BP71`),
    laid over the project's own settings, `exclude` patterns of files to leave out, and `fail_on` says what `failed` of
    a report counts: `error`, `warning`, or `drift`, which is drift and any error. Nothing is written, run or asked for.
    A Dockerfile that cannot be read is a report with the status `unknown`. Raises SourceError for a tree that cannot
    be read, FileError for a path that has no Dockerfile, and ConfigError for a broken configuration or an unknown code.
    """
    tree = api.open_source(source, revision=revision)
    asked = Settings(tuple(select), tuple(ignore), exclude=tuple(exclude), fail_on=fail_on).checked()
    return check_all(tree, tuple(paths), options, asked)
