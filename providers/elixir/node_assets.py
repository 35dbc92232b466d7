"""Node in the build of an Elixir app: packages of `assets/`, which esbuild, webpack or a script of the app bundles.

Mix runs the build of the assets, so Node and its packages are copied into the stage in which Mix builds. Packages are
installed in a stage of Node's own, which source code does not touch; Phoenix's own packages come from `deps/`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import BuildplanError, VersionError
from buildplan.language import node_tools
from buildplan.model.build_plan import Diagnostic, Input
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Overrides
from buildplan.read import json_document, version_files
from buildplan.source.folder import tree_of

if TYPE_CHECKING:
    from buildplan.language.node_tools import Tools
    from buildplan.model.build_plan import Phase
    from buildplan.source import SourceTree

    from .project import Project

_MANIFEST = node_tools.MANIFEST
_BUILDPACK = "phoenix_static_buildpack.config"
# Aliases of mix.exs that build the assets, the one that `phx.new` writes first.
ALIASES = ("assets.deploy", "assets.build")
# What `phx.new` called the script that builds for production; then what others call it.
_SCRIPTS = ("deploy", "build", "build:production", "build-production", "build:prod", "production", "prod", "compile")
_CALLS_NODE = re.compile(r"(?:^|[\s/])(?:npm|npx|yarn|pnpm|node|bunx)(?:\s|$)")


class Assets(NamedTuple):
    """The folder of `package.json`, the phases of Node, what the build copies, and the script that it runs."""

    folder: str
    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    secrets: tuple[str, ...]
    run: str | None
    origin: Origin


def folder(project: Project) -> str | None:
    """Return the folder with the package.json that the app's assets are built from, None without one."""
    directories = dict.fromkeys(file.directory for file in (project.main, project.root, *project.members))
    for directory in directories:
        for path in (f"{directory}/assets" if directory else "assets", directory):
            if project.tree.has(f"{path}/{_MANIFEST}" if path else _MANIFEST):
                return path
    return None


def find(project: Project, after: str | None) -> Assets | None:
    """Return what the build needs of Node, None when it needs nothing.

    `after` is the phase that fetches `deps/`. Raises FileError for a broken package.json.
    """
    place = folder(project)
    if place is None:
        return None
    own = tree_of(project.tree, place)
    try:
        scripts = json_document.read(own, _MANIFEST).get("scripts")
    except BuildplanError as error:
        raise node_tools.placed_error(error, place, project.tree) from error
    named = scripts if isinstance(scripts, dict) else {}
    owner = place.removesuffix("assets").rstrip("/")
    owners = [file for file in project.all_files if file.directory == owner or file is project.main]
    alias = next((name for name in ALIASES if any(name in file.aliases for file in owners)), None)
    run = _scripts(named) if alias is None else ()
    calls = alias is not None and calls_node(project, alias)
    if place == project.main.directory and not (run or calls):
        # Beside mix.exs it is about tools, unless a build says otherwise.
        return None
    if alias is not None and not calls and "bun" in project.main.shipped:
        # The package `bun` of Hex installs them itself.
        return None
    found = _packages(project, place)
    if not (found.installed or calls):
        return None
    phases = found.phases
    if after is not None and "deps/" in (own.text_or_none(_MANIFEST) or ""):
        deps = Input(f"{project.path('deps')}/", after)
        phases = (*phases[:-1], replace(phases[-1], inputs=(*phases[-1].inputs, deps)))
        shown = " ".join(item.path for item in phases[-1].inputs)
        why = "what installing reads; Phoenix's own packages lie in `deps/`"
        project.reasons.decide(f"phases.{phases[-1].name}.inputs", shown, Origin(f"{place}/{_MANIFEST}"), why)
    origin = Origin(f"{place}/{_MANIFEST}" if place else _MANIFEST)
    project.reasons.decide("elixir.node", place or ".", origin, "the build of the assets reads its packages")
    line = " && ".join(_script(found.manager, name, _quoted(place, project.directory)) for name in run)
    if alias is None and not run:
        text = "no alias `assets.deploy` and no script `deploy` or `build` says how the assets are built: they are not"
        fix = "add the alias to mix.exs, as `mix phx.new` writes it"
        project.reasons.report(Diagnostic("BP866", "warning", text, origin, fix))
    return Assets(place, phases, found.inputs(), found.secrets, line if run else None, origin)


