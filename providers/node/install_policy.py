"""What will go wrong when packages are installed, as far as the tree tells: locks, blocked scripts, blocked sources.

Sources, checked 2026-11-24:
- npm 12: https://docs.npmjs.com/cli/v12/using-npm/config#allow-git (`allow-remote`, `allowScripts` of package.json)
- pnpm 10: https://pnpm.io/10.x/settings#onlybuiltdependencies; 11 and newer: https://pnpm.io/settings#allowbuilds
- Yarn 4.14: https://yarnpkg.com/configuration/yarnrc#enableScripts (off by default since then, tried)
- Bun: https://bun.sh/docs/pm/lifecycle (`trustedDependencies` replaces its own list)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.javascript import build_scripts
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import first_of, numbers_of, shown
from buildplan.read import yaml_document

from . import lockfiles
from . import yarn as yarn_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .package_manager import PackageManager
    from .workspaces import Workspace

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
    return lockfiles.from_git(tree, pm.lockfile, workspace.manifests)


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
    lock = next((entry for entry in lockfiles.found(tree) if entry.path == pm.lockfile), None)
    missing = lockfiles.unlocked(tree, lock, workspace.manifests, workspace.names) if lock else ()
    if missing:
        lacking = _listed([item.value for item in missing])
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
        marked = lockfiles.with_install_scripts(tree, pm.lockfile)
        blocked = [item for item in marked if not _is_named(item.value, names)]
        if blocked:
            _report_scripts(
                pm, [item.value for item in blocked], blocked[0].origin, "`allowScripts` of `package.json`", reasons
            )
    settings = tree.text_or_none(".npmrc") or ""
    git = None if "allow-git" in settings else needs_git(pm, tree, workspace)
    if git is not None:
        _report_source("git repositories", git, "allow-git=all", pm, reasons)
    remote = () if "allow-remote" in settings else lockfiles.from_address(workspace.manifests)
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
    version = first_of(numbers_of(pm.version or yarn_settings.release(pm.vendored) or ""))
    if pm.name == "berry" and version >= _YARN_WITH_POLICY:
        setting = (yarn_settings.settings(tree) or {}).get("enableScripts")
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
    text = f"{pm.title} does not run the install scripts of {_listed(names)}"
    if is_strict:
        text += ", and the install stops at them"
    elif needed:
        text += f"; without them {_listed(list(needed))} will not work"
    reasons.report(
        Diagnostic("BP620", "warning" if needed or is_strict else "info", text, origin, f"name them in {where}")
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(f"`{shown(name)}`" for name in names[:_SHOWN]) + more
