"""Files that the code reads while it runs, and directories that it writes to.

Everything is judged by strings in the code: one that names something which lies in the tree is taken to be read, unless
a macro takes it into the program. A file too many in the image costs little; one too few is a page that fails.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import embedded
from .words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.provenance import Origin

    from .project import Project
    from .source_file import RustFile

_PATH = re.compile(r"[\w@+,./ *{}?\[\]-]{1,200}", re.ASCII)
_GLOB = re.compile(r"[*?{\[]")
# Functions that are given a path to read; then any folder is meant.
_READER = re.compile(
    r"\b(?:ServeDir|ServeFile|Files|NamedFile|FileServer|StaticFiles|StaticFilesEndpoint|StaticDir|Path|PathBuf|File|Tera|Environment|Config|"
    r"Migrator|fs|relative|crate_relative|FileSource|Loader)(?:::|!)\s*(?:\w+\s*)?(?:::<[^<>]{0,40}>)?\(?[^();{}]{0,200}$"
    r"|\b(?:fs::\w+|read_to_string|read_dir|open|from_file|dir|file|with_name|join|path_loader|serve_dir|register_templates_directory|"
    r"register_template_file|from_path|from_filename|add_source)\s*\([^();{}]{0,120}$"
)
_WRITER = re.compile(
    r"\b(?:create_dir_all|create_dir|File::create|File::create_new|fs::write|rolling::\w{1,10})\s*\(\s*&?\s*\"(\d+)\""
)
_DATABASE = re.compile(
    r"(?:sqlite:(?://)?|file:)?((?:[\w./-]{0,150}/)?[\w.-]{1,80}\.(?:db|sqlite3?|db3|redb|sled|duckdb))(?:\?[^\s]{0,200})?",
    re.ASCII,
)
# Relative, or where data lies in a container by custom; `/tmp` can be written to anyway.
_WRITABLE = re.compile(
    r"(?:[\w.-][\w./-]{0,200}|/(?:app|data|opt|srv|storage|uploads|var/(?:data|lib|log))(?:/[\w./-]{1,200})?)", re.ASCII
)
# Never in an image, or only of use to a developer.
_LEFT_OUT = re.compile(
    r"(?:.*/)?(?:cargo\.(?:toml|lock)|.*\.rs|\.env.*|\.git.*|dockerfile.*|makefile|readme.*|license.*|procfile|.*\.pem|.*\.key)",
    re.IGNORECASE,
)
_WITHIN = 240


@dataclass(frozen=True, slots=True)
class Found:
    """A path of the tree (a folder ends in `/`) and the code that names it."""

    path: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class RuntimeFiles:
    """What the image needs beside the program.

    `directory` is where the program has to be started so that its relative paths are right, `""` for the root.
    `writes` are directories: relative to that, or absolute; `.` is the app's own.
    """

    reads: tuple[Found, ...] = ()
    writes: tuple[Found, ...] = ()
    directory: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that are read."""
        return tuple(item.path for item in self.reads)


@dataclass(frozen=True, slots=True)
class _Mention:
    path: str
    glob: str
    reader: bool
    origin: Origin


def find(project: Project) -> RuntimeFiles:
    """Return what the app reads and writes."""
    named = tuple(_mentions(project))
    bases = tuple(dict.fromkeys(("", project.app.package.directory)))
    by_base: dict[str, list[Found]] = {}
    resolved: set[_Mention] = set()
    for base in bases:
        by_base[base] = []
        for mention in named:
            paths = () if mention in resolved else tuple(_existing(project, base, mention))
            if paths:
                resolved.add(mention)
            by_base[base].extend(Found(path, mention.origin) for path in paths)
    by_base[""].extend(_of_frameworks(project))
    directory = next((base for base in bases if by_base[base]), "")
    reads = _outermost([item for base in bases for item in by_base[base]])
    return RuntimeFiles(reads, tuple(_written(project)), directory)


def _of_frameworks(project: Project) -> Iterator[Found]:
    """Yield what a framework reads without being told."""
    tree, crates = project.tree, project.crates
    if project.framework is not None:
        row, origin = project.framework
        yield from (Found(f"{name}/", origin) for name in row.folders if tree.has_directory(name))
        yield from (Found(name, origin) for name in row.files if tree.has(name))
    if "rocket_dyn_templates" in crates.origins and tree.has_directory("templates"):
        yield Found("templates/", crates.origins["rocket_dyn_templates"])


def _mentions(project: Project) -> Iterator[_Mention]:
    """Yield every string of the code that can be a path, once."""
    seen: set[tuple[str, str, bool]] = set()
    for file in project.files:
        for offset, literal in file.strings():
            split = _split(literal.text)
            if split is None:
                continue
            # Most strings name nothing; only of the others it is worth to know what they are given to.
            if not _leads_somewhere(project, *split):
                continue
            if embedded.is_taken_in(file, offset):
                continue
            before = file.code[max(0, offset - _WITHIN) : offset]
            reader = _READER.search(before.rpartition("\n\n")[2]) is not None
            if (*split, reader) not in seen:
                seen.add((*split, reader))
                yield _Mention(*split, reader, file.origin(literal.line))


def _leads_somewhere(project: Project, path: str, glob: str) -> bool:
    """Return whether a path is in the tree, or beside something that is: an output, a file without its ending."""
    tree = project.tree
    for base in (path, posixpath.join(project.app.package.directory, path)):
        clean = posixpath.normpath(base)
        folder = posixpath.dirname(clean)
        if tree.has(clean) or tree.has_directory(clean) or (not glob and folder and tree.has_directory(folder)):
            return True
        if clean in tree.memo("rust root stems", "", lambda: _stems(project)):
            return True
    return not set(path.split("/")).isdisjoint(listed("outputs"))


