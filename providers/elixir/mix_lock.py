"""Which packages `mix.lock` holds: a map of Elixir with one package a line.

Source, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Deps.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_LINE = re.compile(
    r"^[ \t%{]{0,20}\"?(?P<name>[a-z_][\w]{0,100})\"?: ?\{:(?P<kind>hex|git|path|package),(?P<rest>[^\n]*)$",
    re.ASCII | re.MULTILINE,
)
_VERSION = re.compile(r"\s*:[\w\"]{1,100},\s*\"(?P<version>[0-9][\w.+-]{0,60})\"", re.ASCII)
_NEEDS = re.compile(r"\{:([a-z_]\w{0,100}), \"", re.ASCII)
_MAX_LINE = 20_000
_REPO = re.compile(r"\], \"(?P<repo>[\w:-]{1,100})\"(?:, \"[0-9a-f]{1,128}\")?\},?\s*$", re.ASCII)


class Locked(NamedTuple):
    """A package: `kind` is hex or git; `repo` is `hexpm` or another repository, `needs` are packages."""

    name: str
    kind: str
    version: str | None
    repo: str | None
    source: str
    origin: Origin
    needs: tuple[str, ...]


def read(tree: SourceTree, path: str) -> dict[str, Locked]:
    """Return the packages by name; none where there is no lock file."""
    return tree.memo("elixir-lock", path, lambda: _parse(tree.text_or_none(path) or "", path))


def _parse(text: str, path: str) -> dict[str, Locked]:
    found: dict[str, Locked] = {}
    line, position = 1, 0
    for match in _LINE.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        rest = match["rest"]
        version = _VERSION.match(rest)
        repo = _REPO.search(rest[-300:])
        source = rest.strip().partition('"')[2].partition('"')[0] if match["kind"] == "git" else ""
        found[match["name"]] = Locked(
            match["name"],
            match["kind"],
            version["version"] if version is not None else None,
            repo["repo"] if repo is not None else None,
            source,
            Origin(path, line, match["name"]),
            tuple(_NEEDS.findall(rest[:_MAX_LINE])),
        )
    return found
