"""The facts of one .NET app, read once, that every part of its plan is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.reasons import Reasons

from . import app_choice, dotnet_version, projects, publishing

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .app_choice import Choice
    from .dotnet_version import DotNet
    from .msbuild import Facts
    from .projects import Project
    from .publishing import Publishing

_ASSEMBLY = re.compile(r"\w[\w.+ -]{0,200}")


class App(NamedTuple):
    """A tree's app; `closure` are the facts of its project and of all that it references."""

    overrides: Overrides
    reasons: Reasons
    choice: Choice
    project: Project
    closure: tuple[Facts, ...]
    version: DotNet
    publishing: Publishing

    @property
    def packages(self) -> frozenset[str]:
        """The names of all packages that the app is made of, in lower case."""
        return frozenset(name for facts in self.closure for name in facts.packages)


def read(tree: SourceTree, overrides: Overrides) -> App:
    """Return the facts of the app; raises what reading its files and choosing its project raises."""
    reasons = Reasons()
    choice = app_choice.choose(tree, overrides, reasons)
    project = choice.app
    if not _ASSEMBLY.fullmatch(project.assembly):
        raise FileError(
            f"`{project.assembly[:60]!r}` cannot be the name of a program",
            origin=project.facts.origin("AssemblyName"),
            hint="write letters, digits, `.`, `-` and `_`",
        )
    reasons.decide("dotnet.project", project.path, choice.origin, choice.rule, choice.runners_up)
    closure = projects.closure(tree, project)
    project = projects.hosting(project, closure)
    version = dotnet_version.resolve(tree, project, overrides, reasons)
    made = publishing.choose(project, version, reasons)
    return App(overrides, reasons, choice, project, closure, version, made)
