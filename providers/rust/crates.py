"""Which crates a program is made of: what its package asks for with its features, and what the lock file adds.

The lock file holds what any feature of any member could ask for. So members are followed by their manifests, without
tests and without what an optional feature would add, and only crates from elsewhere by the lock file. That is read line
by line: the whole format is written by Cargo, and real ones have thousands of lines.

Source, checked 2026-11-24: https://doc.rust-lang.org/cargo/reference/features.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

from .manifests import LOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.source import SourceTree

    from .manifests import Dependency, Package, Workspace


class Crates(NamedTuple):
    """The crates of a program: names to places, who asks for them, and the features that members ask for.

    `locked` holds the lock file's entries of crates from elsewhere. `features` maps a crate to what the members in
    use ask of it, `default` being one of these; `possible` are all that any member could
    ask for, by crate.
    """

    origins: dict[str, Origin]
    users: dict[str, set[str]]
    locked: dict[str, Locked]
    features: dict[str, set[str]]
    requirements: dict[str, str]
    possible: frozenset[tuple[str, str]]

    def has(self, crate: str, feature: str) -> bool:
        """Return whether a member in use asks for a feature of a crate."""
        return feature in self.features.get(crate, ())


def enabled(package: Package, features: Iterable[str], *, default: bool) -> set[str]:
    """Return the package's features that are on, with all that they turn on: `tls`, `dep:openssl`, `sqlx/sqlite`."""
    table = package.document.get("features")
    table = table if isinstance(table, dict) else {}
    pending = [*features, *(["default"] if default else [])]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name in found:
            continue
        found.add(name)
        more = table.get(name)
        pending += [item for item in more if isinstance(item, str)] if isinstance(more, list) else []
    return found


def of(
    workspace: Workspace, package: Package, lock: LockFile | None, features: Iterable[str], *, default: bool = True
) -> Crates:
    """Return the crates that a package is built of, with these features."""
    origins: dict[str, Origin] = {}
    users: dict[str, set[str]] = {}
    asked: dict[str, set[str]] = {}
    requirements: dict[str, str] = {}
    locked: dict[str, Locked] = {}
    by_directory = {item.directory: item for item in workspace.packages}
    pending: list[tuple[Package, frozenset[str], bool]] = [(package, frozenset(features), default)]
    seen: set[tuple[str, frozenset[str], bool]] = set()
    outside: list[tuple[str, str | None, str]] = []
    while pending:
        current, wanted, with_default = pending.pop()
        if (current.directory, wanted, with_default) in seen:
            continue
        seen.add((current.directory, wanted, with_default))
        on = enabled(current, wanted, default=with_default)
        for item in current.all_dependencies:
            if item.kind == "dev-dependencies" or (item.optional and not _is_on(item, on)):
                continue
            more = _asked(item, on)
            asked.setdefault(item.crate, set()).update(more, {"default"} if item.default_features else ())
            origins.setdefault(item.crate, item.origin)
            requirements.setdefault(item.crate, item.requirement)
            users.setdefault(item.crate, set()).add(current.name)
            local = by_directory.get(item.path) if item.path is not None else None
            if local is not None:
                pending.append((local, frozenset(more), item.default_features))
            else:
                outside.append((item.crate, _version(lock, current.name, item.crate), current.name))
    if lock is not None:
        _follow(lock, outside, origins, users, locked)
    possible = frozenset(word for item in workspace.packages for word in _words(item))
    return Crates(origins, users, locked, asked, requirements, possible)


def _words(package: Package) -> Iterator[tuple[str, str]]:
    """Yield all features that the package could ask for, with the crates that it would ask."""
    for dependency in package.all_dependencies:
        yield from ((dependency.crate, feature) for feature in dependency.features)
    table = package.document.get("features")
    for words in table.values() if isinstance(table, dict) else ():
        for word in words if isinstance(words, list) else ():
            if isinstance(word, str) and "/" in word:
                crate, _, feature = word.partition("/")
                yield crate.removesuffix("?"), feature


def _is_on(item: Dependency, on: set[str]) -> bool:
    return item.key in on or f"dep:{item.key}" in on or any(word.startswith(f"{item.key}/") for word in on)


def _asked(item: Dependency, on: set[str]) -> set[str]:
    prefixes = (f"{item.key}/", f"{item.key}?/")
    return {*item.features, *(word.partition("/")[2] for word in on if word.startswith(prefixes))}


def _version(lock: LockFile | None, package: str, crate: str) -> str | None:
    own = lock.find(package) if lock is not None else None
    return next((version for name, version in own.dependencies if name == crate), None) if own is not None else None


def _follow(
    lock: LockFile,
    pending: list[tuple[str, str | None, str]],
    origins: dict[str, Origin],
    users: dict[str, set[str]],
    locked: dict[str, Locked],
) -> None:
    seen: set[int] = set()
    while pending:
        name, version, user = pending.pop()
        users.setdefault(name, set()).add(user)
        found = lock.find(name, version)
        if found is None or found.line in seen:
            continue
        seen.add(found.line)
        locked.setdefault(name, found)
        origins[name] = found.origin
        pending += [(other, which, name) for other, which in found.dependencies]


_FIELD = re.compile(r'(name|version|source) = "([^"\n]{1,300})"')
_DEPENDENCY = re.compile(r' "([\w-]{1,100})(?: ([\w.+-]{1,60}))?(?: \([^"\n]{0,300}\))?",?')


@dataclass(slots=True)
class Locked:
    """A crate of the lock file; `source` is None for what lies in the tree."""

    name: str
    line: int
    version: str = ""
    source: str | None = None
    dependencies: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def origin(self) -> Origin:
        """Where it stands."""
        return Origin(LOCK, self.line, self.name)

    def depends_on(self, name: str) -> bool:
        """Return whether it depends on a crate of that name."""
        return any(item == name for item, _ in self.dependencies)


class LockFile(NamedTuple):
    """The crates of a lock file by name; several where there are several versions."""

    crates: dict[str, tuple[Locked, ...]]
    format: int

    def find(self, name: str, version: str | None = None) -> Locked | None:
        """Return a crate, the newest one where no version is told."""
        found = [item for item in self.crates.get(name, ()) if version is None or item.version == version]
        return found[-1] if found else None


def read(tree: SourceTree) -> LockFile | None:
    """Return the lock file, None without one."""
    text = tree.text_or_none(LOCK)
    return None if text is None else tree.memo("cargo lock", LOCK, lambda: _parse(text))


def _parse(text: str) -> LockFile:
    found: list[Locked] = []
    version = 1
    current: Locked | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith("["):
            current = None
        elif line.startswith("version = ") and current is None and not found:
            digits = line.removeprefix("version = ").strip()
            version = int(digits) if re.fullmatch(r"[0-9]{1,3}", digits) else version
        elif line.startswith(("name = ", "version = ", "source = ")):
            match = _FIELD.fullmatch(line)
            if match is None:
                continue
            if match[1] == "name":
                current = Locked(match[2], number)
                found.append(current)
            elif current is not None and match[1] == "version":
                current.version = match[2]
            elif current is not None:
                current.source = match[2]
        elif current is not None and line.startswith(' "'):
            dependency = _DEPENDENCY.fullmatch(line)
            if dependency is not None:
                current.dependencies.append((dependency[1], dependency[2]))
    crates: dict[str, tuple[Locked, ...]] = {}
    for item in found:
        crates[item.name] = (*crates.get(item.name, ()), item)
    return LockFile(crates, version)
