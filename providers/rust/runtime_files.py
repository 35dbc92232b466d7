"""Files that the code reads while it runs, and directories that it writes to.

Everything is judged by strings in the code: one that names something which lies in the tree is taken to be read, unless
a macro takes it into the program. A file too many in the image costs little; one too few is a page that fails.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import runtime_paths
from buildplan.language.runtime_paths import Found, RuntimeFiles

from . import embedded
from .words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin

    from .project import Project
    from .source_file import RustFile

# Functions that are given a path to read; then any folder is meant.
_READER = re.compile(
    r"\b(?:ServeDir|ServeFile|Files|NamedFile|FileServer|StaticFiles|StaticFilesEndpoint|StaticDir|Path|PathBuf|File|Tera|Environment|Config|"
    r"Migrator|fs|relative|crate_relative|FileSource|Loader)(?:::|!)\s*(?:\w+\s*)?(?:::<[^<>]{0,40}>)?\(?[^();{}]{0,200}$"
    r"|\b(?:fs::\w+|read_to_string|read_dir|open|from_file|dir|file|with_name|join|path_loader|serve_dir|register_templates_directory|"
    r"register_template_file|from_path|from_filename|add_source)\s*\([^();{}]{0,120}$"
)
_WRITER = re.compile(
    r"\b(?:create_dir_all|create_dir|File::create|File::create_new|fs::write|rolling::\w{1,10})\s*+\(\s*+&?\s*+\"(\d+)\""
)
_DATABASE = re.compile(
    r"(?:sqlite:(?://)?|file:)?((?:[\w./-]{0,150}/)?[\w.-]{1,80}\.(?:db|sqlite3?|db3|redb|sled|duckdb))(?:\?[^\s]{0,200})?",
    re.ASCII,
)
_OF_RUST = re.compile(r"(?:.*/)?cargo\.(?:toml|lock)|.*\.rs", re.IGNORECASE)
_WITHIN = 240


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
    if mention.reader or mention.glob or (name in listed("folders") and mention.path == name):
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
            if not set(parts) & set(listed("outputs")) or tree.has(path) or tree.has_directory(path):
                continue
            folder = runtime_paths.package_above(tree, path)
            if folder is not None:
                found.setdefault(folder, origin)
    return found


def _written(project: Project) -> Iterator[Found]:
    """Yield the directories that the code writes to, by literal paths; `/tmp` is writable anyway."""
    seen: set[str] = set()
    for file in project.files:
        for text, is_folder, line in _written_in(project, file):
            path = posixpath.normpath(text)
            directory = runtime_paths.writable(path if is_folder else posixpath.dirname(path) or ".")
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
