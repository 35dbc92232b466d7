from __future__ import annotations

import json

import pytest
from deno_trees import SERVER, configured, tasks
from planned import codes, commands, copied, decision, diagnostic, plan, started

from buildplan.errors import NoProviderError, PlanError

HONO = {"hono": "npm:hono@^4.6.0"}
START = {"start": "deno run -A main.ts"}


def test_declared_packages_are_installed_before_the_source_is_copied() -> None:
    files = {"deno.json": configured(tasks=START, imports=HONO), "deno.lock": '{"version": "5"}', "main.ts": SERVER}
    made = plan(files)
    install = made.phase("install")
    assert install is not None
    assert install.commands == ("deno install --frozen",)
    assert [item.path for item in install.inputs] == ["deno.json", "deno.lock"]
    assert commands(made) == ("deno cache --frozen main.ts",)
    assert copied(made) == [".", "/deno-dir/"]
    assert made.run.user == "1993:1993"


@pytest.mark.parametrize(
    ("files", "installs"),
    [
        ({"deno.json": tasks(**START)}, False),
        ({"deno.json": configured(tasks=START, imports={"a/": "https://deno.land/x/a/"})}, False),
        ({"deno.json": configured(tasks=START, imports={"@std/path": "jsr:@std/path@1"})}, True),
        ({"deno.json": tasks(**START), "package.json": "{}"}, True),
        ({"deno.json": configured(tasks=START, imports=HONO), ".dvmrc": "1.46.3"}, False),
    ],
)
def test_only_what_deno_install_fetches_is_installed(files: dict[str, str], installs: object) -> None:
    assert (plan(files | {"main.ts": SERVER}, provider=("deno",)).phase("install") is not None) is installs


@pytest.mark.parametrize(
    ("start", "code", "expected"),
    [
        ("deno run -A main.ts", "import 'https://esm.sh/x';\n" + SERVER, "deno cache --allow-import main.ts"),
        ("deno run --allow-net main.ts", "import 'https://esm.sh/x';\n" + SERVER, "deno cache main.ts"),
        ("deno run --allow-import=a.example -N main.ts", SERVER, "deno cache --allow-import=a.example main.ts"),
        (
            "deno run -A --import-map=map.json --unstable-kv main.ts",
            SERVER,
            "deno cache --import-map=map.json --unstable-kv main.ts",
        ),
        ("deno run -A https://a.example/x.ts", SERVER, "deno cache --allow-import https://a.example/x.ts"),
        ("deno run -A npm:serve dist", SERVER, "deno cache npm:serve"),
        ("deno run -A main.ts & deno run -A 'it is.ts'", SERVER, "deno cache main.ts 'it is.ts'"),
        ("deno run -A 'it is.ts'", SERVER, "deno cache 'it is.ts'"),
    ],
)
def test_the_cache_is_filled_as_the_start_reads_it(start: str, code: str, expected: str) -> None:
    files = {"deno.json": tasks(start=start), "main.ts": code, "it is.ts": code}
    assert commands(plan(files)) == (expected,)


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"build": "deno run -A build.ts"}, ["deno task build"]),
        ({"build": "deno compile -A main.ts"}, []),
        ({"build": "docker build ."}, []),
        ({"build": "deno run -A build.ts && deno task dev", "dev": "deno run --watch main.ts"}, []),
        ({"build": "deno run --watch -A build.ts"}, []),
        ({"build:prod": "deno run -A build.ts"}, ["deno task build:prod"]),
        ({"bundle": "deno run -A build.ts"}, []),
    ],
)
def test_a_build_runs_where_it_makes_something_and_ends(named: dict[str, str], expected: list[str]) -> None:
    made = plan({"deno.json": configured(tasks=START | named), "main.ts": SERVER})
    assert list(commands(made)) == [*expected, "deno cache main.ts"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [("1.7.3", ["deno run --allow-all dev.ts build"]), ("1.1.4", []), ("", [])],
)
def test_fresh_is_built_ahead_of_time_where_its_version_can(version: str, expected: list[str]) -> None:
    address = f"https://deno.land/x/fresh@{version}/" if version else "https://example.com/fresh/"
    files = {"deno.json": configured(imports={"$fresh/": address}), "main.ts": "start(m);", "dev.ts": "x"}
    assert [text for text in commands(plan(files)) if "cache" not in text] == expected


