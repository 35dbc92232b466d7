"""What the code of a Deno app says: the files that an entry reaches, frameworks, and what an entry file shows.

Specifiers go through the import map of `deno.json`, which a plain reader of JavaScript does not know.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import entry_files, javascript
from buildplan.model.origin import Origin, Sourced

from . import manifest as manifests
from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.javascript.entry_files import Listening
    from buildplan.source import SourceTree

    from .manifest import Manifest


# --- imports ----------------------------------------------------------------------------------------------------------

_CODE = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")
_MAX_FILES = 80
_MAX_SPECIFIERS = 1000


class Graph(NamedTuple):
    """`files` are in the order in which they are reached, `specifiers` are what comes from outside of the tree."""

    files: tuple[str, ...] = ()
    specifiers: tuple[Sourced[str], ...] = ()


def read_graph(tree: SourceTree, manifest: Manifest, entry: str | None) -> Graph:
    """Return what an entry file reaches; nothing without one."""
    if entry is None:
        return Graph()
    return tree.memo(f"deno-graph {manifest.directory}", entry, lambda: _read_graph(tree, manifest, entry))


def _read_graph(tree: SourceTree, manifest: Manifest, entry: str) -> Graph:
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
    if not path.endswith(_CODE):
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


# --- frameworks -------------------------------------------------------------------------------------------------------

_SCHEME = re.compile(r"(?:jsr:|npm:|https?://)/?")
_VERSION = re.compile(r"@[~^=v]{0,2}([0-9]{1,4})(?:\.([0-9]{1,4}))?")


class Match(NamedTuple):
    """A framework, where it is named, and the version that is named there."""

    id: str
    kind: tables.Kind
    origin: Origin
    version: tuple[int, ...] = ()


def find_frameworks(manifest: Manifest, graph: Graph) -> tuple[Match, ...]:
    """Return the frameworks that the manifest or the code names, strongest first."""
    named = list(_named(manifest, graph))
    found = []
    for name, kind, names in tables.FRAMEWORKS:
        item = next((item for item in named if _matches(item.value, names)), None)
        if item is not None:
            found.append(Match(name, kind, item.origin, _version(item.value)))
    return tuple(found)


def native_package(manifest: Manifest, graph: Graph) -> Sourced[str] | None:
    """Return a package that needs more than a server's usual permissions, None without one."""
    named = (*graph.specifiers, *_declared(manifest))
    return next((item for item in named if _matches(item.value, tables.NATIVE)), None)


def database(graph: Graph) -> Sourced[str] | None:
    """Return a package that keeps its data in a file, None without one."""
    return next((item for item in graph.specifiers if _matches(item.value, tables.DATABASES)), None)


def declares(manifest: Manifest, name: str) -> bool:
    """Return whether a package of npm is declared, for development too."""
    package = manifest.package
    tables = () if package is None else (package.get("dependencies"), package.get("devDependencies"))
    imported = any(_matches(item.value, (name,)) for item in manifest.imports.values())
    return imported or any(isinstance(table, dict) and name in table for table in tables)


def uses_npm(manifest: Manifest) -> bool:
    """Return whether something is declared that `deno install` fetches."""
    values = [item.value for item in manifest.imports.values()]
    return any(value.startswith(("npm:", "jsr:")) for value in values)


def uses_urls(tree: SourceTree, manifest: Manifest, graph: Graph) -> bool:
    """Return whether code comes from addresses, and not only from registries."""
    values = [item.value for item in (*manifest.imports.values(), *graph.specifiers)]
    return any(value.startswith(("http://", "https://")) for value in values) or tree.has("deps.ts")


def _named(manifest: Manifest, graph: Graph) -> Iterator[Sourced[str]]:
    for name, item in manifest.imports.items():
        yield item
        yield type(item)(name, item.origin)
    yield from _declared(manifest)
    yield from graph.specifiers


