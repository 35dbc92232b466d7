"""What `Cargo.lock` says: every crate of the build, and what it depends on.

It is read line by line: the whole format is written by Cargo, and real ones have thousands of lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

from .manifests import LOCK

if TYPE_CHECKING:
    from buildplan.source import SourceTree

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
