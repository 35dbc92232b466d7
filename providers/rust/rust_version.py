"""Which Rust builds the app.

A toolchain file is a pin; `rust-version`, the edition and the lock file's version are lower ends.

Sources, checked 2026-11-24: https://rust-lang.github.io/rustup/overrides.html,
https://doc.rust-lang.org/cargo/reference/rust-version.html, https://doc.rust-lang.org/edition-guide/
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.read import toml_document, version_files

from .manifests import LOCK, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

    from .manifests import Package

_MOVING = re.compile(r"(nightly|beta)(-[0-9]{4}-[0-9]{2}-[0-9]{2})?(?:-[a-z0-9_-]{1,60})?")
_STABLE = re.compile(r"(stable|[0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?:-[a-z0-9_-]{1,60})?")
_RELEASE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}")
_EDITIONS = {"2018": "1.31", "2021": "1.56", "2024": "1.85"}


class Crate(NamedTuple):
    """The manifest of what is built, and that of the workspace, which may be the same."""

    own: Document
    root: Document


def resolve(
    tree: SourceTree, package: Package, overrides: Overrides, reasons: Reasons
) -> tuple[Resolution, Sourced[str] | None]:
    """Return the version of the image, and the nightly or beta toolchain that has to be fetched, if any."""
    crate = Crate(package.document, toml_document.read(tree, MANIFEST))
    requests: list[Request] = []
    channel: Sourced[str] | None = None
    for request in versions.requests(RUST, Asking(tree, crate, overrides, reasons)):
        moving = _MOVING.fullmatch(request.text.strip())
        if moving and not requests and channel is None:
            channel = Sourced(moving[1] + (moving[2] or ""), request.origin)
        elif not moving:
            requests.append(request)
    if channel is not None and "-" not in channel.value:
        text = f"the toolchain `{channel.value}` is another one each day, so two builds can differ"
        fix = f"pin a day: `{channel.value}-2026-11-01`"
        reasons.report(Diagnostic("BP830", "warning", text, channel.origin, fix))
    return versions.choose("rust", requests, reasons), channel


def _understood(found: Sourced[str], _: Reasons) -> Request:
    stable = _STABLE.fullmatch(found.value.strip())
    return Request(stable[1] if stable else found.value, found.origin)


def _plain_toolchain(tree: SourceTree, directory: str) -> Sourced[str] | None:
    """Return what the older `rust-toolchain` names, which may be written as the newer one is."""
    path = versions.inside(directory, "rust-toolchain")
    if tree.has(path) and "[" not in tree.text(path):
        return version_files.single_line(tree, path)
    return _channel(tree, path)


def _toolchain(tree: SourceTree, directory: str) -> Sourced[str] | None:
    return _channel(tree, versions.inside(directory, "rust-toolchain.toml"))


def _channel(tree: SourceTree, path: str) -> Sourced[str] | None:
    return toml_document.read(tree, path).string("toolchain", "channel") if tree.has(path) else None


def _minimums(asking: Asking[Crate]) -> Iterator[Request]:
    own, root = asking.facts
    for key in ("rust-version", "edition"):
        for document, keys in ((own, ("package", key)), (root, ("workspace", "package", key))):
            value = document.get(*keys)
            text = _EDITIONS.get(value) if key == "edition" and isinstance(value, str) else value
            if isinstance(text, str) and _RELEASE.fullmatch(text):
                yield Request(f">={text}", document.origin(*keys), "npm", "range", works=f">={text}")
            if "package" in own.data and not (isinstance(value, dict) and value.get("workspace") is True):
                break
    path = versions.inside(posixpath.dirname(root.path), LOCK)
    lock = asking.tree.text_or_none(path)
    if lock is not None and re.search(r"^version = 4$", lock[:500], re.MULTILINE):
        yield Request(">=1.78", Origin(path), "npm", "range", works=">=1.78")


def _facts(tree: SourceTree, directory: str) -> Crate:
    """Return the manifests of a folder; the workspace's is the nearest above."""
    own = toml_document.read(tree, versions.inside(directory, MANIFEST))
    folder = directory
    while folder:
        folder = folder.rpartition("/")[0]
        path = versions.inside(folder, MANIFEST)
        if tree.has(path):
            root = toml_document.read(tree, path)
            if "workspace" in root.data:
                return Crate(own, root)
    return Crate(own, own)


RUST: Versions[Crate] = Versions(
    "rust",
    (
        versions.configured("rust", understand=_understood),
        versions.located(_plain_toolchain, understand=_understood),
        versions.located(_toolchain, understand=_understood),
        versions.tool_versions("rust", understand=_understood),
        versions.mise("rust", understand=_understood),
        versions.own_dockerfile("rust", understand=_understood),
        versions.declared(_minimums),
    ),
    _facts,
)
VERSIONS = (RUST,)
