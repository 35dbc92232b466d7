"""The lock file: which version of its format it has, and which Deno reads that.

Sources, checked 2026-11-24:
- https://github.com/denoland/deno/blob/main/Releases.md (format 3 since 1.37, 4 since 2.0, 5 since 2.3); Deno 2.2.12
  refuses format 5 ("Unsupported lockfile version"), Deno 2.9.6 takes 2 to 5 with `--frozen`, and calls what has no
  version out of date
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import dotted, numbers_of

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

_VERSION = re.compile(r'"version"\s{0,20}:\s{0,20}"?([0-9]{1,3})"?')
# The key stands at the top; the rest of a lock file is long.
_HEAD = 400
_SINCE = {3: (1, 37), 4: (2, 0), 5: (2, 3)}
_NEWEST = 5
_OLDEST = 2
# Since when `--frozen` is known.
_FROZEN = (1, 45)


class Lock(NamedTuple):
    """A lock file; `version` is None for the format from before there were versions, or for no lock at all."""

    path: str
    version: int | None


def read(tree: SourceTree, path: str) -> Lock | None:
    """Return the lock file of that path; None where there is none."""
    if not tree.has(path):
        return None
    match = _VERSION.search((tree.text_or_none(path) or "")[:_HEAD])
    return Lock(path, None if match is None else int(match[1]))


def flag(found: Lock | None, deno: str, reasons: Reasons) -> str:
    """Return ` --frozen` where the lock can be held to; reports a lock that this Deno cannot use."""
    numbers = numbers_of(deno)
    if found is None or numbers < _FROZEN:
        return ""
    if found.version is None or found.version < _OLDEST:
        text = f"`{found.path}` has no version of its format, so Deno writes a new one instead of keeping to it"
        fix = "run `deno install` with a current Deno and commit the lock file"
        reasons.report(Diagnostic("BP841", "warning", text, Origin(found.path), fix))
        return ""
    needed = _SINCE.get(found.version)
    if needed is not None and numbers < needed:
        text = f"Deno {deno} does not read format {found.version} of `{found.path}`"
        fix = f"ask for Deno {dotted(needed)} or newer, or make the lock file with Deno {deno}"
        reasons.report(Diagnostic("BP840", "warning", text, Origin(found.path), fix))
    elif found.version > _NEWEST:
        text = f"format {found.version} of `{found.path}` is unknown to this release of buildplan"
        reasons.report(Diagnostic("BP840", "warning", text, Origin(found.path), "check that this Deno reads it"))
    return " --frozen"
