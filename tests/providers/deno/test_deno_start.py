from __future__ import annotations

import pytest
from deno_trees import BOT, SERVER, configured, tasks
from planned import codes, decision, diagnostic, plan, started

from buildplan.errors import NoStartError

FETCH = "export default { fetch(request) { return new Response('hi'); } };\n"
FIXED = "Deno.serve({ port: 3000 }, () => new Response('hi'));\n"
ADDRESS = 'env DENO_SERVE_ADDRESS="tcp:0.0.0.0:$PORT" '
FRESH1 = {"$fresh/": "https://deno.land/x/fresh@1.7.3/"}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"start": "deno run -A main.ts", "prod": "deno run -A other.ts"}, "deno run -A main.ts"),
        (
            {"start": "deno run --watch -A main.ts", "prod": "deno run -A --no-prompt main.ts"},
            "deno run -A --no-prompt main.ts",
        ),
        ({"dev": "deno run --watch --allow-net --allow-env main.ts"}, "deno run --allow-net --allow-env main.ts"),
        ({"dev": "deno run --watch gone.ts"}, "deno run --allow-net --allow-env --allow-read --allow-sys main.ts"),
        ({"preview": "vite preview"}, "deno run --allow-net --allow-env --allow-read --allow-sys main.ts"),
        ({"start": "deno task gone && dist/api"}, "deno run --allow-net --allow-env --allow-read --allow-sys main.ts"),
        ({"start": "deno task build && ./app", "build": "deno compile -A -o app main.ts"}, "./app"),
        ({"start": "PORT=4000 deno run -A main.ts"}, "env PORT=4000 deno run -A main.ts"),
        ({"start": "deno run -A main.ts > log"}, "deno run -A main.ts >log"),
    ],
)
def test_which_task_starts_the_app(named: dict[str, str], expected: str) -> None:
    assert started(plan({"deno.json": tasks(**named), "main.ts": SERVER})) == expected


def test_what_was_beaten_is_kept_with_its_reason() -> None:
    named = {"dev": "deno run --watch -A main.ts", "start": "deno run --allow-net main.ts"}
    found = decision(plan({"deno.json": tasks(**named), "main.ts": SERVER}), "start")
    assert (str(found.origin), found.rule) == ("deno.json:2 tasks.start", "what the task `start` runs")
    assert [item.reason for item in found.runners_up] == ["it watches for changes", "it comes later"]


def test_watching_is_reported() -> None:
    made = plan({"deno.json": tasks(start="deno run --watch -A main.ts"), "main.ts": SERVER})
    assert str(diagnostic(made, "BP640").origin) == "deno.json:2 tasks.start"


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ('FROM denoland/deno:2.9.1\nCMD ["run", "--allow-net", "srv/a.ts"]\n', "deno run --allow-net srv/a.ts"),
        ('FROM denoland/deno\nENTRYPOINT ["deno", "run", "-r"]\nCMD ["srv/a.ts"]\n', "deno run srv/a.ts"),
        ("FROM denoland/deno\nCMD deno run --allow-net srv/a.ts\n", "deno run --allow-net srv/a.ts"),
        (
            'FROM denoland/deno\nCMD ["/tini", "--", "deno", "serve", "-A", "srv/a.ts"]\n',
            'deno serve --port="$PORT" -A srv/a.ts',
        ),
        ('FROM denoland/deno\nCMD ["task", "go"]\n', "deno run -N srv/a.ts"),
    ],
)
def test_a_dockerfile_says_what_starts_where_no_task_does(dockerfile: str, expected: str) -> None:
    files = {"deno.json": tasks(go="deno run -N srv/a.ts"), "srv/a.ts": SERVER, "Dockerfile": dockerfile}
    made = plan(files, provider=("deno",))
    assert started(made) == expected
    assert "BP844" in codes(made) or "task" in dockerfile


