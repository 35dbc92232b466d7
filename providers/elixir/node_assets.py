"""Node in the build of an Elixir app: packages of `assets/`, which esbuild, webpack or a script of the app bundles.

Mix runs the build of the assets, so Node and its packages are copied into the stage in which Mix builds. Packages are
installed in a stage of Node's own, which source code does not touch; Phoenix's own packages come from `deps/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from buildplan.errors import BuildplanError, VersionError
from buildplan.model.build_plan import Diagnostic, Input, Phase
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.read import json_document, version_files
from buildplan.source.folder import tree_of

if TYPE_CHECKING:
    from buildplan.providers.node.packages_for_others import Packages

    from buildplan.source import SourceTree

    from .project import Project

_NODE = "node"
_MANIFEST = "package.json"
_PROGRAMS = "/usr/local/bin/"
_MODULES = "/usr/local/lib/node_modules/"
_BUILDPACK = "phoenix_static_buildpack.config"
# Aliases of mix.exs that build the assets, the one that `phx.new` writes first.
ALIASES = ("assets.deploy", "assets.build")
# What `phx.new` called the script that builds for production; then what others call it.
_SCRIPTS = ("deploy", "build", "build:production", "build-production", "build:prod", "production", "prod", "compile")
_CALLS_NODE = re.compile(r"(?:^|[\s/])(?:npm|npx|yarn|pnpm|node|bunx)(?:\s|$)")


@dataclass(frozen=True, slots=True)
class Assets:
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
        raise _placed_error(error, place, project) from error
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
    found = _packages(project, own, place)
    if not (found.installed or calls):
        return None
    manager = found.manager.name
    phases = tuple(_raised(phase, place) for phase in found.phases)
    if after is not None and "deps/" in (own.text_or_none(_MANIFEST) or ""):
        deps = Input(f"{project.path('deps')}/", after)
        phases = (*phases[:-1], replace(phases[-1], inputs=(*phases[-1].inputs, deps)))
        shown = " ".join(item.path for item in phases[-1].inputs)
        why = "what installing reads; Phoenix's own packages lie in `deps/`"
        project.reasons.decide(f"phases.{phases[-1].name}.inputs", shown, Origin(f"{place}/{_MANIFEST}"), why)
    last = phases[-1]
    if found.installed:
        phases = (*phases[:-1], replace(last, comment="Packages of Node"))
    inputs = [Input(_PROGRAMS, last.name, _PROGRAMS), Input(_MODULES, last.name, _MODULES)]
    if manager == "yarn" and not any("yarn" in command for command in found.phases[0].commands):
        # The image's own Yarn 1 is a link into /opt; nothing else lies there.
        inputs.append(Input("/opt/", last.name, "/opt/"))
    if found.installed and found.manager.linker != "pnp":
        inputs.append(Input(f"{place}/node_modules/" if place else "node_modules/", last.name))
    origin = Origin(f"{place}/{_MANIFEST}" if place else _MANIFEST)
    project.reasons.decide("elixir.node", place or ".", origin, "the build of the assets reads its packages")
    line = " && ".join(_script(manager, name, _quoted(place, project.directory)) for name in run)
    if alias is None and not run:
        text = "no alias `assets.deploy` and no script `deploy` or `build` says how the assets are built: they are not"
        fix = "add the alias to mix.exs, as `mix phx.new` writes it"
        project.reasons.report(Diagnostic("BP866", "warning", text, origin, fix))
    return Assets(place, phases, tuple(inputs), last.secrets, line if run else None, origin)


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


def _packages(project: Project, own: SourceTree, place: str) -> Packages:
    from buildplan.providers.node import packages_for_others

    reasons = Reasons()
    pinned = _pinned(project, place)
    try:
        found = packages_for_others.packages(own, _asked(project, pinned), reasons)
    except VersionError as error:
        if pinned is None or error.origin != pinned.origin:
            raise _placed_error(error, place, project) from error
        # It is a pin for developers' machines; the packages may say more, and any Node is better than none.
        project.reasons.report(Diagnostic("BP605", "warning", error.problem, error.origin, error.hint))
        reasons = Reasons()
        found = packages_for_others.packages(own, _asked(project, None), reasons)
    except BuildplanError as error:
        raise _placed_error(error, place, project) from error
    for item in reasons.decisions:
        runners_up = tuple(replace(other, origin=_placed(other.origin, place, project)) for other in item.runners_up)
        project.reasons.decide(item.field, item.value, _placed(item.origin, place, project), item.rule, runners_up)
    for diagnostic in reasons.diagnostics:
        if diagnostic.code != "BP674":
            project.reasons.report(_placed_diagnostic(diagnostic, place, project))
    return found


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


def _raised(phase: Phase, place: str) -> Phase:
    """Return a phase of the folder as one of the whole tree."""
    if not place:
        return phase
    inputs = tuple(
        item
        if item.phase is not None
        else replace(item, path=f"{place}/" if item.path == "." else f"{place}/{item.path}", dest=item.dest)
        for item in phase.inputs
    )
    return replace(phase, inputs=inputs, working_dir=place if phase.inputs else "")


def _placed(origin: Origin, place: str, project: Project) -> Origin:
    if origin.path.startswith("<") or not place or not project.tree.has(f"{place}/{origin.path}"):
        return origin
    return replace(origin, path=f"{place}/{origin.path}")


def _placed_diagnostic(item: Diagnostic, place: str, project: Project) -> Diagnostic:
    return replace(item, origin=_placed(item.origin, place, project)) if item.origin is not None else item


def _placed_error(error: BuildplanError, place: str, project: Project) -> BuildplanError:
    if error.origin is None:
        return error
    return type(error)(error.problem, origin=_placed(error.origin, place, project), hint=error.hint)
