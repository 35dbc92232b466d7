"""What a `Dockerfile` of the tree sets for its app: the port that it exposes, and variables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import authors_dockerfile

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_EXPOSE = re.compile(r"([0-9]{2,5})\b")
_PAIR = re.compile(r"(\w{1,60})=(\"[^\"]{0,200}\"|'[^']{0,200}'|[^\s\"']{0,200})")
_ALONE = re.compile(r"(\w{1,60})\s{1,20}(\S{1,200})")
_SYSTEM = re.compile(r"PATH|PORT|HOME|USER|TZ|LANG|LC_\w+|DEBIAN_\w+|CARGO_\w+|RUSTUP_\w+|LD_\w+|\w*_VERSION")
_TOO_LARGE = 65536


def exposed(tree: SourceTree) -> Sourced[int] | None:
    """Return the first port that the Dockerfile exposes."""
    for item in authors_dockerfile.read(tree):
        match = _EXPOSE.match(item.text) if item.name == "EXPOSE" else None
        if match is not None and 0 < int(match[1]) < _TOO_LARGE:
            return Sourced(int(match[1]), item.origin)
    return None


def environment(tree: SourceTree, known: frozenset[str] | None) -> dict[str, Sourced[str]]:
    """Return what the last stage of the Dockerfile sets for the app, as far as values are plain.

    `known` are the names that the app reads. None is for an app that reads any: those of the system are left out.
    """
    found: dict[str, Sourced[str]] = {}
    for item in authors_dockerfile.read(tree):
        if item.name == "FROM":
            found.clear()
        if item.name != "ENV":
            continue
        alone = _ALONE.fullmatch(item.text)
        pairs = _PAIR.findall(item.text) or ([alone.groups()] if alone is not None else [])
        for name, value in pairs:
            text = value.strip("\"'")
            reads = not _SYSTEM.fullmatch(name) if known is None else name in known
            if reads and re.fullmatch(r"[\w.:,=-]{1,120}", text, re.ASCII):
                found[name] = Sourced(text, item.origin)
    return found
