"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency

from . import project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the packages that a release holds. Raises as `plan`."""
    for file in project.read(tree, overrides).all_files:
        yield from (Dependency(name, item.origin) for name, item in file.dependencies.items() if item.ships)
