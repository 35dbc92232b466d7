from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import workspaces
from node_installs import MONOREPO, Files, app_option, monorepo, pnpm_monorepo, project, tree

from buildplan.errors import FileError, PlanError
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.requests import CommandRequest, Overrides

SERVER = {"scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}}


def select(files: Files, overrides: Overrides | None = None) -> workspaces.Workspace:
    return workspaces.select(tree(files), overrides or Overrides(), Reasons())


def directories(members: tuple[workspaces.WorkspaceMember, ...]) -> list[str]:
    return [member.directory for member in members]


def with_patterns(patterns: Any, *packages: str) -> Files:
    files = {f"{path}/package.json": {"name": path.replace("/", "-")} for path in packages}
    return {"package.json": {"workspaces": patterns}, **files}


def test_a_project_without_packages_is_its_own_app() -> None:
    found = select({"package.json": {"name": "a"}})
    assert found.app is found.root
    assert (found.members, found.closure, found.kind, found.is_filtered) == ((), (), None, False)


def test_the_closure_holds_what_the_app_needs_and_nothing_else() -> None:
    found = select(MONOREPO)
    assert found.app.directory == "apps/web"
    assert directories(found.closure) == ["apps/web", "packages/shared", "packages/config"]
    assert directories(found.production_closure) == ["apps/web", "packages/shared"]
    assert next(manifest.path for manifest in found.manifests) == "package.json"


def test_a_package_stands_before_those_that_it_needs() -> None:
    files = monorepo(**{"packages/shared/package.json": {"name": "@x/shared", "dependencies": {"@x/other": "*"}}})
    order = directories(select(files).closure)
    assert order.index("packages/shared") < order.index("packages/other")


@pytest.mark.parametrize(
    "range_",
    ["file:../../packages/other", "link:../../packages/other", "workspace:../../packages/other", "*", "workspace:^"],
)
def test_a_dependency_reaches_a_member_by_path_or_by_name(range_: str) -> None:
    app = {"name": "@x/web", **SERVER, "devDependencies": {"@x/other": range_}}
    assert "packages/other" in directories(select(monorepo(**{"apps/web/package.json": app})).closure)


def test_an_alias_reaches_the_member_that_it_names() -> None:
    app = {"name": "@x/web", **SERVER, "optionalDependencies": {"else": "workspace:@x/other@*"}}
    assert "packages/other" in directories(select(monorepo(**{"apps/web/package.json": app})).production_closure)


def test_packages_that_need_each_other_are_reported_and_planned() -> None:
    found = project(
        monorepo(**{"packages/shared/package.json": {"name": "@x/shared", "dependencies": {"@x/web": "*"}}})
    )
    assert directories(found.workspace.closure)[0] == "apps/web"
    diagnostic = found.diagnostic("BP673")
    assert diagnostic.text == "packages of the workspace need each other in a circle: @x/web → @x/shared → @x/web"
    assert str(diagnostic.origin) == "packages/shared/package.json:1 dependencies.@x/web"


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["apps/*"], ["apps/a", "apps/b"]),
        (["./apps/a/"], ["apps/a"]),
        (["apps/**"], ["apps/a", "apps/b", "apps/b/deep"]),
        (["**"], ["apps/a", "apps/b", "apps/b/deep", "libs/c"]),
        (["{apps,libs}/*"], ["apps/a", "apps/b", "libs/c"]),
        (["apps/**", "!**/deep"], ["apps/a", "apps/b"]),
        (["*/?"], ["apps/a", "apps/b", "libs/c"]),
        ({"packages": ["libs/c"], "nohoist": []}, ["libs/c"]),
        ("libs/*", ["libs/c"]),
        (["apps\\a"], ["apps/a"]),
    ],
)
def test_patterns_match_as_the_managers_do(patterns: Any, found: list[str]) -> None:
    files = with_patterns(
        patterns, "apps/a", "apps/b", "apps/b/deep", "libs/c", "node_modules/x", "apps/a/node_modules/y"
    )
    assert directories(select(files).members) == found


def test_a_star_does_not_reach_into_a_folder_that_begins_with_a_dot() -> None:
    assert directories(select(with_patterns(["*", ".b/*"], "a", ".hidden", ".b/c")).members) == [".b/c", "a"]


def test_pnpm_packages_count_before_those_of_the_manifest() -> None:
    files = {**with_patterns(["a"], "a", "b"), "pnpm-workspace.yaml": "packages:\n  - b\n  - '!a'\n"}
    found = select(files)
    assert (found.kind, directories(found.members)) == ("pnpm", ["b"])


