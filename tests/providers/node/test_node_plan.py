"""The plan as a whole: phases, what is copied, environment, and reasons."""

from __future__ import annotations

from typing import Any

import pytest
from node_installs import NPM_LOCK, PNPM_LOCK, monorepo, pnpm_monorepo
from node_plans import app, options, package, planned

from buildplan.model.build_plan import Input
from buildplan.model.origin import Origin, Sourced, option
from buildplan.model.requests import Overrides, PhaseOverride, Replace, VariableRequest

TSC: dict[str, Any] = {
    **package(
        scripts={"build": "tsc", "start": "node dist/index.js"},
        dependencies={"express": "5"},
        devDependencies={"typescript": "5"},
    ),
    "package-lock.json": NPM_LOCK,
    "tsconfig.json": {"compilerOptions": {"outDir": "dist", "rootDir": "src"}},
    "src/index.ts": "express().listen(process.env.PORT)",
    "README.md": "hello",
}


def test_an_app_without_a_build_installs_for_production_and_takes_the_tree() -> None:
    found = planned({**app("node server.js", devDependencies={"nodemon": "3"}), "package-lock.json": NPM_LOCK})
    assert [phase.name for phase in found.plan.phases] == ["setup", "install"]
    assert found.commands("install") == ("npm ci --omit=dev",)
    assert found.copies == ["node_modules/ < install", "."]
    assert found.environment == {"NODE_ENV": "production", "PORT": "3001"}
    assert found.run.user == "1000:1000"


def test_a_compiled_app_ships_its_output_and_production_packages() -> None:
    found = planned(TSC)
    assert [phase.name for phase in found.plan.phases] == ["setup", "install", "build", "prune"]
    assert found.phase("prune").depends_on == ("install",)
    assert found.copies == ["node_modules/ < prune", "dist/ < build", "package.json"]


def test_what_is_read_beside_the_output_is_shipped_too() -> None:
    files = {
        **TSC,
        "views/a.pug": "p",
        "public/x.css": "",
        "prisma/schema.prisma": "",
        "openapi.yaml": "a: 1",
        "test/a.ts": "",
    }
    assert planned(files).copies[2:] == ["package.json", "prisma/", "public/", "views/", "openapi.yaml"]


def test_sources_with_data_among_them_are_shipped_whole() -> None:
    assert planned({**TSC, "src/mail/hello.hbs": "hi"}).copies == [". < prune"]


@pytest.mark.parametrize("build", ["node scripts/build.js", "tsc && ./pack.sh", "gulp"])
def test_a_build_that_may_write_anywhere_is_shipped_whole_after_pruning(build: str) -> None:
    scripts = {"build": build, "start": "node dist/index.js"}
    files = {**TSC, "package.json": {**TSC["package.json"], "scripts": scripts}}
    found = planned(files)
    assert found.copies == [". < prune"]
    assert found.phase("prune").depends_on == ("build",)
    assert "everything is kept" in found.decision("run.copies").rule


def test_several_compilers_write_into_known_folders() -> None:
    scripts = {
        "build": "vite build && esbuild server/index.ts --platform=node --bundle --outdir=dist/server",
        "start": "NODE_ENV=production node dist/server/index.js",
    }
    files = {
        **package(scripts=scripts, dependencies={"express": "5"}, devDependencies={"vite": "7", "esbuild": "0.25"}),
        "vite.config.ts": "export default { root: 'client', build: { outDir: '../dist/public' } }",
        "client/index.html": "<p>",
        "server/index.ts": "listen()",
    }
    found = planned(files)
    assert found.copies[:3] == [
        "node_modules/ < prune",
        "dist/server/ < build",
        "dist/public/ < build",
    ] or found.copies[:3] == ["node_modules/ < prune", "dist/public/ < build", "dist/server/ < build"]
    assert found.environment["NODE_ENV"] == "production"


def test_nothing_to_install_is_no_phase() -> None:
    found = planned({"package.json": {"scripts": {"start": "node server.js"}}, "server.js": "x.listen(1)"})
    assert [phase.name for phase in found.plan.phases] == ["setup"]
    assert found.copies == ["."]


def test_install_time_scripts_that_write_files_ship_what_they_wrote() -> None:
    files = app("node dist/x.js", scripts={"postinstall": "tsc"}, devDependencies={"typescript": "5"})
    found = planned({**files, "package-lock.json": NPM_LOCK})
    assert found.copies == [". < install"]


