"""What a PHP project says of itself: composer.json and composer.lock, its framework, an example of its environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.language.packages import Dependency
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.read import code_text, json_document

from .tables import FRAMEWORKS, Framework

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

# `composer.json` and `composer.lock`: what is required, what is locked, and what of it asks for the platform.


MANIFEST = "composer.json"
LOCK = "composer.lock"
_PLATFORM = ("php", "php-64bit", "hhvm", "composer", "composer-plugin-api", "composer-runtime-api")


@dataclass(frozen=True, slots=True)
class Package:
    """A locked package that an image gets; `index` is its place in the lock file."""

    name: str
    version: str
    requires: dict[str, str]
    provides: frozenset[str]
    index: int


class Composer(NamedTuple):
    """Both files; `lock` is None where there is none."""

    manifest: Document
    lock: Document | None
    packages: tuple[Package, ...]

    @property
    def requires(self) -> dict[str, str]:
        """What `require` names, in the order of the file."""
        return _texts(self.manifest.table("require"))

    @property
    def development(self) -> dict[str, str]:
        """What `require-dev` names."""
        return _texts(self.manifest.table("require-dev"))

    @property
    def wants_packages(self) -> bool:
        """Whether there is anything to install beside the platform itself."""
        return any(not is_platform(name) for name in self.requires)

    def required(self, *names: str) -> Origin | None:
        """Return where the first of these is required, by the manifest or by a locked package; None when none is."""
        requires = self.requires
        for name in names:
            found = next((key for key in requires if key.lower() == name), None)
            if found is not None:
                return self.manifest.origin("require", found)
        return self.locked(*names)

    def locked(self, *names: str) -> Origin | None:
        """Return where the first of these packages is locked."""
        if self.lock is None:
            return None
        known = {package.name: package for package in self.packages}
        found = next((known[name] for name in names if name in known), None)
        return self.lock.origin("packages", found.index) if found is not None else None

    def script(self, name: str) -> Origin | None:
        """Return where a script of that name is defined."""
        return self.manifest.origin("scripts", name) if name in _table(self.manifest.get("scripts")) else None

    def php(self) -> Sourced[str] | None:
        """Return the constraint on PHP of `require`."""
        for key in ("php", "php-64bit"):
            value = self.requires.get(key)
            if value is not None:
                return Sourced(value, self.manifest.origin("require", key))
        return None

    def platform(self) -> Sourced[str] | None:
        """Return the PHP that Composer is told to assume, `config.platform.php`."""
        value = self.manifest.get("config", "platform", "php")
        if isinstance(value, str):
            return Sourced(value, self.manifest.origin("config", "platform", "php"))
        value = self.lock.get("platform-overrides", "php") if self.lock is not None else None
        if isinstance(value, str) and self.lock is not None:
            return Sourced(value, self.lock.origin("platform-overrides", "php"))
        return None

    def locked_constraints(self) -> Iterator[Sourced[str]]:
        """Yield what each locked package wants of PHP."""
        if self.lock is None:
            return
        for package in self.packages:
            text = package.requires.get("php")
            if text is not None:
                yield Sourced(text, self.lock.origin("packages", package.index, "require", "php"))

    def extensions(self) -> Iterator[tuple[str, Origin]]:
        """Yield the extensions that are required, in lower case: the manifest's own, then those of locked packages.

        What a locked package provides in place of an extension (Symfony's polyfills) is not wanted of the platform.
        """
        for name in self.requires:
            if name.lower().startswith("ext-"):
                yield name.lower()[4:], self.manifest.origin("require", name)
        if self.lock is None:
            return
        provided = frozenset(name for package in self.packages for name in package.provides)
        for package in self.packages:
            for name in package.requires:
                if name.lower().startswith("ext-") and name.lower() not in provided:
                    yield name.lower()[4:], self.lock.origin("packages", package.index, "require", name)


def is_platform(name: str) -> bool:
    """Return whether a requirement is met by PHP itself, not by a package."""
    return name.lower() in _PLATFORM or name.lower().startswith(("ext-", "lib-"))


def read_composer(tree: SourceTree) -> Composer | None:
    """Return both files, None without a manifest; raises FileError for one that is broken."""
    if not tree.has(MANIFEST):
        return None
    manifest = json_document.read(tree, MANIFEST)
    lock = json_document.read(tree, LOCK) if tree.has(LOCK) else None
    found = Composer(manifest, lock, tuple(_packages(lock)) if lock is not None else ())
    # A value of a wrong type is reported here, whoever asks later.
    manifest.table("require")
    manifest.table("require-dev")
    return found


def _packages(lock: Document) -> Iterator[Package]:
    listed = lock.get("packages")
    if listed is None:
        return
    if not isinstance(listed, list):
        raise lock.wrong_type(("packages",), listed, "a list")
    for index, item in enumerate(listed):
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            continue
        provided = {**_table(item.get("provide")), **_table(item.get("replace"))}
        version = item.get("version")
        yield Package(
            item["name"].lower(),
            version if isinstance(version, str) else "",
            _texts(_table(item.get("require"))),
            frozenset(name.lower() for name in provided),
            index,
        )


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _texts(table: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in table.items() if isinstance(value, str)}


# The facts of one PHP project, read once, that every part of its plan is made of.


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
    framework: Framework
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

    def code(self, path: str) -> str | None:
        """Return a script without its comments, on the same lines; None when it is missing or not text."""
        text = self.tree.text_or_none(path)
        if text is None:
            return None
        return self.tree.memo("php code", path, lambda: code_text.without_comments(text, "php"))

    def is_like(self, name: str) -> bool:
        """Return whether the framework is this one, or is built on it."""
        return name in {self.framework.id, self.framework.like}

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


def read_project(tree: SourceTree, overrides: Overrides) -> Project:
    """Return the facts; raises FileError for a broken composer.json or composer.lock."""
    composer = read_composer(tree)
    row, place = framework(tree, composer)
    vendored = tree.has(AUTOLOAD) and tree.has("vendor/composer/autoload_real.php")
    return Project(tree, overrides, Reasons(), composer, row, place, vendored)


def framework(tree: SourceTree, composer: Composer | None) -> tuple[Framework, Origin | None]:
    """Return the row of the framework and where it is named; an empty row when there is none."""
    requires = {name.lower(): name for name in composer.requires} if composer is not None else {}
    for row in FRAMEWORKS:
        for name in row.packages:
            if composer is not None and name in requires:
                return row, composer.manifest.origin("require", requires[name])
    for row in FRAMEWORKS:
        files = row.files
        if files and all(tree.has(path) for path in files):
            return row, Origin(files[0])
    return Framework(""), None


# The packages that the app ships with, for whoever asks which services it speaks to.


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield what `require` names, extensions among it. Raises FileError."""
    del overrides
    found = read_composer(tree)
    for name in found.requires if found is not None else ():
        place = found.required(name.lower()) if found is not None else None
        if place is not None:
            yield Dependency(name.lower(), place)
