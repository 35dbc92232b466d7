"""Node.js: servers, sites and assets, with npm, pnpm, Yarn and Bun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.contract import Detection, PlanContext, ProviderPlan
    from buildplan.language.members import Member
    from buildplan.language.node_tools import Tools
    from buildplan.language.packages import Dependency
    from buildplan.language.subfolder import Folder
    from buildplan.language.versions import Versions
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def _detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    from .detect import detect

    return detect(tree, overrides)


def _plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    from .plan import plan

    return plan(tree, context)


def _below(tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    from .nested import find

    return find(tree, overrides)


def _members(tree: SourceTree) -> tuple[Member, ...]:
    from .apps import members

    return members(tree)


def _toolchain(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Tools:
    from .tools import tools

    return tools(tree, overrides, reasons)


def _versions() -> tuple[Versions[Any], ...]:
    from . import manager_version, node_version

    return (*node_version.VERSIONS, *manager_version.VERSIONS)


def _dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    from .dependencies import dependencies

    return dependencies(tree, overrides)


LANGUAGE = Language(
    name="node",
    title="Node.js",
    detect=_detect,
    plan=_plan,
    dependencies=_dependencies,
    versions=_versions,
    below=_below,
    members=_members,
    start_help='a `start` script in package.json (`"start": "node server.js"`), or a Procfile with a `web:` line',
    aliases=("bun", "javascript", "nodejs"),
    manifests=("package.json",),
    sources=("*.js", "*.mjs", "*.cjs", "*.ts", "*.mts", "*.cts"),
    runtimes=("node", "bun"),
    tools=("corepack", "npm", "pnpm", "yarn"),
    options={
        "angular_project": "which project of angular.json to build",
        "app": "which app of a workspace: its package name or its folder",
        "build_script": "the script that builds the app, instead of `build`",
        "moon_build_task": "moon's task that builds, instead of `build`",
        "moon_start_task": "moon's task that starts, instead of `start`",
        "output": "the folder of built static files",
        "spa": "`true` serves the output as a single-page app, `false` never does",
    },
    app_option="app",
    toolchain=_toolchain,
    programs=("bun", "bunx", "node", "nodemon", "npm", "npx", "pm2-runtime", "pnpm", "ts-node", "tsx", "yarn"),
)
