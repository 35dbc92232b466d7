"""The source files of a program: those of its package and of the members that it uses."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.read.corpus import Corpus

from . import manifests, source_file, targets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.syntax import Source
    from buildplan.source import SourceTree

    from .manifests import Package, Workspace
    from .targets import Binary

# Folders of a package whose code is no part of its programs.
_APART = frozenset({"benches", "examples", "target", "fuzz"})
_TESTS = frozenset({"test", "tests"})
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
    found = (source_file.read(tree, path) for path in paths if tree.has(path))
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
            apart = name in _TESTS or (current == package.directory and name in _APART)
            if path not in nested and not apart and not tree.has(posixpath.join(path, manifests.MANIFEST)):
                pending.append(path)
