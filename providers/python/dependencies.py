"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency
from buildplan.model.reasons import Reasons

from . import manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield what production installs. Raises as `plan`."""
    project = manifest.read(tree, overrides, Reasons())
    for item in project.requirements:
        yield Dependency(item.name, item.origin, item.specifier or None)
        yield from (Dependency(f"{item.name}[{extra}]", item.origin) for extra in sorted(item.extras))
