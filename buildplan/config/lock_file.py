"""`buildplan.lock`: the digest of each base image, written by `buildplan lock` and committed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from buildplan.config.mistakes import as_config_error, shown
from buildplan.config.reader import IMAGE
from buildplan.errors import ConfigError, FileError
from buildplan.model.origin import Origin, Sourced
from buildplan.read import toml_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

PATH = "buildplan.lock"
VERSION = 1
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_LISTED = re.compile(r'"?(?P<image>[^\s"@=]+)"?(?:\s*+[@=]\s*+|\s++)"?(?P<digest>sha256:[0-9a-f]{64})"?')
_AGAIN = "delete the file and run `buildplan lock`"


def read(tree: SourceTree) -> dict[str, Sourced[str]]:
    """Return image → digest; raises ConfigError for a file that is not one of ours, with the line."""
    text = tree.text_or_none(PATH) or ""
    marker = re.search(r"^(?:<{7}|>{7})(?: |$)", text, re.MULTILINE)
    if marker is not None:
        line = text.count("\n", 0, marker.start()) + 1
        problem = "a merge conflict is left in it"
        raise ConfigError(problem, origin=Origin(PATH, line), hint="take either side, then run `buildplan lock`")
    try:
        document = toml_document.read(tree, PATH)
    except FileError as error:
        raise as_config_error(error) from error
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        problem = f"a newer buildplan wrote it: its version is {version}, and this buildplan reads {VERSION}"
        raise ConfigError(problem, origin=document.origin("version"), hint="update buildplan, here and in CI")
    if version != VERSION or isinstance(version, bool):
        _wrong(document, ("version",), f"expected `version = {VERSION}`")
    images = document.get("images")
    if not isinstance(images, dict):
        _wrong(document, ("images",), "expected a table `[images]`")
    for name in document.data:
        if name not in {"version", "images"}:
            _wrong(document, (name,), f"`{name[:40]}` is not a key of it")
    for image, digest in images.items():
        if not IMAGE.fullmatch(image) or not isinstance(digest, str) or not DIGEST.fullmatch(digest):
            problem = f"{shown(image)} = {shown(str(digest))} is not an image and its digest, `sha256:` and 64 digits"
            _wrong(document, ("images", image), problem)
    return {image: Sourced(digest, document.origin("images", image)) for image, digest in images.items()}


def _wrong(document: Document, keys: tuple[Key, ...], problem: str) -> NoReturn:
    raise ConfigError(problem, origin=document.origin(*keys), hint=_AGAIN)


def written(images: Mapping[str, str]) -> str:
    """Return the text of the file."""
    rows = "".join(f'"{image}" = "{digest}"\n' for image, digest in sorted(images.items()))
    head = "# Written by `buildplan lock`: what the Dockerfiles start from. Commit it; `buildplan lock` renews it."
    return f"{head}\nversion = {VERSION}\n\n[images]\n{rows}"


def listed(text: str, name: str) -> dict[str, str]:
    """Return image → digest of a list that somebody made: `IMAGE@DIGEST` or `IMAGE DIGEST` a line, or a lock file.

    Raises ConfigError for a line that is neither.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.partition("#")[0].strip()
        if not plain or plain == "[images]" or plain.startswith("version"):
            continue
        match = _LISTED.fullmatch(plain)
        if match is None:
            problem = f"{shown(plain)} is not an image with its digest"
            hint = "write a line as `node:24-trixie-slim@sha256:…`"
            raise ConfigError(problem, origin=Origin(name, number), hint=hint)
        found[match["image"]] = match["digest"]
    return found
