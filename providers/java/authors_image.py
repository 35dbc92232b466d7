"""Which module the authors' own image ships: what it copies or starts names what is built of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.read import own_dockerfile

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .module import Module


def module(tree: SourceTree, modules: tuple[Module, ...]) -> tuple[Module, Origin] | None:
    """Return the one module below the root whose products the authors' image ships; None for none or several."""
    found: dict[str, tuple[Module, Origin]] = {}
    for line in (*own_dockerfile.instructions(tree, "COPY", "ADD"), *own_dockerfile.commands(tree)):
        for item in modules:
            paths = (f"{item.directory}/target/", f"{item.directory}/build/")
            if item.directory and any(re.search(rf"(?<![\w-]){re.escape(path)}", line.value.text) for path in paths):
                found.setdefault(item.directory, (item, line.origin))
    return next(iter(found.values())) if len(found) == 1 else None