def _declared(manifest: Manifest) -> Iterator[Sourced[str]]:
    """Yield the dependencies of package.json."""
    if manifest.package is None:
        return
    table = manifest.package.get("dependencies")
    for name in table if isinstance(table, dict) else ():
        yield Sourced(name, manifest.package.origin("dependencies", name))


def _matches(text: str, names: tuple[str, ...]) -> bool:
    match = _SCHEME.match(text)
    bare = text[match.end() :] if match is not None else text
    return any(bare.startswith(name) and bare[len(name) : len(name) + 1] in {"", "/", "@"} for name in names)


def _version(text: str) -> tuple[int, ...]:
    match = _VERSION.search(text[:200])
    return () if match is None else tuple(int(part) for part in match.groups() if part is not None)


# --- the entry file ---------------------------------------------------------------------------------------------------

_STEMS = ("main", "server", "serve", "app", "index", "mod", "bot")
_FOLDERS = ("", "src/", "server/", "app/", "src/main/")
# Files with these names are for those who import them, too.
_OFTEN_LIBRARIES = frozenset({"mod", "index"})
_REMOTE = re.compile(r"(?:jsr|npm):|https?://")
_MAX_SCANS = 24


def find_entry(tree: SourceTree, manifest: Manifest, *, configured: bool = False) -> str | None:
    """Return the conventional file that listens, else the first with a conventional name and Deno's own words.

    `configured`: a deno.json without a package.json beside it makes a server Deno's without such words. What a library
    exports is none.
    """
    below = f"{manifest.directory}/" if manifest.directory else ""
    names = [(f"{below}{folder}{stem}{end}", stem) for folder in _FOLDERS for stem in _STEMS for end in _CODE]
    libraries = _OFTEN_LIBRARIES if manifest.is_library else frozenset()
    present = [name for name, stem in names if stem not in libraries and tree.has(name)]
    for name in present:
        if listening(tree, manifest, name).listens and (configured or is_denos(tree, manifest, name)):
            return name
    for name in present:
        if is_denos(tree, manifest, name) and acts(tree, name):
            return name
    return None


def listening(tree: SourceTree, manifest: Manifest, path: str) -> Listening:
    """Return what a file says about where it listens; where it says nothing, what the files that it reaches say."""
    own = entry_files.scan(tree, path)
    if own.listens:
        return own
    for other in read_graph(tree, manifest, path).files[1:_MAX_SCANS]:
        found = entry_files.scan(tree, other)
        if found.listens:
            return found
    return own


def is_denos(tree: SourceTree, manifest: Manifest, path: str) -> bool:
    """Return whether a file, or one that it reaches, uses Deno's API or specifiers that only Deno knows."""
    if any(_REMOTE.match(item.value) for item in read_graph(tree, manifest, path).specifiers if _is_code(item)):
        return True
    return any(_names_deno(tree, file) for file in read_graph(tree, manifest, path).files)


def _is_code(item: Sourced[str]) -> bool:
    """Return whether a specifier is written in code of the tree, and not in a package that was copied into it."""
    return "node_modules/" not in item.origin.path


def _names_deno(tree: SourceTree, path: str) -> bool:
    tokens = javascript.read(tree, path, ("Deno",))
    for index, token in enumerate(tokens):
        if token.is_("Deno") and index + 1 < len(tokens) and tokens[index + 1].is_("."):
            return True
    return False


def acts(tree: SourceTree, path: str) -> bool:
    """Return whether a file does something when it is run: a statement that is more than `import` and `export`."""
    tokens = javascript.read(tree, path)
    depth = 0
    previous = None
    for index, token in enumerate(tokens):
        if token.kind == "punctuation":
            depth += (token.text in "{([") - (token.text in "})]")
        starts = previous is None or token.line > previous.line or previous.is_(";", "}")
        follows = tokens[index + 1] if index + 1 < len(tokens) else None
        if depth == 0 and starts and token.kind == "name":
            called = follows is not None and follows.is_("(", ".")
            if token.is_("await", "if", "for", "while", "try", "new") or (called and not token.is_("import")):
                return True
        previous = token
    return False


