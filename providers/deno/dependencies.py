"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency
from buildplan.model.reasons import Reasons

from . import packages, project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the packages that the import maps and a package.json name. Raises as `plan`."""
    found = project.read(tree, overrides, Reasons())
    names = packages.names(found.root) | packages.names(found.app)
    yield from (Dependency(name, origin) for name, origin in names.items())
