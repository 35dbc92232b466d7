"""The packages that the app ships with, for whoever asks which services it speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.packages import Dependency
from buildplan.model.reasons import Reasons

from . import app
from .detect import read_modules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the artifacts of the app's module and of those that it is made of. Raises as `plan`."""
    modules = read_modules(tree, by_maven=tree.has("pom.xml"))
    for module in app.choose_module(tree, modules, overrides, Reasons()).closure:
        yield from (Dependency(name, origin) for name, origin in module.dependencies.items())
