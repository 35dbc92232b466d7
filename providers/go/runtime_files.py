"""Files that the code reads while it runs, files that it writes, and files that it takes into the program.

Everything is judged by strings in the code: one that names something which lies in the tree is taken to be read. A file
too many in the image costs little; one too few is a page that fails.
"""

from __future__ import annotations

import fnmatch
import functools
import itertools
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import runtime_paths
from buildplan.language.runtime_paths import Found, RuntimeFiles

from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Call, Value
    from buildplan.source import SourceTree

    from .packages import Closure
    from .source_file import GoFile

# Functions that are given a path to read; then any folder is meant.
_READERS = (
    "Dir", "DirFS", "Static", "StaticFS", "StaticFile", "ParseGlob", "ParseFiles", "LoadHTMLGlob", "LoadHTMLFiles",
    "ReadDir", "WalkDir", "Walk", "ServeFile", "ReadFile", "Open", "Glob", "NewFileSystem", "New", "AddConfigPath",
    "SetConfigFile", "File",
)  # fmt: skip
# With these the folder of the app itself can be meant: everything in it is served.
_SERVES_ALL = ("Dir", "DirFS", "Static")
_WRITERS = ("Mkdir", "MkdirAll", "Create", "WriteFile")
_OPEN_TO_WRITE = re.compile(r"\bO_(?:CREATE|WRONLY|RDWR|APPEND)\b")
_WRITING = ("os.Mkdir", "os.Create", "os.WriteFile", "ioutil.WriteFile", "os.OpenFile")
# Paths that do not begin with a name: `.`, `./x`, `*.html`; and what `SetConfigName` is given has no ending.
_OTHER_PATHS = ('Dir(".', 'DirFS(".', "Static(", '"./', '"*.', "`./", "`*.", "SetConfigName")
_PREFIX = re.compile(r"^(?:file://)?(?:/app/)?(?:\./)?")
_DATABASES = (
    *(f".{ending}{end}" for ending in ("db", "db3", "bolt", "bbolt", "duckdb") for end in '"`?'),
    ".sqlite",
)
_DATABASE = re.compile(
    r"(?:sqlite3?://|file:)?((?:[\w./-]{0,150}/)?[\w.-]{1,80}\.(?:db|sqlite3?|bolt|bbolt|db3|duckdb))(?:\?[^\s]{0,200})?",
    re.ASCII,
)
_OF_GO = re.compile(r"(?:.*/)?go\.(?:mod|sum|work)|.*\.go")


def find(tree: SourceTree, closure: Closure) -> RuntimeFiles:
    """Return the files that the packages of a command read and write."""
    embedded = _Embedded(tree, closure)
    command = closure[0]
    home = command.module.directory if command.module is not None else ""
    bases = tuple(dict.fromkeys(("", home, command.directory)))
    entries = _entries(tree, bases)
    named = tuple(_named(tree, _may_read(closure, entries)))
    by_base: dict[str, list[Found]] = {}
    resolved: set[_Mention] = set()
    for base in bases:
        by_base[base] = []
        for mention in named:
            paths = () if mention in resolved else tuple(_existing(tree, base, mention))
            if paths:
                resolved.add(mention)
            by_base[base].extend(Found(path, mention.origin) for path in paths if not embedded.holds(path))
    directory = next((base for base in bases if by_base[base]), "")
    reads = runtime_paths.outermost([item for base in bases for item in by_base[base]])
    return RuntimeFiles(reads, tuple(_written(closure)), directory)


class _Mention(NamedTuple):
    path: str
    glob: str
    reader: bool
    everything: bool
    origin: Origin


def _entries(tree: SourceTree, bases: tuple[str, ...]) -> tuple[str, ...]:
    """Return how a path that the code names can begin: with what lies in the folders that it starts from.

    A folder of packages is only meant with something behind it: `internal/views`.
    """
    found: dict[str, None] = {}
    for base in bases:
        names = tree.directory(base)
        kept = [name for name in names.files if "." in name and not runtime_paths.is_left_out(name, _OF_GO)]
        folders = (
            f"{name}/" if runtime_paths.holds(tree, posixpath.join(base, name), ".go") else name
            for name in names.directories
        )
        found.update(dict.fromkeys((*folders, *kept)))
    return tuple(found)


def _may_read(closure: Closure, entries: tuple[str, ...]) -> tuple[GoFile, ...]:
    """Return the files that may name a path that begins with one of the entries."""
    files = closure.files
    names = frozenset(entry.rstrip("/") for entry in entries)
    plain = names.intersection(entries)

    def is_path(text: str) -> bool:
        first, slash, _ = _PREFIX.sub("", text).partition("/")
        return first in plain or (slash == "/" and first in names)

    joined = tuple(f'Join("{name}"' for name in names) if files.mentioning(("Join(",)) else ()
    return files.among(files.mentioning((*_OTHER_PATHS, *joined)), files.quoting(is_path))


