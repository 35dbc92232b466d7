"""The facts of one PHP project, read once, that every part of its plan is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons
from buildplan.read import data_table

from . import composer as composers

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .composer import Composer

AUTOLOAD = "vendor/autoload.php"
_ENV_FILES = (".env.example", ".env.dist", ".env.sample", ".env")
_MAX_ENV_LINES = 2000


class Project(NamedTuple):
    """A tree and what is known of it.

    `framework` is a row of the table, with `place`, where it is named. `vendored` says that the packages are
    committed, so that nothing has to be fetched.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    composer: Composer | None
    framework: dict[str, Any]
    place: Origin | None
    vendored: bool

    @property
    def installs(self) -> bool:
        """Whether Composer has to run in the build: there are packages, or an autoloader has to be written."""
        if self.composer is None or self.vendored:
            return False
        manifest = self.composer.manifest
        return self.composer.wants_packages or bool(manifest.get("autoload")) or bool(self.composer.packages)

    def has_package(self, *names: str) -> Origin | None:
        """Return where one of these packages is required or locked."""
        return self.composer.required(*names) if self.composer is not None else None

    def is_like(self, name: str) -> bool:
        """Return whether the framework is this one, or is built on it."""
        return name in {self.framework.get("id"), self.framework.get("like")}

    def example(self, *names: str) -> tuple[str, Origin] | None:
        """Return the first of these variables that a committed example of an env file sets to something."""
        for path in _ENV_FILES:
            text = self.tree.text_or_none(path)
            if text is None:
                continue
            values: dict[str, tuple[str, int]] = {}
            for number, line in enumerate(text.split("\n")[:_MAX_ENV_LINES], 1):
                key, equals, value = line.strip().removeprefix("export ").partition("=")
                if equals and not key.startswith("#"):
                    values[key.strip()] = (value.strip().strip("\"'"), number)
            for name in names:
                if values.get(name, ("", 0))[0]:
                    value, number = values[name]
                    return value, Origin(path, number, name)
        return None


def read(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts; raises FileError for a broken composer.json or composer.lock."""
    composer = composers.read(tree)
    row, place = framework(tree, composer)
    vendored = tree.has(AUTOLOAD) and tree.has("vendor/composer/autoload_real.php")
    return Project(tree, overrides, Reasons(), composer, row, place, vendored)


def framework(tree: SourceTree, composer: Composer | None) -> tuple[dict[str, Any], Origin | None]:
    """Return the row of the framework and where it is named; an empty row when there is none."""
    requires = {name.lower(): name for name in composer.requires} if composer is not None else {}
    rows = data_table.read(__file__, "frameworks")["framework"]
    for row in rows:
        for name in row.get("packages", ()):
            if composer is not None and name in requires:
                return _whole(row, rows), composer.manifest.origin("require", requires[name])
    for row in rows:
        files = row.get("files", ())
        if files and all(tree.has(path) for path in files):
            return _whole(row, rows), Origin(files[0])
    return {}, None


def _whole(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    base = next((item for item in rows if item["id"] == row.get("like")), {})
    return {**base, **row}