def test_a_pnpm_file_with_settings_alone_makes_no_workspace() -> None:
    found = select({"package.json": {}, "pnpm-workspace.yaml": "onlyBuiltDependencies:\n  - esbuild\n"})
    assert (found.kind, found.members) == (None, ())


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (5, "`workspaces` is a number; expected a list of patterns"),
        ([1], "`workspaces[0]` is a number; expected a pattern"),
        ({"packages": {}}, "`workspaces.packages` is a table; expected a list of patterns"),
        (["a"] * 2000, "it holds more than 1000 patterns"),
    ],
)
def test_patterns_of_a_wrong_type_are_an_error(value: Any, problem: str) -> None:
    with pytest.raises(FileError) as caught:
        select({"package.json": {"workspaces": value}})
    assert caught.value.problem == problem
    assert caught.value.origin is not None
    assert caught.value.origin.line == 1


@pytest.mark.parametrize("pattern", ["../../*", "/etc/*", "a/../../b", "!../x"])
def test_a_pattern_that_leaves_the_tree_is_reported_and_ignored(pattern: str) -> None:
    found = project({**with_patterns([pattern, "a"], "a"), "a/package.json": {"name": "a", **SERVER}})
    assert directories(found.workspace.members) == ["a"]
    assert found.diagnostic("BP671").origin == Origin("package.json", 1, "workspaces[0]")


def test_a_pattern_without_a_package_is_reported() -> None:
    assert project(with_patterns(["apps/*", "libs/*"], "apps/a")).diagnostic("BP672").text == (
        "the workspace pattern `libs/*` matches no package"
    )


def test_a_pattern_with_endless_alternatives_is_an_error() -> None:
    with pytest.raises(FileError, match="has more than 64 alternatives"):
        select(with_patterns(["{a,b}" * 40], "a"))


def test_a_pattern_with_many_stars_is_read_in_no_time() -> None:
    assert select(with_patterns(["*a" * 60 + "b"], "a" * 200)).members == ()
    assert select(with_patterns(["**/" * 200 + "b"], "/".join(["a"] * 60))).members == ()


def test_a_broken_package_that_is_not_needed_is_left_out() -> None:
    found = project(monorepo(**{"packages/other/package.json": "{"}))
    assert "packages/other" not in directories(found.workspace.members)
    origin = found.diagnostic("BP677").origin
    assert origin is not None
    assert origin.path == "packages/other/package.json"


def test_two_packages_of_one_name_are_reported() -> None:
    found = project(monorepo(**{"packages/other/package.json": {"name": "@x/config"}}))
    assert found.diagnostic("BP675").text == (
        "two packages of the workspace are called `@x/config`: `packages/config` and `packages/other`; "
        "the second is left out"
    )


def test_oddities_of_the_app_are_reported_and_those_of_others_are_not() -> None:
    app = {"name": "@x/web", **SERVER, "main": False}
    other = {"name": "@x/other", "main": False}
    found = project(monorepo(**{"apps/web/package.json": app, "packages/other/package.json": other}))
    assert found.diagnostic("BP615").text == "`main` is true or false; expected a path; it is ignored"


@pytest.mark.parametrize("wanted", ["@x/api", "apps/api", "./apps/api/", "api"])
def test_an_app_can_be_asked_for_by_name_path_or_folder(wanted: str) -> None:
    files = monorepo(**{"apps/api/package.json": {"name": "@x/api"}})
    found = project(files, app_option(wanted))
    assert found.workspace.app.directory == "apps/api"
    assert found.decision("node.app").rule == "the app that was asked for"
    assert "BP670" not in found.codes


@pytest.mark.parametrize("wanted", [".", "mono"])
def test_the_root_can_be_asked_for(wanted: str) -> None:
    found = select(MONOREPO, app_option(wanted))
    assert found.app_is_root
    assert len(found.closure) == len(found.members)


def test_an_app_that_is_not_there_is_an_error_that_lists_the_packages() -> None:
    with pytest.raises(PlanError) as caught:
        select(MONOREPO, app_option("nope"))
    assert caught.value.problem == "there is no package `nope` in the workspace"
    assert caught.value.hint == "name one of `@x/web`, `@x/config`, `@x/other`, `@x/shared`"


def test_asking_for_an_app_without_a_workspace_is_an_error() -> None:
    with pytest.raises(PlanError, match="`web` was asked for, but the repository is no workspace"):
        select({"package.json": {"name": "a"}}, app_option("web"))
    assert select({"package.json": {"name": "a"}}, app_option("a")).app_is_root


def test_a_root_that_starts_itself_is_the_app() -> None:
    root = {**MONOREPO["package.json"], "scripts": {"start": "node apps/web/server.js"}}
    found = project(monorepo(**{"package.json": root}))
    assert found.workspace.app_is_root
    assert str(found.decision("node.app").origin) == "package.json:1 scripts.start"


