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
    """Yield the import paths of the packages that the program is made of. Raises as `plan`."""
    seen = set()
    for package in project.read(tree, overrides).closure:
        for file, item in package.imports:
            if item.text not in seen:
                seen.add(item.text)
                yield Dependency(item.text, file.origin(item.line))
