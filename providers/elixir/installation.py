"""What the build gets from elsewhere: private packages of Hex, system packages, Rust for NIFs, Node for assets.

A key is a secret that the one command gets; nothing of it stays in a layer.

Sources, checked 2026-11-24: https://hex.pm/docs/private, https://hexdocs.pm/hex/Mix.Tasks.Hex.Repo.html,
lib/hex/state.ex of hexpm/hex (HEX_REPOS_KEY), https://oban.pro/docs/pro/installation.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.catalogue import versions
from buildplan.errors import BuildplanError, VersionError
from buildplan.language import node_tools, packages
from buildplan.language.packages import Dependency, Packages
from buildplan.model.build_plan import Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import Origin, Sourced, catalogue
from buildplan.model.requests import Overrides
from buildplan.read import json_document, version_files
from buildplan.source.folder import tree_of

from .tables import NEEDS, REPOSITORIES

if TYPE_CHECKING:
    from buildplan.language.node_tools import Tools
    from buildplan.language.packages import Match, Need
    from buildplan.source import SourceTree

    from .elixir_version import Version
    from .mix_project import Project


# --- private packages -------------------------------------------------------------------------------------------------

_ORGANIZATIONS = "HEX_REPOS_KEY"
_REPOSITORY = re.compile(r"[a-z0-9_-]{1,60}", re.ASCII)


class Access(NamedTuple):
    """The names of the secrets, and the command that fetches with them."""

    secrets: tuple[str, ...]
    command: str


def access(project: Project, command: str) -> Access:
    """Return the command with what private packages need around it, and say what the owner has to give."""
    secrets: dict[str, None] = {}
    before: list[str] = []
    after: list[str] = []
    given = {item.value for item in project.overrides.secrets}
    for repository, origin in _repositories(project).items():
        if repository.startswith("hexpm:"):
            secrets[_ORGANIZATIONS] = None
            _tell_private(
                project, f"packages of the organization `{repository[6:]}` are private", _ORGANIZATIONS, origin
            )
        elif repository in REPOSITORIES:
            row = REPOSITORIES[repository]
            secret = next((name for name in row.secrets if name in given), row.secrets[0])
            secrets[secret] = None
            add = f"mix hex.repo add {repository} {row.url} --fetch-public-key {row.fingerprint}"
            before.append(f'{add} --auth-key "${secret}"')
            after.append(f"mix hex.repo remove {repository}")
            _tell_private(project, f"packages of the Hex repository `{repository}` are private", secret, origin)
        else:
            text = f"nothing says where the Hex repository `{repository}` is, so its packages cannot be fetched"
            fix = 'write the `mix hex.repo add …` that it needs before `"..."` of `phases.install.commands`'
            project.reasons.report(Diagnostic("BP623", "warning", text, origin, fix))
    for file in project.all_files:
        for dependency in file.shipped.values():
            source = next((text for key in ("git", "github") for text in dependency.options.get(key, ())), "")
            if source.startswith(("git@", "ssh://")):
                text = f"`{dependency.name}` is fetched with ssh, for which a build has no key"
                fix = "name it by `https://`, or vendor it"
                project.reasons.report(Diagnostic("BP623", "warning", text, dependency.origin, fix))
    return Access(tuple(secrets), " && ".join((*before, command, *after)))


def _repositories(project: Project) -> dict[str, Origin]:
    """Return the repositories beside the public one, and where the first package of each is named."""
    found: dict[str, Origin] = {}
    named = {}
    for file in project.all_files:
        for dependency in file.dependencies.values():
            named[dependency.name] = dependency
            for key, prefix in (("organization", "hexpm:"), ("repo", "")):
                for text in dependency.options.get(key, ()) if dependency.ships else ():
                    found.setdefault(prefix + text, dependency.origin)
    for package in project.lock.values():
        if package.repo and package.name not in named:
            found.setdefault(package.repo, package.origin)
    return {
        name: origin
        for name, origin in found.items()
        if name != "hexpm" and _REPOSITORY.fullmatch(name.removeprefix("hexpm:"))
    }


def _tell_private(project: Project, text: str, secret: str, origin: Origin) -> None:
    fix = f"build with `--secret id={secret},env={secret}`"
    project.reasons.report(Diagnostic("BP623", "info", f"{text}: the build needs the secret `{secret}`", origin, fix))


# --- system packages, Rust --------------------------------------------------------------------------------------------

# What the virtual machine of the build's image is linked with.
_ERLANG = ("ca-certificates", "libncurses6", "libssl3t64", "libstdc++6")
# The images of later ones are on Debian 11 and newer.
_LAST_ON_BUSTER = 23
_CARGO, _RUSTUP = "/usr/local/cargo", "/usr/local/rustup"


def build_packages(project: Project, version: Version) -> tuple[str, ...]:
    """Return the Debian packages that the build installs, each with a decision."""
    found = Packages()
    for need, dependency in _matches(project):
        found.add(dependency, build=need.build)
        if need.notice:
            project.reasons.report(packages.notice(need, dependency))
    build, _ = found.decided(project.reasons, None, ("`{}` is compiled with it", ""))
    _report_archived(project, version, found.build)
    return build


def _matches(project: Project) -> list[Match]:
    def find(name: str, _row: Need) -> Dependency | None:
        place = project.dependency(name)
        return None if place is None else Dependency(str(place.key), place)

    return packages.matches(NEEDS, find, each=False)


def _report_archived(project: Project, version: Version, needed: dict[str, Dependency]) -> None:
    """Say that nothing can be installed where the packages of the image's Debian have left the mirrors."""
    if version.otp > _LAST_ON_BUSTER or not needed:
        return
    names = ", ".join(f"`{name}`" for name in needed)
    text = f"the image of Elixir {version.version} is on Debian 10, whose packages are gone, {names} among them"
    place = next(iter(needed.values())).origin
    project.reasons.report(Diagnostic("BP626", "warning", text, place, "use a supported version"))


