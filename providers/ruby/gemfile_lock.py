"""Gemfile.lock: the gems with their versions, the platforms, the Ruby and the Bundler that wrote it.

Sources, checked 2026-11-24:
- https://github.com/ruby/rubygems/blob/master/bundler/lib/bundler/lockfile_parser.rb
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin, Sourced

from .gemfile import LOCKS, conflicts, find

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_SPEC = re.compile(r" {4}([\w.-]{1,100}) \(([0-9][\w.]{0,40})(?:-([\w.-]{1,60}))?\)", re.ASCII)
_RUBY = re.compile(r" +ruby ([0-9][\w.]{0,40}?)(?:p-?[0-9]{1,5})?(?: \(.{0,80}\))?")
_BUNDLER = re.compile(r" +([0-9]{1,4}(?:\.[0-9]{1,4}){0,3})(?:\.[a-z]\w{0,20})?")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock file says. `built_for` maps a gem to the platforms it is locked for; `""` is source."""

    path: str
    versions: dict[str, str] = field(default_factory=dict)
    built_for: dict[str, frozenset[str]] = field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    platforms_line: int | None = None
    ruby: Sourced[str] | None = None
    bundler: Sourced[str] | None = None
    git: tuple[Sourced[str], ...] = ()
    remotes: tuple[Sourced[str], ...] = ()
    paths: tuple[str, ...] = ()
    names: dict[str, int] = field(default_factory=dict)

    def origin(self, name: str) -> Origin:
        """Return where a gem stands."""
        return Origin(self.path, self.names.get(name), name)


def read(tree: SourceTree) -> Lock | None:
    """Return the lock file, None when there is none; raises FileError for one that cannot be read."""
    manifest = find(tree)
    path = LOCKS[manifest] if manifest is not None else "Gemfile.lock"
    if not tree.has(path):
        return None
    return tree.memo("ruby lock", path, lambda: _read(path, tree.text(path)))


def _read(path: str, text: str) -> Lock:
    conflicts(path, text)
    section = ""
    versions: dict[str, str] = {}
    built: dict[str, set[str]] = {}
    lines: dict[str, int] = {}
    platforms: list[str] = []
    platforms_line: int | None = None
    ruby: Sourced[str] | None = None
    bundler: Sourced[str] | None = None
    git: list[Sourced[str]] = []
    remotes: list[Sourced[str]] = []
    paths: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line[0].isspace():
            section = line.strip()
            if section == "PLATFORMS":
                platforms_line = number
            continue
        if section in {"GEM", "GIT", "PATH"}:
            if line.startswith("  remote: "):
                remote = line[10:].strip()
                place = Sourced(remote, Origin(path, number, "remote"))
                if section == "GIT":
                    git.append(place)
                elif section == "PATH":
                    paths.append(remote)
                else:
                    remotes.append(place)
            match = _SPEC.fullmatch(line)
            if match is not None:
                versions.setdefault(match[1], match[2])
                built.setdefault(match[1], set()).add(match[3] or "")
                lines.setdefault(match[1], number)
        elif section == "PLATFORMS" and line.strip():
            platforms.append(line.strip()[:60])
        elif section == "RUBY VERSION" and ruby is None:
            match = _RUBY.fullmatch(line.rstrip())
            ruby = Sourced(match[1], Origin(path, number, "RUBY VERSION")) if match is not None else None
        elif section == "BUNDLED WITH" and bundler is None:
            match = _BUNDLER.fullmatch(line.rstrip())
            bundler = Sourced(match[1], Origin(path, number, "BUNDLED WITH")) if match is not None else None
    return Lock(
        path,
        versions,
        {name: frozenset(found) for name, found in built.items()},
        tuple(platforms),
        platforms_line,
        ruby,
        bundler,
        tuple(git),
        tuple(remotes),
        tuple(paths),
        lines,
    )
