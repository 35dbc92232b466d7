"""Which frameworks a Deno app uses, by what it imports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from buildplan.providers.node import javascript

from buildplan import data_table

if TYPE_CHECKING:
    from buildplan.provenance import Origin
    from buildplan.source import SourceTree

    from .manifest import Manifest

_SCHEME = re.compile(r"(?:jsr:|npm:|https?://)/?")
_SPECIFIER_AFTER = ("from", "import")


@dataclass(frozen=True, slots=True)
class Match:
    """A framework and where it is named."""

    id: str
    origin: Origin


def find(tree: SourceTree, manifest: Manifest, entry: str | None) -> tuple[Match, ...]:
    """Return the frameworks that the manifest or the entry file names, strongest first."""
    from buildplan.provenance import Origin

    named: list[tuple[str, Origin]] = []
    if manifest.document is not None:
        for name, value in manifest.imports.items():
            place = manifest.document.origin("imports", name)
            named += [(name, place), (value, place)]
    tokens = javascript.read(tree, entry) if entry is not None else ()
    for index, token in enumerate(tokens):
        if token.kind == "string" and index and tokens[index - 1].is_(*_SPECIFIER_AFTER):
            named.append((token.text, Origin(entry or "", token.line)))
    found = []
    for name, specifiers in _names().items():
        place_of = next((place for text, place in named if _matches(text, specifiers)), None)
        if place_of is not None:
            found.append(Match(name, place_of))
    return tuple(found)


def _matches(text: str, specifiers: list[str]) -> bool:
    match = _SCHEME.match(text)
    bare = text[match.end() :] if match is not None else text
    return any(bare.startswith(name) and bare[len(name) : len(name) + 1] in {"", "/", "@"} for name in specifiers)


@cache
def _names() -> dict[str, list[str]]:
    names: dict[str, list[str]] = data_table.read(__file__, "frameworks")["names"]
    return names
