"""What `--app` may name in a .NET repository: its projects."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.language.members import Member
from buildplan.model.origin import Origin

from . import solutions

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_MOST = 200


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the projects, whatever they are: what cannot be the app is an error that says why."""
    paths = tree.with_suffix(*solutions.PROJECTS)[:_MOST]
    names = ((path, posixpath.splitext(posixpath.basename(path))[0]) for path in paths)
    return tuple(Member(name, posixpath.dirname(path), Origin(path), path) for path, name in names)
