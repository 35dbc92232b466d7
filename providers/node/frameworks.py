"""The frameworks of an app, and the literal values of configuration files that their rows ask for."""

from __future__ import annotations

import functools
import itertools
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import expressions, javascript
from buildplan.language.javascript.expressions import (
    MAX_DEPTH,
    Call,
    Choice,
    Function,
    Items,
    Literal,
    Name,
    Opaque,
    Plain,
    Table,
)
from buildplan.language.javascript.javascript import EXTENSIONS
from buildplan.model.origin import Origin

from . import manifest as manifests
from .tables import FRAMEWORKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

    from buildplan.language.javascript.expressions import Value
    from buildplan.model.origin import Sourced
    from buildplan.read.syntax import Source
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .tables import Framework, Kind, When

# Literal values in the configuration files of JavaScript tools (`next.config.ts`, `vite.config.js`, …).
#
# Nothing is run. The exported value is followed through declarations, wrapping calls (`defineConfig(…)`,
# `withPlugin(config)`) and functions that return an object; what then is no literal is answered as `NonLiteral`, so
# that the caller can say so.


# The directory of the configuration file, or where the tool is started: the same for a tool at its usual place.
_HERE = frozenset({"__dirname", "import.meta.dirname", "process.cwd", "import.meta.url", "import.meta.filename"})
_PATH_FUNCTIONS = frozenset({"join", "resolve", "normalize", "fileURLToPath", "URL"})
# What every tool sets before it reads its configuration for a build.
_PRODUCTION = "process.env.NODE_ENV==='production'"
_EXPORTS = frozenset({"module.exports", "exports", "exports.default", "module.exports.default"})
_IMPORTS = frozenset({"import_statement", "export_statement", "import_require_clause"})
_DECLARATIONS = frozenset({"variable_declarator", "function_declaration"})
_CALLS = {"call_expression": "function", "new_expression": "constructor"}
_KINDS = _IMPORTS | _DECLARATIONS | _CALLS.keys() | {"assignment_expression"}
_MAX_CALLS = 20
# What one question may look at: a real file needs some dozens, doubled spreads and choices never end.
_MAX_STEPS = 5000


class Found(NamedTuple):
    """A literal value and its line; `here`: a path that counts from the file's own folder, wherever it is run."""

    value: Literal
    line: int
    here: bool = False


class NonLiteral(NamedTuple):
    """There is a value, but only running the file would tell which; `text` is how it begins."""

    text: str
    line: int


