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
    """Yield the gems that an image gets. Raises as `plan`."""
    gemfile = project.read(tree, overrides).gemfile
    for gem in gemfile.gems if gemfile is not None else ():
        if gem.ships:
            yield Dependency(gem.name, gem.origin)
