from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import install
from node_installs import (
    BUN_LOCK,
    MONOREPO,
    NPM_LOCK,
    PNPM_LOCK,
    YARN_1_LOCK,
    YARN_4_LOCK,
    Files,
    monorepo,
    pnpm_monorepo,
    project,
    steps,
)

from buildplan.model.build_plan import Cache, Input

ROOT: dict[str, Any] = {"name": "a", "dependencies": {"x": "1"}, "devDependencies": {"y": "1"}}
LOCKS: dict[str, Files] = {
    "npm": {"package-lock.json": NPM_LOCK},
    "pnpm": {"pnpm-lock.yaml": PNPM_LOCK},
    "yarn": {"yarn.lock": YARN_1_LOCK},
    "berry": {"yarn.lock": YARN_4_LOCK, ".yarnrc.yml": "nodeLinker: node-modules\n"},
    "bun": {"bun.lock": BUN_LOCK},
}

# What the run image copies of a workspace; managers leave out what would be empty.
FOLDERS = "mkdir -p apps/web/node_modules packages/shared/node_modules"
PNPM_PRUNE = (
    "pnpm install --prod --frozen-lockfile --ignore-scripts --config.modules-cache-max-age=0 --filter @x/web..."
)
PINNED = {
    "npm": "npm@11.6.0",
    "pnpm": "pnpm@10.1.0",
    "yarn": "yarn@1.22.22",
    "berry": "yarn@4.5.0",
    "bun": "bun@1.4.5",
}


def files_of(manager: str, **changes: Any) -> Files:
    return {"package.json": ROOT, **LOCKS[manager], **changes}


def workspace_of(manager: str, **changes: Any) -> Files:
    return {**(pnpm_monorepo() if manager == "pnpm" else monorepo()), **LOCKS[manager], **changes}


def hooked(**scripts: str) -> Files:
    return {"package.json": {**ROOT, "scripts": scripts}}


@pytest.mark.parametrize(
    ("manager", "frozen", "loose"),
    [
        ("npm", "npm ci", "npm install"),
        ("pnpm", "pnpm install --frozen-lockfile", "pnpm install"),
        ("yarn", "yarn install --frozen-lockfile", "yarn install"),
        ("berry", "yarn install --immutable", "yarn install"),
        ("bun", "bun install --frozen-lockfile", "bun install"),
    ],
)
def test_a_lock_file_is_taken_as_it_is(manager: str, frozen: str, loose: str) -> None:
    assert steps(project(files_of(manager)).install()) == (frozen,)
    name = {
        "berry": "yarn@4.5.0",
        "yarn": "yarn@1.22.22",
        "npm": "npm@11.6.0",
        "pnpm": "pnpm@10.1.0",
        "bun": "bun@1.4.5",
    }
    root = {**ROOT, "packageManager": name[manager]}
    without = project(
        {"package.json": root, ".yarnrc.yml": "nodeLinker: node-modules\n"}
        if manager == "berry"
        else {"package.json": root}
    )
    assert steps(without.install()) == (loose,)
    assert "BP612" in without.codes


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("npm", "npm ci --workspace=apps/web --include-workspace-root"),
        ("pnpm", "pnpm install --frozen-lockfile --filter @x/web..."),
        ("yarn", "yarn install --frozen-lockfile"),
        ("berry", "yarn workspaces focus @x/web mono"),
        (
            "bun",
            "bun install --frozen-lockfile"
            + "".join(f" --filter ./{path}" for path in ("", "apps/web", "packages/shared", "packages/config")),
        ),
    ],
)
def test_a_workspace_installs_for_the_app_alone(manager: str, command: str) -> None:
    # pnpm gives each package with dependencies a folder of its own.
    folders = () if manager == "pnpm" else (FOLDERS,)
    assert steps(project(workspace_of(manager)).install()) == (command, *folders)


