"""The file that a Deno app starts, where no task says it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.providers.node import entry_files, javascript

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_STEMS = ("main", "server", "app", "index", "mod", "bot")
_FOLDERS = ("", "src/", "server/")
_EXTENSIONS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs")
_REMOTE = re.compile(r"(?:jsr|npm):|https://(?:deno\.land|esm\.sh|jsr\.io)/")
# What needs more than the network, the environment and the app's own files.
_MORE = frozenset(
    {"Command", "openKv", "dlopen", "writeTextFile", "writeFile", "mkdir", "run", "create", "remove", "rename"}
)


def find(tree: SourceTree, *, configured: bool = False) -> str | None:
    """Return the conventional file that listens, else the first with a conventional name and Deno's own words.

    `configured`: a deno.json without a package.json beside it makes a server Deno's without such words.
    """
    names = [f"{folder}{stem}{end}" for folder in _FOLDERS for stem in _STEMS for end in _EXTENSIONS]
    present = [name for name in names if tree.has(name)]
    for name in present:
        listens = entry_files.scan(tree, name).listens or exports_fetch(tree, name)
        if listens and (configured or is_denos(tree, name)):
            return name
    return next((name for name in present if is_denos(tree, name)), None)


def is_denos(tree: SourceTree, path: str) -> bool:
    """Return whether a file uses Deno's API, or specifiers that only Deno knows."""
    tokens = javascript.read(tree, path)
    for index, token in enumerate(tokens):
        if token.is_("Deno") and index + 1 < len(tokens) and tokens[index + 1].is_("."):
            return True
        if token.kind == "string" and index and tokens[index - 1].is_("from", "import") and _REMOTE.match(token.text):
            return True
    return False


def exports_fetch(tree: SourceTree, path: str) -> bool:
    """Return whether a file is for `deno serve`: `export default { fetch … }`, and nothing that listens by itself."""
    tokens = javascript.read(tree, path)
    calls = any(token.is_("serve", "listen") for token in tokens)
    for index, token in enumerate(tokens[:-2]):
        if token.is_("export") and tokens[index + 1].is_("default"):
            return not calls and any(item.is_("fetch") for item in tokens[index + 2 : index + 12])
    return False


def permissions(tree: SourceTree, path: str) -> tuple[tuple[str, ...], str]:
    """Return the permissions that a start without a word from the owner gets, and why."""
    tokens = javascript.read(tree, path)
    for index, token in enumerate(tokens):
        if token.is_(*_MORE) and index > 1 and tokens[index - 1].is_(".") and tokens[index - 2].is_("Deno"):
            return ("--allow-all",), f"the code calls `Deno.{token.text}`, and the container is the boundary"
    return (
        ("--allow-net", "--allow-env", "--allow-read", "--allow-sys"),
        "a server needs the network, its environment, its own files and what packages ask of the system; no more",
    )