@pytest.mark.parametrize(
    "script",
    [
        "turbo run start --filter=@x/other",
        "turbo run start --filter=@x/other...",
        "dotenv -e .env -- turbo run start --filter other",
        "pnpm --filter @x/other start",
        "pnpm -F ./packages/other run start",
        "pnpm -C packages/other start",
        "npm start -w @x/other",
        "npm run start --workspace=packages/other",
        "npm --prefix packages/other start",
        "yarn workspace @x/other start",
        "yarn --cwd packages/other start",
        "cd packages/other && npm start",
        "nx start other",
        "lerna run start --scope=@x/other",
        "npm run start:other",
    ],
)
def test_a_root_that_starts_a_package_names_the_app(script: str) -> None:
    root = {**MONOREPO["package.json"], "scripts": {"start": script, "start:other": "npm start -w @x/other"}}
    assert select(monorepo(**{"package.json": root})).app.directory == "packages/other"


@pytest.mark.parametrize(
    "script", ["turbo run start", "pnpm -r start", "npm start --workspaces", "lerna run start", "nx run-many"]
)
def test_a_root_that_starts_everything_leaves_the_choice_open(script: str) -> None:
    root = {**MONOREPO["package.json"], "scripts": {"start": script}}
    assert select(monorepo(**{"package.json": root})).app.directory == "apps/web"


def test_a_production_script_of_the_root_counts_when_there_is_no_start() -> None:
    root = {**MONOREPO["package.json"], "scripts": {"prod": "npm run prod -w @x/other"}}
    assert select(monorepo(**{"package.json": root})).app.directory == "packages/other"


def test_a_start_command_from_outside_counts_before_the_scripts() -> None:
    start = Sourced(CommandRequest(("npm", "start", "-w", "@x/other")), Origin("Procfile", 1))
    root = {**MONOREPO["package.json"], "scripts": {"start": "npm start -w @x/web"}}
    assert select(monorepo(**{"package.json": root}), Overrides(start=start)).app.directory == "packages/other"


def test_scripts_that_name_each_other_in_a_circle_end() -> None:
    root = {**MONOREPO["package.json"], "scripts": {"start": "npm run a", "a": "npm run start"}}
    assert select(monorepo(**{"package.json": root})).app_is_root


def test_the_only_app_is_taken_without_a_question() -> None:
    found = project(MONOREPO)
    assert found.decision("node.app").rule == "the only package of the workspace that can be started"
    assert "BP670" not in found.codes


def test_two_apps_are_ranked_and_the_loser_is_named() -> None:
    found = project(monorepo(**{"apps/billing/package.json": {"name": "@x/billing", **SERVER}}))
    assert found.workspace.app.directory == "apps/web"
    decision = found.decision("node.app")
    assert [item.value for item in decision.runners_up] == ["apps/billing"]
    diagnostic = found.diagnostic("BP670")
    assert diagnostic.text == "several packages could be the app; `apps/web` is planned, not `apps/billing`"
    assert diagnostic.fix == "name the app with `--app`"


@pytest.mark.parametrize(
    ("loser", "manifest"),
    [
        ("apps/docs", SERVER),
        ("apps/web-e2e", SERVER),
        ("packages/server", SERVER),
        ("examples/server", SERVER),
        ("apps/static", {"dependencies": {"vite": "7"}, "scripts": {"build": "vite build"}}),
    ],
)
def test_an_app_beats_what_looks_less_like_one(loser: str, manifest: dict[str, Any]) -> None:
    root = {**MONOREPO["package.json"], "workspaces": ["*/*"]}
    found = select(monorepo(**{"package.json": root, f"{loser}/package.json": {"name": "loser", **manifest}}))
    assert found.app.directory == "apps/web"


def test_a_library_that_can_be_started_is_no_rival() -> None:
    found = project(monorepo(**{"packages/dev-server/package.json": {"name": "dev", **SERVER}}))
    assert found.workspace.app.directory == "apps/web"
    assert [item.value for item in found.decision("node.app").runners_up] == ["packages/dev-server"]
    assert "BP670" not in found.codes


def test_a_workspace_without_an_app_is_planned_as_a_whole() -> None:
    found = project(with_patterns(["a", "b"], "a", "b"))
    assert found.workspace.app_is_root
    assert directories(found.workspace.closure) == ["a", "b"]


@pytest.mark.parametrize(
    ("file", "body", "tool"),
    [
        ("turbo.json", "{}", "turbo"),
        ("nx.json", "{}", "nx"),
        ("lerna.json", "{}", "lerna"),
        (".moon/workspace.yml", "projects: []\n", "moon"),
    ],
)
def test_the_task_runner_is_known_by_its_file(file: str, body: str, tool: str) -> None:
    assert select(monorepo(**{file: body})).tool == tool