@pytest.mark.parametrize(
    "command",
    ['["run", "-A", "gone.ts"]', '["node", "main.ts"]', "[broken", '["sh", "-c", "x; y"]', '["run", 3]', "[]"],
)
def test_a_dockerfile_that_starts_something_else_does_not_count(command: str) -> None:
    files = {"deno.json": "{}", "main.ts": SERVER, "Dockerfile": f"FROM denoland/deno\nCMD {command}\n"}
    assert started(plan(files)) == "deno run --allow-net --allow-env --allow-read --allow-sys main.ts"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (SERVER, "deno run --allow-net --allow-env --allow-read --allow-sys main.ts"),
        (FETCH + "Deno.env;", 'deno serve --port="$PORT" --allow-net --allow-env --allow-read --allow-sys main.ts'),
        (SERVER + "new Deno.Command('x');", "deno run --allow-all main.ts"),
        ("import 'npm:better-sqlite3';\n" + SERVER, "deno run --allow-all main.ts"),
        (SERVER + "await Deno.openKv();", "deno run --unstable-kv --allow-all main.ts"),
    ],
)
def test_a_file_alone_gets_the_permissions_that_its_code_asks_for(code: str, expected: str) -> None:
    assert started(plan({"main.ts": code, "deno.lock": '{"version": "5"}'})) == expected


def test_nothing_to_start_is_an_error_with_a_hint() -> None:
    with pytest.raises(NoStartError) as caught:
        plan({"deno.json": configured(fmt={})}, provider=("deno",))
    assert "tasks" in str(caught.value.hint) or "task" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("code", "command", "port", "reads"),
    [
        (SERVER, "deno run -A main.ts", 8000, True),
        ("Deno.serve({ port: +(Deno.env.get('PORT') || '5000') }, f);", "deno run -A main.ts", 5000, True),
        (FIXED, f"{ADDRESS}deno run -A main.ts", 3000, True),
        ("Deno.serve(() => new Response());", f"{ADDRESS}deno run -A main.ts", 8000, True),
        ("Deno.serve({ port: 1234, hostname: 'localhost' }, f);", f"{ADDRESS}deno run -A main.ts", 1234, True),
        (
            "import { Application } from 'jsr:@oak/oak';\nawait new Application().listen({ port: 8080 });",
            f"{ADDRESS}deno run -A main.ts",
            8080,
            True,
        ),
    ],
)
def test_the_port_that_the_app_listens_on(code: str, command: str, port: int, reads: object) -> None:
    made = plan({"deno.json": tasks(start="deno run -A main.ts"), "main.ts": code})
    process = made.process("web")
    assert process is not None
    assert (process.text, process.port) == (command, port)
    assert ("PORT" in dict(made.run.environment)) is reads


def test_deno_before_2_3_is_not_given_an_address_and_a_fixed_port_is_reported() -> None:
    made = plan({"deno.json": tasks(start="deno run -A main.ts"), "main.ts": FIXED, ".dvmrc": "2.2.12"})
    assert started(made) == "deno run -A main.ts"
    assert str(diagnostic(made, "BP647").origin) == "main.ts:1"


def test_two_servers_keep_their_own_ports() -> None:
    made = plan({"deno.json": tasks(start="deno run -A main.ts"), "main.ts": FIXED + "Deno.serve({ port: 9090 }, m);"})
    assert started(made) == "deno run -A main.ts"


def test_an_app_that_binds_to_localhost_is_reported() -> None:
    code = "Deno.serve({ port: Number(Deno.env.get('PORT')), hostname: '127.0.0.1' }, f);"
    files = {"deno.json": tasks(start="deno run -A main.ts"), "main.ts": code}
    assert started(plan(files)) == f"{ADDRESS}deno run -A main.ts"
    old = plan(files | {".dvmrc": "2.2.12"})
    assert (started(old), dict(old.run.environment)) == ("deno run -A main.ts", {"PORT": "8000"})
    assert str(diagnostic(old, "BP649").origin) == "main.ts:1"


@pytest.mark.parametrize("framework", ["express", "fastify"])
def test_servers_of_node_get_the_address_too(framework: str) -> None:
    code = f"import make from 'npm:{framework}';\nmake().listen({{ port: 3030 }});"
    made = plan({"deno.json": tasks(start="deno run -A main.ts"), "main.ts": code})
    assert started(made) == f"{ADDRESS}deno run -A main.ts"
    process = made.process("web")
    assert process is not None
    assert process.port == 3030


def test_a_variable_of_another_name_is_reported_where_no_address_can_be_given() -> None:
    code = "Deno.serve({ port: Number(Deno.env.get('HTTP_PORT') ?? 4000) }, f);"
    files = {"deno.json": tasks(start="deno run -A main.ts"), "main.ts": code}
    assert started(plan(files)) == f"{ADDRESS}deno run -A main.ts"
    old = plan(files | {".dvmrc": "2.1.4"})
    assert str(diagnostic(old, "BP648").origin) == "main.ts:1"
    process = old.process("web")
    assert process is not None
    assert process.port == 4000


