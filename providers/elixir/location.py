"""Where the mix project lies: at the root, or in a folder of a tree that has none there, and an umbrella's apps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

from . import mix_file

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .mix_file import MixFile

_NAMES = ("server", "backend", "api", "app", "web", "elixir", "phoenix", "ui")
_OTHERS = frozenset(
    {"test", "tests", "docs", "example", "examples", "e2e", "fixtures", "scripts", "tools", "deps", "bench"}
)
_MAX_FOLDERS = 200


def find(tree: SourceTree, overrides: Overrides) -> str | None:
    """Return the mix.exs of the project: the root's, else that of the folder which looks most like an app; or None.

    Folders next to each other that need one another (a "poncho" project) have no mix.exs above them.
    """
    if tree.has(mix_file.NAME):
        return mix_file.NAME
    found = nested(tree)
    asked = overrides.option("elixir.app")
    if asked is not None:
        wanted = asked.value.strip("./")
        found = tuple(path for path in found if path == f"{wanted}/{mix_file.NAME}") or found
    return found[0] if found else None


def nested(tree: SourceTree) -> tuple[str, ...]:
    """Return the apps in folders of the root, the likeliest first."""
    rated = []
    for name in tree.directory().directories[:_MAX_FOLDERS]:
        path = f"{name}/{mix_file.NAME}"
        if name.startswith(".") or name.lower() in _OTHERS or not tree.has(path):
            continue
        file = mix_file.read(tree, path)
        if file.apps_path is None and (file.app is None or file.module is None):
            continue
        needed = sum("path" in item.options for item in file.dependencies.values())
        position = _NAMES.index(name) if name in _NAMES else len(_NAMES)
        rated.append(((not file.frameworks and file.apps_path is None, -needed, position, name), path))
    return tuple(path for _, path in sorted(rated))


def report(tree: SourceTree, path: str, reasons: Reasons) -> None:
    """Say that the app is in a folder, if it is."""
    folder = path.rpartition("/")[0]
    if not folder:
        return
    others = [other.rpartition("/")[0] for other in nested(tree) if other != path]
    text = f"the app is in `{folder}`" + (f"; it could be `{'`, `'.join(others[:6])}` too" if others else "")
    fix = "name another folder with `--app`, or plan each folder by itself"
    reasons.report(Diagnostic("BP635", "warning" if others else "info", text, Origin(path), fix))


def members(tree: SourceTree, root: MixFile) -> tuple[MixFile, ...]:
    """Return the apps of an umbrella, sorted by folder."""
    if root.apps_path is None:
        return ()
    below = root.apps_path.value.strip("/")
    if not re.fullmatch(r"[\w.-]{1,100}(?:/[\w.-]{1,100}){0,5}", below, re.ASCII) or ".." in below.split("/"):
        return ()
    folder = f"{root.directory}/{below}" if root.directory else below
    paths = (f"{folder}/{name}/{mix_file.NAME}" for name in tree.directory(folder).directories[:_MAX_FOLDERS])
    return tuple(mix_file.read(tree, path) for path in paths if tree.has(path))