def run_packages(project: Project, version: Version, *, on_debian: bool) -> tuple[str, ...]:
    """Return the Debian packages of the shipped image, each with a decision."""
    found = Packages()
    if on_debian:
        found.add(
            Dependency("the release holds its own Erlang, which needs it", catalogue("elixir.release")), run=_ERLANG
        )
    elif version.otp > _LAST_ON_BUSTER:
        why = "the slim image has none, and connections to others are checked with them"
        found.add(Dependency(why, catalogue("elixir.slim")), run=("ca-certificates",))
    for need, dependency in _matches(project):
        found.add(dependency._replace(name=f"`{dependency.name}` runs it or loads it"), run=need.run)
    suite = None if version.runs_on_debian else "bookworm"
    _, run = found.decided(project.reasons, suite, ("", "{}"))
    _report_archived(project, version, {packages.name_on(name, suite): why for name, why in found.run.items()})
    return run


def rust(project: Project) -> tuple[Phase, tuple[Input, ...], tuple[tuple[str, str], ...], tuple[str, ...]] | None:
    """Return Rust for NIFs that the tree itself holds: its phase, what is copied, variables and folders of programs."""
    place = project.dependency("rustler")
    below = f"{project.directory}/" if project.directory else ""
    crates = [path for path in project.tree.named("Cargo.toml") if path.startswith(below)]
    if place is None or not any("/native/" in f"/{path}" for path in crates):
        return None
    version = versions.resolve("rust", (), project.reasons).version
    why = "`rustler` compiles the NIFs below `native/` with it"
    project.reasons.decide("elixir.rust", version, place, why)
    phase = Phase("rust", runtime=Runtime("rust", version))
    inputs = tuple(Input(f"{folder}/", "rust", f"{folder}/") for folder in (_CARGO, _RUSTUP))
    environment = (("CARGO_HOME", _CARGO), ("RUSTUP_HOME", _RUSTUP))
    for name, value in environment:
        project.reasons.decide(f"phases.deps.environment.{name}", value, place, why)
    return phase, inputs, environment, (f"{_CARGO}/bin",)


# --- Node -------------------------------------------------------------------------------------------------------------

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


def assets_folder(project: Project) -> str | None:
    """Return the folder with the package.json that the app's assets are built from, None without one."""
    directories = dict.fromkeys(file.directory for file in (project.main, project.root, *project.members))
    for directory in directories:
        for path in (f"{directory}/assets" if directory else "assets", directory):
            if project.tree.has(f"{path}/{_MANIFEST}" if path else _MANIFEST):
                return path
    return None


def find_assets(project: Project, after: str | None) -> Assets | None:
    """Return what the build needs of Node, None when it needs nothing.

    `after` is the phase that fetches `deps/`. Raises FileError for a broken package.json.
    """
    place = assets_folder(project)
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
