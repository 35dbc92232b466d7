"""The packages of the tree: which of them are commands, and which code a command is made of."""

from __future__ import annotations

import functools
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from buildplan.read.corpus import Corpus

from . import source_file, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Value
    from buildplan.source import SourceTree

    from .modules import Module, Workspace
    from .source_file import GoFile

_MAX_DIRECTORIES = 2000
_MAX_FILES = 3000


class Package(NamedTuple):
    """The files of one directory that are part of a build; `module` is None in a tree without modules."""

    directory: str
    module: Module | None
    files: tuple[GoFile, ...]

    @property
    def name(self) -> str:
        """The name in the package clause."""
        return self.files[0].package

    @property
    def main(self) -> Origin | None:
        """The place of `func main` when the package is a command."""
        if self.name != "main":
            return None
        found = (file.origin(file.main_line, "func main") for file in self.files if file.main_line is not None)
        return next(found, None)

    @property
    def imports(self) -> Iterator[tuple[GoFile, Value]]:
        """All imports, with the file that holds them."""
        return ((file, item) for file in self.files for item in file.imports)

    @property
    def default_name(self) -> str:
        """The name that Go gives to the program."""
        if self.module is not None and self.directory == self.module.directory:
            return self.module.base
        return self.directory.rpartition("/")[2] or "app"

    @property
    def binary(self) -> str:
        """The name of the program: Go's, or the module's where the folder is only called `cmd`."""
        if self.module is not None and self.directory == self.module.file("cmd"):
            return self.module.base
        return self.default_name


class Closure(tuple[Package, ...]):  # noqa: SLOT001  # its files are kept with it
    """A command's package and all of the tree's own packages that it imports, itself first."""

    @functools.cached_property
    def files(self) -> Corpus[GoFile]:
        """All files."""
        return Corpus(file for package in self for file in package.files)


class Packages:
    """The packages of a workspace, read when they are asked for."""

    def __init__(self, tree: SourceTree, workspace: Workspace | None, tags: frozenset[str]) -> None:
        self._tree = tree
        self._workspace = workspace
        self._tags = tags
        # What detection has read, the plan reads again.
        known: tuple[dict[str, Package | None], dict[str, Closure]] = ({}, {})
        self._known, self._closures = tree.memo("go packages", f"{workspace is None} {sorted(tags)}", lambda: known)
        modules = workspace.all_modules if workspace is not None else ()
        # The longest path first: `example.com/app/sub` may be a module of its own.
        self._modules = sorted(modules, key=lambda module: -len(module.path))
        self._by_directory = {module.directory: module for module in modules}

    def at(self, directory: str) -> Package | None:
        """Return the package of a directory, or None when no file there is part of the build."""
        if directory not in self._known:
            self._known[directory] = self._read(directory)
        return self._known[directory]

    def _read(self, directory: str) -> Package | None:
        files = []
        for name in self._tree.directory(directory).files:
            if not name.endswith(".go") or name.endswith("_test.go"):
                continue
            found = source_file.read(self._tree, posixpath.join(directory, name))
            if found is not None and found.holds(self._tags, cgo=False):
                files.append(found)
        if not files:
            return None
        # A stray file of another package would not compile; the package that most files have is meant.
        names = [file.package for file in files]
        name = max(dict.fromkeys(names), key=names.count)
        kept = tuple(file for file in files if file.package == name)
        return Package(directory, self._module_of(directory), kept)

    def _module_of(self, directory: str) -> Module | None:
        while True:
            if directory in self._by_directory:
                return self._by_directory[directory]
            if not directory:
                return None
            directory = directory.rpartition("/")[0]

    def imported(self, path: str) -> tuple[str, bool]:
        """Return the directory of an import path, and whether the path belongs to the tree at all."""
        for module in self._modules:
            if path == module.path:
                return module.directory, True
            if path.startswith(f"{module.path}/"):
                return posixpath.join(module.directory, path[len(module.path) + 1 :]), True
        return "", False

    def closure(self, start: Package) -> Closure:
        """Return the package and all of the tree's own packages that it imports, itself first."""
        if start.directory in self._closures:
            return self._closures[start.directory]
        found = {start.directory: start}
        pending = [start]
        files = len(start.files)
        while pending and files < _MAX_FILES:
            for _, item in pending.pop(0).imports:
                directory, own = self.imported(item.text)
                if not own or directory in found:
                    continue
                package = self.at(directory)
                if package is not None:
                    found[directory] = package
                    pending.append(package)
                    files += len(package.files)
        return self._closures.setdefault(start.directory, Closure(found.values()))

    def commands(self, *, everywhere: bool) -> tuple[Package, ...]:
        """Return the commands: in the modules' roots and below `cmd/`, or `everywhere` in the modules."""
        modules = self._workspace.modules if self._workspace is not None else ()
        roots = tuple(module.directory for module in modules) or ("",)
        found = []
        for directory in self._directories(roots, everywhere=everywhere):
            package = self._command_at(directory)
            if package is not None:
                found.append(package)
        return tuple(found)

    def _command_at(self, directory: str) -> Package | None:
        names = [name for name in self._tree.directory(directory).files if name.endswith(".go")]
        for name in names:
            head = source_file.read(self._tree, posixpath.join(directory, name))
            # One look is enough where the first file that counts says that it is a library.
            if head is not None and head.holds(self._tags, cgo=False):
                if head.package != "main":
                    return None
                break
        package = self.at(directory)
        return package if package is not None and package.main is not None else None

    def _directories(self, roots: tuple[str, ...], *, everywhere: bool) -> Iterator[str]:
        """Yield directories of the modules, a module's root first, shallow ones first."""
        seen = 0
        for root in roots:
            pending = [root]
            while pending and seen < _MAX_DIRECTORIES:
                directory = pending.pop(0)
                seen += 1
                yield directory
                names = self._tree.directory(directory).directories
                inside = [name for name in names if self._is_searched(directory, name)]
                if not everywhere and directory == root:
                    inside = [name for name in inside if name == "cmd"]
                pending.extend(posixpath.join(directory, name) for name in inside)

    def _is_searched(self, directory: str, name: str) -> bool:
        if name in tables.NOT_SEARCHED or name.startswith((".", "_")):
            return False
        path = posixpath.join(directory, name)
        # Another module is searched on its own, when it takes part at all.
        return not self._tree.has(f"{path}/go.mod")


def is_example(package: Package) -> bool:
    """Return whether the package lies in a folder of examples, tests or documents."""
    base = package.module.directory if package.module is not None else ""
    inside = posixpath.relpath(package.directory or ".", base or ".").split("/")
    return any(part in tables.EXAMPLES for part in inside)


def missing(packages: Packages, closure: Closure) -> tuple[tuple[str, Origin], ...]:
    """Return the directories of the tree's own packages that are imported and not there, with the first import."""
    found: dict[str, Origin] = {}
    for package in closure:
        for file, item in package.imports:
            directory, own = packages.imported(item.text)
            if own and packages.at(directory) is None:
                found.setdefault(directory, file.origin(item.line, item.text))
    return tuple(found.items())