class ConfigFile:
    """A configuration file: what it exports and what it declares. It is parsed at the first question."""

    def __init__(self, path: str, source: Source | None) -> None:
        self.path = path
        self._source = source
        self._values: dict[int, Value] = {}
        self._literals: dict[str, Found | NonLiteral | None] = {}
        self._steps = 0

    def get(self, *keys: str) -> Found | NonLiteral | None:
        """Return the value at a key path of the exported object; None when it is not there."""
        value = self._at(self._root(), keys) if self._mentions(*keys) else None
        return None if value is None else self._literal(value, 0)

    def argument(self, function: str, *keys: str) -> Found | NonLiteral | None:
        """Return a value at a key path of an object given to a function of that name, wherever it is called."""
        for call in self._calls(function):
            for argument in call.arguments:
                value = self._at(argument, keys)
                if value is not None:
                    return self._literal(value, 0)
        return None

    def calls(self, function: str) -> bool:
        """Return whether a function of that name is called anywhere."""
        return next(self._calls(function), None) is not None

    def first(self, key: str) -> dict[str, Literal]:
        """Return the literal entries of the first object of a list at a key of the exported object."""
        value = self._at(self._root(), (key,)) if self._mentions(key) else None
        for item in value.values if isinstance(value, Items) else ():
            if isinstance(item, Table):
                literals = {name: self._literal(entry, 0) for name, entry in item.entries.items()}
                return {name: found.value for name, found in literals.items() if isinstance(found, Found)}
        return {}

    def imports(self, *, types: bool = True) -> tuple[str, ...]:
        """Return what the file imports or requires by a literal name, in order, each once.

        Without `types`, `import type` does not count: it is gone when the file runs.
        """
        found: dict[str, None] = {}
        for node in self._nodes:
            is_type = any(child.type == "type" for child in node.children)
            path = _imported(node)
            name = None if path is None else expressions.string(path)
            if name and (types or not is_type):
                found[name] = None
        return tuple(found)

    @functools.cached_property
    def _nodes(self) -> tuple[Node, ...]:
        return () if self._source is None else self._source.nodes(_KINDS)

    def _mentions(self, *words: str) -> bool:
        """Return whether all words are in the file: what is asked for is written there, whatever leads to it."""
        return self._source is not None and all(self._source.mentions((word,)) for word in words)

    def _root(self) -> Value | None:
        return None if self._exported is None else self._read(self._exported)

    def _read(self, node: Node) -> Value:
        if node.id not in self._values:
            self._values[node.id] = expressions.read(node)
        return self._values[node.id]

    @functools.cached_property
    def _declared(self) -> dict[str, Node]:
        """Names and their values, the first declaration of each name."""
        found: dict[str, Node] = {}
        for node in self._nodes:
            name = node.child_by_field_name("name")
            value = node if node.type == "function_declaration" else node.child_by_field_name("value")
            if node.type in _DECLARATIONS and name is not None and value is not None:
                found.setdefault(_text(name), value)
        return found

    @functools.cached_property
    def _exported(self) -> Node | None:
        """The exported value: `export default …`, else the last `module.exports = …`, else `export = …`."""
        ranked: dict[str, Node] = {}
        for node in self._nodes:
            if node.type == "export_statement":
                kind, value = _export(node)
                if value is not None:
                    ranked.setdefault(kind, value)
            elif node.type == "assignment_expression":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                if left is not None and right is not None and _text(left) in _EXPORTS:
                    ranked["module"] = right
        return next((ranked[kind] for kind in ("default", "module", "=") if kind in ranked), None)

    def _calls(self, function: str) -> Iterator[Call]:
        if not self._mentions(function):
            return
        called = (node for node in self._nodes if _called(node) == function)
        for node in itertools.islice(called, _MAX_CALLS):
            value = self._read(node)
            if isinstance(value, Call):
                yield value

    def _at(self, value: Value | None, keys: tuple[str, ...]) -> Value | None:
        for key in keys:
            self._steps = 0
            value = None if value is None else self._entry(value, key, 0, set())
        return value

    def _entry(self, value: Value, key: str, depth: int, searched: set[str]) -> Value | None:
        """Return the entry of a value; `searched` are the declarations that are known not to have it."""
        for table in self._tables(value, depth, searched):
            if key in table.entries:
                return table.entries[key]
            for spread in table.spreads:
                found = self._entry(spread, key, depth + 1, searched) if depth < MAX_DEPTH else None
                if found is not None:
                    return found
        return None

    def _tables(self, value: Value | None, depth: int, searched: set[str]) -> Iterator[Table]:
        """Yield the objects that a value may be, the likeliest first; those of a declaration once."""
        self._steps += 1
        if depth > MAX_DEPTH or self._steps > _MAX_STEPS:
            return
        below: tuple[Value | None, ...] = ()
        match value:
            case Table():
                yield value
            case Name(name):
                below = (self._unsearched(name, searched),)
            case Call(name, arguments, _, inner):
                # In `withAnalyzer(options)(config)` the options come last.
                below = (*arguments, inner, self._unsearched(name, searched))
            case Function(results):
                below = results
            case Choice(_, first, second):
                below = (first, second)
        for item in below:
            yield from self._tables(item, depth + 1, searched)

    def _unsearched(self, name: str, searched: set[str]) -> Value | None:
        if name in searched:
            return None
        searched.add(name)
        return self._declaration(name)

    def _declaration(self, name: str) -> Value | None:
        node = self._declared.get(name)
        return None if node is None else self._read(node)

    def _literal(self, value: Value, depth: int) -> Found | NonLiteral | None:
        """Return what a value is; `undefined` is the same as not there."""
        result: Found | NonLiteral | None = NonLiteral("…", value.line)
        match value:
            case Plain(literal, line):
                result = Found(literal, line)
            case Name("undefined" | "null"):
                result = None
            case Name(name, line):
                result = self._declared_literal(name, line, depth)
            case Call():
                result = self._path(value, depth)
            case Choice():
                result = self._chosen(value, depth)
            case Opaque(text, line):
                result = NonLiteral(text, line)
        return result

    def _declared_literal(self, name: str, line: int, depth: int) -> Found | NonLiteral | None:
        """Return what a declaration is, read once; a name without one is not a literal."""
        known = self._declaration(name) if depth < MAX_DEPTH else None
        if known is None:
            return NonLiteral(name, line)
        if name not in self._literals:
            # A declaration that leads back to itself finds this.
            self._literals[name] = NonLiteral(name, line)
            self._literals[name] = self._literal(known, depth + 1)
        return self._literals[name]

    def _path(self, call: Call, depth: int) -> Found | NonLiteral:
        """Return what `path.resolve(__dirname, 'dist')` and its likes give, relative to the file's directory."""
        if call.name.rpartition(".")[2] in _PATH_FUNCTIONS and depth < MAX_DEPTH:
            parts: list[str] = []
            # `path.join(__dirname, '/public')` is a folder here; `path.resolve` would make it the root of the disk.
            joins = call.name.rpartition(".")[2] == "join"
            below = here = False
            for argument in call.arguments:
                if isinstance(argument, Name | Call) and argument.name in _HERE:
                    below, here = joins, argument.name != "process.cwd"
                    continue
                part = self._literal(argument, depth + 1)
                if not isinstance(part, Found) or not isinstance(part.value, str):
                    return NonLiteral(f"{call.name}(…)", call.line)
                here = here or part.here
                parts.append(part.value.lstrip("/") if below else part.value)
            if parts:
                return Found(posixpath.normpath(posixpath.join(*parts)), call.line, here)
            if here:
                return Found(".", call.line, here)
        return NonLiteral(f"{call.name}(…)", call.line)

    def _chosen(self, choice: Choice, depth: int) -> Found | NonLiteral | None:
        if depth >= MAX_DEPTH:
            return NonLiteral("…", choice.line)
        first = self._literal(choice.first, depth + 1)
        second = self._literal(choice.second, depth + 1)
        if choice.condition == _PRODUCTION:
            return first
        if isinstance(first, Found) and isinstance(second, Found) and first.value == second.value:
            return first
        shown = first.text if isinstance(first, NonLiteral) else "…"
        return NonLiteral(f"{choice.condition} ? …" if choice.condition else f"{shown} || …", choice.line)


