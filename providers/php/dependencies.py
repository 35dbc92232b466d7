"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency

from . import composer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield what `require` names, extensions among it. Raises FileError."""
    del overrides
    found = composer.read(tree)
    for name in found.requires if found is not None else ():
        place = found.required(name.lower()) if found is not None else None
        if place is not None:
            yield Dependency(name.lower(), place)