@pytest.mark.parametrize(
    ("config", "copies", "start"),
    [
        (
            "export default { output: 'standalone' }",
            [".next/standalone/ < build", ".next/static/ < build", "public/ < build"],
            "node server.js",
        ),
        (
            "export default {}",
            ["node_modules/ < install", ".next/ < build", "public/", "next.config.mjs", "package.json", "content/"],
            "next start",
        ),
    ],
)
def test_what_next_keeps(config: str, copies: list[str], start: str) -> None:
    files = {
        **package(scripts={"build": "next build", "start": "next start"}, dependencies={"next": "16"}),
        "next.config.mjs": config,
        "public/robots.txt": "",
        "app/page.tsx": "",
        "app/icon.png": "",
        "content/post.mdx": "",
    }
    found = planned(files)
    assert (found.copies, found.start) == (copies, start)
    assert found.run.init is False
    assert found.phase("build").caches[0].target == "/app/.next/cache"


def test_next_standalone_copies_no_public_folder_that_is_not_there() -> None:
    files = {**package(dependencies={"next": "16"}), "next.config.ts": "export default { output: 'standalone' }"}
    found = planned(files)
    assert found.copies == [".next/standalone/ < build", ".next/static/ < build"]
    assert found.environment["HOSTNAME"] == "0.0.0.0"  # noqa: S104  # else it binds to the container's name
    assert [item.dest for item in found.run.copies] == ["", None]


def test_a_next_configuration_takes_along_what_it_imports() -> None:
    files = {
        **package(scripts={"build": "next build"}, dependencies={"next": "16"}),
        "next.config.mjs": "import './src/env.mjs'",
        "src/env.mjs": "export {}",
    }
    assert planned(files).copies[-2:] == ["package.json", "src/env.mjs"]


def test_a_next_configuration_in_typescript_needs_the_compiler_at_run_time() -> None:
    files = {
        **package(dependencies={"next": "16"}, devDependencies={"typescript": "5"}),
        "next.config.ts": "export default {}",
    }
    found = planned(files)
    assert found.copies[0] == "node_modules/ < install"
    assert "`typescript` is needed at run time" in found.diagnostic("BP646").text


def test_a_custom_server_of_next_keeps_the_whole_tree() -> None:
    files = package(scripts={"build": "next build", "start": "node server.js"}, dependencies={"next": "16"})
    found = planned({**files, "server.js": "require('next'); x.listen(process.env.PORT || 4000)"})
    assert (found.start, found.copies, found.main.port) == ("node server.js", [". < build"], 4000)


def test_a_server_that_loads_the_build_of_a_framework_is_started_in_its_place() -> None:
    kit = {"@sveltejs/kit": "2", "@sveltejs/adapter-node": "5"}
    files = package(scripts={"build": "vite build"}, dependencies={"polka": "1"}, devDependencies=kit)
    found = planned({**files, "server.js": "import { handler } from './build/handler.js'\npolka().listen(1)"})
    assert found.start == "node server.js"


def test_a_site_generator_needs_no_pruning() -> None:
    found = planned(package(dependencies={"gatsby": "5"}, devDependencies={"x": "1"}))
    assert [phase.name for phase in found.plan.phases] == ["setup", "install", "build"]


def test_an_adonis_build_is_started_inside_its_output() -> None:
    files = package(
        scripts={"build": "node ace build", "start": "node bin/server.js"}, dependencies={"@adonisjs/core": "6"}
    )
    found = planned(files)
    assert found.copies == ["node_modules/ < install", "build/ < build"]
    assert found.run.copies[1].dest == ""
    assert found.start == "node bin/server.js"
    assert "`APP_KEY`" in found.diagnostic("BP633").text


def test_an_adapter_that_cannot_serve_is_an_error_with_the_fix() -> None:
    from buildplan.errors import NoStartError

    files = {**package(dependencies={"astro": "5"}), "astro.config.mjs": "export default { output: 'server' }"}
    with pytest.raises(NoStartError) as caught:
        planned(files)
    assert "install `@astrojs/node`" in str(caught.value)


def test_a_member_of_a_workspace_runs_in_its_folder() -> None:
    found = planned(
        {**monorepo(), "apps/web/server.js": "x.listen(1)", "apps/web/index.html": "", "package-lock.json": NPM_LOCK}
    )
    assert found.run.working_dir == "/app/apps/web"
    assert found.start == "node server.js"
    assert [item.path for item in found.phase("build").inputs][-3:] == [
        "apps/web/",
        "packages/shared/",
        "packages/config/",
    ]
    assert found.copies == [". < prune"]


def test_a_workspace_without_a_build_ships_the_folders_of_the_app_alone() -> None:
    web = {"name": "@x/web", "scripts": {"start": "node server.js"}, "dependencies": {"@x/shared": "*", "express": "5"}}
    shared = {"name": "@x/shared", "dependencies": {"zod": "3"}}
    files = monorepo(
        **{"apps/web/package.json": web, "packages/shared/package.json": shared, "apps/web/server.js": "x.listen(1)"}
    )
    found = planned(files)
    assert found.copies[-3:] == ["package.json", "apps/web/", "packages/shared/"]
    assert found.copies[0] == "node_modules/ < install"


