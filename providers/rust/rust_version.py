"""Which Rust builds the app.

A toolchain file is a pin; `rust-version`, the edition and the lock file's version are lower ends.

Sources, checked 2026-11-24: https://rust-lang.github.io/rustup/overrides.html,
https://doc.rust-lang.org/cargo/reference/rust-version.html, https://doc.rust-lang.org/edition-guide/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.read import base_image, toml_document, version_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifests import Package

_MOVING = re.compile(r"(nightly|beta)(-[0-9]{4}-[0-9]{2}-[0-9]{2})?(?:-[a-z0-9_-]{1,60})?")
_STABLE = re.compile(r"(stable|[0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?:-[a-z0-9_-]{1,60})?")
_RELEASE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){1,2}")
_EDITIONS = {"2018": "1.31", "2021": "1.56", "2024": "1.85"}


def resolve(
    tree: SourceTree, package: Package, overrides: Overrides, reasons: Reasons
) -> tuple[Resolution, Sourced[str] | None]:
    """Return the version of the image, and the nightly or beta toolchain that has to be fetched, if any."""
    requests: list[Request] = []
    channel: Sourced[str] | None = None
    for found in _pins(tree, overrides):
        moving = _MOVING.fullmatch(found.value.strip())
        stable = _STABLE.fullmatch(found.value.strip())
        if moving and not requests and channel is None:
            channel = Sourced(moving[1] + (moving[2] or ""), found.origin)
        elif not moving:
            requests.append(Request(stable[1] if stable else found.value, found.origin, "npm"))
    requests.extend(Request(f">={item.value}", item.origin, "npm") for item in _minimums(tree, package))
    if channel is not None and "-" not in channel.value:
        text = f"the toolchain `{channel.value}` is another one each day, so two builds can differ"
        fix = f"pin a day: `{channel.value}-2026-11-01`"
        reasons.report(Diagnostic("BP830", "warning", text, channel.origin, fix))
    return versions.resolve("rust", requests, reasons), channel


def _pins(tree: SourceTree, overrides: Overrides) -> Iterator[Sourced[str]]:
    asked = overrides.versions.get("rust")
    if asked is not None:
        yield asked
    for path in ("rust-toolchain", "rust-toolchain.toml"):
        if not tree.has(path):
            continue
        if path == "rust-toolchain" and "[" not in tree.text(path):
            line = version_files.single_line(tree, path)
            if line is not None:
                yield line
            continue
        channel = toml_document.read(tree, path).string("toolchain", "channel")
        if channel is not None:
            yield channel
    files = (version_files.tool_versions(tree, "rust"), version_files.mise(tree, "rust"))
    yield from (found for found in (*files, base_image.version(tree, "rust")) if found is not None)


def _minimums(tree: SourceTree, package: Package) -> Iterator[Sourced[str]]:
    root = toml_document.read(tree, "Cargo.toml")
    for key in ("rust-version", "edition"):
        value, document = package.document.get("package", key), package.document
        keys: tuple[str, ...] = ("package", key)
        if isinstance(value, dict) and value.get("workspace") is True:
            document, keys = root, ("workspace", "package", key)
            value = root.get(*keys)
        text = _EDITIONS.get(value) if key == "edition" and isinstance(value, str) else value
        if isinstance(text, str) and _RELEASE.fullmatch(text):
            yield Sourced(text, document.origin(*keys))
    lock = tree.text_or_none("Cargo.lock")
    if lock is not None and re.search(r"^version = 4$", lock[:500], re.MULTILINE):
        yield Sourced("1.78", Origin("Cargo.lock"))
