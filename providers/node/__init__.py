"""Node.js: servers, sites and assets, with npm, pnpm, Yarn and Bun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan.language.declare import Language, late

if TYPE_CHECKING:
    from buildplan.language.versions import Versions


def _versions() -> tuple[Versions[Any], ...]:
    from . import package_manager

    return (*package_manager.NODE_VERSIONS, *package_manager.MANAGER_VERSIONS)


LANGUAGE = Language(
    name="node",
    title="Node.js",
    detect=late(".workspaces:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".workspaces:dependencies", __package__),
    versions=_versions,
    below=late(".workspaces:nested_apps", __package__),
    members=late(".workspaces:app_members", __package__),
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
    toolchain=late(".project:tools", __package__),
    programs=("bun", "bunx", "node", "nodemon", "npm", "npx", "pm2-runtime", "pnpm", "ts-node", "tsx", "yarn"),
)