def test_fresh_2_is_built_by_vite_and_served() -> None:
    files = {
        "deno.json": configured(imports={"fresh": "jsr:@fresh/core@^2.0.0"}),
        "vite.config.ts": "export default {}",
        "main.ts": "export const app = new App();",
    }
    made = plan(files)
    assert commands(made) == ("deno run --allow-all npm:vite build", "deno cache _fresh/server.js")
    assert started(made) == 'deno serve --port="$PORT" --allow-all _fresh/server.js'


WORKSPACE = {
    "deno.json": configured(workspace=["./api", "./lib", "./jobs"]),
    "api/deno.json": configured(name="@acme/api", tasks={"start": "deno run -A main.ts", "build": "deno run -A b.ts"}),
    "api/main.ts": SERVER,
    "lib/deno.json": configured(name="@acme/lib", exports="./mod.ts"),
    "lib/mod.ts": "export const a = 1;",
    "jobs/deno.json": configured(name="@acme/jobs", tasks={"start": "deno run -A jobs.ts"}),
    "jobs/jobs.ts": "setInterval(() => 1, 1);",
}


def test_the_member_that_starts_something_is_the_app_in_its_folder() -> None:
    made = plan(WORKSPACE)
    assert decision(made, "deno.app").value == "api"
    assert diagnostic(made, "BP670").text.startswith("several members could be the app: `api`, `jobs`")
    assert made.run.working_dir == "/app/api"
    assert commands(made) == ("deno task --cwd api build", "deno cache api/main.ts")


@pytest.mark.parametrize("name", ["jobs", "./jobs", "@acme/jobs"])
def test_another_member_can_be_asked_for(name: str) -> None:
    made = plan(WORKSPACE, app=name)
    assert (made.run.working_dir, started(made)) == ("/app/jobs", "deno run -A jobs.ts")


def test_a_member_that_is_not_there_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(PlanError) as caught:
        plan(WORKSPACE, app="web")
    assert "`api`" in str(caught.value.hint)


def test_all_manifests_of_a_workspace_are_there_when_packages_are_installed() -> None:
    made = plan(WORKSPACE | {"lib/package.json": json.dumps({"dependencies": {"ms": "2"}})})
    install = made.phase("install")
    assert install is not None
    paths = [item.path for item in install.inputs]
    assert paths == ["deno.json", "api/deno.json", "lib/deno.json", "lib/package.json", "jobs/deno.json"]


def test_a_token_of_a_registry_is_a_secret_of_the_steps_that_fetch() -> None:
    files = {
        "deno.json": configured(tasks=START, imports={"@acme/a": "npm:@acme/a@1"}),
        ".npmrc": "@acme:registry=https://npm.example/\n//npm.example/:_authToken=${NPM_TOKEN}\n",
        "main.ts": SERVER,
    }
    made = plan(files)
    for name in ("install", "build"):
        phase = made.phase(name)
        assert phase is not None
        assert phase.secrets == ("NPM_TOKEN",)
    assert made.secrets == ("NPM_TOKEN",)
    assert "--mount=type=secret,id=NPM_TOKEN" in made.dockerfile()


def test_a_token_in_plain_text_is_reported() -> None:
    files = {"deno.json": tasks(**START), "main.ts": SERVER, ".npmrc": "//npm.example/:_authToken=npm_abcdefgh12345\n"}
    found = diagnostic(plan(files), "BP622")
    assert str(found.origin) == ".npmrc:1"
    assert "npm_abcdefgh" not in str(found)


