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
    """Yield the crates of the program, and `crate/feature` for what is asked of them. Raises as `plan`."""
    crates = project.read(tree, overrides).crates
    for name, origin in crates.origins.items():
        if name in crates.requirements:
            yield Dependency(name, origin)
            yield from (Dependency(f"{name}/{feature}", origin) for feature in sorted(crates.features.get(name, ())))
