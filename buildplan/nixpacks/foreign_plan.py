"""A plan that Nixpacks itself printed: its owner's wishes without the commands that only serve Nixpacks' own images.

Such a plan says `providers: []`, so that nothing is detected again, and names the providers that it came from in
`NIXPACKS_METADATA`. They are planned here as buildplan does it; versions, packages, variables and commands that are not
Nixpacks' own are kept.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from buildplan.nixpacks.plan_shape import METADATA
from buildplan.read import data_table

_TABLE = "written_by_nixpacks"
# Paths of rvm and of versions, which only Nixpacks' images have.
_OWN_VARIABLES = {"GEM_HOME", "GEM_PATH", "NIXPACKS_PDM_VERSION", "NIXPACKS_POETRY_VERSION", "NIXPACKS_UV_VERSION"}
_RUST = re.compile(r'.*rust-bin\.stable\.("[\d.]+")\.default.*')
_LISTS = {"nixPkgs": "nixPackages", "nixLibs": "nixLibraries", "aptPkgs": "aptPackages", "cmds": "commands"}


def is_one(data: dict[str, Any]) -> bool:
    """Return whether Nixpacks has pinned this plan, and says which provider made it."""
    variables = data.get("variables")
    return data.get("providers") == [] and isinstance(variables, dict) and bool(_providers(variables))


def _providers(variables: dict[str, Any]) -> list[str]:
    metadata = variables.get(METADATA)
    # Tags of a provider come behind it; the first provider is the app's.
    return metadata.split(",")[:1] if isinstance(metadata, str) and metadata else []


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{item})" for item in data_table.read(__file__, _TABLE)[name]), re.DOTALL)


def _is_own(kind: str, item: object) -> bool:
    return isinstance(item, str) and _pattern(kind).fullmatch(item) is not None


def owners_part(data: dict[str, Any]) -> dict[str, Any]:
    """Return the plan without what Nixpacks itself wrote into it."""
    variables = dict(data["variables"])
    result = {**data, "providers": _providers(variables)}
    known = data_table.read(__file__, _TABLE)["variables"]
    result["variables"] = {
        name: value
        for name, value in variables.items()
        if known.get(name) != value and name not in _OWN_VARIABLES and name != METADATA
    }
    phases = data.get("phases")
    if isinstance(phases, dict):
        kept = {name: _phase(name, phase) for name, phase in phases.items()}
        result["phases"] = {name: phase for name, phase in kept.items() if phase}
    assets = data.get("staticAssets")
    if isinstance(assets, dict):
        result["staticAssets"] = {name: text for name, text in assets.items() if not _is_own("assets", name)}
    start = data.get("start")
    if isinstance(start, dict) and _is_own("starts", start.get("cmd")):
        result["start"] = {key: value for key, value in start.items() if key == "user"}
    elif isinstance(start, dict) and start.get("runImage") == "ubuntu:noble":
        result["start"] = {key: value for key, value in start.items() if key not in {"runImage", "onlyIncludeFiles"}}
    return result


def _phase(name: str, phase: object) -> object:
    if not isinstance(phase, dict):
        return phase
    content = {next((key for key, alias in _LISTS.items() if alias == word), word): phase[word] for word in phase}
    for key in ("nixOverlays", "nixpkgsArchive"):
        content.pop(key, None)
    for key, kind in (("nixPkgs", "packages"), ("nixLibs", "packages")):
        if isinstance(content.get(key), list):
            content[key] = [_version(item) for item in content[key] if not _is_own(kind, item)]
    apt = set(data_table.read(__file__, _TABLE)["apt"])
    packages = content.get("aptPkgs")
    if isinstance(packages, list) and apt.issubset(item for item in packages if isinstance(item, str)):
        content["aptPkgs"] = [item for item in packages if item not in apt]
    commands = content.get("cmds")
    guest = ":" in name
    if isinstance(commands, list):
        own = [index for index, item in enumerate(commands) if _is_own("commands", item)]
        if own:
            # What stands between Nixpacks' own commands goes before or behind ours.
            rest = [item if index not in own else "..." for index, item in enumerate(commands)]
            content["cmds"] = [item for index, item in enumerate(rest) if item != "..." or index == own[0]]
    elif not guest:
        content.pop("cmds", None)
    if content.get("cmds") in (None, [], ["..."]) or guest:
        for key in ("cmds", "paths", "onlyIncludeFiles", "dependsOn", "cacheDirectories"):
            content.pop(key, None)
    return {key: value for key, value in content.items() if value != []}


def _version(item: object) -> object:
    """Return the plain name of a Rust toolchain that an expression adapts; anything else as it is."""
    match = _RUST.fullmatch(item) if isinstance(item, str) else None
    return f"rust-bin.stable.{match[1]}.default" if match else item