def _named(tree: SourceTree, files: tuple[GoFile, ...]) -> Iterator[_Mention]:
    """Yield every string of the files that can be a path, once."""
    seen: set[tuple[str, str, bool, bool]] = set()
    for file in files:
        for mention in tree.memo("go paths", file.path, functools.partial(_mentions, file)):
            key = (mention.path, mention.glob, mention.reader, mention.everything)
            if key not in seen:
                seen.add(key)
                yield mention


def _mentions(file: GoFile) -> tuple[_Mention, ...]:
    served = {item.start for call in file.code.calls(_SERVES_ALL) for item in _served(call)}
    found = []
    for literal, reader in _strings(file):
        split = runtime_paths.split(literal.text)
        if split is not None:
            everything = split == (".", "") and literal.start in served
            found.append(_Mention(*split, reader, everything, file.origin(literal.line)))
    return tuple(found)


def _served(call: Call) -> tuple[Value, ...]:
    """Return the folder of `http.Dir("x")`, and of `app.Static("/", "x")`: the last of its strings."""
    strings = tuple(itertools.takewhile(lambda item: item.kind == "string", call.arguments[:2]))
    if call.name == "Static":
        return strings[-1:] if call.receiver else ()
    return strings[:1] if call.receiver in ("http", "os") else ()


def _strings(file: GoFile) -> Iterator[tuple[Value, bool]]:
    calls = file.code.calls(_READERS)
    given = {item.start for call in calls for item in file.code.strings_within(call.start, call.end)}
    imports = {item.line for item in file.imports}
    for literal in file.code.strings():
        if literal.line not in imports:
            yield literal, literal.start in given
    for call in file.code.calls(("Join",)):
        parts = list(itertools.takewhile(lambda item: item.kind == "string", call.arguments))
        if call.receiver in ("filepath", "path") and parts and len(parts) == len(call.arguments):
            yield parts[0]._replace(text="/".join(part.text for part in parts)), True
    for call in file.code.calls(("SetConfigName",)):
        for name in (item for item in call.arguments[:1] if item.kind == "string"):
            for ending in ("yaml", "yml", "toml", "json"):
                for folder in ("", "config/", "configs/"):
                    yield name._replace(text=f"{folder}{name.text}.{ending}"), True


def _existing(tree: SourceTree, base: str, mention: _Mention) -> Iterator[str]:
    path = posixpath.normpath(posixpath.join(base, mention.path))
    if path == ".":
        if mention.everything:
            yield "./"
        elif mention.reader and re.fullmatch(r"\*\.[\w.]+", mention.glob):
            yield from runtime_paths.matching(tree, "", mention.glob, _OF_GO)
        return
    if tree.has(path):
        if "." in posixpath.basename(path) and not runtime_paths.is_left_out(path, _OF_GO):
            yield path
        return
    if not tree.has_directory(path) or path == base:
        return
    if runtime_paths.holds(tree, path, ".go"):
        if mention.glob:
            yield from runtime_paths.matching(tree, path, mention.glob, _OF_GO)
        return
    name = posixpath.basename(path)
    if mention.reader or mention.glob or name in tables.FOLDERS or "/" in mention.path:
        yield f"{path}/"


class _Embedded:
    """What `//go:embed` takes into the program."""

    def __init__(self, tree: SourceTree, closure: Closure) -> None:
        self._patterns = [pattern for pattern, _ in _embeds(closure)]
        self._tree = tree

    def holds(self, path: str) -> bool:
        """Return whether the file, or everything in the folder, is embedded."""
        clean = path.rstrip("/")
        if any(clean == pattern or clean.startswith(f"{pattern}/") for pattern in self._patterns):
            return True
        if any(fnmatch.fnmatchcase(clean, pattern) for pattern in self._patterns):
            return True
        if not path.endswith("/"):
            return False
        inside = [pattern for pattern in self._patterns if pattern.startswith(path)]
        files = self._tree.directory(clean).files
        covered = all(any(fnmatch.fnmatchcase(f"{clean}/{name}", pattern) for pattern in inside) for name in files)
        folders = self._tree.directory(clean).directories
        return bool(inside) and covered and all(self.holds(f"{clean}/{name}/") for name in folders)


def embedded(closure: Closure) -> tuple[str, ...]:
    """Return the patterns of `//go:embed` up to their first wildcard, from the root of the tree."""
    return tuple(dict.fromkeys(_plain(pattern.split("/")) or "." for pattern, _ in _embeds(closure)))