def test_the_folder_of_a_package_without_dependencies_is_made_for_pnpm_too() -> None:
    shared = {"name": "@x/shared"}
    found = project(workspace_of("pnpm", **{"packages/shared/package.json": shared}))
    assert steps(found.install())[1:] == ("mkdir -p packages/shared/node_modules",)
    assert len(steps(install.without_folders(found.install()))) == 1


def test_a_yarn_that_cannot_focus_installs_everything() -> None:
    files = workspace_of("berry", **{"yarn.lock": "__metadata:\n  version: 6\n"})
    found = project(files)
    assert steps(found.install()) == ("yarn install --immutable", FOLDERS)
    assert "packages/other/package.json" in found.inputs()


@pytest.mark.parametrize("manager", ["npm", "pnpm", "yarn"])
def test_only_the_manifests_of_the_closure_are_inputs(manager: str) -> None:
    found = project(workspace_of(manager)).inputs()
    assert "packages/other/package.json" not in found
    assert {
        "package.json",
        "apps/web/package.json",
        "packages/shared/package.json",
        "packages/config/package.json",
    } < set(found)


def test_bun_compares_the_manifests_of_all_packages() -> None:
    assert "packages/other/package.json" in project(workspace_of("bun")).inputs()


@pytest.mark.parametrize(
    ("manager", "present", "inputs"),
    [
        (
            "npm",
            {".npmrc": "a=b\n", "bunfig.toml": "", "index.js": ""},
            ["package.json", "package-lock.json", ".npmrc"],
        ),
        (
            "pnpm",
            {".npmrc": "a=b\n", "pnpm-workspace.yaml": "a: 1\n", ".pnpmfile.cjs": ""},
            ["package.json", "pnpm-lock.yaml", ".npmrc", "pnpm-workspace.yaml", ".pnpmfile.cjs"],
        ),
        (
            "berry",
            {".yarn/releases/x.cjs": "", ".yarn/plugins/p.cjs": "", ".yarn/patches/p": "", ".yarn/cache/a.zip": b"PK"},
            [
                "package.json",
                "yarn.lock",
                ".yarnrc.yml",
                ".yarn/releases/",
                ".yarn/plugins/",
                ".yarn/patches/",
                ".yarn/cache/",
            ],
        ),
        ("yarn", {".yarnrc": "a b\n"}, ["package.json", "yarn.lock", ".yarnrc"]),
        ("bun", {"bunfig.toml": ""}, ["package.json", "bun.lock", "bunfig.toml"]),
    ],
)
def test_the_files_of_a_manager_are_its_inputs(manager: str, present: Files, inputs: list[str]) -> None:
    assert project(files_of(manager, **present)).inputs() == inputs


@pytest.mark.parametrize(
    ("manager", "root"),
    [
        ("pnpm", {**ROOT, "pnpm": {"patchedDependencies": {"x@1": "fixes/x.patch"}}}),
        ("bun", {**ROOT, "patchedDependencies": {"x@1": "fixes/x.patch", "y@1": 5}}),
    ],
)
def test_patches_that_the_manager_applies_are_inputs(manager: str, root: dict[str, Any]) -> None:
    found = project(files_of(manager, **{"package.json": root, "fixes/x.patch": "x", "patches/unused": "x"})).inputs()
    assert "fixes/" in found


@pytest.mark.parametrize("script", ["node setup.js", "cd client && npm install", "npm run build"])
def test_a_script_that_may_read_anything_gets_the_whole_tree(script: str) -> None:
    found = project(files_of("npm", **hooked(postinstall=script)))
    assert found.inputs() == ["."]
    decision = found.decision("phases.install.inputs")
    assert decision.rule == "`postinstall` of `a` may read any file of the tree"
    assert str(decision.origin) == "package.json:1 scripts.postinstall"


def test_a_known_script_gets_what_it_reads() -> None:
    files = files_of("npm", **hooked(postinstall="prisma generate", prepare="husky"), **{"prisma/schema.prisma": "x"})
    assert project(files).inputs() == ["package.json", "package-lock.json", "prisma/"]


