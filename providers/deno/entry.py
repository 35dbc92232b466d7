"""The file that a Deno app starts, where no task says it, and what such a file shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language.javascript import entry_files, javascript
from buildplan.model.origin import Origin

from . import frameworks, graph, words

if TYPE_CHECKING:
    from buildplan.language.javascript.entry_files import Listening
    from buildplan.model.origin import Sourced
    from buildplan.source import SourceTree

    from .manifest import Manifest

_STEMS = ("main", "server", "serve", "app", "index", "mod", "bot")
_FOLDERS = ("", "src/", "server/", "app/", "src/main/")
_EXTENSIONS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")
# Files with these names are for those who import them, too.
_OFTEN_LIBRARIES = frozenset({"mod", "index"})
_REMOTE = re.compile(r"(?:jsr|npm):|https?://")
_MAX_SCANS = 24


def find(tree: SourceTree, manifest: Manifest, *, configured: bool = False) -> str | None:
    """Return the conventional file that listens, else the first with a conventional name and Deno's own words.

    `configured`: a deno.json without a package.json beside it makes a server Deno's without such words. What a library
    exports is none.
    """
    below = f"{manifest.directory}/" if manifest.directory else ""
    names = [(f"{below}{folder}{stem}{end}", stem) for folder in _FOLDERS for stem in _STEMS for end in _EXTENSIONS]
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
    for other in graph.read(tree, manifest, path).files[1:_MAX_SCANS]:
        found = entry_files.scan(tree, other)
        if found.listens:
            return found
    return own


def is_denos(tree: SourceTree, manifest: Manifest, path: str) -> bool:
    """Return whether a file, or one that it reaches, uses Deno's API or specifiers that only Deno knows."""
    if any(_REMOTE.match(item.value) for item in graph.read(tree, manifest, path).specifiers if _is_code(item)):
        return True
    return any(_names_deno(tree, file) for file in graph.read(tree, manifest, path).files)


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
    for file in () if path is None else graph.read(tree, manifest, path).files:
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
    flags = words.unstable()
    return tuple(flags[name] for name in _used(tree, manifest, path, frozenset(flags)))


def permissions(tree: SourceTree, manifest: Manifest, path: str) -> tuple[tuple[str, ...], str, Origin]:
    """Return the permissions that a start without a word from the owner gets, and why."""
    more = next(iter(_used(tree, manifest, path, words.listed("needs_more"))), None)
    if more is not None:
        return ("--allow-all",), f"the code calls `Deno.{more}`, and the container is the boundary", Origin(path)
    native = frameworks.native(manifest, graph.read(tree, manifest, path))
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
    called = next(iter(_used(tree, manifest, path, words.listed("writers"))), None)
    if called is not None:
        return f"Deno.{called}", Origin(path)
    reached = graph.read(tree, manifest, path)
    found = frameworks.database(reached)
    if found is not None:
        return found.value, found.origin
    scanned = entry_files.scan(tree, path).writes
    return None if scanned is None else (scanned.value, Origin(scanned.path, scanned.line))


def _used(tree: SourceTree, manifest: Manifest, path: str, names: frozenset[str]) -> dict[str, int]:
    """Return which of these names of `Deno` the code calls, and how many times."""
    found: dict[str, int] = {}
    for file in graph.read(tree, manifest, path).files:
        tokens = javascript.read(tree, file, ("Deno",))
        for index, token in enumerate(tokens):
            if index > 1 and token.is_(*names) and tokens[index - 1].is_(".") and tokens[index - 2].is_("Deno"):
                found[token.text] = found.get(token.text, 0) + 1
    return found
