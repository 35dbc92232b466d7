"""Which Elixir, and which Erlang/OTP with it, builds the app."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import versions
from buildplan.facts import base_image, version_files
from buildplan.provenance import Origin, Sourced
from buildplan.versions import Request

if TYPE_CHECKING:
    from buildplan.contract import Reasons
    from buildplan.overrides import Overrides
    from buildplan.source import SourceTree
    from buildplan.versions import Resolution

    from .mix_file import MixFile

_BUILDPACK = "elixir_buildpack.config"
_EXACT = re.compile(r"v?[0-9]{1,4}(?:\.[0-9]{1,4}){0,2}(?:-otp-[0-9]{2})?")
_MAJOR = re.compile(r"(?:OTP-)?([0-9]{2})(?:\.[0-9.]{1,40})?")


def resolve(tree: SourceTree, mix: MixFile, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the version; raises VersionError for a request that cannot be met, FileError for a broken file."""
    pins = (
        overrides.versions.get("elixir"),
        version_files.single_line(tree, ".elixir-version"),
        version_files.tool_versions(tree, "elixir"),
        version_files.mise(tree, "elixir"),
        _buildpack(tree, "elixir_version"),
        base_image.version(tree, "elixir"),
    )
    requests = [
        Request(pin.value, pin.origin, "exact" if _EXACT.fullmatch(pin.value.strip()) else "gem")
        for pin in pins
        if pin is not None
    ]
    if mix.elixir is not None:
        text = re.sub(r"\band\b", ",", re.sub(r"\bor\b", "||", mix.elixir.value))
        requests.append(Request(text, mix.elixir.origin, "gem"))
    found = versions.resolve("elixir", requests, reasons)
    erlang = (
        overrides.versions.get("erlang"),
        version_files.single_line(tree, ".erlang-version"),
        version_files.tool_versions(tree, "erlang"),
        version_files.mise(tree, "erlang"),
        _buildpack(tree, "erlang_version"),
    )
    pinned = next((pin for pin in erlang if pin is not None), None)
    match = _MAJOR.fullmatch(pinned.value.strip()) if pinned is not None else None
    if pinned is None or match is None or "-otp-" in found.version:
        return found
    version = f"{found.version}-otp-{match[1]}"
    decision = next(item for item in reasons.decisions if item.field == "elixir.version")
    rule = f"{decision.rule}; Erlang/OTP {match[1]} is asked for in {pinned.origin}"
    reasons.decide("elixir.version", version, decision.origin, rule, decision.runners_up)
    return replace(found, version=version)


def _buildpack(tree: SourceTree, key: str) -> Sourced[str] | None:
    for number, line in enumerate((tree.text_or_none(_BUILDPACK) or "").split("\n"), 1):
        name, equals, value = line.partition("=")
        if equals and name.strip() == key and value.strip():
            return Sourced(value.strip().strip("\"'"), Origin(_BUILDPACK, number, key))
    return None