def test_a_dependency_that_is_a_folder_gets_the_whole_tree_and_an_archive_itself() -> None:
    folder = files_of("npm", **{"package.json": {"dependencies": {"x": "file:./lib"}}, "lib/package.json": {}})
    assert project(folder).inputs() == ["."]
    archive = files_of("npm", **{"package.json": {"dependencies": {"x": "file:./x.tgz"}}, "x.tgz": "x"})
    assert project(archive).inputs() == ["package.json", "package-lock.json", "x.tgz"]


@pytest.mark.parametrize(
    ("manager", "cache"),
    [
        ("npm", Cache("npm", "/root/.npm")),
        ("pnpm", Cache("pnpm", "/root/.local/share/pnpm/store")),
        ("yarn", Cache("yarn", "/usr/local/share/.cache/yarn")),
        ("berry", Cache("yarn", "/root/.yarn/berry/cache")),
        ("bun", Cache("bun", "/root/.bun/install/cache")),
    ],
)
def test_packages_are_cached_where_the_manager_keeps_them(manager: str, cache: Cache) -> None:
    assert project(files_of(manager)).install().caches == (cache,)


def test_a_repository_with_its_packages_needs_no_cache() -> None:
    assert project(files_of("berry", **{".yarn/cache/a.zip": b"PK"})).install().caches == ()


@pytest.mark.parametrize(
    ("manager", "commands"),
    [
        ("npm", ("npm prune --omit=dev --ignore-scripts",)),
        ("pnpm", ("pnpm prune --prod --config.ignore-scripts=true",)),
        ("yarn", ("yarn install --production --ignore-scripts --frozen-lockfile",)),
        ("berry", ("yarn workspaces focus --production",)),
        ("bun", ("rm -rf node_modules", "bun install --production --frozen-lockfile")),
    ],
)
def test_development_dependencies_are_removed_in_place(manager: str, commands: tuple[str, ...]) -> None:
    phase = project(files_of(manager)).prune()
    assert phase is not None
    assert steps(phase) == commands
    assert (phase.name, phase.depends_on) == ("prune", ("build",))


@pytest.mark.parametrize(
    ("manager", "command"),
    [
        ("npm", "npm prune --omit=dev --ignore-scripts --workspace=apps/web --include-workspace-root"),
        ("pnpm", PNPM_PRUNE),
        ("yarn", "yarn install --production --ignore-scripts --frozen-lockfile"),
    ],
)
def test_a_workspace_is_pruned_for_the_app(manager: str, command: str) -> None:
    found = project(workspace_of(manager))
    phase = found.prune()
    assert phase is not None
    assert steps(phase) == (command,)
    folders = [item.path for item in install.modules(found.manager, found.workspace, "prune")]
    assert folders == ["node_modules/", "apps/web/node_modules/", "packages/shared/node_modules/"]


def test_a_yarn_that_removes_empty_folders_makes_them_again() -> None:
    phase = project(workspace_of("berry")).prune()
    assert phase is not None
    assert steps(phase) == ("yarn workspaces focus @x/web --production", FOLDERS)


def test_nothing_is_pruned_where_there_are_no_development_dependencies() -> None:
    found = project({"package.json": {"dependencies": {"x": "1"}}, **LOCKS["npm"]})
    assert found.prune() is None
    assert steps(found.install()) == ("npm ci",)


def test_a_project_without_dependencies_still_has_the_folder_that_is_copied() -> None:
    assert steps(project({"package.json": {}, **LOCKS["npm"]}).install())[-1] == "mkdir -p node_modules"
    files: Files = {"package.json": {"devDependencies": {"y": "1"}}, **LOCKS["berry"]}
    assert steps(project(files).install()) == ("yarn install --immutable",)
    phase = project(files).prune()
    assert phase is not None
    assert steps(phase)[-1] == "mkdir -p node_modules"


