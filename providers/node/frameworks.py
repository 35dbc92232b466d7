"""Which frameworks an app uses: the rows of `framework_rows` that its manifest matches, strongest first.

A match is decided by the app's own dependencies by exact name, never by text search; a bundler's row also wants a
script that calls it, since test runners bring bundlers along. Position in the table decides nothing: a row says which
others it supersedes.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript.javascript import EXTENSIONS
from buildplan.model.origin import Origin

from . import config_file, scripts
from . import manifest as manifests
from .config_file import Found
from .framework_rows import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Sourced
    from buildplan.source import SourceTree

    from .framework_rows import Framework, Kind, When
    from .manifest import Manifest

_STRENGTH = {"server": 0, "static": 1, "code": 2, "worker": 3}
_FIRST_NUMBER = re.compile(r"\d+")


class Match(NamedTuple):
    """A framework that an app uses, its variants applied, and what says so."""

    framework: Framework
    text: str
    origin: Origin


def match(tree: SourceTree, manifest: Manifest) -> tuple[Match, ...]:
    """Return the frameworks of an app, strongest first; superseded ones are left out."""
    return tree.memo(
        "node-frameworks", f"{manifest.path} {manifest.builds_with}", lambda: tuple(_match(tree, manifest))
    )


def kind(tree: SourceTree, manifest: Manifest) -> Kind | None:
    """Return the kind of the strongest framework, None when there is none; for the choice among several apps."""
    found = match(tree, manifest)
    return found[0].framework.kind if found else None


@functools.cache
def _by_dependency() -> dict[str, frozenset[int]]:
    """Return dependency → the rows that it may make match, by position; `""` for rows that a file is enough for."""
    found: dict[str, set[int]] = {"": set()}
    for index, row in enumerate(FRAMEWORKS):
        for name in (*row.any, *row.all):
            found.setdefault(name, set()).add(index)
        if row.files:
            found[""].add(index)
    return {name: frozenset(rows) for name, rows in found.items()}


def _candidates(tree: SourceTree, manifest: Manifest) -> Iterator[Framework]:
    """Yield the rows that may match, in the order of the table."""
    index = _by_dependency()
    declared = [manifest.dependencies, manifest.dev_dependencies, manifest.optional_dependencies]
    if manifest.directory and tree.has("package.json"):
        root = manifests.read(tree)
        declared += [root.dependencies, root.dev_dependencies, root.optional_dependencies]
    positions = set(index[""])
    for dependencies in declared:
        for name in dependencies:
            positions |= index.get(name, frozenset())
    rows = FRAMEWORKS
    return (rows[position] for position in sorted(positions))


def _match(tree: SourceTree, manifest: Manifest) -> Iterator[Match]:
    rows = _candidates(tree, manifest)
    found = [entry for row in rows if (entry := _recognised(tree, manifest, row)) is not None]
    if any(not entry.framework.last_resort for entry in found):
        found = [entry for entry in found if not entry.framework.last_resort]
    beaten = {name for entry in found for name in entry.framework.supersedes if name != entry.framework.id}
    kept = [entry for entry in found if entry.framework.id not in beaten]
    yield from sorted(kept, key=lambda entry: _STRENGTH[entry.framework.kind])


def _recognised(tree: SourceTree, manifest: Manifest, row: Framework) -> Match | None:
    evidence = _evidence(tree, manifest, row)
    if evidence is None:
        return None
    text, origin = evidence
    applied = row
    for variant in row.variants:
        if _holds(tree, manifest, applied, variant.when):
            applied = applied._replace(**variant.changes)
    return Match(applied, text, origin)


def _evidence(tree: SourceTree, manifest: Manifest, row: Framework) -> tuple[str, Origin] | None:
    if any(manifest.has(name) for name in row.none):
        return None
    name = _dependency(manifest, row)
    if name is None:
        hoisted = _hoisted(tree, manifest, row)
        if hoisted is not None:
            return f"`{hoisted.origin.key}` of the root, which its build calls", hoisted.origin
        marker = next((path for path in row.files if tree.has(inside(manifest, path))), None)
        return None if marker is None else (f"there is `{marker}`", Origin(inside(manifest, marker)))
    range_ = manifest.dependency(name)
    assert range_ is not None  # noqa: S101  # it was just found
    if row.below and not _is_below(range_.value, row.below):
        return None
    if row.build_script and not _is_built(tree, manifest, row):
        return None
    return f"`{name}` is a dependency", range_.origin


def _dependency(manifest: Manifest, row: Framework) -> str | None:
    """Return the name of the dependency that makes the row match."""

    def has(name: str) -> bool:
        return name in manifest.dependencies if row.in_production else manifest.has(name)

    if not (row.any or row.all) or not all(has(name) for name in row.all):
        return None
    if not row.any:
        return row.all[0]
    return next((name for name in row.any if has(name)), None)


def _hoisted(tree: SourceTree, manifest: Manifest, row: Framework) -> Sourced[str] | None:
    """Return the root's dependency that a package's build calls: weaker evidence, so the script has to name it."""
    if manifest.directory == "" or not row.commands or not tree.has("package.json"):
        return None
    texts = scripts.build_texts(manifest)
    if not any(calls(text, command) for text in texts for command in row.commands):
        return None
    root = manifests.read(tree)
    name = _dependency(root, row)
    return None if name is None else root.dependency(name)


def _is_below(range_: str, major: str) -> bool:
    """Return whether a range starts below a major version; a range without a number does not."""
    first = _FIRST_NUMBER.search(range_)
    return first is not None and int(first[0][:6]) < int(major)


def _is_built(tree: SourceTree, manifest: Manifest, row: Framework) -> bool:
    texts = scripts.build_texts(manifest)
    if not texts:
        return tree.has(inside(manifest, "index.html"))
    return any(calls(text, command) for text in texts for command in row.commands)


def calls(text: str, command: str) -> bool:
    """Return whether a script calls a command (`vite build`, with options between the words allowed)."""
    program, _, subcommand = command.partition(" ")
    words = text.split()
    for index, word in enumerate(words):
        if word.rpartition("/")[2] != program and word != program:
            continue
        if not subcommand or subcommand.startswith("-"):
            return True
        following = next((item for item in words[index + 1 :] if not item.startswith("-")), "")
        if following == subcommand:
            return True
    return False


def _holds(tree: SourceTree, manifest: Manifest, row: Framework, when: When) -> bool:
    if when.has and not manifest.has(*when.has):
        return False
    if when.lacks and manifest.has(*when.lacks):
        return False
    if when.script and not any(when.script in " ".join(text.split()) for text in scripts.build_texts(manifest)):
        return False
    if when.files and not any(config_path(tree, manifest, name) for name in when.files):
        return False
    if when.literal:
        found = literal(tree, manifest, row, when.literal["key"])
        if not isinstance(found, Found) or found.value != when.literal["equals"]:
            return False
    return True


def inside(manifest: Manifest, path: str) -> str:
    """Return a path of the app's directory as a path of the tree."""
    return f"{manifest.directory}/{path}" if manifest.directory else path


def config_path(tree: SourceTree, manifest: Manifest, name: str) -> str | None:
    """Return the file of that name, with one of JavaScript's extensions or as it is, in the app's directory."""
    base = inside(manifest, name)
    return tree.first(base, *(base + extension for extension in EXTENSIONS))


def literal(
    tree: SourceTree, manifest: Manifest, row: Framework, key: str
) -> config_file.Found | config_file.NonLiteral | None:
    """Return the literal at a dotted key of the framework's configuration file."""
    for name in row.config:
        path = config_path(tree, manifest, name)
        if path is not None:
            return config_file.read(tree, path).get(*key.split("."))
    return None