def test_a_standalone_next_of_a_workspace_keeps_its_folder() -> None:
    web = {"name": "@x/web", "scripts": {"build": "next build", "start": "next start"}, "dependencies": {"next": "16"}}
    files = pnpm_monorepo(
        **{"apps/web/package.json": web, "apps/web/next.config.js": "module.exports = { output: 'standalone' }"}
    )
    found = planned(files)
    assert found.start == "node apps/web/server.js"
    assert found.run.working_dir == "/app"
    assert found.run.copies[0] == Input("apps/web/.next/standalone/", "build", "")
    assert found.run.copies[1] == Input("apps/web/.next/static/", "build")


def test_the_roots_build_builds_the_repository_that_its_start_starts() -> None:
    root = {
        "name": "mono",
        "scripts": {"build": "pnpm -r build", "start": "pnpm --filter ./apps/web start"},
        "packageManager": "pnpm@10.34.9",
    }
    found = planned(pnpm_monorepo(**{"package.json": root, "apps/web/server.js": "x.listen(1)"}))
    assert found.commands("build") == ("pnpm run build",)
    assert found.commands("install") == ("pnpm install --frozen-lockfile",)
    assert found.run.working_dir == "/app/apps/web"


def test_bun_alone_needs_no_node() -> None:
    files = {
        **package(scripts={"start": "bun run src/index.ts"}, dependencies={"elysia": "1"}),
        "bun.lock": '{\n  "lockfileVersion": 1\n}\n',
        "src/index.ts": "new Elysia().listen(process.env.PORT ?? 3000)",
    }
    found = planned(files)
    setup = found.phase("setup").runtime
    assert setup is not None
    assert (setup.name, found.run.runtime.name) == ("bun", "bun")
    assert found.commands("setup") == ()


def test_a_version_file_names_the_bun_that_runs_what_another_manager_installs() -> None:
    files = {
        **package(scripts={"start": "bun run src/index.ts"}, dependencies={"elysia": "1"}),
        ".bun-version": "1.3.14\n",
        "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
        "src/index.ts": "new Elysia().listen(process.env.PORT ?? 3000)",
    }
    found = planned(files)
    assert (found.run.runtime.name, found.run.runtime.version) == ("bun", "1.3.14")
    assert found.decision("bun.version").origin == Origin(".bun-version", 1)


def test_a_build_by_node_tools_keeps_node_beside_bun() -> None:
    files = {
        **package(scripts={"build": "tsc", "start": "bun dist/index.js"}, dependencies={"elysia": "1"}),
        "bun.lock": '{\n  "lockfileVersion": 1\n}\n',
    }
    found = planned(files)
    setup = found.phase("setup").runtime
    assert setup is not None
    assert (setup.name, found.run.runtime.name) == ("node", "bun")


def test_a_node_env_of_the_owner_keeps_development_dependencies() -> None:
    overrides = Overrides(variables={"NODE_ENV": VariableRequest("staging", option("--env"))})
    found = planned(TSC, overrides)
    assert found.copies[0] == "node_modules/ < install"
    assert "`NODE_ENV` is `staging`" in found.diagnostic("BP646").text
    assert set(found.plan.run_only_variables) >= {"NODE_ENV", "PORT", "HOST", "HOSTNAME"}


@pytest.mark.parametrize(
    ("start", "dependencies", "name"),
    [
        ("tsx src/index.ts", {"tsx": "4"}, "tsx"),
        ("ts-node src/index.ts", {"ts-node": "10"}, "ts-node"),
        ("node -r dotenv/config src/index.js", {"dotenv": "16"}, "dotenv"),
        ("node --import @swc-node/register/esm src/index.ts", {"@swc-node/register": "1"}, "@swc-node/register"),
    ],
)
def test_a_development_dependency_that_the_start_needs_is_kept(
    start: str, dependencies: dict[str, str], name: str
) -> None:
    found = planned({**app(start, devDependencies=dependencies), "package-lock.json": NPM_LOCK})
    assert f"`{name}` is needed at run time" in found.diagnostic("BP646").text
    assert found.commands("install") == ("npm ci",)


def test_a_development_dependency_that_the_code_loads_is_kept() -> None:
    files = app("node index.js", {"index.js": "import x from 'pino'"}, devDependencies={"pino": "9", "vitest": "3"})
    assert str(planned(files).diagnostic("BP646").origin) == "index.js:1"


def test_a_build_command_of_the_owner_has_a_phase_to_replace() -> None:
    replaced = Replace((Sourced("make", option("--build-cmd")),))
    found = planned(app("node server.js"), Overrides(phases={"build": PhaseOverride(commands=replaced)}))
    assert found.phase("build").commands == ()
    assert found.phase("build").inputs == (Input("."),)


