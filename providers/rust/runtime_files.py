"""Files that the code reads while it runs, and directories that it writes to.

Everything is judged by strings in the code: one that names something which lies in the tree is taken to be read, unless
a macro takes it into the program. A file too many in the image costs little; one too few is a page that fails.
"""

from __future__ import annotations

import functools
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import runtime_paths
from buildplan.language.runtime_paths import Found, RuntimeFiles

from . import embedded, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Call, Source

    from .project import Project

# Functions that are given a path to read, by their type or module and by their own name; then any folder is meant.
_READING_TYPES = frozenset({
    "ServeDir", "ServeFile", "Files", "NamedFile", "FileServer", "StaticFiles", "StaticFilesEndpoint", "StaticDir",
    "Path", "PathBuf", "File", "Tera", "Environment", "Config", "Migrator", "fs", "FileSource", "Loader",
})  # fmt: skip
_READERS = frozenset({
    "read_to_string", "read_dir", "open", "from_file", "dir", "file", "with_name", "join", "path_loader", "serve_dir",
    "register_templates_directory", "register_template_file", "from_path", "from_filename", "add_source",
})  # fmt: skip
_READING_MACROS = ("relative", "crate_relative")
_WRITERS = frozenset({("File", "create"), ("File", "create_new"), ("fs", "write")})
_WRITING = (
    re.compile(rb'create_dir(?:_all)?\s*\(\s*&?r?"'),
    re.compile(rb'File::create(?:_new)?\s*\(\s*&?r?"'),
    re.compile(rb'fs::write\s*\(\s*&?r?"'),
    re.compile(rb'rolling::\w+\s*\(\s*&?r?"'),
)
_DATABASE = re.compile(
    r"(?:sqlite:(?://)?|file:)?((?:[\w./-]{0,150}/)?[\w.-]{1,80}\.(?:db|sqlite3?|db3|redb|sled|duckdb))(?:\?[^\s]{0,200})?",
    re.ASCII,
)
_OF_RUST = re.compile(r"(?:.*/)?cargo\.(?:toml|lock)|.*\.rs", re.IGNORECASE)


class _Mention(NamedTuple):
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
    reads = runtime_paths.outermost([item for base in bases for item in by_base[base]])
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


def _mentions(project: Project) -> tuple[_Mention, ...]:
    """Return every string of the code that can be a path, once."""
    return project.tree.memo("rust paths", project.app.source, lambda: tuple(_find(project)))


def _find(project: Project) -> Iterator[_Mention]:
    seen: set[tuple[str, str, bool]] = set()
    for file in project.files.quoting(functools.partial(_leads, project)):
        taken = {item.literal.start for item in embedded.taken_in(file)}
        given = _given_to_readers(file)
        for literal in file.strings():
            split = _split(literal.text)
            if split is None or literal.start in taken or not _leads_somewhere(project, *split):
                continue
            reader = literal.start in given
            if (*split, reader) not in seen:
                seen.add((*split, reader))
                yield _Mention(*split, reader, file.origin(literal.line))


def _leads(project: Project, text: str) -> bool:
    split = _split(text)
    return split is not None and _leads_somewhere(project, *split)


def _given_to_readers(file: Source) -> frozenset[int]:
    """Return where the strings stand that functions or macros are given to read, by the innermost call."""
    given: dict[int, bool] = {}
    for call in sorted(file.calls_like(("",)), key=lambda call: call.end - call.start):
        reads = call.name in _READERS or not _READING_TYPES.isdisjoint(_path_of(file, call))
        for item in call.arguments:
            if item.kind == "string":
                given.setdefault(item.start, reads)
            elif item.kind == "other":
                for value in file.strings_within(item.start, item.end):
                    given.setdefault(value.start, reads)
    for macro in file.matches("macros", _READING_MACROS):
        if macro["name"][0].text in _READING_MACROS:
            arguments = macro["arguments"][0]
            given.update((value.start, True) for value in file.strings_within(arguments.start, arguments.end))
    return frozenset(start for start, reads in given.items() if reads)


def _path_of(file: Source, call: Call) -> list[str]:
    """Return the parts of `tower_http::services::ServeDir` in `ServeDir::new`; none for a method of a value."""
    if not call.receiver:
        return []
    # In what a macro is given the call begins at its name.
    behind = call.start + len(call.receiver.encode())
    is_path = b"::" in (file.content[behind : behind + 2], file.content[call.start - 2 : call.start])
    return call.receiver.split("::") if is_path else []


