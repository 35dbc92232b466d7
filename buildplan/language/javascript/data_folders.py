"""The folders of files that a server writes, by the literal paths of its code, and that nothing makes for it.

Neither `fs.writeFile` nor SQLite makes the folder of a file: https://nodejs.org/docs/latest/api/fs.html,
https://www.sqlite.org/c3ref/open.html
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.language import runtime_paths

from . import entry_files, javascript
from .entry_files import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .javascript import Token

_WRITERS = frozenset(
    {"writeFile", "writeFileSync", "appendFile", "appendFileSync", "createWriteStream", "copyFile", "copyFileSync"}
)
_MAKERS = frozenset(
    {"mkdir", "mkdirSync", "mkdirp", "ensureDir", "ensureDirSync", "ensureFile", "ensureFileSync", "outputFile"}
    | {"outputFileSync", "outputJson", "outputJsonSync"}
)
# They only read: a folder that is not there is of no use to them when it is empty.
_READERS = frozenset(
    {"sendFile", "static", "require", "import", "readFile", "readFileSync", "createReadStream", "existsSync", "render"}
)
_PATH = re.compile(r"(?:\.\.?/){0,8}(?:[\w@-][\w@.-]{0,80}/){1,8}[\w.@-]{1,80}", re.ASCII)
_DATABASE = re.compile(
    r"(?:sqlite:(?://)?|file:)?"
    r"((?:\./|/)?(?:[\w@-][\w@.-]{0,80}/){1,8}[\w@-][\w.@-]{0,80}\.(?:db|db3|sqlite3?))",
    re.ASCII,
)
_CODE = (".html", ".js", ".mjs", ".cjs", ".ts", ".json5", ".node")
_COMPILED = (".ts", ".mts", ".cts", ".tsx")
_MAX_FILES = 120
_WITHIN = 24


def find(tree: SourceTree, entry: str, directory: str) -> tuple[Place, ...]:
    """Return the folders that the code of an entry file writes to, and that neither the tree nor the code makes.

    They are relative to the app's directory, or absolute outside of it; `directory` is where the process starts. A path
    that begins at `__dirname` is followed in JavaScript alone: what is compiled lies elsewhere when it runs.
    """
    found: dict[str, Place] = {}
    made: set[str] = set()
    for path in _loaded(tree, entry):
        tokens = javascript.read(tree, path)
        for index, token in enumerate(tokens):
            if token.kind != "string":
                continue
            file = _written(tokens, index, path, directory)
            if file is not None:
                folder = posixpath.dirname(file)
                found.setdefault(folder, Place(folder, path, token.line))
            call = _call(tokens, index)
            if call is not None and tokens[call].is_(*_MAKERS):
                made.add(posixpath.normpath(posixpath.join(directory, token.text)))
    folders: dict[str, Place] = {}
    for folder, place in sorted(found.items()):
        name = runtime_paths.writable(folder) if folder not in made and folder != directory else None
        if name is None or name == ".":
            continue
        # Below another package is what a front end builds.
        if not name.startswith("/") and (tree.has_directory(name) or runtime_paths.package_above(tree, name)):
            continue
        folders[name] = Place(name, place.path, place.line)
    return tuple(folders.values())


def _loaded(tree: SourceTree, entry: str) -> Iterator[str]:
    """Yield the entry file and the files of the tree that it loads by relative names, near ones first."""
    pending, seen = [entry], {entry}
    while pending:
        path = pending.pop(0)
        yield path
        tokens = javascript.read(tree, path)
        for index, token in enumerate(tokens):
            if index < 2 or token.kind != "string" or not token.text.startswith("."):  # noqa: PLR2004
                continue
            before = tokens[index - 1]
            called = before.is_("(") and tokens[index - 2].is_("require", "import")
            if not called and not before.is_("from", "import"):
                continue
            base = posixpath.normpath(posixpath.join(posixpath.dirname(path), token.text))
            target = None if base.startswith("..") else entry_files.source(tree, base)
            if target is not None and target not in seen and len(seen) < _MAX_FILES:
                seen.add(target)
                pending.append(target)


def _written(tokens: tuple[Token, ...], index: int, path: str, directory: str) -> str | None:
    """Return the file that a text names where code writes it, else None."""
    text = tokens[index].text
    if "/" not in text:
        return None
    call = _call(tokens, index)
    if call is not None and tokens[call].is_("join", "resolve") and tokens[index - 2].is_("__dirname"):
        outer = _call(tokens, call)
        if path.endswith(_COMPILED) or outer is None or tokens[outer].is_(*_READERS) or not _PATH.fullmatch(text):
            return None
        if "." not in posixpath.basename(text) or text.endswith(_CODE):
            return None
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), text))
    database = _DATABASE.fullmatch(text)
    if database is not None:
        return posixpath.normpath(posixpath.join(directory, database[1]))
    if call is None or not tokens[call].is_(*_WRITERS) or not _PATH.fullmatch(text):
        return None
    return posixpath.normpath(posixpath.join(directory, text))


def _call(tokens: tuple[Token, ...], index: int) -> int | None:
    """Return the place of the name of the call whose argument a token is; None where there is none near it."""
    depth = 0
    for place in range(index - 1, max(0, index - _WITHIN), -1):
        token = tokens[place]
        if token.is_(")", "]", "}"):
            depth += 1
        elif token.is_("(", "[", "{"):
            if not depth:
                return place - 1 if token.is_("(") and tokens[place - 1].kind == "name" else None
            depth -= 1
    return None
