"""What `.cargo/config.toml` changes of a build: its target, linker, sources and registries.

Source, checked 2026-11-24: https://doc.rust-lang.org/cargo/reference/config.html
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan.read import toml_document

from . import manifests, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

_PATHS = (".cargo/config.toml", ".cargo/config")
_TRIPLE = re.compile(r"[a-z0-9_]{2,20}(?:-[a-z0-9_]{2,20}){1,3}")
_REGISTRY = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class CargoConfig:
    """The settings that count.

    `target` is the triple that everything is built for; `packages` are apt packages that the linker or a tool comes
    from; `vendored` are folders with the sources of dependencies; `registries` are the names of those beside
    the public one. `wrapper` is the place of a compiler's wrapper, which an image does not have.
    """

    path: str | None = None
    target: str | None = None
    target_directory: bool = False
    wrapper: Origin | None = None
    packages: dict[str, Origin] = field(default_factory=dict)
    vendored: tuple[str, ...] = ()
    registries: dict[str, Origin] = field(default_factory=dict)


def read(tree: SourceTree) -> CargoConfig:
    """Return the settings at the root; raises FileError for a broken file."""
    path = tree.first(*_PATHS)
    if path is None:
        return CargoConfig()
    document = toml_document.read(tree, path)
    target = document.get("build", "target")
    target = target if isinstance(target, str) and _TRIPLE.fullmatch(target) and target.count("-") > 1 else None
    packages: dict[str, Origin] = {}
    for keys, text in _flags(document.data):
        for word, names in tables.LINKERS.items():
            if re.search(rf"\b{word}\b", text):
                for name in names:
                    packages.setdefault(name, document.origin(*keys))
    if document.get("net", "git-fetch-with-cli") is True:
        packages["git"] = document.origin("net", "git-fetch-with-cli")
    wrapper = next((key for key in ("rustc-wrapper", "rustc-workspace-wrapper") if document.get("build", key)), None)
    registries = {
        name: document.origin("registries", name)
        for name in document.table("registries")
        if _REGISTRY.fullmatch(name) and name != "crates-io"
    }
    return CargoConfig(
        path=path,
        target=target,
        target_directory=document.get("build", "target-dir") is not None,
        wrapper=document.origin("build", wrapper) if wrapper else None,
        packages=packages,
        vendored=tuple(_vendored(tree, document.table("source"))),
        registries=registries,
    )


def _flags(data: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield linkers and flags that count on Linux, with their keys."""
    tables: list[tuple[tuple[str, ...], Any]] = [(("build",), data.get("build"))]
    targets = data.get("target")
    for name, table in targets.items() if isinstance(targets, dict) else ():
        if "linux" in name or name.startswith("cfg(unix") or name == "cfg(all())":
            tables.append((("target", name), table))
    for keys, table in tables:
        for key in ("linker", "rustflags"):
            value = table.get(key) if isinstance(table, dict) else None
            if isinstance(value, str):
                yield (*keys, key), value
            elif isinstance(value, list):
                yield (*keys, key), " ".join(item for item in value if isinstance(item, str))


def _vendored(tree: SourceTree, sources: dict[str, Any]) -> Iterator[str]:
    for table in sources.values():
        directory = table.get("directory") if isinstance(table, dict) else None
        if isinstance(directory, str):
            clean = posixpath.normpath(directory)
            if not clean.startswith((".", "/")) and tree.has_directory(clean):
                yield clean


def token(registry: str) -> str:
    """Return the variable that Cargo reads a registry's token from."""
    return f"CARGO_REGISTRIES_{registry.upper().replace('-', '_')}_TOKEN"


def files(tree: SourceTree, config: CargoConfig) -> tuple[str, ...]:
    """Return the files at the root that decide how dependencies are built."""
    names = (manifests.MANIFEST, manifests.LOCK, *((config.path,) if config.path else ()))
    return tuple(sorted(name for name in names if tree.has(name)))
