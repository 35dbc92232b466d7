"""Folders beside a package that its configuration names: `path.resolve(__dirname, "../packages/ui/src")`.

An alias of Vite, webpack or TypeScript reaches another package of the workspace without declaring it.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

_CONFIGS = re.compile(
    r"(?:vite|webpack|rollup|rsbuild|next|nuxt|svelte|astro|esbuild)\.config\.[cm]?[jt]s|tsconfig(?:\.\w{1,20})?\.json"
)
_PATH = re.compile(r"""["'`](?P<path>(?:\.\./)+[\w@][\w@./*-]{0,200})["'`]""", re.ASCII)
_LONGEST = 200_000


def outside(tree: SourceTree, directory: str) -> Iterator[tuple[str, Origin]]:
    """Yield the paths outside of a folder, from the root of the tree, that configurations in it name."""
    for name in tree.directory(directory).files:
        if not _CONFIGS.fullmatch(name):
            continue
        path = posixpath.join(directory, name)
        text = tree.text_or_none(path) or ""
        for match in _PATH.finditer(text[:_LONGEST]):
            named = match["path"].partition("*")[0].rstrip("/")
            found = posixpath.normpath(posixpath.join(directory, named))
            if found != "." and not found.startswith(".."):
                yield found, Origin(path, text.count("\n", 0, match.start()) + 1)