def test_a_rush_repository_gets_a_clear_answer() -> None:
    with pytest.raises(PlanError) as caught:
        select({"package.json": {}, "rush.json": "{}"})
    assert "Rush" in caught.value.problem
    assert caught.value.hint == "run `rush deploy` for the app and plan the folder that it writes"


def test_lerna_packages_that_nothing_links_are_reported() -> None:
    found = project({"package.json": {}, "lerna.json": {"packages": ["packages/*"]}, "packages/a/package.json": {}})
    assert str(found.diagnostic("BP676").origin) == "lerna.json:1 packages"


def test_an_nx_project_without_a_manifest_can_be_the_app() -> None:
    files: Files = {
        "package.json": {"name": "org", "dependencies": {"express": "5"}, "devDependencies": {"nx": "22"}},
        "nx.json": "{}",
        "apps/api/project.json": '{ "name": "api" /* the server */, }',
        "apps/api-e2e/project.json": {"name": "api-e2e"},
        "libs/ui/project.json": {"name": "ui", "projectType": "library"},
    }
    found = select(files)
    assert (found.app.path, found.app.name) == ("apps/api/project.json", "api")
    assert (found.kind, found.is_filtered, found.app.is_absent) == (None, False, True)
    assert [manifest.path for manifest in found.manifests] == ["package.json"]


def test_a_chain_of_a_thousand_packages_is_followed_to_its_end() -> None:
    count = 1_000
    files = {
        f"packages/p{index}/package.json": {"name": f"p{index}", "dependencies": {f"p{index + 1}": "*"}}
        for index in range(count)
    }
    files["packages/p0/package.json"]["scripts"] = {"start": "node ."}
    found = project({"package.json": {"workspaces": ["packages/*"]}, **files})
    assert len(found.workspace.closure) == count
    assert found.inputs() == ["."]


def test_a_local_path_that_is_missing_is_reported() -> None:
    found = project({"package.json": {"dependencies": {"a": "file:../a", "b": "file:./b.tgz"}}, "b.tgz": "x"})
    found.install()
    assert str(found.diagnostic("BP674").origin) == "package.json:1 dependencies.a"


def test_pnpm_and_npm_workspaces_tell_their_kind() -> None:
    assert select(MONOREPO).kind == "npm"
    assert select(monorepo(**{"yarn.lock": ""})).kind == "yarn"
    assert select(pnpm_monorepo()).kind == "pnpm"


def test_the_package_that_puts_the_others_together_and_installs_a_program_beats_a_part_of_the_server() -> None:
    api = {"name": "@x/api", "main": "dist/index.js", "dependencies": {"express": "5", "@x/core": "*"}}
    found = select(
        {
            **with_patterns(["packages/*"]),
            "packages/api/package.json": api,
            "packages/core/package.json": {"name": "@x/core", "main": "dist/index.js"},
            "packages/cli/package.json": {
                "name": "shop",
                "main": "dist/index.js",
                "bin": {"shop": "dist/bin/shop.js"},
                "dependencies": {"@x/api": "*", "@x/core": "*"},
            },
        }
    )
    assert found.app.directory == "packages/cli"


def test_of_several_apps_the_one_that_dev_of_the_root_runs_is_taken() -> None:
    dev = {"name": "mono", "workspaces": ["apps/*"], "scripts": {"dev": "turbo run dev --filter=@x/site"}}
    found = select(
        {
            "package.json": dev,
            "apps/open/package.json": {"name": "@x/open", **SERVER},
            "apps/site/package.json": {"name": "@x/site", **SERVER},
        }
    )
    assert found.app.directory == "apps/site"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vite.config.mts", 'export default { alias: [path.resolve(__dirname, "../../packages/other/src/index.ts")] }'),
        ("tsconfig.json", '{ "compilerOptions": { "paths": { "@other/*": ["../../packages/other/*"] } } }'),
    ],
)
def test_an_alias_of_a_configuration_reaches_a_member_by_its_path(name: str, text: str) -> None:
    assert "packages/other" not in directories(select(MONOREPO).closure)
    found = select(monorepo(**{f"apps/web/{name}": text}))
    assert "packages/other" in directories(found.closure)
    assert "packages/other" not in directories(found.production_closure)


def test_a_configuration_that_names_the_folder_of_all_members_reaches_each() -> None:
    found = select(monorepo(**{"apps/web/vite.config.js": "export default { root: '../../packages' }"}))
    assert {"packages/shared", "packages/other", "packages/config"} <= set(directories(found.closure))
