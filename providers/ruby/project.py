"""The facts of one Ruby project, read once, that every part of its plan is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import numbers_of
from buildplan.read import data_table

from . import gemfile as gemfiles
from . import gemfile_lock, tokens

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .gemfile import Gemfile
    from .gemfile_lock import Lock

_APPLICATION = "config/application.rb"


class Project(NamedTuple):
    """A tree and what is known of it; `rails` is where the Rails application is defined."""

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    gemfile: Gemfile | None
    lock: Lock | None
    rails: Origin | None

    def installed(self, *names: str) -> Origin | None:
        """Return where the first of these gems that an image gets is named, None when there is none."""
        for name in names:
            gem = self.gemfile.gem(name) if self.gemfile is not None else None
            if gem is not None:
                return gem.origin
            if self.lock is not None and name in self.lock.versions and not self._is_development(name):
                return self.lock.origin(name)
        return None

    def _is_development(self, name: str) -> bool:
        """Return whether the Gemfile names the gem for developers only."""
        gems = self.gemfile.gems if self.gemfile is not None else ()
        named = [gem for gem in gems if gem.name == name]
        return bool(named) and not any(gem.ships for gem in named)

    def is_built(self, name: str) -> bool:
        """Return whether the lock file holds the gem with its extension compiled for Linux."""
        platforms = self.lock.built_for.get(name, frozenset()) if self.lock is not None else frozenset()
        return any("linux" in platform for platform in platforms)

    def version(self, name: str) -> tuple[int, ...]:
        """Return the locked version of a gem as numbers, empty when nothing locks it."""
        return numbers_of(self.lock.versions.get(name, "")) if self.lock is not None else ()

    @property
    def framework(self) -> dict[str, Any] | None:
        """The row of the framework, None when there is none."""
        rows = data_table.read(__file__, "frameworks")["framework"]
        if self.rails is not None:
            return dict(rows[0])
        for row in rows[1:]:
            named = self.gemfile.gem(*row["gems"]) if self.gemfile is not None else None
            if named is not None:
                return dict(row)
        return dict(rows[-1]) if self.tree.has("config.ru") else None


def read(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts; raises FileError for a broken Gemfile or lock file."""
    manifest = gemfiles.read(tree)
    lock = gemfile_lock.read(tree) if manifest is not None else None
    return Project(tree, overrides, Reasons(), manifest, lock, _rails(tree) if manifest is not None else None)


def _rails(tree: SourceTree) -> Origin | None:
    """Return where `class Application < Rails::Application` stands."""
    if not tree.has(_APPLICATION):
        return None
    for statement in tokens.statements(tree, _APPLICATION):
        words = [token.text for token in statement]
        if words[:1] == ["class"] and "Rails" in words:
            return Origin(_APPLICATION, statement[0].line)
    return None