def _script(manager: str, name: str, folder: str) -> str:
    """Return how a package manager runs a script of a folder."""
    if folder == ".":
        return f"{manager} run {name}"
    if manager == "npm":
        return f"npm run {name} --prefix {folder}"
    if manager == "bun":
        return f"bun run --cwd {folder} {name}"
    return f"{manager} {'--dir' if manager == 'pnpm' else '--cwd'} {folder} run {name}"


def _scripts(named: dict[str, Any]) -> tuple[str, ...]:
    """Return the scripts that build for production: one of a usual name, else all of `deploy:js`, `deploy:css`."""
    one = next((name for name in _SCRIPTS if isinstance(named.get(name), str)), None)
    if one is not None:
        return (one,)
    return tuple(name for name in named if re.fullmatch(r"deploy:[\w-]{1,40}", str(name), re.ASCII))


def calls_node(project: Project, alias: str) -> bool:
    """Return whether an alias, or one that it calls, runs Node or one of its package managers."""
    return any(_CALLS_NODE.search(step) for step in _steps(project, alias))


def _steps(project: Project, name: str) -> list[str]:
    """Return the steps of an alias, and those of the aliases that it calls."""
    found: list[str] = []
    waiting, seen = [name], {name}
    while waiting:
        one = waiting.pop()
        for file in project.all_files:
            for step in file.aliases.get(one, (None, ()))[1]:
                found.append(step)
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
    return found


def _packages(project: Project, place: str) -> Tools:
    pinned = _pinned(project, place)
    try:
        return node_tools.tools(project.tree, _asked(project, pinned), project.reasons, folder=place, brought=True)
    except VersionError as error:
        if pinned is None or error.origin != pinned.origin:
            raise
        # It is a pin for developers' machines; the packages may say more, and any Node is better than none.
        project.reasons.report(Diagnostic("BP605", "warning", error.problem, error.origin, error.hint))
        return node_tools.tools(project.tree, _asked(project, None), project.reasons, folder=place, brought=True)


def _pinned(project: Project, place: str) -> Sourced[str] | None:
    """Return what files of the root pin for the whole tree, where the folder itself pins nothing."""
    tree = project.tree
    has_own = any(tree.has(f"{place}/{name}") for name in (".nvmrc", ".node-version", ".tool-versions"))
    if not place or has_own or "node" in project.overrides.versions:
        return None
    beside = project.main.directory
    pins = (
        version_files.tool_versions(tree, "nodejs", "node"),
        version_files.mise(tree, "node", "nodejs"),
        version_files.single_line(tree, ".nvmrc"),
        version_files.single_line(tree, ".node-version"),
        *(_buildpack(tree, f"{folder}/{_BUILDPACK}" if folder else _BUILDPACK) for folder in (place, beside, "")),
    )
    return next((pin for pin in pins if pin is not None), None)


def _asked(project: Project, pinned: Sourced[str] | None) -> Overrides:
    """Return what is asked for of Node: what was configured, else what is pinned."""
    versions = {name: value for name, value in project.overrides.versions.items() if name not in {"elixir", "erlang"}}
    if pinned is not None:
        versions["node"] = pinned
    # Mix runs the bundler, so that where it writes is no matter of ours; it may well be outside of the folder.
    return Overrides(versions=versions, options={"node.output": Sourced("dist", Origin(project.root.path))})


def _buildpack(tree: SourceTree, path: str) -> Sourced[str] | None:
    for number, line in enumerate((tree.text_or_none(path) or "").split("\n"), 1):
        name, equals, value = line.partition("=")
        text = value.partition("#")[0].strip().strip("\"'")
        if equals and name.strip() == "node_version" and re.fullmatch(r"[0-9.]{1,20}", text):
            return Sourced(text, Origin(path, number, "node_version"))
    return None


def _quoted(path: str, start: str) -> str:
    import posixpath
    import shlex

    return shlex.quote(posixpath.relpath(f"/{path}", f"/{start}"))