def _leads_somewhere(project: Project, path: str, glob: str) -> bool:
    """Return whether a path is in the tree, or a file without its ending, or what the build of a front end makes."""
    tree = project.tree
    may_be_made = bool(tree.named("package.json")) and not set(path.split("/")).isdisjoint(tables.OUTPUTS)
    if may_be_made or path.partition("/")[0] not in _entries(project):
        return may_be_made
    for base in dict.fromkeys(("", project.app.package.directory)):
        clean = posixpath.normpath(posixpath.join(base, path))
        folder, name = posixpath.split(clean)
        if tree.has(clean) or tree.has_directory(clean) or (not glob and name in _stems(project, folder)):
            return True
    return False


def _entries(project: Project) -> frozenset[str]:
    """Return how a path can begin: with a name in the root or in the package's folder, or such a name's stem."""
    home = project.app.package.directory

    def names() -> frozenset[str]:
        folders = [project.tree.directory(folder) for folder in ("", home)]
        stems = _stems(project, "") | _stems(project, home)
        return stems.union((".",), *(row.files for row in folders), *(row.directories for row in folders))

    return project.tree.memo("rust entries", home, names)


def _stems(project: Project, folder: str) -> frozenset[str]:
    """Return the names of a folder's files without their endings."""
    names = project.tree.directory(folder).files
    return project.tree.memo("rust stems", folder, lambda: frozenset(name.rpartition(".")[0] for name in names))


def _split(text: str) -> tuple[str, str] | None:
    """Return the path up to a pattern, and the pattern; None for what is no path of the app."""
    found = runtime_paths.split(text)
    # Folders with a dot before their names are those of tools, or of a user's home.
    if found is None or found[0].startswith((".", "tests/", "test/", "benches/")) or "/." in found[0]:
        return None
    return found


def _existing(project: Project, base: str, mention: _Mention) -> Iterator[str]:
    tree = project.tree
    path = posixpath.normpath(posixpath.join(base, mention.path))
    if tree.has(path):
        is_path = "/" in mention.path or mention.reader
        if is_path and "." in posixpath.basename(path) and not runtime_paths.is_left_out(path, _OF_RUST):
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
    if runtime_paths.holds(tree, path, ".rs"):
        if mention.glob:
            yield from runtime_paths.matching(tree, path, mention.glob, _OF_RUST)
        return
    name = posixpath.basename(path)
    if mention.reader or mention.glob or (name in tables.FOLDERS and mention.path == name):
        yield f"{path}/"


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
            if not set(parts) & set(tables.OUTPUTS) or tree.has(path) or tree.has_directory(path):
                continue
            folder = runtime_paths.package_above(tree, path)
            if folder is not None:
                found.setdefault(folder, origin)
    return found


def _written(project: Project) -> Iterator[Found]:
    """Yield the directories that the code writes to, by literal paths; `/tmp` is writable anyway."""
    seen: set[str] = set()
    files = project.files
    for file in files.among(files.fitting(*_WRITING), files.quoting(_DATABASE.fullmatch)):
        for text, is_folder, line in _written_in(project, file):
            path = posixpath.normpath(text)
            directory = runtime_paths.writable(path if is_folder else posixpath.dirname(path) or ".")
            if directory is not None and directory not in seen:
                seen.add(directory)
                yield Found(directory, file.origin(line))


def _written_in(project: Project, file: Source) -> Iterator[tuple[str, bool, int]]:
    for call in file.calls_like(("",)):
        owner = next(reversed(_path_of(file, call)), "")
        makes_folder = call.name in {"create_dir", "create_dir_all"} or owner == "rolling"
        if (makes_folder or (owner, call.name) in _WRITERS) and call.arguments and call.arguments[0].kind == "string":
            yield call.arguments[0].text, makes_folder, call.arguments[0].line
    if {"libsqlite3-sys", "rusqlite", "redb", "sled", "duckdb"}.isdisjoint(project.crates.origins) and not any(
        project.crates.has(name, "sqlite") for name in ("sqlx", "diesel", "sea-orm")
    ):
        return
    for literal in file.strings():
        named = _DATABASE.fullmatch(literal.text)
        if named is not None and ":memory:" not in literal.text:
            yield named[1], False, literal.line
