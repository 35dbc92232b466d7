"""Which platform calls, as far as its call tells. Source: the calls in shared/reference/users.md section 2."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from buildplan.nixpacks.arguments import Given


def profile(arguments: argparse.Namespace, given: Given) -> str | None:
    """Return the profile of the platform that calls; None when it cannot be told."""
    config = PurePath(arguments.config or "")
    if any(label == "dokku" or label.startswith("com.dokku.") for label in arguments.label):
        return "dokku"
    if config.name == "thegameplan.json" or any(name.startswith("COOLIFY_") for name in given.values):
        return "coolify"
    if config.parts[-2:] == (".nixpacks", "plan.json") or given.values.get("FORCE_COLOR") == "true":
        return "zaneops"
    builds_itself = arguments.command == "build" and not (arguments.out or arguments.config or arguments.dockerfile)
    if builds_itself and arguments.name and not (arguments.label or arguments.tag):
        return "dokploy"
    return None
