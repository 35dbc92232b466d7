"""Which frameworks a Deno app uses, by what it imports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.providers.node import javascript

if TYPE_CHECKING:
    from buildplan.provenance import Origin
    from buildplan.source import SourceTree

    from .manifest import Manifest

# Strongest first: what a specifier looks like, in `imports` or in the code.
_PATTERNS = (
    ("fresh", re.compile(r"\$fresh/|(?:jsr:)?@fresh/core\b|deno\.land/x/fresh@|^fresh$")),
    ("lume", re.compile(r"^lume/|deno\.land/x/lume@|lumeland/lume@")),
    ("oak", re.compile(r"(?:jsr:)?@oak/oak\b|deno\.land/x/oak[@/]|^oak$")),
    ("hono", re.compile(r"@hono/hono\b|deno\.land/x/hono[@/]|^npm:hono\b|^hono$")),
    ("express", re.compile(r"^npm:express\b|^express$")),
)
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
    for name, pattern in _PATTERNS:
        place_of = next((place for text, place in named if pattern.search(text[:300])), None)
        if place_of is not None:
            found.append(Match(name, place_of))
    return tuple(found)
