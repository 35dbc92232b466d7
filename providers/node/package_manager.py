"""Package managers: which one a project uses, in which version, and how it gets into the image.

Corepack is not used: Node 25 and newer do not have it, and it asks the network for what `packageManager` already says.

Sources, checked 2026-11-24:
- what the images hold: https://github.com/nodejs/docker-node (Yarn 1 up to Node 24)
- yarnPath: https://yarnpkg.com/configuration/yarnrc#yarnPath (Yarn 1 starts the release that it names)
- lock file formats: `lockfiles`
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import tool_version
from buildplan.language import versions
from buildplan.language.versions import Asking
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, rule
from buildplan.model.version_ranges import numbers_of

from . import declared, lockfiles, manager_version, yarn

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .declared import Declared, Tool
    from .lockfiles import Lockfile, Name
    from .workspaces import Workspace
    from .yarn import Linker

YARN_1 = "1.22.22"
# The newest Node whose image holds Yarn 1.
_LAST_NODE_WITH_YARN = 24
_TITLES = {"npm": "npm", "pnpm": "pnpm", "yarn": "Yarn 1", "berry": "Yarn", "bun": "Bun"}


class PackageManager(NamedTuple):
    """The package manager of a project.

    `yarn` is Yarn 1, `berry` any later Yarn. `version` is the exact one to install; None is the one that comes with
    the runtime (npm), or with the project (`vendored`, a path below `.yarn/releases`). `major` is None where only the
    image knows. `zero_install`: the project holds the packages itself, below `.yarn/cache`. `can_focus`: this Yarn
    can install for one package of a workspace, and without development dependencies.
    """

    name: Name
    version: str | None
    lockfile: str | None
    origin: Origin
    major: int | None = None
    linker: Linker = "node-modules"
    zero_install: bool = False
    vendored: str | None = None
    can_focus: bool = False

    @property
    def title(self) -> str:
        """What a sentence calls it: `pnpm 10`, `Yarn 1`."""
        title = _TITLES[self.name]
        return title if self.major is None or self.name == "yarn" else f"{title} {self.major}"


def choose(
    tree: SourceTree, workspace: Workspace, overrides: Overrides, node_version: str, reasons: Reasons
) -> PackageManager:
    """Return the package manager; `node_version` is the resolved one (`24`, `24.18.2`).

    Raises FileError for a lock file that cannot be read, and for fields that name no package manager.
    """
    locks = lockfiles.found(tree)
    wanted = declared.manager(workspace.root, reasons)
    tool, origin, why = _tool(tree, workspace, wanted, locks)
    yarnrc = yarn.settings(tree)
    asking = Asking(tree, manager_version.Said(workspace.root, wanted), overrides, reasons)
    demanded = tuple(versions.requests(manager_version.demands(tool), asking))
    hinted = tuple(versions.requests(manager_version.hints(tool), asking))
    lock = next((entry for entry in locks if manager_version.tool_of(entry.manager) == tool), None)
    vendored = yarn.vendored(tree, yarnrc, reasons) if tool == "yarn" else None
    name = manager_version.name_of(tool, demanded, hinted, lock, is_berry=yarnrc is not None)
    requests = (*demanded, *hinted)
    version = None if vendored else manager_version.resolve(name, requests, lock, node_version, reasons)
    major = manager_version.major(name, version or yarn.release(vendored), lock, node_version)
    runners_up = tuple(RunnerUp(entry.path, entry.origin, "another lock file") for entry in locks if entry is not lock)
    result = PackageManager(
        name=name,
        version=version,
        lockfile=lock.path if lock else None,
        origin=origin,
        major=major,
        linker=yarn.linker(yarnrc, reasons) if name == "berry" else "node-modules",
        zero_install=name == "berry" and yarn.is_zero_install(tree),
        vendored=vendored,
        can_focus=name == "berry" and ((major or 0) >= 4 or yarn.has_focus_plugin(tree)),  # noqa: PLR2004  # Yarn 4
    )
    reasons.decide("node.package_manager", result.title, origin, why, runners_up)
    _report_locks(result, wanted, lock, locks, reasons)
    _report_format(result, lock, yarn.release(vendored), reasons)
    _report_runtime(result, node_version, reasons)
    return result


def _tool(
    tree: SourceTree, workspace: Workspace, wanted: Declared | None, locks: tuple[Lockfile, ...]
) -> tuple[Tool, Origin, str]:
    """Return the tool, where it is said, and the rule."""
    if wanted is not None:
        return wanted.tool, wanted.origin, "the package manager that the manifest names"
    if locks:
        lock, why = _trusted(tree, workspace, locks)
        return manager_version.tool_of(lock.manager), Origin(lock.path), why
    if workspace.kind == "pnpm":
        return "pnpm", Origin("pnpm-workspace.yaml"), "only pnpm reads the workspace file"
    if tree.has(".yarnrc.yml"):
        return "yarn", Origin(".yarnrc.yml"), "only Yarn reads its configuration file"
    for tool in ("pnpm", "yarn", "bun"):
        entry = next(declared.pinned(workspace.root, tool), None)
        if entry is not None:
            return tool, entry.origin, "the package manager that the manifest asks for"
    return "npm", rule("node.package_manager"), "npm comes with Node, and nothing names another package manager"


def _trusted(tree: SourceTree, workspace: Workspace, locks: tuple[Lockfile, ...]) -> tuple[Lockfile, str]:
    """Return the lock file to go by, and why: of several, the first that is in step with the manifests."""
    if len(locks) > 1:
        for lock in locks:
            if not lockfiles.unlocked(tree, lock, workspace.manifests, workspace.names):
                return lock, "the package manager whose lock file is up to date"
    return locks[0], "the package manager whose lock file is committed"


def _report_locks(
    pm: PackageManager,
    wanted: Declared | None,
    lock: Lockfile | None,
    locks: tuple[Lockfile, ...],
    reasons: Reasons,
) -> None:
    if wanted is not None and lock is None and locks:
        reasons.report(
            Diagnostic(
                "BP611",
                "warning",
                f"the manifest names {_TITLES[pm.name]}, which does not read the only lock file, `{locks[0].path}`",
                wanted.origin,
                f"run the install of {_TITLES[pm.name]}, commit its lock file, and delete `{locks[0].path}`",
            )
        )
    elif len(locks) > 1:
        names = ", ".join(f"`{entry.path}`" for entry in locks)
        kept = lock.path if lock else locks[0].path
        reasons.report(
            Diagnostic(
                "BP610",
                "warning",
                f"there are several lock files: {names}; `{kept}` is used",
                Origin(kept),
                "delete the lock files of the package managers that are not used",
            )
        )


def _report_format(pm: PackageManager, lock: Lockfile | None, release: str | None, reasons: Reasons) -> None:
    """Report a lock file that the version to install will not take as it is."""
    version = pm.version or release
    if lock is None or lock.format is None:
        return
    row = lockfiles.known(lock.manager, lock.format)
    if row is None:
        text = f"`{lock.path}` has the format {lock.format}, which is newer than this release of buildplan"
        fix = "name the version that wrote it in `packageManager`"
    elif version is not None and (lock.manager != pm.name or not lockfiles.accepts(row.reads, version)):
        text = f"`{lock.path}` has the format {lock.format}, which {pm.title} ({version}) does not take as it is"
        fix = f"install with the version that is pinned and commit `{lock.path}`, or pin one that fits"
    else:
        return
    reasons.report(Diagnostic("BP613", "warning", text, lock.origin, fix))


def _report_runtime(pm: PackageManager, node_version: str, reasons: Reasons) -> None:
    """Report a manager whose whole major line does not run on the Node that was resolved."""
    if pm.version is None or pm.major is None:
        return
    tool, line = manager_version.tool_of(pm.name), str(pm.major)
    if tool_version(tool, line) is not None and tool_version(tool, line, on=node_version) is None:
        reasons.report(
            Diagnostic(
                "BP616",
                "warning",
                f"{pm.title} does not run on Node {node_version}",
                pm.origin,
                f"ask for a newer Node, or pin an older {_TITLES[pm.name]}",
            )
        )


def setup_commands(pm: PackageManager, node_version: str) -> tuple[str, ...]:
    """Return the commands that install the manager itself; empty when it is there already."""
    has_yarn = _node_major(node_version) <= _LAST_NODE_WITH_YARN
    force = "--force " if has_yarn else ""
    if pm.name in {"yarn", "berry"} and (pm.vendored or pm.version in {None, YARN_1}):
        # Yarn 1 is in the image; where the project holds a release of Yarn, it starts that one.
        return () if has_yarn else (f"npm install -g yarn@{YARN_1}",)
    if pm.version is None:
        return ()
    packages = {"yarn": f"{force}yarn", "berry": f"{force}@yarnpkg/cli-dist"}
    return (f"npm install -g {packages.get(pm.name, pm.name)}@{pm.version}",)


def setup_comment(pm: PackageManager, node_version: str) -> str:
    """Return why the setup commands are what they are, for the phase's comment; empty when that is plain."""
    commands = setup_commands(pm, node_version)
    if commands and "--force" in commands[0]:
        return f"{pm.title} replaces the Yarn 1 that comes with the image"
    if commands and pm.vendored:
        return f"Yarn 1 starts the release that the project holds, {pm.vendored}"
    return ""


def _node_major(node_version: str) -> int:
    numbers = numbers_of(node_version)
    return numbers[0] if numbers else _LAST_NODE_WITH_YARN + 1