def _plain(parts: list[str]) -> str:
    """Return a path up to its first wildcard."""
    return "/".join(itertools.takewhile(lambda part: not runtime_paths.is_pattern(part), parts))


def _embeds(closure: Closure) -> Iterator[tuple[str, Origin]]:
    """Yield the patterns of `//go:embed` from the root of the tree."""
    for file in closure.files.mentioning(("//go:embed",)):
        for item in file.embeds:
            pattern = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), item.text))
            yield pattern, file.origin(item.line, f"go:embed {item.text}")


def unmatched_embeds(tree: SourceTree, closure: Closure) -> Iterator[tuple[str, Origin]]:
    """Yield the patterns of `//go:embed`, from the root of the tree, that match nothing: the build stops at them."""
    return ((pattern, origin) for pattern, origin in _embeds(closure) if not _matches(tree, pattern))


def frontends(tree: SourceTree, closure: Closure) -> dict[str, Origin]:
    """Return the folders with a package.json of their own that have to build what the code embeds or serves.

    That is what the code names and the tree does not hold, or holds the place for: `ui/build`, beside a
    `ui/package.json`.
    """
    found: dict[str, Origin] = {}
    for pattern, origin in _embeds(closure):
        if _matches(tree, pattern) and not _is_kept_empty(tree, pattern):
            continue
        folder = runtime_paths.package_above(tree, pattern)
        if folder is not None:
            found.setdefault(folder, origin)
    outputs = frozenset(tables.OUTPUTS)
    owners = {path.partition("/")[0] for path in tree.named("package.json")}

    def is_made(text: str) -> bool:
        parts = _PREFIX.sub("", text).split("/")
        return not outputs.isdisjoint(parts) and ("package.json" in owners or parts[0] in owners)

    for mention in _named(tree, closure.files.quoting(is_made)):
        parts = mention.path.split("/")
        if parts[-1] not in tables.OUTPUTS or tree.has_directory(mention.path) or tree.has(mention.path):
            continue
        folder = runtime_paths.package_above(tree, mention.path)
        if folder is not None:
            found.setdefault(folder, mention.origin)
    return found


def _is_kept_empty(tree: SourceTree, pattern: str) -> bool:
    """Return whether a pattern names a folder that a build fills: nothing is in it but a file that keeps its place."""
    parts = pattern.split("/")
    folder = _plain(parts)
    if not folder or not tree.has_directory(folder):
        return False
    inside = tree.directory(folder)
    return not inside.directories and all(name.startswith(".") for name in inside.files)


def _matches(tree: SourceTree, pattern: str) -> bool:
    if not runtime_paths.is_pattern(pattern):
        return tree.has(pattern) or tree.has_directory(pattern)
    pending = [("", pattern.split("/"))]
    while pending:
        current, parts = pending.pop()
        directory = tree.directory(current)
        first, *rest = parts
        if not rest:
            if any(fnmatch.fnmatchcase(name, first) for name in (*directory.files, *directory.directories)):
                return True
            continue
        pending.extend(
            (posixpath.join(current, name), rest) for name in directory.directories if fnmatch.fnmatchcase(name, first)
        )
    return False


def _written(closure: Closure) -> Iterator[Found]:
    """Yield the directories that the code writes to, by literal paths; `/tmp` is writable anyway."""
    seen: set[str] = set()
    for file in closure.files.mentioning(_WRITING):
        for literal, folder in _written_in(file):
            path = posixpath.normpath(literal.text)
            directory = runtime_paths.writable(path if folder else posixpath.dirname(path) or ".")
            if directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, file.origin(literal.line))


def _written_in(file: GoFile) -> Iterator[tuple[Value, bool]]:
    for call in file.code.calls((*_WRITERS, "OpenFile")):
        first = call.arguments[:1]
        if call.receiver not in ("os", "ioutil") or not first or first[0].kind != "string":
            continue
        if call.name != "OpenFile" or _OPEN_TO_WRITE.search(" ".join(item.text for item in call.arguments[1:])):
            yield first[0], call.name.startswith("Mkdir")


def databases(closure: Closure) -> Iterator[Found]:
    """Yield the directories of database files that the code names: `data` of `file:data/app.db?cache=shared`."""
    seen: set[str] = set()
    for file in closure.files.quoting(_DATABASE.fullmatch):
        # Below a folder that only the running program knows.
        literals = file.code.strings(_DATABASES)
        calls = file.code.calls(("Join",)) if literals else ()
        elsewhere = {item.start for call in calls for item in call.arguments}
        for literal in literals:
            match = _DATABASE.fullmatch(literal.text)
            if match is None or ":memory:" in literal.text or literal.start in elsewhere:
                continue
            directory = runtime_paths.writable(posixpath.dirname(posixpath.normpath(match[1])) or ".")
            if directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, file.origin(literal.line))
