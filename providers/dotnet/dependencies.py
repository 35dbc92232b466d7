"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency

from . import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the packages of the app's project and of those that it references. Raises as `plan`."""
    for facts in app.read(tree, overrides).closure:
        yield from (Dependency(name, item.origin, item.value) for name, item in facts.packages.items())
