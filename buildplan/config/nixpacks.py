"""`nixpacks.toml` and `nixpacks.json`, read as Nixpacks 1.39 reads them, and never silent about what it would ignore.

Two things differ on purpose. Lists of packages without `"..."` add to what the app needs instead of replacing it:
Nixpacks users who leave the marker out lose their own runtime. And what a phase installs counts for the shipped image
too, since Nixpacks ships the stage that it builds in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from buildplan.config import apt_packages, environment, nix_packages, variables
from buildplan.config.known import RUNTIMES
from buildplan.config.mistakes import Mistakes, as_config_error, shown
from buildplan.config.reader import PHASE_NAME, Reader
from buildplan.errors import FileError
from buildplan.model.requests import Extend, Overrides, PhaseOverride, Replace, VariableRequest, combine, edit_from
from buildplan.read import json_document, toml_document

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.requests import Items, ListEdit
    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

_TOP = ("providers", "buildImage", "variables", "staticAssets", "phases", "start")
_START = ("cmd", "runImage", "onlyIncludeFiles", "user")
# Key → the other spelling that Nixpacks accepts.
_ALIASES = {
    "cmds": "commands",
    "nixPkgs": "nixPackages",
    "nixLibs": "nixLibraries",
    "aptPkgs": "aptPackages",
    "paths": "envPaths",
}
_PHASE = (
    *_ALIASES,
    *_ALIASES.values(),
    *("nixOverlays", "nixpkgsArchive", "dependsOn", "onlyIncludeFiles", "cacheDirectories", "name"),
)

_MOVE = "move it to `{}`"
_COMMAND = _MOVE.format("start.cmd")
_VARIABLES = _MOVE.format("variables") + ", at the top level of the file"
_TOP_ADVICE = {
    **{name: _MOVE.format(f"phases.{name}") for name in ("setup", "install", "build", "release")},
    **dict.fromkeys(("env", "environment", "envs", "vars", "variable"), "call it `variables`"),
    **dict.fromkeys(("nixPkgs", "nixpkgs", "nixPackages", "pkgs", "packages"), _MOVE.format("phases.setup.nixPkgs")),
    **dict.fromkeys(("aptPkgs", "apt", "aptPackages", "apkPkgs"), _MOVE.format("phases.setup.aptPkgs")),
    **dict.fromkeys(("cmd", "command", "startCommand", "startCmd", "start_command"), _COMMAND),
    **dict.fromkeys(("cmds", "commands", "buildCommand"), _MOVE.format("phases.build.cmds")),
    **dict.fromkeys(("provider", "language"), 'write `providers = ["…"]`'),
    **{name: f"set `NIXPACKS_{name.upper()}_VERSION` in `variables`" for name in RUNTIMES},
    **dict.fromkeys(("nodejs", "nodeVersion"), "set `NIXPACKS_NODE_VERSION` in `variables`"),
    "deploy": "that is a key of railway.toml; the start command of this file is `start.cmd`",
    "healthcheck": "write `health_check` in buildplan.toml",
    "nixpkgsArchive": "remove it: runtimes come from images",
    "$schema": "remove it: this file has no schema",
}
_PHASE_ADVICE = {
    **dict.fromkeys(
        ("cmd", "command", "run", "script", "scripts", "dep_commands", "build", "install"), "call it `cmds`, a list"
    ),
    **dict.fromkeys(("nixpkgs", "nixpackages", "pkgs", "packages", "nix"), "call it `nixPkgs`, a list"),
    **dict.fromkeys(("aptpkgs", "apt", "apt_packages", "apk", "debs"), "call it `aptPkgs`, a list"),
    **dict.fromkeys(("apkPkgs", "apkPackages"), "images are Debian: write Debian names in `aptPkgs`"),
    **dict.fromkeys(("env", "environment", "variables", "vars"), _VARIABLES),
    **dict.fromkeys(
        ("providers", "provider"), _MOVE.format("providers") + ", at the top of the file, above all tables"
    ),
    **dict.fromkeys(("cache", "caches", "cacheDirs", "cache_directories"), "call it `cacheDirectories`, a list"),
    **dict.fromkeys(("depends_on", "dependson", "depends"), "call it `dependsOn`, a list"),
    **dict.fromkeys(("workingDirectory", "workdir", "cwd", "directory"), "write `cd directory && …` in each command"),
    "start": _COMMAND,
}
_START_ADVICE = {
    **dict.fromkeys(("command", "cmds", "commands", "startCommand", "run", "start", "script"), "call it `cmd`"),
    **dict.fromkeys(("env", "environment", "variables"), _VARIABLES),
    "port": "set `PORT` in `variables`",
}
_USER = re.compile(r"\d{1,9}(?::\d{1,9})?")


def read(tree: SourceTree, path: str) -> Overrides:
    """Return what the file asks for; the format is chosen by the extension, as Nixpacks does.

    Raises ConfigError, with every mistake of the file.
    """
    try:
        document = json_document.read(tree, path) if path.endswith(".json") else toml_document.read(tree, path)
    except FileError as error:
        raise as_config_error(error) from error
    return from_document(document)


def from_document(document: Document) -> Overrides:
    """Return what a parsed file asks for; raises ConfigError, with every mistake."""
    mistakes = Mistakes()
    reader = Reader(document, mistakes)
    reader.unknown((), _TOP, _TOP_ADVICE)
    result = Overrides(providers=_providers(reader))
    result = combine(result, _variables(reader, mistakes))
    phases = reader.table("phases", hint='write `[phases.build]` with `cmds = ["…"]`')
    for name in phases:
        result = combine(result, _phase(reader, name, mistakes))
    result = combine(result, _packages(reader, phases, mistakes))
    result = combine(result, _start(reader))
    result = combine(result, _images(reader))
    mistakes.raise_all()
    return combine(result, Overrides(diagnostics=tuple(reader.diagnostics)))


def _providers(reader: Reader) -> ListEdit | None:
    items = reader.texts("providers", hint='write `providers = ["python"]`')
    return None if items is None else edit_from(items)


def _variables(reader: Reader, mistakes: Mistakes) -> Overrides:
    result = Overrides()
    own = []
    for name, value in reader.scalars("variables").items():
        if not name.startswith(environment.PREFIXES):
            own.append((name, VariableRequest(value.value, value.origin)))
        elif name in _ONLY_GIVEN:
            text = f"`{name}` has no effect in a file, nor has it in Nixpacks"
            reader.report("BP664", text, ("variables", name), _ONLY_GIVEN[name])
        else:
            result = combine(result, environment.setting(name, value, mistakes))
    kept, secrets, diagnostics = variables.sorted_out(own, mistakes)
    return combine(result, Overrides(variables=kept, secrets=secrets, diagnostics=diagnostics))


# Nixpacks reads these from `--env` only; a file has keys of its own for them.
_ONLY_GIVEN = {
    "NIXPACKS_APT_PKGS": _MOVE.format("phases.setup.aptPkgs"),
    "NIXPACKS_BUILD_CACHE_DIRS": _MOVE.format("phases.build.cacheDirectories"),
    "NIXPACKS_BUILD_CMD": _MOVE.format("phases.build.cmds"),
    "NIXPACKS_INSTALL_CACHE_DIRS": _MOVE.format("phases.install.cacheDirectories"),
    "NIXPACKS_INSTALL_CMD": _MOVE.format("phases.install.cmds"),
    "NIXPACKS_LIBS": _MOVE.format("phases.setup.nixLibs"),
    "NIXPACKS_PKGS": _MOVE.format("phases.setup.nixPkgs"),
    "NIXPACKS_START_CMD": _COMMAND,
}


def _phase(reader: Reader, name: str, mistakes: Mistakes) -> Overrides:
    keys: tuple[Key, ...] = ("phases", name)
    if not PHASE_NAME.fullmatch(name):
        mistakes.add(
            f"{shown(name)} is no name for a phase",
            reader.document.origin(*keys),
            "use letters, digits, `-`, `_` and `:`",
        )
        return Overrides()
    table = reader.table(*keys, hint='write `cmds = ["…"]` below `[phases.NAME]`')
    if name == "start":
        reader.report(
            "BP662", "`phases.start` is a phase of the build, not the start command, so it is ignored", keys, _COMMAND
        )
        return Overrides()
    reader.unknown(keys, _PHASE, _PHASE_ADVICE)
    for key, alias in _ALIASES.items():
        if key in table and alias in table:
            mistakes.add(
                f"`{key}` and `{alias}` are the same key", reader.document.origin(*keys, alias), "keep one of them"
            )
    for key in ("nixOverlays", "nixpkgsArchive"):
        if table.get(key):
            text = f"`{key}` has no effect: runtimes come from images and packages from Debian"
            reader.report("BP664", text, (*keys, key), "remove it", "info")
    phase = PhaseOverride(
        commands=_edit(_texts(reader, keys, "cmds")),
        inputs=_edit(_texts(reader, keys, "onlyIncludeFiles")),
        caches=_edit(_texts(reader, keys, "cacheDirectories")),
        paths=_edit(_texts(reader, keys, "paths")),
        depends_on=order(name, _texts(reader, keys, "dependsOn")),
    )
    return Overrides(phases={name: phase}) if phase != PhaseOverride() else Overrides()


def _texts(reader: Reader, keys: tuple[Key, ...], name: str) -> Items | None:
    alias = _ALIASES.get(name)
    found = reader.texts(*keys, name)
    return reader.texts(*keys, alias) if found is None and alias is not None else found


def _edit(items: Items | None) -> ListEdit | None:
    return None if items is None else edit_from(items)


def order(name: str, needed: Items | None) -> ListEdit | None:
    """Return what a list of earlier phases changes: `install` and `build` follow their predecessors in any case."""
    if needed is None or name not in {"install", "build"}:
        return _edit(needed)
    more = tuple(item for item in needed if item.value not in {"setup", "install", *apt_packages.MARKERS})
    return Extend(after=more) if more else None


def _packages(reader: Reader, phases: dict[str, Any], mistakes: Mistakes) -> Overrides:
    """Return the packages of all phases: Nixpacks has one stage, so what a phase installs the shipped image has too."""
    nix: list[Sourced[str]] = []
    apt: list[Sourced[str]] = []
    emptied = False
    for name, phase in phases.items():
        if not isinstance(phase, dict) or name == "start":
            continue
        keys: tuple[Key, ...] = ("phases", name)
        nix += _texts(reader, keys, "nixPkgs") or ()
        nix += _texts(reader, keys, "nixLibs") or ()
        wanted = _texts(reader, keys, "aptPkgs")
        emptied = emptied or wanted == ()
        apt += wanted or ()
    items, diagnostics = apt_packages.fitted((item for item in apt if item.value not in apt_packages.MARKERS), mistakes)
    edit: ListEdit | None = Extend(after=items) if items else Replace(()) if emptied else None
    translation = nix_packages.translate(nix, mistakes).overrides()
    return combine(Overrides(apt_build=edit, apt_run=edit, diagnostics=diagnostics), translation)


def _start(reader: Reader) -> Overrides:
    table = reader.table("start", hint='write `[start]` with `cmd = "…"`')
    if not table:
        return Overrides()
    reader.unknown(("start",), _START, _START_ADVICE)
    user = reader.text("start", "user")
    if user is not None and not _USER.fullmatch(user.value):
        text = f"the user `{user.value[:40]}` is not made: the app runs as a numeric user that is not root"
        reader.report("BP664", text, ("start", "user"), 'remove it, or write a number, `user = "1000"`', "info")
        user = None
    if reader.texts("start", "onlyIncludeFiles"):
        text = "`start.onlyIncludeFiles` has no effect: the image keeps what the build is known to produce"
        fix = 'write what it should keep in buildplan.toml: `[phases.build]` with `outputs = ["…"]`'
        reader.report("BP664", text, ("start", "onlyIncludeFiles"), fix)
    return Overrides(start=reader.command("start", "cmd"), user=user)


def _images(reader: Reader) -> Overrides:
    images: dict[str, Any] = {"build": reader.image("buildImage")}
    if "start" in reader.document.data and isinstance(reader.document.data["start"], dict):
        images["run"] = reader.image("start", "runImage")
    build = images["build"]
    if build is not None and build.value.startswith("ghcr.io/railwayapp/nixpacks"):
        images["build"] = None  # their default, as every printed plan holds it
    assets = reader.table("staticAssets")
    if assets:
        names = ", ".join(f"`{str(name)[:60]}`" for name in list(assets)[:5])
        text = f"`staticAssets` is not supported, so {names} will not be below /assets"
        fix = "commit each file to the tree, and let the commands use it from there (`/app/…`)"
        reader.report("BP664", text, ("staticAssets",), fix)
    return Overrides(base_images={name: image for name, image in images.items() if image is not None})
