"""The base image that a `Dockerfile` of the tree names: its author's word on a runtime's version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin, Sourced
from buildplan.read import own_dockerfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

PATH = own_dockerfile.PATH
_VARIABLE = re.compile(r"\$(?:\w{1,60}|\{[^{}]{1,100}\})", re.ASCII)
# `22-alpine`, and `alpine-2.1.4` as Deno and Bun write it.
_TAG = re.compile(r"(?:[a-z]{2,20}-)?(\d{1,4}(?:\.\d{1,4}){0,2}|lts)(?:[-_][\w.-]*)?", re.ASCII)


def version(tree: SourceTree, image: str, path: str = PATH) -> Sourced[str] | None:
    """Return the version in the tag of the last `FROM image:tag` of a Dockerfile; None when there is none.

    `node:22-alpine` gives `22`, `node:lts-slim` gives `lts`, `deno:alpine-2.1.4` gives `2.1.4`; a tag without a version
    gives None. An image of another name counts when its tag names the runtime: `uv:python3.14-trixie` has Python 3.14,
    `frankenphp:1-php8.4` PHP 8.4.
    """
    inside = re.compile(
        rf"(?:[\w.-]{{0,40}}-)?{re.escape(image)}-?(\d{{1,4}}(?:\.\d{{1,4}}){{0,2}})(?:-[\w.-]*)?", re.ASCII
    )
    found: Sourced[str] | None = None
    for name, text, origin in _images(tree, path):
        wanted = _TAG.fullmatch(text) if name == image else inside.fullmatch(text)
        if wanted:
            found = Sourced(wanted[1], origin)
    return found


def tag(tree: SourceTree, image: str) -> Sourced[str] | None:
    """Return the whole tag of the last `FROM image:tag` of the root's Dockerfile; None without such an image."""
    found: Sourced[str] | None = None
    for name, text, origin in _images(tree, PATH):
        if name == image:
            found = Sourced(text, origin)
    return found


def _images(tree: SourceTree, path: str) -> Iterator[tuple[str, str, Origin]]:
    """Yield the last part of the name, the tag and the place of each image that the Dockerfile starts from."""
    found = own_dockerfile.read(tree, path)
    for stage in () if found is None else found.stages:
        if stage.base is None:
            # A variable that only the builder sets, mostly the name of a registry, is nothing to it without one.
            image = stage.image.value if stage.image.value is not None else _VARIABLE.sub("", stage.image.text)
            name, _, tagged = image.partition("@")[0].rpartition("/")[2].partition(":")
            yield name, tagged, Origin(path, stage.start.first, "FROM")
