"""The commands that run scripts and programs of the installed packages; all of them are run at the root of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .manifest import checked_name, package_word, path_word, script_word

if TYPE_CHECKING:
    from .manifest import Manifest
    from .package_manager import PackageManager
    from .workspaces import Workspace


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
