from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import install
from node_installs import (
    BUN_LOCK,
    MONOREPO,
    NPM_LOCK,
    YARN_1_LOCK,
    YARN_4_LOCK,
    Files,
    Project,
    monorepo,
    pnpm_monorepo,
    project,
)

from buildplan.errors import FileError

SCRIPTS = {"build": "tsc", "build:prod": "tsc"}
LOCKS = {
    "npm": {"package-lock.json": NPM_LOCK},
    "pnpm": {"pnpm-lock.yaml": "lockfileVersion: '9.0'\n"},
    "yarn": {"yarn.lock": YARN_1_LOCK},
    "berry": {"yarn.lock": YARN_4_LOCK},
    "bun": {"bun.lock": BUN_LOCK},
}


def plain(manager: str) -> Project:
    return project({"package.json": {"name": "a", "scripts": SCRIPTS}, **LOCKS[manager]})


def workspace(manager: str, **changes: Any) -> Project:
    return project({**(pnpm_monorepo() if manager == "pnpm" else monorepo()), **LOCKS[manager], **changes})


def build(found: Project, script: str = "build") -> tuple[str, ...]:
    lines: tuple[str, ...] = install.build_commands(found.manager, found.workspace, script)
    return lines


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("npm", "npm run build"),
        ("pnpm", "pnpm run build"),
        ("yarn", "yarn run build"),
        ("berry", "yarn run build"),
        ("bun", "bun run build"),
    ],
)
def test_a_plain_project_runs_its_script(manager: str, command: str) -> None:
    assert build(plain(manager)) == (command,)


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("npm", ("npm run build --workspace=packages/shared", "npm run build --workspace=apps/web")),
        ("pnpm", ("pnpm --filter @x/web... run build",)),
        ("yarn", ("yarn workspace @x/shared run build", "yarn workspace @x/web run build")),
        ("berry", ("yarn workspace @x/shared run build", "yarn workspace @x/web run build")),
        ("bun", ("bun run --cwd packages/shared build", "bun run --cwd apps/web build")),
    ],
)
def test_what_the_app_needs_is_built_before_it(manager: str, expected: tuple[str, ...]) -> None:
    assert build(workspace(manager)) == expected


def test_another_script_of_the_app_still_needs_the_build_of_the_others() -> None:
    assert build(workspace("pnpm"), "build:prod") == (
        "pnpm --filter @x/web^... run build",
        "pnpm --filter @x/web run build:prod",
    )
    assert build(workspace("npm"), "build:prod")[-1] == "npm run build:prod --workspace=apps/web"


def test_a_package_without_a_name_is_named_by_its_folder() -> None:
    app = {**MONOREPO["apps/web/package.json"]}
    del app["name"]
    assert build(workspace("pnpm", **{"apps/web/package.json": app})) == ("pnpm --filter '{./apps/web}...' run build",)
    with pytest.raises(FileError, match="it has no `name`"):
        build(workspace("yarn", **{"apps/web/package.json": app}))


TURBO: Files = {
    "package.json": {**MONOREPO["package.json"], "packageManager": "npm@11.6.0", "devDependencies": {"turbo": "2"}},
    "turbo.json": '{ "tasks": { "build": { "dependsOn": ["^build"] } } } // tasks',
}


def test_turborepo_builds_what_it_has_a_task_for() -> None:
    found = workspace("npm", **TURBO)
    assert build(found) == ("npx --no-install turbo run build --filter=@x/web...",)
    assert build(found, "build:prod")[-1] == "npm run build:prod --workspace=apps/web"


def test_turborepo_is_not_used_where_it_would_refuse() -> None:
    root = {**MONOREPO["package.json"], "devDependencies": {"turbo": "2"}}
    assert build(workspace("npm", **{**TURBO, "package.json": root}))[-1] == "npm run build --workspace=apps/web"


def test_an_nx_project_is_built_by_nx() -> None:
    files: Files = {"package.json": {"name": "org"}, "nx.json": "{}", "apps/api/project.json": {"name": "api"}}
    assert build(project(files)) == ("npx --no-install nx run api:build",)


@pytest.mark.parametrize(
    ("manager", "at_root", "in_package"),
    [
        ("npm", "npx --no-install vite build", "npm exec --workspace=apps/web --no -- vite build"),
        ("pnpm", "pnpm exec vite build", "pnpm --filter @x/web exec vite build"),
        ("yarn", "yarn run vite build", "yarn workspace @x/web run vite build"),
        ("berry", "yarn run vite build", "yarn workspace @x/web run vite build"),
        ("bun", "bun run vite build", "bun run --cwd apps/web vite build"),
    ],
)
def test_a_program_runs_in_the_folder_of_the_app(manager: str, at_root: str, in_package: str) -> None:
    one, other = plain(manager), workspace(manager)
    assert install.execute(one.manager, "vite build", one.workspace) == at_root
    assert install.execute(other.manager, "vite build", other.workspace) == in_package


@pytest.mark.parametrize("name", ["x; rm -rf /", "$(id)", "a\nb", '"', "-x"])
def test_a_name_that_a_shell_would_read_never_reaches_a_command(name: str) -> None:
    with pytest.raises(FileError):
        build(plain("npm"), name)
    app = {**MONOREPO["apps/web/package.json"], "name": name}
    for manager in ("pnpm", "yarn"):
        with pytest.raises(FileError):
            build(workspace(manager, **{"apps/web/package.json": app}))


def test_a_folder_that_a_shell_would_read_never_reaches_a_command() -> None:
    files = {"apps/$(id)/package.json": MONOREPO["apps/web/package.json"]}
    root = {"package.json": MONOREPO["package.json"], **LOCKS["npm"]}
    with pytest.raises(FileError, match="has characters that a shell would read"):
        build(project({**root, **files}))
