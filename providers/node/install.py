"""Installing packages: commands, scripts that run then, what of the tree it reads, what fails, system packages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.language import packages
from buildplan.language.javascript import build_scripts, registries
from buildplan.language.packages import Dependency, Packages
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase
from buildplan.model.origin import Origin, Sourced, catalogue
from buildplan.model.version_ranges import first_of, numbers_of, shown
from buildplan.read import shell, yaml_document

from . import command_lines, package_manager, tables
from .manifest import checked_name, package_word, path_word, script_word
from .tables import NEEDS, lower_bound
from .workspaces import local_dependencies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from buildplan.language.packages import Need
    from buildplan.model.reasons import Reasons
    from buildplan.read.shell import Simple
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .package_manager import Name, PackageManager
    from .tables import Reader
    from .workspaces import Workspace

# The commands that run scripts and programs of the installed packages; all of them are run at the root of the tree.


def build_commands(pm: PackageManager, workspace: Workspace, script: str = "build") -> tuple[str, ...]:
    """Return the commands that run a script of the app, after the `build` of the packages that it needs.

    Raises FileError for names that cannot stand in a command.
    """
    app = workspace.app
    script_word(script, app.origin("scripts", script))
    if workspace.app_is_root:
        return (run_script(pm, script, workspace),)
    if app.is_absent:
        return (_at_root(pm, f"nx run {checked_name(app.name or '', app.origin())}:{script}"),)
    needed = [member.manifest for member in workspace.closure if member.manifest is not app]
    needed = [manifest for manifest in needed if manifest.script("build") is not None]
    if script in workspace.tasks and workspace.root.has("turbo"):
        return (_at_root(pm, f"turbo run {script} --filter={package_word(app)}..."),)
    if pm.name == "pnpm" and needed:
        if script == "build":
            return (f"pnpm --filter {filter_word(app, '...')} run build",)
        return (f"pnpm --filter {filter_word(app, '^...')} run build", run_script(pm, script, workspace))
    return (*(_of_package(pm, "build", manifest) for manifest in reversed(needed)), run_script(pm, script, workspace))


def run_script(pm: PackageManager, script: str, workspace: Workspace) -> str:
    """Return the command that runs one script of the app; raises FileError for names that cannot stand in a command."""
    script_word(script, workspace.app.origin("scripts", script))
    if workspace.app_is_root or workspace.app.is_absent:
        return f"{'yarn' if pm.name == 'berry' else pm.name} run {script}"
    return _of_package(pm, script, workspace.app)


def _of_package(pm: PackageManager, script: str, manifest: Manifest) -> str:
    directory = path_word(manifest.directory, manifest.origin())
    if pm.name == "npm":
        return f"npm run {script} --workspace={directory}"
    if pm.name == "pnpm":
        return f"pnpm --filter {filter_word(manifest)} run {script}"
    if pm.name == "bun":
        return f"bun run --cwd {directory} {script}"
    return f"yarn workspace {package_word(manifest)} run {script}"


def execute(pm: PackageManager, command: str, workspace: Workspace) -> str:
    """Return the command that runs a program of the installed packages, in the app's directory.

    `command` is a program with arguments as a shell reads them, without variables before it.
    """
    app = workspace.app
    if workspace.app_is_root or app.is_absent:
        return _at_root(pm, command)
    directory = path_word(app.directory, app.origin())
    if pm.name == "npm":
        return f"npm exec --workspace={directory} --no -- {command}"
    if pm.name == "pnpm":
        return f"pnpm --filter {filter_word(app)} exec {command}"
    if pm.name == "bun":
        return f"bun run --cwd {directory} {command}"
    return f"yarn workspace {package_word(app)} run {command}"


def _at_root(pm: PackageManager, command: str) -> str:
    starts = {"npm": "npx --no-install", "pnpm": "pnpm exec", "bun": "bun run"}
    return f"{starts.get(pm.name, 'yarn run')} {command}"


def filter_word(manifest: Manifest, suffix: str = "") -> str:
    """Return how pnpm's `--filter` names a package: by its name, else by its directory.

    The suffix `...` adds the packages that it needs, `^...` means those alone.
    """
    if manifest.name is not None:
        return package_word(manifest) + suffix
    directory = path_word(manifest.directory, manifest.origin())
    return f"'{{./{directory}}}{suffix}'" if suffix else f"./{directory}"


# Scripts that run when packages are installed: those of the project, and those of its dependencies.
#
# Sources, checked 2026-11-24:
# - npm: https://docs.npmjs.com/cli/v11/using-npm/scripts#npm-install
# - pnpm: https://pnpm.io/settings#allowbuilds
# - Yarn: https://yarnpkg.com/advanced/lifecycle-scripts


_ALL_EVENTS = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
# Which of a project's own scripts an install runs.
_EVENTS: dict[Name, tuple[str, ...]] = {
    "npm": _ALL_EVENTS,
    "pnpm": ("pnpm:devPreinstall", *_ALL_EVENTS),
    "yarn": _ALL_EVENTS,
    "berry": ("preinstall", "install", "postinstall"),
    "bun": ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"),
}
_MAX_FOLLOWED = 5


class Needs(NamedTuple):
    """What a script needs and does. `files` are paths of the tree; None is the whole tree.

    `dispensable`: an image does not miss it. `absent`: it stops because its program is not in the image. `programs`
    are those that it runs, without the dispensable ones.
    """

    files: tuple[str, ...] | None = ()
    dispensable: bool = True
    absent: bool = False
    programs: tuple[str, ...] = ()

    def also(self, other: Needs) -> Needs:
        """Return what both need."""
        files = None if self.files is None or other.files is None else (*self.files, *other.files)
        return Needs(
            files,
            self.dispensable and other.dispensable,
            self.absent or other.absent,
            (*self.programs, *other.programs),
        )


class Hook(NamedTuple):
    """A script of the project itself that the install runs."""

    manifest: Manifest
    event: str
    origin: Origin
    needs: Needs

    @property
    def title(self) -> str:
        """What a sentence calls it: `` `postinstall` of `web` ``."""
        return f"`{self.event}` of `{shown(self.manifest.label)}`"


def install_hooks(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> tuple[Hook, ...]:
    """Return the install-time scripts of the root and of every package that the app needs."""
    # Yarn 1 runs those of the root alone.
    manifests = (workspace.root,) if pm.name == "yarn" else workspace.manifests
    found = []
    for manifest in manifests:
        for event in _EVENTS[pm.name]:
            script = manifest.script(event)
            if script is not None:
                found.append(Hook(manifest, event, script.origin, _of_text(tree, manifest, script.value, 0)))
    return tuple(found)


def _of_text(tree: SourceTree, manifest: Manifest, text: str, depth: int) -> Needs:
    line = shell.parse(text)
    if line is None or depth > _MAX_FOLLOWED:
        return Needs(None, dispensable=False)
    needs = Needs()
    for command in line.commands:
        needs = needs.also(_of_command(tree, manifest, command_lines.unwrap(command).command, depth))
    return needs


def _of_command(tree: SourceTree, manifest: Manifest, command: Simple, depth: int) -> Needs:
    program = command.program.partition("@")[0]
    arguments = command.arguments
    if _listed(tables.DISPENSABLE, program, arguments):
        return Needs(absent=program in tables.ABSENT)
    if _listed(tables.SELF_CONTAINED, program, arguments):
        return Needs(dispensable=False, programs=(program,))
    row = tables.READERS.get(program)
    if row is not None and _listed({program: row.subcommands}, program, arguments):
        return Needs(_files(tree, manifest, row, arguments), dispensable=False, programs=(program,))
    call = command_lines.called(command)
    if call is not None and not call.install and not call.directory and not call.package:
        script = manifest.script(call.script)
        if script is not None:
            return _of_text(tree, manifest, script.value, depth + 1)
    return Needs(None, dispensable=False, programs=(program,))


def _listed(table: Mapping[str, tuple[str, ...]], program: str, arguments: tuple[str, ...]) -> bool:
    subcommands = table.get(program)
    if subcommands is None:
        return False
    first = arguments[0] if arguments else ""
    return first in subcommands or ("*" in subcommands and bool(arguments))


def _files(tree: SourceTree, manifest: Manifest, row: Reader, arguments: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the paths that a program of the table reads, or None where they are not to be found."""
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    option = row.option
    named: list[str] = []
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if option and name == option:
            named.extend([value] if equals else arguments[index + 1 : index + 2])
    setting = manifest.document.get("prisma", "schema") if option else None
    if isinstance(setting, str):
        named.append(setting)
    paths = [*(path.removeprefix("./") for path in named), *row.paths]
    found = tuple(dict.fromkeys(prefix + path for path in paths if _is_there(tree, prefix + path)))
    if named and not any(_is_there(tree, prefix + path.removeprefix("./")) for path in named):
        return None
    if not named and row.one_of and not any(prefix + path in found for path in row.one_of):
        return None
    return found