def test_pnpm_is_told_that_nobody_answers() -> None:
    phase = project(files_of("pnpm")).prune()
    assert phase is not None
    assert ("CI", "true") in phase.environment


@pytest.mark.parametrize(
    ("manager", "commands"),
    [
        ("npm", ("npm ci --omit=dev",)),
        ("pnpm", ("pnpm install --prod --frozen-lockfile",)),
        ("yarn", ("yarn install --production --frozen-lockfile",)),
        ("bun", ("bun install --production --frozen-lockfile",)),
        ("berry", ("yarn install --immutable", "yarn workspaces focus --production")),
    ],
)
def test_an_app_without_a_build_installs_for_production(manager: str, commands: tuple[str, ...]) -> None:
    assert steps(project(files_of(manager)).production_install()) == commands


@pytest.mark.parametrize(
    ("manager", "first"),
    [
        ("npm", "npm pkg delete scripts.prepare"),
        ("pnpm", "npm pkg delete scripts.prepare"),
        ("yarn", "npm pkg delete scripts.prepare"),
        ("bun", "bun pm pkg delete scripts.prepare"),
    ],
)
def test_git_hooks_do_not_stop_a_production_install(manager: str, first: str) -> None:
    commands = steps(project(files_of(manager, **hooked(prepare="husky"))).production_install())
    assert commands[0] == first
    assert len(commands) == 2


def test_git_hooks_of_a_package_do_not_stop_it_either() -> None:
    shared = {**MONOREPO["packages/shared/package.json"], "scripts": {"prepare": "husky", "postinstall": "husky"}}
    commands = steps(project(workspace_of("npm", **{"packages/shared/package.json": shared})).production_install())
    assert commands[0] == "npm pkg delete scripts.postinstall scripts.prepare --prefix packages/shared"


def test_a_hook_whose_program_is_not_in_the_image_is_taken_out_of_a_full_install_too() -> None:
    commands = steps(project(files_of("npm", **hooked(prepare="git config core.hooksPath hooks"))).install())
    assert commands == ("npm pkg delete scripts.prepare", "npm ci")


def test_a_script_that_needs_development_dependencies_runs_before_they_are_removed() -> None:
    found = project(files_of("npm", **hooked(postinstall="patch-package"), **{"patches/x.patch": "x"}))
    phase = found.production_install()
    assert steps(phase) == ("npm ci", "npm prune --omit=dev --ignore-scripts")
    assert "`postinstall` of `a` may need development dependencies" in found.decision("phases.install.commands").rule


@pytest.mark.parametrize(
    ("manager", "files", "text"),
    [
        ("yarn", hooked(postinstall="patch-package"), "removing them would undo what `postinstall` of `a` does"),
        ("bun", hooked(postinstall="node x"), "removing them would undo what `postinstall` of `a` does"),
        (
            "berry",
            {"yarn.lock": "__metadata:\n  version: 6\n"},
            "Yarn 3 cannot remove development dependencies without its plugin `workspace-tools`",
        ),
        (
            "bun",
            {"package.json": {**ROOT, "dependencies": {"@prisma/client": "6"}}},
            "Bun 1 would have to install everything anew without them",
        ),
    ],
)
def test_what_removing_would_break_is_kept_and_reported(manager: str, files: Files, text: str) -> None:
    found = project(files_of(manager, **files))
    assert found.prune() is None
    assert found.diagnostic("BP619").text == f"development dependencies stay in the image: {text}"
    assert "--production" not in " ".join(steps(found.production_install()))


def test_plug_n_play_keeps_its_packages_in_the_image() -> None:
    found = project({"package.json": ROOT, "yarn.lock": YARN_4_LOCK})
    assert dict(found.install().environment)["YARN_ENABLE_GLOBAL_CACHE"] == "false"
    assert install.node_options(found.manager) == ("-r", "./.pnp.cjs", "--experimental-loader", "./.pnp.loader.mjs")
    assert install.modules(found.manager, found.workspace, "prune") == (
        Input(".pnp.cjs", "prune"),
        Input(".pnp.loader.mjs", "prune"),
        Input(".yarn/cache/", "prune"),
        Input(".yarn/unplugged/", "prune"),
    )
    phase = found.prune()
    assert phase is not None
    assert steps(phase)[0] == "yarn workspaces focus --production"
    assert steps(phase)[-1] == "mkdir -p .yarn/cache .yarn/unplugged"


