"""What the `Cargo.toml` files of a tree say: packages and their dependencies.

Sources, checked 2026-11-24: https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html and
https://doc.rust-lang.org/cargo/reference/workspaces.html
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import FileError
from buildplan.read import toml_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from buildplan.model.origin import Origin
    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

MANIFEST = "Cargo.toml"
LOCK = "Cargo.lock"
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,100}")
_KINDS = ("dependencies", "build-dependencies", "dev-dependencies")
# What is only built for other systems; `not(…)` and `any(…)` are not looked into.
_ELSEWHERE = re.compile(
    r'cfg\(\s*(?:windows|target_(?:os|family|arch)\s*=\s*"(?:windows|macos|ios|android|wasm32|wasm)")\s*\)'
    r"|.*-(?:windows|apple|wasi|unknown-unknown)\b.*"
)
_MAX_PACKAGES = 2000
# Each package is asked for those that it uses: all of these together.
_MAX_STEPS = 200_000


class Dependency(NamedTuple):
    """A crate that a package asks for; `path` is its folder in the tree, None when it comes from elsewhere."""

    crate: str
    key: str
    kind: str
    origin: Origin
    requirement: str = ""
    features: tuple[str, ...] = ()
    default_features: bool = True
    optional: bool = False
    path: str | None = None
    git: str | None = None
    registry: str | None = None


class Package(NamedTuple):
    """A package; `directory` is `""` for the root. `patched` ones stand in for a crate of a registry."""

    directory: str
    name: str
    document: Document
    all_dependencies: tuple[Dependency, ...]
    patched: bool = False

    @property
    def dependencies(self) -> dict[str, Origin]:
        """What the package's own code uses: a crate's name to its place."""
        return {item.crate: item.origin for item in reversed(self.all_dependencies) if item.kind != "dev-dependencies"}

    def dependency(self, crate: str) -> Dependency | None:
        """Return what is asked of a crate, or None."""
        return next((item for item in self.all_dependencies if item.crate == crate), None)

    def file(self, path: str) -> str:
        """Return a path of the package as one of the tree."""
        return posixpath.normpath(posixpath.join(self.directory, path))


class Workspace(NamedTuple):
    """The packages of a tree, the root's first.

    `members` belong to the workspace; `packages` are these and all that they ask for by a path. `default_members` are
    folders, empty when nothing is said. `missing` are paths of dependencies that lead to no package of the tree.
    """

    root: Document
    members: tuple[Package, ...]
    packages: tuple[Package, ...]
    default_members: tuple[str, ...]
    missing: tuple[Dependency, ...]
    by_directory: Mapping[str, Package]

    def named(self, name: str) -> Package | None:
        """Return the package of that name."""
        return next((item for item in self.packages if item.name == name), None)

    def closure(self, package: Package) -> tuple[Package, ...]:
        """Return the package and those of the tree that its code uses."""
        found = {package.directory: package}
        pending = deque(found.values())
        most = max(50, _MAX_STEPS // len(self.packages))
        while pending and len(found) < most:
            used = (item.path for item in pending.popleft().all_dependencies if item.kind != "dev-dependencies")
            for path in used:
                other = self.by_directory.get(path) if path is not None and path not in found else None
                if other is not None:
                    found[other.directory] = other
                    pending.append(other)
        return tuple(found.values())


def read(tree: SourceTree) -> Workspace:
    """Return the packages of a tree; raises FileError for a broken manifest."""
    return tree.memo("cargo workspace", MANIFEST, lambda: _read(tree))


def _read(tree: SourceTree) -> Workspace:
    root = toml_document.read(tree, MANIFEST)
    directories = [""] if "package" in root.data else []
    directories += [item for item in _matching(tree, root, "members") if item]
    members = [_package(tree, directory, root) for directory in dict.fromkeys(directories)]
    packages = {item.directory: item for item in members}
    missing: list[Dependency] = []
    patches = list(_patches(root))
    pending = [
        *((item, False) for package in members for item in package.all_dependencies),
        *((p, True) for p in patches),
    ]
    while pending and len(packages) < _MAX_PACKAGES:
        item, patched = pending.pop(0)
        if item.path is None:
            continue
        known = packages.get(item.path)
        if known is None and (item.path.startswith("..") or not tree.has(posixpath.join(item.path, MANIFEST))):
            missing.append(item)
        elif known is None or (patched and not known.patched):
            found = _package(tree, item.path, root, patched=patched)
            packages[item.path] = found
            pending += [(other, patched) for other in found.all_dependencies if other.kind != "dev-dependencies"]
    default = tuple(_matching(tree, root, "default-members")) if root.get("workspace", "default-members") else ()
    members = [packages[item.directory] for item in members]
    return Workspace(root, tuple(members), tuple(packages.values()), default, tuple(missing), packages)


def _matching(tree: SourceTree, root: Document, key: str) -> Iterator[str]:
    excluded = {posixpath.normpath(item) for item in texts(root, "workspace", "exclude")}
    known = sorted(directory for directory, names in tree.listing.directories.items() if MANIFEST in names.files)
    for pattern in texts(root, "workspace", key):
        clean = posixpath.normpath(pattern)
        if clean == ".":
            yield ""
            continue
        deep = "**" in clean
        for directory in known:
            fits = (deep or directory.count("/") == clean.count("/")) and fnmatch.fnmatchcase(directory, clean)
            if fits and not any(directory == item or directory.startswith(f"{item}/") for item in excluded):
                yield directory


def texts(document: Document, *keys: Key) -> list[str]:
    """Return a list of texts, empty when it is absent; raises FileError for anything else."""
    value = document.get(*keys)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise document.wrong_type(keys, value, "a list of texts")
    return value


def _package(tree: SourceTree, directory: str, root: Document, *, patched: bool = False) -> Package:
    document = toml_document.read(tree, posixpath.join(directory, MANIFEST))
    name = document.string("package", "name")
    if name is None or not NAME.fullmatch(name.value):
        raise FileError(
            "`package.name` is no name of a package", origin=document.origin("package"), hint="use letters, digits, `-`"
        )
    found = tuple(_dependencies(document, root, directory))
    return Package(directory, name.value, document, found, patched)


def _dependencies(document: Document, root: Document, directory: str) -> Iterator[Dependency]:
    tables: list[tuple[Key, ...]] = [(kind,) for kind in _KINDS]
    for target, value in document.table("target").items():
        if isinstance(value, dict) and not _ELSEWHERE.fullmatch(target):
            tables += [("target", target, kind) for kind in _KINDS if isinstance(value.get(kind), dict)]
    for keys in tables:
        for key, value in document.table(*keys).items():
            shared = root.get("workspace", "dependencies", key)
            inherits = isinstance(value, dict) and value.get("workspace") is True
            base = (shared if isinstance(shared, dict) else {"version": shared}) if inherits else {}
            own = value if isinstance(value, dict) else {"version": value}
            origin = document.origin(*keys, key)
            yield _dependency(key, str(keys[-1]), {**base, **own}, "" if inherits else directory, origin, base)


def _dependency(
    key: str, kind: str, value: dict[str, Any], directory: str, origin: Origin, base: dict[str, Any]
) -> Dependency:
    def text(name: str) -> str | None:
        found = value.get(name)
        return found if isinstance(found, str) else None

    features = [
        item
        for table in (base, value)
        for item in (table.get("features") if isinstance(table.get("features"), list) else ())  # type: ignore[union-attr]
        if isinstance(item, str)
    ]
    path = text("path")
    return Dependency(
        crate=text("package") or key,
        key=key,
        kind=kind,
        origin=origin,
        requirement=text("version") or "",
        features=tuple(dict.fromkeys(features)),
        default_features=value.get("default-features", value.get("default_features")) is not False,
        optional=value.get("optional") is True,
        path=None if path is None else _folder(directory, path),
        git=text("git"),
        registry=text("registry"),
    )


def _folder(directory: str, path: str) -> str:
    folder = posixpath.normpath(posixpath.join(directory, path))
    return "" if folder == "." else folder


def _patches(root: Document) -> Iterator[Dependency]:
    for source, table in root.table("patch").items():
        for key, value in table.items() if isinstance(table, dict) else ():
            if isinstance(value, dict) and isinstance(value.get("path"), str):
                yield _dependency(key, "dependencies", value, "", root.origin("patch", source, key), {})