@pytest.mark.parametrize(
    ("start", "code", "expected"),
    [
        ("deno run -A main.ts", SERVER, ()),
        ("deno run -A main.ts", SERVER + "Deno.writeTextFile('a', 'b');", (".",)),
        ("deno run -RWN main.ts", "import { DB } from 'https://deno.land/x/sqlite@v3.9.1/mod.ts';\n" + SERVER, (".",)),
        ("deno run --allow-net main.ts", SERVER + "Deno.writeTextFile('a', 'b');", ()),
        ("deno run --allow-write=data,./logs/app.log,/var/x,../y main.ts", SERVER, ("data", "logs")),
        ("deno run --allow-write=. main.ts", SERVER, (".",)),
    ],
)
def test_the_app_may_write_where_its_permissions_and_its_code_say(
    start: str, code: str, expected: tuple[str, ...]
) -> None:
    assert plan({"deno.json": tasks(start=start), "main.ts": code}).run.writable == expected


LUME = {"lume/": "https://deno.land/x/lume@v3.0.4/"}


@pytest.mark.parametrize(
    ("files", "folder"),
    [
        ({"_config.ts": "export default lume();"}, "_site"),
        ({"_config.ts": "export default lume({ dest: './public' });"}, "public"),
        ({"_config.js": "export default lume({ dest: '../outside' });"}, "_site"),
    ],
)
def test_what_lume_writes_is_served_as_files(files: dict[str, str], folder: str) -> None:
    named = {"lume": "deno run -A lume/cli.ts", "build": "deno task lume", "serve": "deno task lume -s"}
    made = plan({"deno.json": configured(tasks=named, imports=LUME)} | files)
    assert made.run.site is not None
    assert copied(made) == [f"{folder}/"]
    assert commands(made) == ("deno task build",)


def test_a_server_around_what_lume_writes_is_the_app() -> None:
    named = {"build": "deno run -A lume/cli.ts", "prod": "deno run --allow-net --allow-read server.ts"}
    made = plan({"deno.json": configured(tasks=named, imports=LUME), "server.ts": "server.start();"})
    assert (made.run.site, started(made)) == (None, "deno run --allow-net --allow-read server.ts")
    assert made.process("web") is not None


def test_a_page_that_vite_builds_is_a_site_and_one_with_a_server_is_not() -> None:
    named = {"build": "deno run -A npm:vite build", "preview": "deno run -A npm:vite preview"}
    files = {"deno.json": configured(tasks=named, imports={"vite": "npm:vite@7"}), "index.html": "<p>hi</p>"}
    made = plan(files)
    assert made.run.site is not None
    assert copied(made) == ["dist/"]
    assert plan(files | {"server.ts": SERVER}).run.site is None


def test_a_literal_folder_of_vite_is_served() -> None:
    named = {"build": "vite build"}
    files = {
        "deno.json": configured(tasks=named, imports={"vite": "npm:vite@7"}),
        "index.html": "<p>hi</p>",
        "vite.config.ts": "export default defineConfig({ build: { outDir: 'www' } });",
    }
    assert copied(plan(files)) == ["www/"]


def test_packages_and_builds_of_a_developers_machine_stay_out() -> None:
    files = {"deno.json": tasks(**START), "package.json": "{}", "main.ts": SERVER}
    assert "**/node_modules" in plan(files, provider=("deno",)).dockerignore()


def test_an_old_deno_caches_without_what_it_does_not_know() -> None:
    files = {
        "server.ts": "import { serve } from 'https://deno.land/std@0.140.0/http/server.ts';\nserve(f, { port: 80 });"
    }
    made = plan(files | {".dvmrc": "1.24.3", "deno.lock": '{"version":"3"}'})
    assert commands(made) == ("deno cache server.ts",)
    assert "BP841" not in codes(made)


NESTED = {
    "README.md": "# both",
    "backend/deno.json": configured(tasks=START, imports=HONO),
    "backend/main.ts": SERVER,
    "worker/deno.json": tasks(start="deno run -A w.ts"),
    "worker/w.ts": "setInterval(() => Deno.memoryUsage(), 1);",
}


