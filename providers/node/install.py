"""The phases that install packages, and those that leave out what only the build needs.

What each command does was tried with npm 10-12, pnpm 8-12, Yarn 1-4 and Bun 1.1-1.4 on small projects; where a
comment says "tried", that is meant.

Sources, checked 2026-11-24:
- npm: https://docs.npmjs.com/cli/v11/commands/npm-ci
- pnpm: https://pnpm.io/cli/install, https://pnpm.io/settings#modulescachemaxage
- Yarn: https://yarnpkg.com/cli/workspaces/focus
- Bun: https://bun.sh/docs/pm/cli/install
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.language.javascript import registries
from buildplan.model.build_plan import Cache, Diagnostic, Input, Phase
from buildplan.model.origin import Origin, catalogue
from buildplan.model.version_ranges import first_of, numbers_of, shown

from . import install_inputs, install_policy, install_scripts
from .commands import filter_word
from .manifest import package_word, path_word

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .install_scripts import Hook
    from .package_manager import PackageManager
    from .workspaces import Workspace

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
    hooks = install_scripts.hooks(pm, tree, workspace)
    install_policy.report(pm, tree, workspace, reasons)
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
    hooks = install_scripts.hooks(pm, tree, workspace)
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
    install_policy.report(pm, tree, workspace, reasons)
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
    hooks = install_scripts.hooks(pm, tree, workspace)
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
        inputs=install_inputs.inputs(pm, tree, workspace, hooks, reasons),
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
    focus = install_inputs.focus(pm, workspace)
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