def _is_there(tree: SourceTree, path: str) -> bool:
    return ".." not in path.split("/") and (tree.has(path) or (path.endswith("/") and tree.has_directory(path)))


# What an install reads of the tree, so that a change of anything else does not repeat it.


_SETTINGS = {
    "npm": (".npmrc",),
    "pnpm": (".npmrc", "pnpm-workspace.yaml", ".pnpmfile.cjs", ".pnpmfile.mjs"),
    "yarn": (".npmrc", ".yarnrc", ".yarn/releases/"),
    "berry": (".yarnrc.yml", ".yarn/releases/", ".yarn/plugins/", ".yarn/patches/", ".yarn/constraints.pro"),
    "bun": (".npmrc", "bunfig.toml"),
}
# More files than a person would list; beyond it the whole tree is copied.
_MAX_INPUTS = 200


def yarn_focus(pm: PackageManager, workspace: Workspace) -> str:
    """Return the packages that Yarn installs for: the app, and the root, whose tools the build may call."""
    if not pm.can_focus or not workspace.is_filtered or workspace.app.name is None:
        return ""
    root = workspace.root
    tools = bool(root.dependencies or root.dev_dependencies or root.optional_dependencies)
    if tools and root.name is None:
        return ""
    return " ".join((package_word(workspace.app), *((package_word(root),) if tools else ())))


def inputs(
    pm: PackageManager, tree: SourceTree, workspace: Workspace, hooks: tuple[Hook, ...], reasons: Reasons
) -> tuple[Input, ...]:
    """Return the files that the install reads: all of the tree where that cannot be told."""
    field = "phases.install.inputs"
    kept = [hook for hook in hooks if not (hook.needs.absent and hook.needs.dispensable)]
    unclear = next((hook for hook in kept if hook.needs.files is None), None)
    if unclear is not None:
        reasons.decide(field, ".", unclear.origin, f"{unclear.title} may read any file of the tree")
        return (Input("."),)
    local = local_dependencies(tree, workspace, reasons)
    folder = next((path for path in local if not tree.has(path.value)), None)
    if folder is not None:
        reasons.decide(field, ".", folder.origin, "a dependency is a folder of the tree")
        return (Input("."),)
    paths = dict.fromkeys(_paths(pm, tree, workspace))
    paths.update(dict.fromkeys(path.value for path in local))
    paths.update(dict.fromkeys(path for hook in kept for path in hook.needs.files or ()))
    if len(paths) > _MAX_INPUTS:
        reasons.decide(field, ".", workspace.root.origin("workspaces"), f"it reads more than {_MAX_INPUTS} files")
        return (Input("."),)
    reasons.decide(field, " ".join(paths), pm.origin, f"what {pm.title} reads, so that other changes do not repeat it")
    return tuple(Input(path) for path in paths)


