"""What the source imports, where no manifest says what to install: only packages that everybody knows are named."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from . import candidates, source_code, tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.source import SourceTree

    from .entry_points import Entry

_MOST_FILES = 200


class Imported(NamedTuple):
    """`packages` are what to install, without versions; `unknown` are imports whose package is not known."""

    packages: tuple[str, ...]
    unknown: tuple[str, ...]


def find(tree: SourceTree, entry: Entry) -> Imported:
    """Return what the files of an app without a manifest import and neither Python nor the tree brings."""
    known: dict[str, str] = tables.read("import_packages")["packages"]
    names = {name for path in _files(tree) if (code := source_code.read(tree, path)) for name in code.packages}
    own = {part for path in tree.with_suffix(".py") for part in path.removesuffix(".py").split("/")}
    foreign = sorted(names - own - sys.stdlib_module_names - {"__future__"})
    packages = [known[name] for name in foreign if name in known]
    row = entry.framework
    if row.packages and known.keys().isdisjoint(row.top_packages & names):
        packages.append(row.packages[0])
    return Imported(tuple(dict.fromkeys(packages)), tuple(name for name in foreign if name not in known))


def _files(tree: SourceTree) -> Iterable[str]:
    """Return the files that belong to the app by their place."""
    found = (
        path
        for path in tree.with_suffix(".py")
        if candidates.is_own(path.rpartition("/")[2])
        and not any(part in candidates.SKIPPED_FOLDERS or part.startswith(".") for part in path.split("/")[:-1])
    )
    return [path for path, _ in zip(found, range(_MOST_FILES), strict=False)]
