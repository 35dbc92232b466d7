"""Image references, and which version of which runtime is in an image, as far as its name says so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from buildplan.catalogue import runtime
from buildplan.read import data_table

if TYPE_CHECKING:
    from datetime import date

_REFERENCE = re.compile(
    r"(?:(?P<registry>localhost|[\w-]+(?:\.[\w-]+)+|[\w.-]+(?=:\d+/))(?P<port>:\d{1,5})?/)?"
    r"(?P<repository>[a-z0-9]+(?:(?:[./]|__?|-+)[a-z0-9]+)*)"
    r"(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>[\w+.-]+:[0-9a-fA-F]+))?",
    re.ASCII,
)
_NUMBER_FIRST = r"v?(?P<version>\d+(?:\.\d+){0,2})(?:(?:a|b|rc|RC|-rc|alpha|beta)\d*)?(?:-.*)?"
# Where Docker's official images are too, with their own names.
_HUBS = {"docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "mirror.gcr.io"}


@dataclass(frozen=True, slots=True)
class Image:
    """An image reference, taken apart."""

    registry: str | None
    repository: str
    tag: str | None
    digest: str | None

    @property
    def official(self) -> str | None:
        """The name of the official image of Docker that this is, or a mirror's copy of it; None for others."""
        name = self.repository.removeprefix("docker/library/") if self.registry == "public.ecr.aws" else self.repository
        *parents, last = name.split("/")
        if parents and parents[-1] != "library":
            return None
        return last if last in _table()["official"] else None

    @property
    def is_published(self) -> bool:
        """Whether the image comes from a registry; a name without an owner is else one of this machine."""
        return self.official is not None or "/" in self.repository or self.repository in _table()["more"]["names"]


@dataclass(frozen=True, slots=True)
class Held:
    """A runtime in an image and its version, as the tag writes it (`22`, `22.19`).

    `only_runs`: the image has nothing to build with.
    """

    runtime: str
    version: str
    only_runs: bool = False


@cache
def _table() -> dict[str, Any]:
    return data_table.read(__file__, "images")


def parse(text: str) -> Image | None:
    """Return the reference in a text, or None when it is none."""
    match = _REFERENCE.fullmatch(text) if len(text) <= 512 else None  # noqa: PLR2004  # longer than any reference
    if match is None:
        return None
    registry = match["registry"]
    if registry is not None and match["port"]:
        registry += match["port"]
    repository = match["repository"]
    return Image(None if registry in _HUBS else registry, repository, match["tag"], match["digest"])


def held(image: Image) -> tuple[Held, ...]:
    """Return the runtimes in an image whose versions its name tells; empty when it tells none."""
    name = image.official
    if name is not None:
        row = _table()["official"][name]
        if "runtime" not in row or image.tag is None:
            return ()
        version = _version(row.get("tag", _NUMBER_FIRST), image.tag) or _codename(row["runtime"], image.tag)
        return (Held(row["runtime"], version),) if version else ()
    found = []
    for row in _table()["vendors"]:
        match = re.fullmatch(row["repository"], image.repository)
        if match is None:
            continue
        version = match.groupdict().get("version")
        if version is None and image.tag is not None:
            version = _version(row.get("tag", _NUMBER_FIRST), image.tag)
        if version is not None:
            found.append(Held(row["runtime"], version, row.get("only_runs", False)))
    return tuple(found)


def debian_support_ends(line: str) -> date | None:
    """Return when the long-term support of a Debian release ends; None when that is not known."""
    found: date | None = _table()["debian-lts"].get(line)
    return found


def _version(pattern: str, tag: str) -> str | None:
    match = re.fullmatch(pattern, tag, re.ASCII)
    return match["version"] if match else None


def _codename(name: str, tag: str) -> str | None:
    """Return the line that a tag names by a word: `iron-slim`, `lts-krypton`, `bookworm`."""
    word = tag.removeprefix("lts-").partition("-")[0]
    return next((line.name for line in runtime(name).lines if line.codename == word), None)
