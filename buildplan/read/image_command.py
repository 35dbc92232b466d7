"""What a `Dockerfile` of the tree copies, runs and starts: its authors' word on what the app is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import authors_dockerfile

if TYPE_CHECKING:
    from buildplan.source import SourceTree


def read(tree: SourceTree) -> tuple[Sourced[str], ...]:
    """Return the commands of the root's Dockerfile as they are written, the last stage's first; empty without any."""
    return tuple(reversed(_texts(tree, "ENTRYPOINT", "CMD")))


def copies(tree: SourceTree) -> tuple[Sourced[str], ...]:
    """Return what follows COPY and ADD in the root's Dockerfile, as it is written; empty without any."""
    return _texts(tree, "COPY", "ADD")


def steps(tree: SourceTree) -> tuple[Sourced[str], ...]:
    """Return the commands of RUN in the root's Dockerfile, each as one line; empty without any."""
    return _texts(tree, "RUN")


def _texts(tree: SourceTree, *names: str) -> tuple[Sourced[str], ...]:
    return tuple(Sourced(item.text, item.origin) for item in authors_dockerfile.read(tree) if item.name in names)