def exports_fetch(tree: SourceTree, path: str) -> bool:
    """Return whether a file is for `deno serve`: `export default { fetch … }`, and nothing that listens by itself."""
    tokens = javascript.read(tree, path, ("default",))
    calls = any(token.is_("serve", "listen") for token in tokens)
    for index, token in enumerate(tokens[:-2]):
        if token.is_("export") and tokens[index + 1].is_("default"):
            return not calls and any(item.is_("fetch") for item in tokens[index + 2 : index + 12])
    return False


class Listeners(NamedTuple):
    """How many servers the code makes: those whose address Deno lets a variable choose, and others."""

    served: int = 0
    others: int = 0


def listeners(tree: SourceTree, manifest: Manifest, path: str | None) -> Listeners:
    """Return how often the code that a file reaches calls `Deno.serve`, a server's `listen`, or something lower."""
    served = others = 0
    for file in () if path is None else read_graph(tree, manifest, path).files:
        tokens = javascript.read(tree, file, ("serve", "listen"))
        for index, token in enumerate(tokens[:-1]):
            if index < 2 or not tokens[index + 1].is_("(") or not tokens[index - 1].is_("."):  # noqa: PLR2004  # `a.b(`
                others += token.is_("serve") and tokens[index + 1].is_("(") and not tokens[index - 1].is_("function")
                continue
            of_deno = tokens[index - 2].is_("Deno")
            served += token.is_("serve") if of_deno else token.is_("listen")
            others += of_deno and token.is_("listen", "listenTls", "listenDatagram")
    return Listeners(served, others)


def unstable_flags(tree: SourceTree, manifest: Manifest, path: str | None) -> tuple[str, ...]:
    """Return the flags for what the code uses of Deno's unstable API."""
    if path is None:
        return ()
    flags = tables.UNSTABLE
    return tuple(flags[name] for name in _used(tree, manifest, path, frozenset(flags)))


def permissions(tree: SourceTree, manifest: Manifest, path: str) -> tuple[tuple[str, ...], str, Origin]:
    """Return the permissions that a start without a word from the owner gets, and why."""
    more = next(iter(_used(tree, manifest, path, tables.NEEDS_MORE)), None)
    if more is not None:
        return ("--allow-all",), f"the code calls `Deno.{more}`, and the container is the boundary", Origin(path)
    native = native_package(manifest, read_graph(tree, manifest, path))
    if native is not None:
        why = "a package calls libraries or programs of its own, and the container is the boundary"
        return ("--allow-all",), why, native.origin
    return (
        ("--allow-net", "--allow-env", "--allow-read", "--allow-sys"),
        "a server needs the network, its environment, its own files and what packages ask of the system; no more",
        Origin(path),
    )


def writes(tree: SourceTree, manifest: Manifest, path: str) -> tuple[str, Origin] | None:
    """Return what the code calls that makes files beside it, and where; None when it makes none."""
    called = next(iter(_used(tree, manifest, path, tables.WRITERS)), None)
    if called is not None:
        return f"Deno.{called}", Origin(path)
    reached = read_graph(tree, manifest, path)
    found = database(reached)
    if found is not None:
        return found.value, found.origin
    scanned = entry_files.scan(tree, path).writes
    return None if scanned is None else (scanned.value, Origin(scanned.path, scanned.line))


def _used(tree: SourceTree, manifest: Manifest, path: str, names: frozenset[str]) -> dict[str, int]:
    """Return which of these names of `Deno` the code calls, and how many times."""
    found: dict[str, int] = {}
    for file in read_graph(tree, manifest, path).files:
        tokens = javascript.read(tree, file, ("Deno",))
        for index, token in enumerate(tokens):
            if index > 1 and token.is_(*names) and tokens[index - 1].is_(".") and tokens[index - 2].is_("Deno"):
                found[token.text] = found.get(token.text, 0) + 1
    return found
