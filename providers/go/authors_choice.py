"""Which commands the authors themselves build: GoReleaser's configuration, then the build of their own image."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.model.origin import Sourced
from buildplan.read import own_dockerfile, yaml_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

_RELEASES = (".goreleaser.yaml", ".goreleaser.yml", "goreleaser.yaml", "goreleaser.yml")
_BUILD = re.compile(r"\bgo[ \t]{1,9}(?:build|install)\b([^;&|]{0,2000})")


def directories(tree: SourceTree) -> tuple[Sourced[str], ...]:
    """Return the folders of the commands that are built, in order; the first source that names any is taken."""
    for source in (_released, _shipped):
        found = {item.value: item for item in reversed(tuple(source(tree)))}
        if found:
            return tuple(reversed(found.values()))
    return ()


def _released(tree: SourceTree) -> Iterator[Sourced[str]]:
    path = tree.first(*_RELEASES)
    if path is None:
        return
    try:
        document = yaml_document.read(tree, path)
    except FileError:
        return  # a file for another tool, full of its templates: only a hint
    builds = document.data.get("builds")
    for index, item in enumerate(builds if isinstance(builds, list) else ()):
        if not isinstance(item, dict) or item.get("skip") is True:
            continue
        main, folder = item.get("main", "."), item.get("dir", ".")
        if isinstance(main, str) and isinstance(folder, str) and "{{" not in main + folder:
            yield Sourced(_folder(posixpath.join(folder, main)), document.origin("builds", index))


def _shipped(tree: SourceTree) -> Iterator[Sourced[str]]:
    for line in own_dockerfile.instructions(tree, "RUN"):
        for match in _BUILD.finditer(line.value.text):
            words = match[1].split()
            target = words[-1] if words else "."
            if re.fullmatch(r"\.|(?:\./)?[\w./-]{1,200}", target, re.ASCII) and not target.endswith("..."):
                yield Sourced(_folder(target), line.origin)


def _folder(target: str) -> str:
    """Return the folder of a package, or of the file that is named in it; the root is empty."""
    folder = posixpath.dirname(target) if target.endswith(".go") else target
    clean = posixpath.normpath(folder or ".")
    return "" if clean == "." else clean
