"""What the `Cargo.toml` files of a tree say: packages, their binaries and dependencies.

Source, checked 2026-11-24: https://doc.rust-lang.org/cargo/reference/cargo-targets.html#target-auto-discovery and
https://doc.rust-lang.org/cargo/reference/workspaces.html
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.facts import toml_document
from buildplan.provenance import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.facts.document import Document
    from buildplan.source import SourceTree

MANIFEST = "Cargo.toml"
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,100}")


@dataclass(frozen=True, slots=True)
class Binary:
    """A program of a package, and the file it begins in."""

    package: Package
    name: str
    source: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class Package:
    """A package; `directory` is `""` for the root. `dependencies` maps a crate's name to its place."""

    directory: str
    name: str
    document: Document
    dependencies: dict[str, Origin]
    is_library: bool


def read(tree: SourceTree) -> tuple[Package, ...]:
    """Return the packages of the workspace, the root's first; raises FileError for a broken manifest."""
    root = toml_document.read(tree, MANIFEST)
    directories = [""] if "package" in root.data else []
    directories += [item for item in _members(tree, root) if item]
    return tuple(_package(tree, directory, root) for directory in dict.fromkeys(directories))


def _members(tree: SourceTree, root: Document) -> Iterator[str]:
    patterns = _texts(root, "workspace", "members")
    excluded = {posixpath.normpath(item) for item in _texts(root, "workspace", "exclude")}
    known = sorted(directory for directory, names in tree.listing.directories.items() if MANIFEST in names.files)
    for pattern in patterns:
        clean = posixpath.normpath(pattern)
        for directory in known:
            fits = directory.count("/") == clean.count("/") and fnmatch.fnmatchcase(directory, clean)
            if fits and directory not in excluded:
                yield directory


def _texts(document: Document, *keys: str) -> list[str]:
    value = document.get(*keys)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise document.wrong_type(keys, value, "a list of texts")
    return value


def _package(tree: SourceTree, directory: str, root: Document) -> Package:
    document = toml_document.read(tree, posixpath.join(directory, MANIFEST))
    name = document.string("package", "name")
    if name is None or not _NAME.fullmatch(name.value):
        raise FileError(
            "`package.name` is no name of a package", origin=document.origin("package"), hint="use letters, digits, `-`"
        )
    found: dict[str, Origin] = {}
    for kind in ("dependencies", "build-dependencies"):
        for key, value in document.table(kind).items():
            crate = value.get("package", key) if isinstance(value, dict) else key
            if isinstance(value, dict) and value.get("workspace") is True:
                shared = root.get("workspace", "dependencies", key)
                crate = shared.get("package", key) if isinstance(shared, dict) else key
            if isinstance(crate, str):
                found.setdefault(crate, document.origin(kind, key))
    library = "lib" in document.data or tree.has(posixpath.join(directory, "src/lib.rs"))
    return Package(directory, name.value, document, found, library)


def binaries(tree: SourceTree, package: Package) -> tuple[Binary, ...]:
    """Return the programs of a package, its own name first."""
    found: dict[str, Binary] = {}
    entries = package.document.get("bin")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and _NAME.fullmatch(name):
            path = entry.get("path")
            text = path if isinstance(path, str) else f"src/bin/{name}.rs"
            origin = package.document.origin("bin", index)
            source = posixpath.normpath(posixpath.join(package.directory, text))
            found[name] = Binary(package, name, source, origin)
    named = {item.source for item in found.values()}
    for name, source in _discovered(tree, package):
        if source not in named and _NAME.fullmatch(name):
            found.setdefault(name, Binary(package, name, source, Origin(source)))
    return tuple(sorted(found.values(), key=lambda item: (item.name != package.name, item.name)))


def _discovered(tree: SourceTree, package: Package) -> Iterator[tuple[str, str]]:
    if package.document.get("package", "autobins") is False:
        return
    main = posixpath.join(package.directory, "src/main.rs")
    if tree.has(main):
        yield package.name, main
    folder = posixpath.join(package.directory, "src/bin")
    for name in tree.directory(folder).files:
        if name.endswith(".rs"):
            yield name.removesuffix(".rs"), posixpath.join(folder, name)
    for name in tree.directory(folder).directories:
        if tree.has(posixpath.join(folder, name, "main.rs")):
            yield name, posixpath.join(folder, name, "main.rs")