def _stems(project: Project) -> frozenset[str]:
    """Return the names of the root's files without their endings."""
    return frozenset(name.rpartition(".")[0] for name in project.tree.directory().files)


def _split(text: str) -> tuple[str, str] | None:
    """Return the path up to a pattern, and the pattern; None for what is no path inside the tree."""
    text = text.removeprefix("file://").removeprefix("/app/").strip()
    if not text or text.startswith("/") or not _PATH.fullmatch(text) or "//" in text:
        return None
    parts = text.removesuffix("/").split("/")
    plain = []
    while parts and not _GLOB.search(parts[0]):
        plain.append(parts.pop(0))
    path = posixpath.normpath("/".join(plain) or ".")
    # Folders with a dot before their names are those of tools, or of a user's home.
    if path == "." or path.startswith((".", "tests/", "test/", "benches/")) or "/." in path:
        return None
    return path, "/".join(parts)


def _existing(project: Project, base: str, mention: _Mention) -> Iterator[str]:
    tree = project.tree
    path = posixpath.normpath(posixpath.join(base, mention.path))
    if tree.has(path):
        is_path = "/" in mention.path or mention.reader
        if is_path and "." in posixpath.basename(path) and not _LEFT_OUT.fullmatch(path):
            yield path
        return
    if not mention.glob and mention.reader and not tree.has_directory(path):
        # `config::File::with_name("config/default")` adds the ending itself.
        folder, name = posixpath.split(path)
        for item in tree.directory(folder).files:
            if item.rpartition(".")[0] == name and item.endswith((".toml", ".yaml", ".yml", ".json", ".ron")):
                yield f"{folder}/" if folder else item
        return
    if not tree.has_directory(path) or path == base:
        return
    if _has_code(project, path):
        if mention.glob:
            yield from _matching(project, path, mention.glob)
        return
    name = posixpath.basename(path)
    if mention.reader or mention.glob or (name in listed("folders") and mention.path == name):
        yield f"{path}/"


def _matching(project: Project, directory: str, glob: str) -> Iterator[str]:
    for name in project.tree.directory(directory).files:
        path = posixpath.join(directory, name)
        if fnmatch.fnmatchcase(name, glob) and not _LEFT_OUT.fullmatch(path):
            yield path


def _has_code(project: Project, path: str) -> bool:
    pending = [path]
    while pending:
        current = pending.pop()
        directory = project.tree.directory(current)
        if any(name.endswith(".rs") for name in directory.files):
            return True
        pending.extend(posixpath.join(current, name) for name in directory.directories)
    return False


def _outermost(found: list[Found]) -> tuple[Found, ...]:
    """Return what is not inside of a folder that is found too, sorted."""
    folders = {item.path for item in found if item.path.endswith("/")}
    kept: dict[str, Found] = {}
    for item in found:
        parts = item.path.rstrip("/").split("/")
        if not any("/".join(parts[:end]) + "/" in folders for end in range(1, len(parts))):
            kept.setdefault(item.path, item)
    return tuple(kept[path] for path in sorted(kept))


def frontends(project: Project) -> dict[str, Origin]:
    """Return the folders with a package.json of their own that have to build what the code embeds or serves.

    That is what the code names and the tree does not hold: `ui/dist`, beside a `ui/package.json`.
    """
    tree = project.tree
    if not tree.named("package.json"):
        return {}
    found: dict[str, Origin] = {}
    named = [*embedded.paths(project), *((item.path, item.origin) for item in _mentions(project) if item.reader)]
    for name, origin in named:
        for base in dict.fromkeys(("", project.app.package.directory)):
            path = posixpath.normpath(posixpath.join(base, name))
            parts = path.split("/")
            if not set(parts) & set(listed("outputs")) or tree.has(path) or tree.has_directory(path):
                continue
            folder = path
            while folder:
                folder = posixpath.dirname(folder)
                if tree.has(posixpath.join(folder, "package.json")):
                    found.setdefault(folder, origin)
                    break
    return found


def _written(project: Project) -> Iterator[Found]:
    """Yield the directories that the code writes to, by literal paths; `/tmp` is writable anyway."""
    seen: set[str] = set()
    for file in project.files:
        for text, is_folder, line in _written_in(project, file):
            path = posixpath.normpath(text)
            directory = own_directory(path if is_folder else posixpath.dirname(path) or ".")
            if directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, file.origin(line))


def _written_in(project: Project, file: RustFile) -> Iterator[tuple[str, bool, int]]:
    for match in _WRITER.finditer(file.code):
        literal = file.literal(match[1])
        yield literal.text, "create_dir" in match[0] or "rolling" in match[0], literal.line
    if {"libsqlite3-sys", "rusqlite", "redb", "sled", "duckdb"}.isdisjoint(project.crates.origins) and not any(
        project.crates.has(name, "sqlite") for name in ("sqlx", "diesel", "sea-orm")
    ):
        return
    for _, literal in file.strings():
        named = _DATABASE.fullmatch(literal.text)
        if named is not None and ":memory:" not in literal.text:
            yield named[1], False, literal.line


def own_directory(directory: str) -> str | None:
    """Return a directory that may be made writable: below the app's own, or one that is there for data."""
    if not _WRITABLE.fullmatch(directory) or ".." in directory:
        return None
    return "." if directory == "/app" else directory.removeprefix("/app/")
