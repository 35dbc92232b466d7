"""What a package is built into: programs, a library, a build script; and whether it is a server.

Source, checked 2026-11-24: https://doc.rust-lang.org/cargo/reference/cargo-targets.html#target-auto-discovery
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.model.origin import Origin

from . import tables
from .manifests import NAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .manifests import Package, Workspace
    from .tables import Framework


class Binary(NamedTuple):
    """A program of a package, and the file it begins in; it is only built with its features."""

    package: Package
    name: str
    source: str
    origin: Origin
    features: tuple[str, ...] = ()


def binaries(tree: SourceTree, package: Package) -> tuple[Binary, ...]:
    """Return the programs of a package, its own name first."""
    found: dict[str, Binary] = {}
    entries = package.document.get("bin")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str) and NAME.fullmatch(name):
            needed = entry.get("required-features")
            features = tuple(item for item in needed if isinstance(item, str)) if isinstance(needed, list) else ()
            origin = package.document.origin("bin", index)
            found[name] = Binary(package, name, _source(tree, package, entry, name), origin, features)
    named = {item.source for item in found.values()}
    for name, source in _discovered(tree, package):
        if source not in named and NAME.fullmatch(name):
            found.setdefault(name, Binary(package, name, source, Origin(source)))
    return tuple(sorted(found.values(), key=lambda item: (item.name != package.name, item.name)))


def _source(tree: SourceTree, package: Package, entry: dict[str, Any], name: str) -> str:
    path = entry.get("path")
    if isinstance(path, str):
        return package.file(path)
    places = [package.file(f"src/bin/{name}.rs"), package.file(f"src/bin/{name}/main.rs")]
    if name == package.name:
        places.insert(0, package.file("src/main.rs"))
    return tree.first(*places, package.file("src/main.rs")) or places[0]


def _discovered(tree: SourceTree, package: Package) -> Iterator[tuple[str, str]]:
    if package.document.get("package", "autobins") is False:
        return
    main = package.file("src/main.rs")
    if tree.has(main):
        yield package.name, main
    folder = package.file("src/bin")
    for name in tree.directory(folder).files:
        if name.endswith(".rs"):
            yield name.removesuffix(".rs"), posixpath.join(folder, name)
    for name in tree.directory(folder).directories:
        if tree.has(posixpath.join(folder, name, "main.rs")):
            yield name, posixpath.join(folder, name, "main.rs")


def library(tree: SourceTree, package: Package) -> str | None:
    """Return the file that a package's library begins in, None for a package without one."""
    path = package.document.get("lib", "path")
    source = package.file(path if isinstance(path, str) else "src/lib.rs")
    return source if tree.has(source) else None


def build_script(tree: SourceTree, package: Package) -> str | None:
    """Return the build script of a package, None when it has none."""
    path = package.document.get("package", "build")
    if path is False:
        return None
    source = package.file(path if isinstance(path, str) else "build.rs")
    return source if tree.has(source) else None


def framework(workspace: Workspace, package: Package) -> tuple[Framework, Origin] | None:
    """Return the framework that makes the package a server, and its place; members that it uses count."""
    declared: dict[str, Origin] = {}
    for item in reversed(workspace.closure(package)):
        declared.update(item.dependencies)
    return next(((row, declared[row.crate]) for row in tables.FRAMEWORKS if row.crate in declared), None)