def test_yarn_2_has_no_loader() -> None:
    found = project({"package.json": ROOT, "yarn.lock": "__metadata:\n  version: 4\n"})
    assert install.node_options(found.manager) == ("-r", "./.pnp.cjs")
    assert dict(found.install().environment) == {"YARN_ENABLE_GLOBAL_CACHE": "false"}


def test_other_layouts_need_no_options() -> None:
    assert install.node_options(project(files_of("npm")).manager) == ()


@pytest.mark.parametrize(
    ("version", "variables"),
    [
        ("10.34.9", []),
        ("11.1.0", ["pnpm_config_verify_deps_before_run"]),
        ("12.1.0", ["pnpm_config_pm_on_fail", "pnpm_config_verify_deps_before_run"]),
    ],
)
def test_a_new_pnpm_is_kept_from_installing_before_a_script(version: str, variables: list[str]) -> None:
    found = project(files_of("pnpm", **{"package.json": {**ROOT, "packageManager": f"pnpm@{version}"}}))
    assert [name for name, _ in install.environment(found.manager)] == variables


@pytest.mark.parametrize(("manager", "names"), [("npm", ()), ("pnpm", ()), ("yarn", ("T",)), ("berry", ("T",))])
def test_yarn_needs_its_secrets_at_every_start(manager: str, names: tuple[str, ...]) -> None:
    settings = {".npmrc": "//r/:_authToken=${T}\n"}
    if manager == "berry":
        settings = {".yarnrc.yml": "nodeLinker: node-modules\nnpmAuthToken: ${T}\n"}
    found = project(files_of(manager, **settings))
    assert install.later_secrets(found.manager, found.tree, found.workspace) == names
    assert found.install().secrets == ("T",)
    phase = found.prune()
    assert phase is not None
    assert phase.secrets == (() if manager == "npm" else ("T",))


def test_a_large_workspace_copies_folders_as_one() -> None:
    packages = {f"packages/p{index}/package.json": {"name": f"p{index}"} for index in range(60)}
    found = project({"package.json": {**ROOT, "workspaces": ["packages/*"]}, **packages, **LOCKS["npm"]})
    assert install.modules(found.manager, found.workspace, "prune") == (Input(".", "prune"),)
    phase = found.prune()
    assert phase is not None
    assert steps(phase) == ("npm prune --omit=dev --ignore-scripts",)


def test_every_command_and_input_has_its_reason() -> None:
    found = project(workspace_of("pnpm"))
    found.install()
    found.prune()
    decision = found.decision("phases.install.commands")
    assert decision.rule == "pnpm 10 installs what `pnpm-lock.yaml` says, for `@x/web` and what it needs"
    assert str(decision.origin) == "package.json:1 packageManager"
    fields = {item.field for item in found.reasons.decisions}
    assert {"phases.install.inputs", "phases.install.caches", "phases.prune.commands", "node.app"} <= fields


@pytest.mark.parametrize(("node", "option"), [("14", "--production"), ("8.17.0", "--production"), ("16", "--omit=dev")])
def test_npm_6_is_told_in_its_own_words_to_leave_development_dependencies_out(node: str, option: str) -> None:
    manifest = {"dependencies": {"express": "4"}, "devDependencies": {"typescript": "4"}}
    lock = '{"lockfileVersion": 1, "dependencies": {}}'
    found = project({"package.json": manifest, "package-lock.json": lock}, node=node)
    assert steps(found.prune()) == (f"npm prune {option} --ignore-scripts",)
    assert steps(found.production_install()) == (f"npm ci {option}",)