def read_config(tree: SourceTree, path: str) -> ConfigFile:
    """Return a configuration file; one without values for what is missing or left unread."""
    return tree.memo("javascript-config", path, lambda: ConfigFile(path, javascript.source(tree, path)))


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


def _called(node: Node) -> str:
    """Return the last name of what is called; empty for a node that is not a call."""
    function = node.child_by_field_name(_CALLS[node.type]) if node.type in _CALLS else None
    name = None if function is None else function.child_by_field_name("property") or function
    return "" if name is None else _text(name)


def _imported(node: Node) -> Node | None:
    """Return the string that names what is imported: by a statement, or the first argument of a call."""
    if node.type != "call_expression":
        return node.child_by_field_name("source") if node.type in _IMPORTS else None
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or _text(function) not in {"import", "require"}:
        return None
    return next(iter(arguments.named_children), None)


def _export(node: Node) -> tuple[str, Node | None]:
    """Return which export a statement is, `default` or `=`, and its value."""
    kinds = {child.type for child in node.children}
    if "default" in kinds:
        return "default", node.child_by_field_name("value") or node.child_by_field_name("declaration")
    if "=" in kinds:
        return "=", node.named_children[-1]
    clauses = [child for child in node.named_children if child.type == "export_clause"]
    for item in (item for clause in clauses for item in clause.named_children):
        alias = item.child_by_field_name("alias")
        if alias is not None and _text(alias) == "default" and node.child_by_field_name("source") is None:
            return "default", item.child_by_field_name("name")
    return "", None


# Which frameworks an app uses: the rows of `framework_rows` that its manifest matches, strongest first.
#
# A match is decided by the app's own dependencies by exact name, never by text search; a bundler's row also wants a
# script that calls it, since test runners bring bundlers along. Position in the table decides nothing: a row says which
# others it supersedes.


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
    texts = manifests.build_texts(manifest)
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
    texts = manifests.build_texts(manifest)
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
    if when.script and not any(when.script in " ".join(text.split()) for text in manifests.build_texts(manifest)):
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


def literal(tree: SourceTree, manifest: Manifest, row: Framework, key: str) -> Found | NonLiteral | None:
    """Return the literal at a dotted key of the framework's configuration file."""
    for name in row.config:
        path = config_path(tree, manifest, name)
        if path is not None:
            return read_config(tree, path).get(*key.split("."))
    return None
