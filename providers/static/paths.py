"""Paths that somebody wrote into a file or an option, made safe before they are used."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError, FileError

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced

# What may stand in a path of a site: no pattern character, no quote, nothing that a shell or web server reads.
_SAFE = re.compile(r"[\w@%+=:,.~ /-]+", re.ASCII)


def inside(asked: Sourced[str]) -> str:
    """Return the path relative to the root, without `/` at its ends; `""` is the root itself.

    Raises ConfigError (for an option) or FileError (for a file) when it leaves the tree or holds other characters than
    letters, digits, spaces and `@%+=:,.~-`.
    """
    parts = [part for part in asked.value.strip().split("/") if part not in {"", "."}]
    path = "/".join(parts)
    if ".." in parts or (path and not _SAFE.fullmatch(path)):
        kind = ConfigError if asked.origin.path.startswith("<") else FileError
        raise kind(
            f"`{asked.value[:80]}` is not a path inside the tree",
            origin=asked.origin,
            hint="write a relative path of letters, digits, `-`, `_`, `.` and `/`",
        )
    return path


def safe(path: str) -> bool:
    """Return whether a path of the tree can stand in a web server's configuration as it is."""
    return _SAFE.fullmatch(path) is not None and " " not in path
