"""Which frameworks an app uses: the rows of `frameworks.toml` that its manifest matches, strongest first.

A match is decided by the app's own dependencies by exact name, never by text search; a bundler's row also wants a
script that calls it, since test runners bring bundlers along. Position in the table decides nothing: a row says which
others it supersedes.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.language.javascript.javascript import EXTENSIONS
from buildplan.model.origin import Origin
from buildplan.read import data_table

from . import config_file, scripts
from . import manifest as manifests
from .config_file import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Sourced
    from buildplan.source import SourceTree

    from .manifest import Manifest

Kind = Literal["server", "static", "code", "worker"]

_STRENGTH = {"server": 0, "static": 1, "code": 2, "worker": 3}
_FIRST_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class When:
    """When a variant applies; every part that is given has to hold."""

    literal: dict[str, Any] = field(default_factory=dict)
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    script: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Variant:
    """Keys of a framework that are different under a condition."""

    when: When
    changes: dict[str, Any]


# Fifty fields: without comparison and representation the class is made in half the time.
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Framework:
    """One row of the table.

    `kind`: `server` has a start command of its own; `static` builds files; `code` is started by the app's code and
    listens; `worker` is the same and does not listen.
    """

    id: str
    title: str
    kind: Kind
    # Recognition.
    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    below: str = ""  # only below that major version of the dependency
    files: tuple[str, ...] = ()  # one of these files is enough
    build_script: bool = False  # a script calls it, or there is an index.html and no build script
    in_production: bool = False  # a development dependency says nothing
    for_another_app: bool = False  # another language's app serves what it builds
    last_resort: bool = False  # only when nothing else matches
    supersedes: tuple[str, ...] = ()
    # Building. Texts may hold `{output}`, `{root}`.
    build: str = ""
    build_programs: tuple[str, ...] = ()
    build_environment: dict[str, str] = field(default_factory=dict)
    cache: str = ""  # a folder worth keeping between builds
    config: tuple[str, ...] = ()  # names without extension of the files that hold its literals
    output: str = ""
    output_key: str = ""
    output_flags: tuple[str, ...] = ()
    output_below: str = ""
    output_call: tuple[str, ...] = ()  # function, key: the literal is in a call
    output_variable: str = ""
    output_yaml: tuple[str, ...] = ()  # file, key
    output_name_key: str = ""  # the output lies in a folder named by that key
    # Running.
    start: tuple[str, ...] = ()
    start_shell: str = ""
    start_programs: tuple[str, ...] = ()  # what else is the framework's own start
    replaces_start: bool = False  # those are not in the image, `start` is meant
    nested_start: bool = False  # in a workspace the output repeats the app's directory
    entries: tuple[str, ...] = ()
    port: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    variables: tuple[str, ...] = ()  # what it does not start without
    sigterm: bool = False  # its server ends on SIGTERM by itself
    health: str = ""
    release: str = ""
    bun: bool = False
    meteor: bool = False
    copies: tuple[tuple[str, str], ...] = ()  # from the build, source and destination; default: the output
    keeps: tuple[str, ...] = ()  # what else is read at run time
    whole: bool = False  # the whole tree is needed at run time
    packages_at_run: bool = True
    development_at_run: bool = False
    config_at_run: bool = False  # the configuration, and what it imports, is read at run time
    writable: tuple[str, ...] = ()
    # Sites.
    fallback: str = ""
    fallback_call: tuple[str, ...] = ()
    not_found: str = ""
    immutable: tuple[str, ...] = ()
    immutable_key: str = ""
    base_key: str = ""  # the path that the site is built for
    # What the owner should know.
    no_start: str = ""
    no_start_fix: str = ""
    notice: str = ""
    notice_fix: str = ""
    variants: tuple[Variant, ...] = ()

    @property
    def listens(self) -> bool:
        """Whether its process listens on a port."""
        return self.kind != "worker"

    @property
    def commands(self) -> tuple[str, ...]:
        """What a build script that calls it holds: program and sub-command."""
        own = " ".join(self.build.split()[:2]) if self.build else ""
        return tuple(text for text in (own, *self.build_programs) if text)


class Match(NamedTuple):
    """A framework that an app uses, its variants applied, and what says so."""

    framework: Framework
    text: str
    origin: Origin


@functools.cache
def table() -> tuple[Framework, ...]:
    """Return all rows."""
    document = data_table.read(__file__, "frameworks")
    rows: dict[str, dict[str, Any]] = {}
    for entry in document["framework"]:
        row = {key: value for key, value in entry.items() if key != "like"}
        rows[row["id"]] = {**rows[entry["like"]], **row} if "like" in entry else row
    return tuple(_framework(row) for row in rows.values())


def by_id(name: str) -> Framework:
    """Return a row; raises KeyError."""
    return next(row for row in table() if row.id == name)


def _framework(row: dict[str, Any]) -> Framework:
    known = {key: _frozen(value) for key, value in row.items() if key != "variant"}
    variants = tuple(_variant(entry) for entry in row.get("variant", ()))
    return Framework(**known, variants=variants)


def _variant(entry: dict[str, Any]) -> Variant:
    when = When(**{key: _frozen(value) for key, value in entry["when"].items()})
    return Variant(when, {key: _frozen(value) for key, value in entry.items() if key != "when"})


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


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
    for index, row in enumerate(table()):
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
    rows = table()
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
            applied = replace(applied, **variant.changes)
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


FIELDS = frozenset(item.name for item in fields(Framework))