def test_an_app_in_a_folder_below_documents_is_planned_from_there() -> None:
    made = plan(NESTED)
    assert decision(made, "deno.app").value == "backend"
    assert "`worker` is not part of the image" in diagnostic(made, "BP635").text
    assert "COPY backend ./" in made.dockerfile()
    install = made.phase("install")
    assert install is not None
    assert [(item.path, item.dest) for item in install.inputs] == [("backend/deno.json", "")]
    assert decision(plan(NESTED, app="worker"), "app").value == "worker"


@pytest.mark.parametrize(
    "files",
    [
        {"supabase/deno.json": tasks(start="deno run -A main.ts"), "supabase/main.ts": SERVER},
        {"supabase/functions/a/deno.json": tasks(start="deno run -A main.ts"), "supabase/functions/a/main.ts": SERVER},
        {"tests/deno.json": tasks(start="deno run -A main.ts"), "tests/main.ts": SERVER},
        {"tool.cfg": "", "api/deno.json": tasks(start="deno run -A main.ts"), "api/main.ts": SERVER},
    ],
)
def test_what_lies_below_something_else_is_no_app(files: dict[str, str]) -> None:
    with pytest.raises(NoProviderError):
        plan({"README.md": ""} | files)


def test_members_have_the_imports_of_the_root() -> None:
    files = {
        "deno.json": configured(workspace=["./www"], imports={"fresh": "jsr:@fresh/core@^2.0.0", "@/": "./shared/"}),
        "www/deno.json": configured(tasks={"start": "deno run -A main.ts"}),
        "www/main.ts": "import '@/run.ts';",
        "shared/run.ts": SERVER,
    }
    made = plan(files)
    assert made.providers[0].frameworks == ("fresh",)
    assert made.process("web") is not None


PRISMA = {
    "package.json": json.dumps({"dependencies": {"@prisma/client": "6"}, "devDependencies": {"prisma": "6"}}),
    "prisma/schema.prisma": "",
    "main.ts": SERVER,
}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({}, ["deno run --allow-all npm:prisma generate"]),
        ({"db": "deno run -A npm:prisma generate"}, ["deno task db"]),
        ({"build": "deno run -A npm:prisma generate && vite build"}, ["deno task build"]),
    ],
)
def test_the_client_of_prisma_is_made_once(named: dict[str, str], expected: list[str]) -> None:
    made = plan(PRISMA | {"deno.json": configured(tasks=START | named)})
    assert [text for text in commands(made) if "cache" not in text] == expected


def test_packages_without_a_lock_are_reported() -> None:
    files = {"deno.json": configured(tasks=START, imports=HONO), "main.ts": SERVER}
    assert str(diagnostic(plan(files), "BP612").origin) == "deno.json"
    assert "BP612" not in codes(plan(files | {"deno.lock": '{"version": "5"}'}))
    assert "BP612" not in codes(plan({"deno.json": tasks(**START), "main.ts": SERVER}))


@pytest.mark.parametrize(
    ("keys", "package", "origin"),
    [
        ({"imports": {"b": "npm:bcrypt@^5"}}, "{}", "deno.json:3 imports.b"),
        ({}, json.dumps({"dependencies": {"bcrypt": "5"}}), "package.json:1 dependencies.bcrypt"),
        ({"imports": {"b": "npm:bcrypt@^5"}, "allowScripts": ["npm:bcrypt"]}, "{}", None),
        ({"imports": {"h": "npm:hono@^4"}}, "{}", None),
    ],
)
def test_a_package_that_needs_its_install_script_is_reported(
    keys: dict[str, object], package: str, origin: str | None
) -> None:
    files = {"deno.json": configured(tasks=START, **keys), "package.json": package, "main.ts": SERVER}
    found = [str(item.origin) for item in plan(files, provider=("deno",)).diagnostics if item.code == "BP620"]
    assert found == ([] if origin is None else [origin])
