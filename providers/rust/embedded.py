"""Files that macros and attributes take into the program: `include_str!`, `#[folder = "ui/dist"]`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin

    from .project import Project
    from .source_file import RustFile

_PATH = re.compile(r"[\w@+,./ *{}?\[\]-]{1,200}", re.ASCII)
# What stands right before a string that is taken into the program, or that has nothing to do with files.
_EMBEDS = re.compile(
    r"(?:\binclude(?:_str|_bytes|_dir|_flate)?!\s*[(\[]\s*|\binclude_dir!\s*\(\s*|\b(?:migrate|embed_migrations|i18n|query_file\w*)!\s*\(\s*"
    r"|#\[(?:folder|path|template_path|grammar|prefix|include|exclude)\s*=\s*|\b(?:path|folder|source|config)\s*=\s*"
    r'|\bconcat!\s*\(\s*env!\s*\(\s*"\d+"\s*\)\s*,\s*|\bembed_dir!\s*\(\s*|\bconst_file!\s*\(\s*|\bload_dotenv!\s*\(\s*)$'
)
_NEAR = 80


def is_taken_in(file: RustFile, offset: int) -> bool:
    """Return whether the string at an offset is what a macro or an attribute takes into the program."""
    near = file.code[max(0, offset - _NEAR) : offset]
    return near.rstrip()[-1:] in {"(", "[", "=", ","} and _EMBEDS.search(near) is not None


def outermost(project: Project) -> tuple[str, ...]:
    """Return what macros take into the program, from the root of the tree, up to the first wildcard."""
    found: dict[str, None] = {}
    for path, _ in paths(project):
        found.setdefault(path)
    return tuple(found)


def paths(project: Project) -> Iterator[tuple[str, Origin]]:
    for file in project.files:
        package = next(
            (
                item
                for item in project.workspace.packages
                if item.directory and file.path.startswith(f"{item.directory}/")
            ),
            project.app.package,
        )
        for offset, literal in file.strings():
            text = literal.text.removeprefix("$CARGO_MANIFEST_DIR/").removeprefix("/")
            if not _PATH.fullmatch(text) or not is_taken_in(file, offset):
                continue
            before = file.code[max(0, offset - _NEAR) : offset]
            beside = re.search(r"\binclude(?:_str|_bytes)?!\s*[(\[]\s*$", before) is not None
            base = posixpath.dirname(file.path) if beside else package.directory
            path = posixpath.normpath(posixpath.join(base, text))
            if not path.startswith("..") and path != ".":
                yield path, file.origin(literal.line)
