"""The Rust files of a program, as far as facts are looked for: `buildplan.read.syntax` without what only tests hold."""

from __future__ import annotations

import bisect
import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read import syntax
from buildplan.read.corpus import Corpus

from . import manifests, targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.syntax import Attribute, Source, Value
    from buildplan.source import SourceTree

    from .manifests import Package, Workspace
    from .targets import Binary

# rustfmt closes an item in the column in which it begins; one that ends on its first line needs no brace of its own.
_TESTS = re.compile(rb"^([ \t]*)#\[cfg\(test\)\]\s*(?:(?:#\[|//)[^\n]*\s*)*([^\n]*)", re.MULTILINE)
_BETWEEN = re.compile(rb"\]\s*(?://[^\n]*\s*)*")
_DEFAULT = re.compile(rb"(?:.*\W)?default\w*\s*[=(]?\s*", re.DOTALL)
# Attributes by which clap makes options of fields.
OPTIONS = ("arg", "clap", "structopt")


class Field(NamedTuple):
    """A field of a struct and the attributes right before it."""

    name: Value
    type: Value
    attributes: tuple[Attribute, ...]


def read(tree: SourceTree, path: str) -> Source | None:
    """Return the file, or None when it is not text: a source file is only a hint."""
    return syntax.source(tree, path, "rust", _without_tests)


def _without_tests(content: bytes) -> bytes:
    """Return the text with nothing but the line ends of the items that `#[cfg(test)]` stands before."""
    if b"#[cfg(test)]" not in content:
        return content
    pieces: list[bytes] = []
    position = 0
    for match in _TESTS.finditer(content):
        start, end = match.span()
        if start < position:
            continue
        if not match[2].rstrip().endswith((b";", b"}", b",")):
            close = content.find(b"\n" + match[1] + b"}", end)
            end = len(content) if close < 0 else content.find(b"\n", close + 1)
            end = len(content) if end < 0 else end
        pieces += [content[position:start], b"\n" * content.count(b"\n", start, end)]
        position = end
    pieces.append(content[position:])
    return b"".join(pieces)


def fields(file: Source, endings: tuple[str, ...]) -> Iterator[Field]:
    """Yield the fields whose name has one of the endings, in their order."""
    found = [item for item in file.matches("fields", endings) if item["name"][0].text.endswith(endings)]
    attributes = _Attributes(file) if found else None
    for item in found:
        if attributes is not None:
            yield Field(item["name"][0], item["type"][0], attributes.before(item["field"][0].start))


def derives(file: Source, start: int, names: tuple[str, ...]) -> bool:
    """Return whether the type that begins at an offset derives one of the names."""
    rows = (item.arguments for item in _Attributes(file).before(start) if item.name == "derive")
    return any(value.text in names for arguments in rows for value in arguments)


class _Attributes:
    """The attributes of a file, by where they end."""

    def __init__(self, file: Source) -> None:
        self._content = file.content
        self._rows = file.attributes(("",))
        self._ends = [item.end for item in self._rows]

    def before(self, start: int) -> tuple[Attribute, ...]:
        """Return the attributes that stand right before an offset, in their order."""
        last = first = bisect.bisect_right(self._ends, start)
        while first and _BETWEEN.fullmatch(self._content, self._ends[first - 1], start):
            first -= 1
            start = self._rows[first].start - len("#[")
        return self._rows[first:last]


def defaults(file: Source, attribute: Attribute) -> Iterator[Value]:
    """Yield the values behind `default`: `default = 80`, `default_value_t = 80`, `default(80)`."""
    for value in attribute.arguments:
        if _DEFAULT.fullmatch(file.content, max(attribute.start, value.start - 40), value.start):
            yield value._replace(text=value.text.strip("()"))


# Folders of a package whose code is no part of its programs.
_APART = frozenset({"benches", "examples", "target", "fuzz"})
_TEST_FOLDERS = frozenset({"test", "tests"})
_NOT_CODE = frozenset({"build.rs", "test.rs", "tests.rs"})


def files(tree: SourceTree, workspace: Workspace, app: Binary) -> Corpus[Source]:
    """Return the app's own file, then its package's, then those of the members it uses."""
    paths: dict[str, None] = {app.source: None}
    for package in workspace.closure(app.package):
        others = {item.source for item in targets.binaries(tree, package)} - {app.source}
        folders = {posixpath.dirname(path) for path in others if not path.endswith("src/main.rs")}
        folders -= {posixpath.dirname(app.source), package.file("src"), package.directory}
        for path in _sources(tree, workspace, package):
            # Other programs of the package: `src/bin/admin.rs`, `src/bin/admin/`.
            if path not in others and not any(path.startswith(f"{folder}/") for folder in folders if folder):
                paths.setdefault(path)
    found = (read(tree, path) for path in paths if tree.has(path))
    return Corpus(item for item in found if item is not None)


def _sources(tree: SourceTree, workspace: Workspace, package: Package) -> Iterator[str]:
    """Yield the Rust files of a package, without those of packages below it."""
    nested = {item.directory for item in workspace.packages if item is not package}
    pending = [package.directory]
    while pending:
        current = pending.pop()
        directory = tree.directory(current)
        for name in directory.files:
            if name.endswith(".rs") and name not in _NOT_CODE:
                yield posixpath.join(current, name)
        for name in reversed(directory.directories):
            path = posixpath.join(current, name)
            apart = name in _TEST_FOLDERS or (current == package.directory and name in _APART)
            if path not in nested and not apart and not tree.has(posixpath.join(path, manifests.MANIFEST)):
                pending.append(path)
