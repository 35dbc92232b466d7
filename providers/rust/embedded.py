"""Files that macros and attributes take into the program: `include_str!`, `#[folder = "ui/dist"]`."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Source, Value

    from .project import Project

_PATH = re.compile(r"[\w@+,./ *{}?\[\]-]{1,200}", re.ASCII)
# Macros that take a file or a folder into the program, or that have nothing to do with files at run time. The paths of
# the first ones start in the folder of the file, the others in that of the package.
_BESIDE = frozenset({"include", "include_str", "include_bytes"})
_MACROS = _BESIDE | {
    "concat", "const_file", "embed_dir", "embed_migrations", "i18n", "include_dir", "include_flate", "load_dotenv",
    "migrate", "query_file", "query_file_as", "query_file_scalar",
}  # fmt: skip
_ATTRIBUTES = frozenset({"folder", "path", "template_path", "grammar", "prefix", "include", "exclude"})
_WORDS = (
    "migrate!", "i18n!", "query_file", "const_file!", "load_dotenv!", "concat!(env!", "embed_dir!", "embed_migrations!",
)  # fmt: skip
_INCLUDE = re.compile(rb"include(?:_str|_bytes|_dir|_flate)?!")
_ATTRIBUTE = re.compile(rb"#\[(?:folder|path|template_path|grammar|prefix|include|exclude)\b")
# `#[template(path = "a.html")]`, in an attribute or what a macro is given.
_NAMED = re.compile(rb'= r?"(?:(?<=path = ")|(?<=folder = ")|(?<=source = ")|(?<=config = ")|(?<= = r"))')
_BEFORE = re.compile(rb"(?:.*\W)?(?:path|folder|source|config)\s*=\s*", re.DOTALL)


class Taken(NamedTuple):
    """A string that is taken into the program; `beside`: as a path from the file itself."""

    literal: Value
    beside: bool


def taken_in(file: Source) -> tuple[Taken, ...]:
    """Return the strings that macros or attributes take into the program, in their order."""
    found: list[Taken] = []
    for item in file.matches("macros"):
        name, given = item["name"][0].text, item["arguments"][0]
        strings = file.strings_within(given.start, given.end)
        if name == "concat" and given.text.startswith("(env!") and len(strings) > 1:
            found.append(Taken(strings[1], beside=False))
        elif name in _MACROS and strings and not file.text(given.start + 1, strings[0].start).strip():
            found.append(Taken(strings[0], name in _BESIDE))
        else:
            found += (Taken(value, beside=False) for value in strings if _is_named(file, value))
    for attribute in file.attributes(("",)):
        if attribute.name in _ATTRIBUTES:
            found += (Taken(value, beside=False) for value in attribute.arguments[:1] if value.kind == "string")
        found += (Taken(value, beside=False) for value in attribute.arguments if _is_named(file, value))
    return tuple(sorted(dict.fromkeys(found), key=lambda item: item.literal.start))


def _is_named(file: Source, value: Value) -> bool:
    """Return whether a string is an argument with a name that says that it is a path."""
    before = file.content[max(0, value.start - 40) : value.start]
    return value.kind == "string" and before.rstrip().endswith(b"=") and _BEFORE.fullmatch(before) is not None


def takers(project: Project) -> tuple[Source, ...]:
    """Return the files that may take something into the program."""
    files = project.files
    return files.among(files.mentioning(_WORDS), files.fitting(_INCLUDE, _NAMED, _ATTRIBUTE))


def outermost(project: Project) -> tuple[str, ...]:
    """Return what macros take into the program, from the root of the tree, up to the first wildcard."""
    return tuple(dict.fromkeys(path for path, _ in paths(project)))


def paths(project: Project) -> Iterator[tuple[str, Origin]]:
    """Yield what macros take into the program, from the root of the tree."""
    for file in takers(project):
        taken = taken_in(file)
        rows = project.workspace.packages if taken else ()
        inside = (row for row in rows if row.directory and file.path.startswith(f"{row.directory}/"))
        package = next(inside, project.app.package)
        for literal, beside in taken:
            text = literal.text.removeprefix("$CARGO_MANIFEST_DIR/").removeprefix("/")
            folder = posixpath.dirname(file.path) if beside else package.directory
            path = posixpath.normpath(posixpath.join(folder, text))
            if _PATH.fullmatch(text) and not path.startswith("..") and path != ".":
                yield path, file.origin(literal.line)
