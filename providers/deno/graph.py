"""The files that an entry file reaches, and what they import from elsewhere: enough to see ports and frameworks.

Specifiers go through the import map of `deno.json`, which a plain reader of JavaScript does not know.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import javascript
from buildplan.model.origin import Origin, Sourced

from . import manifest as manifests

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .manifest import Manifest

_MAX_FILES = 80
_MAX_SPECIFIERS = 1000
_EXTENSIONS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")


class Graph(NamedTuple):
    """`files` are in the order in which they are reached, `specifiers` are what comes from outside of the tree."""

    files: tuple[str, ...] = ()
    specifiers: tuple[Sourced[str], ...] = ()


def read(tree: SourceTree, manifest: Manifest, entry: str | None) -> Graph:
    """Return what an entry file reaches; nothing without one."""
    if entry is None:
        return Graph()
    return tree.memo(f"deno-graph {manifest.directory}", entry, lambda: _read(tree, manifest, entry))


def _read(tree: SourceTree, manifest: Manifest, entry: str) -> Graph:
    files: dict[str, None] = {}
    specifiers: list[Sourced[str]] = []
    pending = [entry]
    while pending and len(files) < _MAX_FILES:
        path = pending.pop(0)
        if path in files or not tree.has(path):
            continue
        files[path] = None
        for text, line in _imported(tree, path):
            local, remote = _resolved(manifest, path, text)
            if local is not None:
                pending.append(local)
            elif remote is not None and len(specifiers) < _MAX_SPECIFIERS:
                specifiers.append(Sourced(remote, Origin(path, line)))
    return Graph(tuple(files), tuple(specifiers))


def _imported(tree: SourceTree, path: str) -> list[tuple[str, int]]:
    if not path.endswith(_EXTENSIONS):
        return []
    tokens = javascript.read(tree, path, ("import", "require", "from"))
    found = []
    for index, token in enumerate(tokens):
        if token.kind != "string" or not index:
            continue
        before = tokens[index - 1]
        called = before.is_("(") and index > 1 and tokens[index - 2].is_("import", "require")
        if called or before.is_("from", "import"):
            found.append((token.text, token.line))
    return found


def _resolved(manifest: Manifest, path: str, text: str) -> tuple[str | None, str | None]:
    """Return the file of the tree that a specifier means, or what it means elsewhere."""
    if text.startswith(("./", "../")):
        return manifests.inside(posixpath.dirname(path), text), None
    value = _mapped(manifest, text)
    if value.startswith("/") and value != text:
        return manifests.inside("", value[1:]), None
    return None, value


def _mapped(manifest: Manifest, text: str) -> str:
    exact = manifest.imports.get(text)
    if exact is not None:
        return exact.value
    prefixes = [name for name in manifest.imports if name.endswith("/") and text.startswith(name)]
    if not prefixes:
        return text
    longest = max(prefixes, key=len)
    return manifest.imports[longest].value + text[len(longest) :]