@pytest.mark.parametrize(
    ("line", "expected", "port"),
    [
        ("deno serve main.ts", 'deno serve --port="$PORT" main.ts', 8000),
        ("deno serve --port 4000 -A main.ts", "deno serve --port 4000 -A main.ts", 4000),
        ("deno serve --port=4000 -A main.ts", "deno serve --port=4000 -A main.ts", 4000),
        ("deno serve -A --parallel main.ts", 'deno serve --port="$PORT" -A --parallel main.ts', 8000),
        ("A=b deno serve -A main.ts", 'env A=b deno serve --port="$PORT" -A main.ts', 8000),
        ("deno serve --port=$PORT -A main.ts", "deno serve --port=$PORT -A main.ts", 8000),
    ],
)
def test_deno_serve_gets_the_port_unless_it_names_one(line: str, expected: str, port: int) -> None:
    made = plan({"deno.json": tasks(start=line), "main.ts": FETCH})
    process = made.process("web")
    assert process is not None
    assert (process.text, process.port) == (expected, port)


def test_the_server_is_found_through_the_import_map() -> None:
    files = {
        "deno.json": configured(tasks={"start": "deno run -A main.ts"}, imports={"@/": "./src/"}),
        "main.ts": "import { run } from '@/server.ts';\nrun();",
        "src/server.ts": SERVER,
    }
    assert plan(files).process("web") is not None


def test_a_bot_is_a_worker_without_a_port() -> None:
    made = plan({"deno.json": tasks(start="deno run -A bot.ts"), "bot.ts": BOT})
    assert made.start == "worker"
    assert "EXPOSE" not in made.dockerfile()


def test_flags_that_deno_2_took_away_are_replaced_by_what_the_code_needs() -> None:
    files = {
        "deno.json": tasks(start="deno run --unstable --allow-hrtime -A main.ts"),
        "main.ts": SERVER + "await Deno.openKv();",
    }
    made = plan(files)
    assert started(made) == "deno run --unstable-kv -A main.ts"
    assert "`--unstable`" in diagnostic(made, "BP843").text
    assert started(plan(files | {".dvmrc": "1.44.4"})) == "deno run --unstable --allow-hrtime -A main.ts"


def test_a_flag_that_deno_json_turns_on_is_not_added() -> None:
    files = {
        "deno.json": configured(tasks={"start": "deno run -A main.ts"}, unstable=["kv"]),
        "main.ts": SERVER + "await Deno.openKv();",
    }
    assert started(plan(files)) == "deno run -A main.ts"


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"start": "deno run -A --watch=static/ dev.ts", "preview": "deno run -A main.ts"}, "deno run -A main.ts"),
        ({"start": "deno run -A --watch=static/ dev.ts"}, "deno run --allow-all main.ts"),
        ({"start": "deno run -A dev.ts"}, "deno run --allow-all main.ts"),
    ],
)
def test_fresh_is_never_started_by_its_development_server(named: dict[str, str], expected: str) -> None:
    files = {"deno.json": configured(tasks=named, imports=FRESH1), "main.ts": "await start(manifest);", "dev.ts": "x"}
    made = plan(files)
    assert started(made) == expected
    assert dict(made.run.environment) == {"PORT": "8000"}


def test_processes_of_a_procfile_are_followed_too() -> None:
    files = {
        "deno.json": tasks(start="deno run -A main.ts", jobs="deno run -A --watch jobs.ts"),
        "main.ts": SERVER,
        "Procfile": "web: deno task start\nworker: deno task jobs\nrelease: deno run -A migrate.ts\n",
    }
    made = plan(files)
    assert {item.name: item.text for item in made.processes} == {
        "web": "deno run -A main.ts",
        "worker": "deno run -A jobs.ts",
        "release": "deno run -A migrate.ts",
    }


@pytest.mark.parametrize(
    ("flags", "given"),
    [
        ("-A", True),
        ("--allow-net", True),
        ("-RN", True),
        ("--allow-net=0.0.0.0,example.com", True),
        ("--allow-net=:3000,example.com", False),
        ("--allow-net=localhost:3000", False),
        ("--allow-read", False),
    ],
)
def test_an_address_is_given_only_where_the_permissions_allow_to_listen_on_it(flags: str, given: object) -> None:
    made = plan({"deno.json": tasks(start=f"deno run {flags} main.ts"), "main.ts": FIXED})
    assert started(made).startswith(ADDRESS) is given
    assert ("BP647" in codes(made)) is not given
