"""The facts of one Go app, read once, that every part of its plan is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons

from . import command_choice, gopath, listening, modules
from .packages import Packages

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .command_choice import Choice
    from .listening import Match
    from .modules import Workspace
    from .packages import Closure

_TAG = re.compile(r"[\w.]{1,100}")
_NUMBER = re.compile(r"[0-9]{1,4}")
# The `go` line since which a vendor folder is used without being told.
_VENDOR_BY_ITSELF = (1, 14)


class Project(NamedTuple):
    """A tree and what is known of it.

    `closure` are the packages of the app's own that the chosen command is made of; `matches` what makes it a server.
    `vendor` is the list of a vendor folder, None when there is none.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    workspace: Workspace | None
    packages: Packages
    tags: tuple[str, ...]
    choice: Choice
    closure: Closure
    matches: tuple[Match, ...]
    vendor: Origin | None

    @property
    def downloads(self) -> bool:
        """Whether modules are fetched: some are required that the tree does not hold."""
        if self.workspace is None or self.vendor is not None:
            return False
        inside = {module.path for module in self.workspace.all_modules}
        for module in self.workspace.all_modules:
            inside.update(item.path for item in module.replacements if item.directory is not None)
        return any(item.path not in inside for module in self.workspace.all_modules for item in module.requirements)

    @property
    def vendor_flag(self) -> str:
        """What the build has to be told so that it uses the vendor folder; empty when it does so by itself."""
        if self.vendor is None or self.workspace is None or self.workspace.work:
            return ""
        language = self.workspace.modules[0].language
        numbers = tuple(int(number) for number in _NUMBER.findall(language.value)[:2]) if language is not None else ()
        return "-mod=vendor" if numbers < _VENDOR_BY_ITSELF else ""


def read(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts of a Go app; raises what reading its files and choosing its command raises."""
    reasons = Reasons()
    workspace = modules.read(tree)
    tags = _tags(overrides, reasons)
    packages = Packages(tree, workspace, frozenset(tags))
    if workspace is None and packages.at("") is None:
        gopath.refuse(tree)
    choice = command_choice.choose(tree, packages, workspace, overrides, reasons)
    if workspace is None:
        gopath.check(tree, choice.app)
    reasons.decide("go.package", choice.app.directory or ".", choice.origin, choice.rule, choice.runners_up)
    vendor = None
    if workspace is not None and tree.has("vendor/modules.txt"):
        vendor = Origin("vendor/modules.txt")
        reasons.decide("go.vendor", "vendor/", vendor, "the modules are in the tree, so nothing is downloaded")
    closure = packages.closure(choice.app)
    matches = listening.matches(closure)
    return Project(tree, overrides, reasons, workspace, packages, tags, choice, closure, matches, vendor)


def _tags(overrides: Overrides, reasons: Reasons) -> tuple[str, ...]:
    asked = overrides.option("go.tags")
    if asked is None:
        return ()
    found = tuple(tag for tag in re.split(r"[,\s]+", asked.value.strip()) if tag)
    wrong = next((tag for tag in found if not _TAG.fullmatch(tag)), None)
    if wrong is not None:
        raise ConfigError(
            f"`{wrong[:60]}` is no build tag", origin=asked.origin, hint='write letters and digits: `tags = "a,b"`'
        )
    reasons.decide("go.tags", ",".join(found), asked.origin, "the configured build tags")
    return found