def test_the_role_assets_only_builds_files() -> None:
    files = {
        **package(scripts={"build": "vite build"}, devDependencies={"vite": "7", "laravel-vite-plugin": "2"}),
        "composer.json": "{}",
    }
    found = planned(files, role="assets")
    assert found.plan.run is None
    assert found.plan.processes == ()
    assert found.plan.assets == (Input("public/build/", "build"),)
    assert [phase.name for phase in found.plan.phases] == ["setup", "install", "build"]


def test_the_scripts_of_rails_build_scripts_and_styles() -> None:
    scripts = {
        "build": "esbuild app/javascript/*.* --bundle --outdir=app/assets/builds",
        "build:css": "sass ./app/assets/a.scss:./app/assets/builds/a.css --no-source-map",
    }
    found = planned(package(scripts=scripts, dependencies={"esbuild": "0.25", "sass": "1"}), role="assets")
    assert found.commands("build") == ("npm run build", "npm run build:css")
    assert found.plan.assets == (Input("app/assets/builds/", "build"),)


def test_a_build_whose_output_is_unknown_gives_no_assets() -> None:
    found = planned(package(scripts={"build": "node make.js"}, devDependencies={"x": "1"}), role="assets")
    assert (found.plan.assets, found.plan.phases) == ((), ())


def test_what_the_build_makes_is_not_sent_to_it() -> None:
    assert planned(TSC).plan.artifacts == ("**/node_modules", "dist")
    assert planned({**TSC, "dist/old.js": ""}).plan.artifacts == ("**/node_modules",)


def test_a_framework_with_a_known_path_has_a_health_check() -> None:
    found = planned(
        package(scripts={"start": "strapi start", "build": "strapi build"}, dependencies={"@strapi/strapi": "5"})
    )
    assert found.run.health_check is not None
    assert "/_health" in found.run.health_check.argv[2]
    assert found.run.writable


def test_a_meteor_app_is_built_into_its_bundle() -> None:
    files = {**package(dependencies={"meteor-node-stubs": "1"}), ".meteor/release": "METEOR@3.1.2\n"}
    found = planned(files)
    assert found.commands("setup") == ("npm install -g meteor@3.1.2 --unsafe-perm",)
    assert found.start == "node main.js"
    assert found.run.copies == (Input(".meteor-build/bundle/", "build", ""),)


@pytest.mark.parametrize("release", ["METEOR@3.1; rm -rf /", "$(id)", "", "METEOR@"])
def test_a_meteor_release_never_adds_words_to_a_command(release: str) -> None:
    files = {**package(dependencies={"meteor-node-stubs": "1"}), ".meteor/release": release}
    assert planned(files).commands("setup") == ("npm install -g meteor --unsafe-perm",)


def test_an_nx_project_is_started_by_what_its_target_makes() -> None:
    made = {"outputPath": "dist/apps/api", "main": "apps/api/src/main.ts"}
    build = {"executor": "@nx/esbuild:esbuild", "options": made}
    files = {
        "package.json": {"name": "mono", "dependencies": {"express": "5"}, "devDependencies": {"nx": "22"}},
        "nx.json": {},
        "apps/api/project.json": {"name": "api", "targets": {"build": build}},
        "apps/api/src/main.ts": "listen(process.env.PORT || 3333)",
    }
    found = planned(files)
    assert found.start == "node dist/apps/api/main.js"
    assert found.commands("build") == ("npx --no-install nx run api:build",)
    assert found.main.port == 3333


def test_the_app_of_a_workspace_can_be_named() -> None:
    files = pnpm_monorepo(
        **{"apps/api/package.json": {"name": "api", "scripts": {"start": "node a.js"}, "dependencies": {"koa": "2"}}}
    )
    assert planned(files, options(app="api")).run.working_dir == "/app/apps/api"


def test_every_lock_file_is_an_input_of_the_install() -> None:
    found = planned({**app("node server.js"), "pnpm-lock.yaml": PNPM_LOCK})
    assert "pnpm-lock.yaml" in [item.path for item in found.phase("install").inputs]


def test_two_plans_of_the_same_tree_are_equal() -> None:
    assert planned(TSC).plan == planned(dict(reversed(TSC.items()))).plan


@pytest.mark.parametrize(
    ("dependency", "start", "output"),
    [
        ("@react-router/dev", "react-router-serve ./build/server/index.js", "build/"),
        ("@remix-run/dev", "remix-serve ./build/index.js", "build/"),
    ],
)
def test_a_server_that_is_given_a_file_is_the_frameworks_own(dependency: str, start: str, output: str) -> None:
    found = planned(package(scripts={"start": start, "build": "x build"}, dependencies={dependency: "99"}))
    assert found.copies == ["node_modules/ < install", f"{output} < build", "package.json"]
    assert found.run.init is False