def _paths(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> Iterator[str]:
    for manifest in _read_manifests(pm, workspace):
        prefix = f"{manifest.directory}/" if manifest.directory else ""
        yield manifest.path
        if manifest.directory and tree.has(f"{prefix}.npmrc"):
            yield f"{prefix}.npmrc"
    yield from _patches(tree, workspace.root)
    if pm.lockfile:
        yield pm.lockfile
    for name in _SETTINGS[pm.name]:
        if tree.has(name) or (name.endswith("/") and tree.has_directory(name)):
            yield name
    if pm.zero_install:
        yield ".yarn/cache/"


def _read_manifests(pm: PackageManager, workspace: Workspace) -> tuple[Manifest, ...]:
    """Return the manifests that must be there: Yarn 2+ and Bun compare the lock file with those of all packages."""
    everyone = pm.name == "bun" or (pm.name == "berry" and not yarn_focus(pm, workspace))
    if everyone:
        members = (member.manifest for member in workspace.members)
        return (workspace.root, *(manifest for manifest in members if not manifest.is_absent))
    return workspace.manifests


def _patches(tree: SourceTree, root: Manifest) -> Iterator[str]:
    """Yield the folders with patches that the manager itself applies."""
    patched = root.document.get("pnpm", "patchedDependencies") or root.document.get("patchedDependencies")
    values = patched.values() if isinstance(patched, dict) else ()
    folders = {value.rpartition("/")[0].removeprefix("./") for value in values if isinstance(value, str)}
    texts = (tree.text(root.path), tree.text_or_none("pnpm-workspace.yaml") or "")
    if any(mark in text for text in texts for mark in ("patch:", "patchedDependencies")):
        folders.add("patches")
    yield from (f"{folder}/" for folder in sorted(folders) if folder and tree.has_directory(folder))


# What will go wrong when packages are installed, as far as the tree tells: locks, blocked scripts, blocked sources.
#
# Sources, checked 2026-11-24:
# - npm 12: https://docs.npmjs.com/cli/v12/using-npm/config#allow-git (`allow-remote`, `allowScripts` of package.json)
# - pnpm 10: https://pnpm.io/10.x/settings#onlybuiltdependencies; 11 and newer: https://pnpm.io/settings#allowbuilds
# - Yarn 4.14: https://yarnpkg.com/configuration/yarnrc#enableScripts (off by default since then, tried)
# - Bun: https://bun.sh/docs/pm/lifecycle (`trustedDependencies` replaces its own list)


_NPM_WITH_POLICY = 12
_PNPM_WITH_POLICY = 10
_PNPM_STRICT = 11
_YARN_WITH_POLICY = (4, 14, 0)
_SHOWN = 8


def report(pm: PackageManager, tree: SourceTree, workspace: Workspace, reasons: Reasons) -> None:
    """Report everything about the install that the owner of the tree should know."""
    if pm.lockfile is None:
        _report_no_lock(pm, workspace, reasons)
    else:
        _report_drift(pm, tree, workspace, reasons)
    _report_linking(pm, workspace, reasons)
    if pm.name == "npm" and (pm.major or 0) >= _NPM_WITH_POLICY:
        _report_npm_policy(pm, tree, workspace, reasons)
    else:
        _report_blocked(pm, tree, workspace, reasons)


def needs_git(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> Origin | None:
    """Return where a dependency comes from a git repository, so that the install needs the program `git`, or None."""
    return package_manager.from_git(tree, pm.lockfile, workspace.manifests)


def _report_no_lock(pm: PackageManager, workspace: Workspace, reasons: Reasons) -> None:
    if any(manifest.dependencies or manifest.dev_dependencies for manifest in workspace.manifests):
        reasons.report(
            Diagnostic(
                "BP612",
                "warning",
                f"there is no lock file for {pm.title}, so two builds of the same tree can hold different packages",
                workspace.root.origin(),
                f"run the install of {pm.title} and commit its lock file",
            )
        )


def _report_drift(pm: PackageManager, tree: SourceTree, workspace: Workspace, reasons: Reasons) -> None:
    lock = next((entry for entry in package_manager.found_lockfiles(tree) if entry.path == pm.lockfile), None)
    missing = package_manager.unlocked(tree, lock, workspace.manifests, workspace.names) if lock else ()
    if missing:
        lacking = _enumerated([item.value for item in missing])
        reasons.report(
            Diagnostic(
                "BP618",
                "warning",
                f"`{pm.lockfile}` is out of date, so the install will stop: it lacks {lacking}",
                missing[0].origin,
                f"run the install of {pm.title} and commit `{pm.lockfile}`",
            )
        )


def _report_linking(pm: PackageManager, workspace: Workspace, reasons: Reasons) -> None:
    """Report a workspace that is declared where this manager does not look."""
    if workspace.kind is None or (pm.name == "pnpm") == (workspace.kind == "pnpm"):
        return
    place = "`workspaces` of `package.json`" if pm.name == "pnpm" else "`pnpm-workspace.yaml`"
    reasons.report(
        Diagnostic(
            "BP678",
            "warning",
            f"{pm.title} does not read {place}, so that it does not link the packages of the workspace",
            workspace.root.origin("workspaces") if pm.name == "pnpm" else Origin("pnpm-workspace.yaml"),
            "name the packages where the package manager reads them"
            if pm.name != "pnpm"
            else "name the packages in `pnpm-workspace.yaml`",
        )
    )


def _report_npm_policy(pm: PackageManager, tree: SourceTree, workspace: Workspace, reasons: Reasons) -> None:
    """Npm 12 runs no scripts of dependencies that `allowScripts` does not name, and refuses git and web addresses."""
    root = workspace.root
    allowed = root.document.get("allowScripts")
    names = allowed if isinstance(allowed, dict | list) else ()
    if pm.lockfile:
        marked = package_manager.with_install_scripts(tree, pm.lockfile)
        blocked = [item for item in marked if not _is_named(item.value, names)]
        if blocked:
            _report_scripts(
                pm, [item.value for item in blocked], blocked[0].origin, "`allowScripts` of `package.json`", reasons
            )
    settings = tree.text_or_none(".npmrc") or ""
    git = None if "allow-git" in settings else needs_git(pm, tree, workspace)
    if git is not None:
        _report_source("git repositories", git, "allow-git=all", pm, reasons)
    remote = () if "allow-remote" in settings else package_manager.from_address(workspace.manifests)
    if remote:
        _report_source("web addresses", remote[0].origin, "allow-remote=all", pm, reasons)


def _is_named(name: str, allowed: Any) -> bool:
    """Whether a list or table of packages, with or without versions, names the package at all."""
    return any(isinstance(key, str) and (key == name or key.startswith(f"{name}@")) for key in allowed)


def _report_source(what: str, origin: Origin, setting: str, pm: PackageManager, reasons: Reasons) -> None:
    reasons.report(
        Diagnostic(
            "BP621",
            "warning",
            f"{pm.title} refuses dependencies from {what}, so the install will stop",
            origin,
            f"write `{setting}` in `.npmrc`, or take the package from a registry",
        )
    )


def _report_blocked(pm: PackageManager, tree: SourceTree, workspace: Workspace, reasons: Reasons) -> None:
    """Report known packages whose install scripts the manager will not run."""
    place = _allow_list(pm, tree, workspace)
    if place is None:
        return
    where, allowed = place
    present = _present(pm, tree, workspace)
    is_strict = pm.name == "pnpm" and (pm.major or 0) >= _PNPM_STRICT
    known = build_scripts.with_scripts(present) if is_strict else build_scripts.needing_builds(present)
    blocked = [name for name in known if not _is_named(name, allowed)]
    if blocked:
        origin = next((item.origin for m in workspace.manifests if (item := m.dependency(blocked[0]))), None)
        _report_scripts(pm, blocked, origin or Origin(pm.lockfile or "package.json"), where, reasons)


def _allow_list(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> tuple[str, Any] | None:
    """Return where the project allows install scripts and which it names; None where all of them run."""
    root = workspace.root.document
    if pm.name == "pnpm" and (pm.major or 0) >= _PNPM_WITH_POLICY:
        return _pnpm_allow_list(pm, tree, root.get("pnpm"))
    if pm.name == "bun" and isinstance(root.get("trustedDependencies"), list):
        return "`trustedDependencies` of `package.json`", root.get("trustedDependencies")
    version = first_of(numbers_of(pm.version or package_manager.release(pm.vendored) or ""))
    if pm.name == "berry" and version >= _YARN_WITH_POLICY:
        setting = (package_manager.settings(tree) or {}).get("enableScripts")
        meta = root.get("dependenciesMeta")
        if setting is None or setting.value is not True:
            return "`dependenciesMeta` of `package.json`, each with `built: true`", meta if isinstance(
                meta, dict
            ) else ()
    return None


def _pnpm_allow_list(pm: PackageManager, tree: SourceTree, field: Any) -> tuple[str, Any] | None:
    document = yaml_document.read(tree, "pnpm-workspace.yaml") if tree.has("pnpm-workspace.yaml") else None
    settings = document.data if document else {}
    if settings.get("dangerouslyAllowAllBuilds") is True:
        return None
    builds = settings.get("allowBuilds")
    names: list[Any] = list(builds) if isinstance(builds, dict) else []
    if (pm.major or 0) >= _PNPM_STRICT:
        if settings.get("strictDepBuilds") is False:
            return None
        return "`allowBuilds` of `pnpm-workspace.yaml`", names
    for table in (settings, field if isinstance(field, dict) else {}):
        for key in ("onlyBuiltDependencies", "ignoredBuiltDependencies", "neverBuiltDependencies"):
            listed = table.get(key)
            names += listed if isinstance(listed, list) else []
    return "`onlyBuiltDependencies` of `pnpm-workspace.yaml`", names


def _listed_packages(text: str) -> Iterator[str]:
    """Yield the names that a lock file lists, whichever manager wrote it; peer dependencies are indented deeper."""
    for line in text.split("\n"):
        start = line.find('["')
        if start < 0 and line.startswith("   "):
            continue
        entry = line[start + 2 if start >= 0 else 0 :].strip().lstrip("'\"/")
        # The first character of a scoped name is the separator too.
        name, separator, _ = entry[1:].partition("@")
        if separator:
            yield entry[:1] + name


def _present(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> frozenset[str]:
    """Return those of the packages with known install scripts that the app depends on or the lock file names."""
    known = build_scripts.known_packages()
    found = {name for name in known for manifest in workspace.manifests if manifest.has(name)}
    if pm.lockfile and not pm.lockfile.endswith(".lockb"):
        found |= set(known).intersection(_listed_packages(tree.text(pm.lockfile)))
    return frozenset(found)


def _report_scripts(pm: PackageManager, names: list[str], origin: Origin, where: str, reasons: Reasons) -> None:
    is_strict = pm.name == "pnpm" and (pm.major or 0) >= _PNPM_STRICT
    needed = build_scripts.needing_builds(frozenset(names))
    text = f"{pm.title} does not run the install scripts of {_enumerated(names)}"
    if is_strict:
        text += ", and the install stops at them"
    elif needed:
        text += f"; without them {_enumerated(list(needed))} will not work"
    reasons.report(
        Diagnostic("BP620", "warning" if needed or is_strict else "info", text, origin, f"name them in {where}")
    )


def _enumerated(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"`{shown(name)}`" for name in names[:_SHOWN]) + more


# The phases that install packages, and those that leave out what only the build needs.
#
# What each command does was tried with npm 10-12, pnpm 8-12, Yarn 1-4 and Bun 1.1-1.4 on small projects; where a
# comment says "tried", that is meant.
#
# Sources, checked 2026-11-24:
# - npm: https://docs.npmjs.com/cli/v11/commands/npm-ci
# - pnpm: https://pnpm.io/cli/install, https://pnpm.io/settings#modulescachemaxage
# - Yarn: https://yarnpkg.com/cli/workspaces/focus
# - Bun: https://bun.sh/docs/pm/cli/install


_CACHES = {
    "npm": "/root/.npm",
    "pnpm": "/root/.local/share/pnpm/store",
    "yarn": "/usr/local/share/.cache/yarn",
    "berry": "/root/.yarn/berry/cache",
    "bun": "/root/.bun/install/cache",
}
# More folders of packages than a person would copy one by one.
_MAX_FOLDERS = 40
_MAKE = "mkdir -p"
_BUN_WITH_FILTER = (1, 2, 0)
_BUN_WITH_PKG = (1, 2, 20)
_PNPM_WITH_CHECK = 11
_PNPM_LOCKING_ITSELF = 12
_YARN_WITH_LOADER = 3
_NPM_WITH_OMIT = 7


def install_phase(pm: PackageManager, tree: SourceTree, workspace: Workspace, reasons: Reasons) -> Phase:
    """Return the phase `install`, with development dependencies.

    Raises FileError for names and paths that cannot stand in a command.
    """
    hooks = install_hooks(pm, tree, workspace)
    report(pm, tree, workspace, reasons)
    stopping = tuple(hook for hook in hooks if hook.needs.absent and hook.needs.dispensable)
    commands = (*_without(pm, stopping), _full(pm, workspace), *_folders(pm, workspace, development=True))
    return _phase(pm, tree, workspace, hooks, commands, reasons)


def production_install_phase(pm: PackageManager, tree: SourceTree, workspace: Workspace, reasons: Reasons) -> Phase:
    """Return the phase `install` with production dependencies only, for an app without a build.

    Install-time scripts that an image does not miss (git hooks) are taken out first, since their programs are
    development dependencies. Where others may need such programs, everything is installed and then pruned.
    """
    if not _has_development(workspace):
        return install_phase(pm, tree, workspace, reasons)
    hooks = install_hooks(pm, tree, workspace)
    prune = _prune(pm, workspace, hooks)
    if prune is None:
        _report_kept(pm, workspace, hooks, reasons)
        return install_phase(pm, tree, workspace, reasons)
    needed = tuple(hook for hook in hooks if not hook.needs.dispensable)
    if needed or pm.name == "berry":
        phase = install_phase(pm, tree, workspace, reasons)
        commands = (*phase.commands, *prune)
        why = f"{needed[0].title} may need development dependencies" if needed else "Yarn checks the lock only then"
        rule = f"installed in full, then pruned: {why}"
        reasons.decide("phases.install.commands", " && ".join(commands), pm.origin, rule)
        return replace(phase, commands=(" && ".join(commands),))
    report(pm, tree, workspace, reasons)
    commands = (*_without(pm, hooks), _production(pm, workspace), *_folders(pm, workspace))
    return _phase(pm, tree, workspace, hooks, commands, reasons)


def production_phase(
    pm: PackageManager, tree: SourceTree, workspace: Workspace, after: str, reasons: Reasons
) -> Phase | None:
    """Return the phase `prune`, which removes development dependencies in place after the phase `after`.

    None when there are none, or when they cannot be removed without breaking something, which is reported.
    """
    if not _has_development(workspace):
        return None
    hooks = install_hooks(pm, tree, workspace)
    commands = _prune(pm, workspace, hooks)
    if commands is None:
        _report_kept(pm, workspace, hooks, reasons)
        return None
    rule = "development dependencies are not shipped"
    reasons.decide("phases.prune.commands", " && ".join(commands), pm.origin, rule)
    _explain(pm, "prune", _prune_environment(pm), reasons)
    return Phase(
        name="prune",
        comment="Production dependencies only",
        commands=(" && ".join(commands),),
        caches=() if pm.name == "npm" else _caches(pm),
        # npm only removes here; the others may fetch, and Yarn reads its configuration at every start.
        secrets=() if pm.name == "npm" else _secrets(tree, workspace, reasons, "prune"),
        environment=_prune_environment(pm),
        depends_on=(after,),
    )


def _phase(  # everything that an install knows
    pm: PackageManager,
    tree: SourceTree,
    workspace: Workspace,
    hooks: tuple[Hook, ...],
    commands: tuple[str, ...],
    reasons: Reasons,
) -> Phase:
    reasons.decide("phases.install.commands", " && ".join(commands), pm.origin, _rule(pm, workspace))
    registries.report_literal_tokens(tree, reasons)
    _explain(pm, "install", environment(pm), reasons)
    return Phase(
        name="install",
        comment="Dependencies",
        commands=(" && ".join(commands),),
        inputs=inputs(pm, tree, workspace, hooks, reasons),
        caches=_caches(pm),
        secrets=_secrets(tree, workspace, reasons, "install"),
        environment=environment(pm),
        depends_on=("setup",),
    )


def _explain(pm: PackageManager, phase: str, variables: tuple[tuple[str, str], ...], reasons: Reasons) -> None:
    """Note why a phase that runs the manager has its cache and its variables."""
    for cache in _caches(pm):
        reasons.decide(
            f"phases.{phase}.caches", cache.target, catalogue("node.caches"), f"where {pm.title} keeps packages"
        )
    for name, value in variables:
        rule = f"{pm.title} does the right thing in an image only with it"
        reasons.decide(f"phases.{phase}.environment.{name}", value, pm.origin, rule)


def _rule(pm: PackageManager, workspace: Workspace) -> str:
    text = f"{pm.title} installs what `{pm.lockfile}` says" if pm.lockfile else f"{pm.title} without a lock file"
    return f"{text}, for `{shown(workspace.app.label)}` and what it needs" if workspace.is_filtered else text


def _secrets(tree: SourceTree, workspace: Workspace, reasons: Reasons, phase: str) -> tuple[str, ...]:
    found = registries.variables(tree, ("", workspace.app.directory))
    names = tuple(token.value for token in found)
    if found:
        rule = "the package manager's configuration reads it"
        reasons.decide(f"phases.{phase}.secrets", " ".join(names), found[0].origin, rule)
    return names


def later_secrets(pm: PackageManager, tree: SourceTree, workspace: Workspace) -> tuple[str, ...]:
    """Return the secrets that every later phase needs which runs the manager, a build too.

    Yarn stops at a variable in its configuration that is not set, whatever the command is (tried with 1 and 4).
    """
    if pm.name not in {"yarn", "berry"}:
        return ()
    return tuple(token.value for token in registries.variables(tree, ("", workspace.app.directory)))


def _caches(pm: PackageManager) -> tuple[Cache, ...]:
    if pm.zero_install:
        return ()
    name = "yarn" if pm.name == "berry" else pm.name
    return (Cache(name, _CACHES[pm.name]),)


def environment(pm: PackageManager) -> tuple[tuple[str, str], ...]:
    """Return the variables that every phase needs which runs the manager, and an image that starts with it."""
    if pm.name == "pnpm" and (pm.major or 0) >= _PNPM_WITH_CHECK:
        # Before `pnpm run` it would install what a filtered install left out (tried). pnpm 12 would also want its own
        # version in the lock file, although the right one is running (tried).
        own = (("pnpm_config_pm_on_fail", "ignore"),) if (pm.major or 0) >= _PNPM_LOCKING_ITSELF else ()
        return (*own, ("pnpm_config_verify_deps_before_run", "false"))
    if pm.linker == "pnp":
        # Else the packages would stay in the cache, outside of the image; the loader is written only when asked for.
        loader = (("YARN_PNP_ENABLE_ESM_LOADER", "true"),) if _has_loader(pm) else ()
        return (("YARN_ENABLE_GLOBAL_CACHE", "false"), *loader)
    return ()


def _prune_environment(pm: PackageManager) -> tuple[tuple[str, str], ...]:
    # Without it pnpm 8 to 11 ask whether they may remove packages, and stop (tried).
    return (("CI", "true"), *environment(pm)) if pm.name == "pnpm" else environment(pm)


def _has_loader(pm: PackageManager) -> bool:
    return pm.linker == "pnp" and (pm.major or 0) >= _YARN_WITH_LOADER


def node_options(pm: PackageManager) -> tuple[str, ...]:
    """Return the words that must follow `node` at run time; empty but for Plug'n'Play."""
    if pm.linker != "pnp":
        return ()
    loader = ("--experimental-loader", "./.pnp.loader.mjs") if _has_loader(pm) else ()
    return ("-r", "./.pnp.cjs", *loader)


def modules(pm: PackageManager, workspace: Workspace, phase: str) -> tuple[Input, ...]:
    """Return what the run image copies from `phase` so that the app finds its packages.

    The production phases see to it that all of it is there.
    """
    if pm.linker == "pnp":
        loader = (Input(".pnp.loader.mjs", phase),) if _has_loader(pm) else ()
        return (Input(".pnp.cjs", phase), *loader, Input(".yarn/cache/", phase), Input(".yarn/unplugged/", phase))
    folders = _module_folders(workspace)
    return tuple(Input(folder, phase) for folder in folders) if len(folders) <= _MAX_FOLDERS else (Input(".", phase),)


def _module_folders(workspace: Workspace) -> tuple[str, ...]:
    members = (member for member in workspace.production_closure if not member.manifest.is_absent)
    return ("node_modules/", *(f"{member.directory}/node_modules/" for member in members))


def _folders(pm: PackageManager, workspace: Workspace, *, development: bool = False) -> tuple[str, ...]:
    """Return the command that makes the folders of packages which a manager leaves out when they would be empty."""
    if pm.linker == "pnp":
        return (f"{_MAKE} .yarn/cache .yarn/unplugged",)
    members = [member.manifest for member in workspace.production_closure if not member.manifest.is_absent]
    if len(members) >= _MAX_FOLDERS:
        return ()
    root = workspace.root
    has_own = bool(root.dependencies or root.optional_dependencies or (development and root.dev_dependencies))
    if pm.name == "pnpm":
        # It gives each package a folder of its own, the others put as much as they can into the root's.
        members = [manifest for manifest in members if not manifest.dependencies]
    folders = [f"{manifest.directory}/node_modules" for manifest in members]
    if not has_own and not workspace.members:
        folders.insert(0, "node_modules")
    return (f"{_MAKE} {' '.join(path_word(folder, Origin(folder)) for folder in folders)}",) if folders else ()


def without_folders(phase: Phase) -> Phase:
    """Return the phase without the folders that it makes for single copies, where everything is copied at once."""
    return replace(phase, commands=tuple(text.partition(f" && {_MAKE} ")[0] for text in phase.commands))


def _has_development(workspace: Workspace) -> bool:
    return any(manifest.dev_dependencies for manifest in workspace.manifests)


def _members(workspace: Workspace) -> tuple[str, ...]:
    """Return the directories of the packages to install for, when that is not everything."""
    if not workspace.is_filtered:
        return ()
    return tuple(path_word(member.directory, member.manifest.origin()) for member in workspace.packages)


def _full(pm: PackageManager, workspace: Workspace) -> str:
    """Return the command that installs everything the app and its build need."""
    frozen = pm.lockfile is not None
    if pm.name == "npm":
        return ("npm ci" if frozen else "npm install") + _npm_scope(workspace)
    if pm.name == "pnpm":
        return f"pnpm install{' --frozen-lockfile' if frozen else ''}{_pnpm_scope(workspace)}"
    if pm.name == "bun":
        return f"bun install{' --frozen-lockfile' if frozen else ''}{_bun_scope(pm, workspace)}"
    if pm.name == "yarn":
        return f"yarn install{' --frozen-lockfile' if frozen else ''}"
    focus = yarn_focus(pm, workspace)
    return f"yarn workspaces focus {focus}" if focus else f"yarn install{' --immutable' if frozen else ''}"


def _production(pm: PackageManager, workspace: Workspace) -> str:
    """Return the command that installs what the app needs to run, from nothing."""
    full = _full(pm, workspace)
    if pm.name == "npm":
        words = full.split(" ")
        return " ".join((*words[:2], _npm_omit(pm), *words[2:]))
    first, _, rest = full.partition(" install")
    return f"{first} install {'--prod' if pm.name == 'pnpm' else '--production'}{rest}"


def _npm_omit(pm: PackageManager) -> str:
    """Return the option that leaves development dependencies out; npm 6 ignores the one of today."""
    return "--production" if pm.major is not None and pm.major < _NPM_WITH_OMIT else "--omit=dev"


def _npm_scope(workspace: Workspace) -> str:
    members = _members(workspace)
    return f" --workspace={members[0]} --include-workspace-root" if members else ""


def _pnpm_scope(workspace: Workspace) -> str:
    return f" --filter {filter_word(workspace.app, '...')}" if _members(workspace) else ""


def _bun_scope(pm: PackageManager, workspace: Workspace) -> str:
    members = _members(workspace)
    if not members or first_of(numbers_of(pm.version or "")) < _BUN_WITH_FILTER:
        return ""
    return "".join(f" --filter ./{member}" for member in ("", *members))


def _prune(pm: PackageManager, workspace: Workspace, hooks: tuple[Hook, ...]) -> tuple[str, ...] | None:
    """Return the commands that remove development dependencies in place; None where they would break something."""
    if pm.name == "npm":
        # In a workspace it would run `prepare` of the packages, without the programs for it (tried).
        return (f"npm prune {_npm_omit(pm)} --ignore-scripts{_npm_scope(workspace)}",)
    if pm.name == "pnpm":
        return (_pnpm_prune(pm, workspace),)
    if pm.name == "yarn":
        # It writes packages anew that a script has changed (tried), and the script cannot be run again.
        if any("patch-package" in hook.needs.programs or hook.needs.files is None for hook in hooks):
            return None
        return ("yarn install --production --ignore-scripts" + (" --frozen-lockfile" if pm.lockfile else ""),)
    folders = _folders(pm, workspace)
    if pm.name == "berry":
        return (*_berry_prune(pm, workspace, hooks), *folders) if pm.can_focus else None
    return _bun_prune(pm, workspace, hooks, folders)


def _pnpm_prune(pm: PackageManager, workspace: Workspace) -> str:
    if not _members(workspace) and not workspace.members:
        return "pnpm prune --prod --config.ignore-scripts=true"
    # `pnpm prune` empties the packages' folders in a workspace (tried). The age makes it delete what nobody needs now.
    frozen = " --frozen-lockfile" if pm.lockfile else ""
    return f"pnpm install --prod{frozen} --ignore-scripts --config.modules-cache-max-age=0{_pnpm_scope(workspace)}"


def _berry_prune(pm: PackageManager, workspace: Workspace, hooks: tuple[Hook, ...]) -> tuple[str, ...]:
    scope = f"{package_word(workspace.app)} " if _members(workspace) and workspace.app.name else ""
    every = "--all " if workspace.members and not scope else ""
    commands = (*_without(pm, hooks), f"yarn workspaces focus {scope}{every}--production")
    if pm.linker == "pnp":
        # Yarn leaves the archives of other packages where they are (tried).
        unused = 'for zip in .yarn/cache/*.zip; do grep -qF "${zip##*/}" .pnp.* || rm "$zip"; done'
        return (*commands, unused)
    return commands


def _bun_prune(
    pm: PackageManager, workspace: Workspace, hooks: tuple[Hook, ...], folders: tuple[str, ...]
) -> tuple[str, ...] | None:
    """Install anew: Bun does not remove development dependencies from what is there (tried)."""
    needed = [hook for hook in hooks if not hook.needs.dispensable]
    dropped = tuple(hook for hook in hooks if hook.needs.dispensable)
    generated = any(manifest.has("@prisma/client") for manifest in workspace.manifests)
    can_drop = not dropped or first_of(numbers_of(pm.version or "")) >= _BUN_WITH_PKG
    if needed or generated or not can_drop:
        return None
    removed = " ".join(path_word(folder.rstrip("/"), Origin(folder)) for folder in _module_folders(workspace))
    return (*_without(pm, dropped), f"rm -rf {removed}", _production(pm, workspace), *folders)


def _without(pm: PackageManager, hooks: tuple[Hook, ...]) -> tuple[str, ...]:
    """Return the commands that take install-time scripts out of the manifests of this stage of the build."""
    by_directory: dict[str, list[str]] = {}
    for hook in hooks:
        by_directory.setdefault(hook.manifest.directory, []).append(f"scripts.{hook.event}")
    commands = []
    for directory, keys in by_directory.items():
        place = path_word(directory, Origin(directory)) if directory else ""
        program, option = ("bun pm pkg", "--cwd") if pm.name == "bun" else ("npm pkg", "--prefix")
        commands.append(f"{program} delete {' '.join(keys)}{f' {option} {place}' if place else ''}")
    return tuple(commands)


def _report_kept(pm: PackageManager, workspace: Workspace, hooks: tuple[Hook, ...], reasons: Reasons) -> None:
    hook = next((hook for hook in hooks if not hook.needs.dispensable), None)
    if pm.name == "berry" and not pm.can_focus:
        text = f"{pm.title} cannot remove development dependencies without its plugin `workspace-tools`"
        origin, fix = pm.origin, "run `yarn plugin import workspace-tools` and commit the plugin, or move to Yarn 4"
    elif hook is not None:
        text = f"removing them would undo what {hook.title} does"
        origin, fix = hook.origin, "move what the script needs to `dependencies`, or run it in the `build` script"
    else:
        text = f"{pm.title} would have to install everything anew without them"
        origin, fix = workspace.root.origin("devDependencies"), "pin a newer Bun in `packageManager`"
    reasons.report(Diagnostic("BP619", "warning", f"development dependencies stay in the image: {text}", origin, fix))


# What packages need from the system: Debian packages, compilers, variables, a place to write.
#
# Only dependencies that the app's own manifests declare count, by exact name; names deep in a lock file are looked for
# only where the table says so.


_LAST_PRISMA_WITH_ENGINE = 6


@dataclass(slots=True)
class PackageNeeds:
    """What the app needs, each with the dependency that is the reason."""

    apt: Packages = field(default_factory=Packages)
    install_environment: dict[str, Sourced[str]] = field(default_factory=dict)
    run_environment: dict[str, Sourced[str]] = field(default_factory=dict)
    writes: Origin | None = None
    # Commands of the packages that fetch something into a folder of the app.
    fetches: dict[str, Sourced[str]] = field(default_factory=dict)
    prisma: Sourced[str] | None = None
    diagnostics: list[Diagnostic] = field(default_factory=list)


def needs(
    tree: SourceTree, workspace: Workspace, manager: PackageManager, node_version: str, suite: str
) -> PackageNeeds:
    """Return what the app and the packages it needs ask of the system.

    `suite` is the Debian release of the images (`trixie`): older ones have some packages under another name.
    """
    production = (workspace.app, *(member.manifest for member in workspace.production_closure))

    def find(name: str, row: Need) -> Dependency | None:
        declared = _declared(name, workspace.manifests)
        if declared is None and row.locked:
            declared = _locked(tree, manager.lockfile, name)
        if declared is None:
            return None
        ships = _declared(name, production, production=True) is not None
        return Dependency(name, declared.origin, declared.value, ships)

    def has(name: str) -> bool:
        return _declared(name, workspace.manifests) is not None

    found = PackageNeeds()
    matches = packages.matches(NEEDS, find, has=has, app=first_of(numbers_of(node_version))[0])
    for need, item in matches:
        packages.apt([packages.Match(need, item)], into=found.apt)
        if item.ships:
            _add(found, need, item)
    for name, (value, why) in packages.variables(matches, "install").items():
        found.install_environment[name] = Sourced(value, why.origin)
    for name, (value, why) in packages.variables(matches, "run").items():
        found.run_environment[name] = Sourced(value, why.origin)
    _add_own(tree, workspace, found)
    _add_git(tree, workspace, manager, found)
    _add_prisma(tree, workspace, production, found)
    found.apt = found.apt.on(suite)
    return found


def _add(found: PackageNeeds, need: Need, item: Dependency) -> None:
    """Add what only a package of the running app asks for."""
    if need.writes and found.writes is None:
        found.writes = item.origin
    if need.fetch is not None:
        command, folder = need.fetch
        found.fetches[folder] = Sourced(command, item.origin)
    if need.notice:
        found.diagnostics.append(packages.notice(need, item))


def _declared(name: str, manifests: Iterable[Manifest], *, production: bool = False) -> Sourced[str] | None:
    for manifest in manifests:
        if production and name not in manifest.dependencies and name not in manifest.optional_dependencies:
            continue
        found = manifest.dependency(name)
        if found is not None:
            return found
    return None


def _locked(tree: SourceTree, lockfile: str | None, name: str) -> Sourced[str] | None:
    """Return a package that a lock file lists, without its version."""
    text = tree.text_or_none(lockfile) if lockfile else None
    if text is None or lockfile is None:
        return None
    for mark in (f'"node_modules/{name}"', f"\n{name}@", f"\n  {name}@", f"\n  /{name}@", f'\n"{name}@npm'):
        position = text.find(mark)
        if position >= 0:
            line = text.count("\n", 0, position + 1) + 1
            return Sourced("", Origin(lockfile, line, name))
    return None


def _add_own(tree: SourceTree, workspace: Workspace, found: PackageNeeds) -> None:
    """Add compilers for a native module of the repository's own."""
    for manifest in workspace.manifests:
        path = f"{manifest.directory}/binding.gyp" if manifest.directory else "binding.gyp"
        if tree.has(path):
            found.apt.add(Dependency(path, Origin(path)), build=packages.TOOLCHAINS["node-gyp"])
            return


def _add_git(tree: SourceTree, workspace: Workspace, manager: PackageManager, found: PackageNeeds) -> None:
    place = needs_git(manager, tree, workspace)
    if place is not None:
        found.apt.add(Dependency("a dependency from git", place), build=("ca-certificates", "git"))


def _add_prisma(tree: SourceTree, workspace: Workspace, production: Iterable[Manifest], found: PackageNeeds) -> None:
    """Add what Prisma needs: OpenSSL for its engines up to version 6, a place to write for SQLite."""
    client = _declared("@prisma/client", workspace.manifests) or _declared("prisma", workspace.manifests)
    if client is None:
        return
    found.prisma = client
    version = lower_bound(client.value)
    if version is None or version[0] <= _LAST_PRISMA_WITH_ENGINE:
        why = Dependency("@prisma/client", client.origin)
        found.apt.add(why, build=("openssl",))
        if _declared("@prisma/client", production, production=True) is not None:
            found.apt.add(why, run=("openssl",))
    for manifest in workspace.manifests:
        path = prisma_schema(tree, manifest)
        if path is not None and re.search(r'provider\s{0,9}=\s{0,9}"sqlite"', tree.text_or_none(path) or ""):
            found.writes = found.writes or Origin(path)


def prisma_schema(tree: SourceTree, manifest: Manifest) -> str | None:
    """Return the Prisma schema of a package: the one its manifest names, else at the usual places."""
    prefix = f"{manifest.directory}/" if manifest.directory else ""
    named = manifest.document.get("prisma", "schema")
    paths = ["prisma/schema.prisma", "schema.prisma", "src/prisma/schema.prisma", "db/schema.prisma"]
    if isinstance(named, str):
        paths.insert(0, named.removeprefix("./"))
    return tree.first(*(prefix + path for path in paths))
