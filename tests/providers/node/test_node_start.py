"""From start commands to processes: what `start.py`, `follow.py` and `supervisors.py` make of scripts."""

from __future__ import annotations

from typing import Any

import pytest
from node_plans import Planned, app, package, planned, starting

from buildplan.errors import NoStartError


def start(text: str, files: dict[str, Any] | None = None, **fields: Any) -> Planned:
    return planned(app(text, files, **fields))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node server.js", ("node", "server.js")),
        ("node ./server.js --name 'a b'", ("node", "./server.js", "--name", "a b")),
        ("npm run serve", ("node", "server.js")),
        ("yarn serve", ("node", "server.js")),
        ("pnpm run serve", ("node", "server.js")),
        ("bun run serve", ("node", "server.js")),
        ("node --run serve", ("node", "server.js")),
        ("npm run serve -- --flag", ("node", "server.js", "--flag")),
        ("echo starting && node server.js", ("node", "server.js")),
        ("npm ci && node server.js", ("node", "server.js")),
        ("cross-env NODE_ENV=production node server.js", ("node", "server.js")),
        ("dotenv -- node server.js", ("node", "server.js")),
        ("node --env-file=.env server.js", ("node", "server.js")),
        ("sh -c 'node server.js'", ("node", "server.js")),
        ("nodemon server.js", ("node", "server.js")),
        (
            "nodemon --watch src -e js,json --exec 'node -r dotenv/config server.js'",
            ("node", "-r", "dotenv/config", "server.js"),
        ),
        ("forever start server.js", ("node", "server.js")),
        ("pm2-runtime start server.js --name api -i max", ("node", "server.js")),
        ("pm2 start server.js --no-daemon -- --flag", ("node", "server.js", "--flag")),
        ("pm2-runtime npm -- run serve", ("node", "server.js")),
        ("./node_modules/.bin/next-ish start", ("next-ish", "start")),
        ("run-s serve", ("node", "server.js")),
        ("npm-run-all --serial serve", ("node", "server.js")),
        ("concurrently 'npm:serve' 'npm:watch'", ("node", "server.js")),
        ("node server.js & webpack --watch", ("node", "server.js")),
    ],
)
def test_a_start_script_is_resolved_to_its_process(text: str, expected: tuple[str, ...]) -> None:
    found = start(text, scripts={"serve": "node server.js", "watch": "webpack --watch"})
    assert found.main.argv == expected
    assert found.main.shell is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("node server.js $EXTRA", "exec node server.js $EXTRA"),
        ("node server.js > log", "exec node server.js >log"),
        ("PORT=$WEB_PORT node server.js", "PORT=$WEB_PORT exec node server.js"),
        ("prisma migrate deploy && node server.js", "prisma migrate deploy && exec node server.js"),
        ("node a.js || node server.js", "node a.js || node server.js"),
    ],
)
def test_what_needs_a_shell_gets_one_and_the_process_takes_its_place(text: str, expected: str) -> None:
    assert start(text).main.shell == expected


def test_a_step_before_the_process_suggests_a_release_process() -> None:
    found = start("npm run migrate && node server.js", scripts={"migrate": "knex migrate:latest"})
    assert found.main.shell == "knex migrate:latest && exec node server.js"
    assert "`release` process" in (found.diagnostic("BP642").fix or "")


def test_prestart_runs_before_start() -> None:
    found = start("node server.js", scripts={"prestart": "node seed.js"})
    assert found.main.shell == "node seed.js && exec node server.js"


def test_newer_yarns_run_no_prestart() -> None:
    lock = {"yarn.lock": "__metadata:\n  version: 8\n", ".yarnrc.yml": "nodeLinker: node-modules\n"}
    found = start("node server.js", lock, scripts={"prestart": "node seed.js"}, packageManager="yarn@4.12.0")
    assert found.main.argv == ("node", "server.js")


def test_a_build_in_front_of_the_process_belongs_to_the_build() -> None:
    found = start("npm run css && node server.js", scripts={"css": "sass a.scss public/a.css"})
    assert found.main.argv == ("node", "server.js")
    assert found.commands("build") == ("npm run css",)


def test_a_build_that_the_build_script_runs_anyway_is_run_once() -> None:
    files = {"src/server.ts": "listen()", "tsconfig.json": {"compilerOptions": {"outDir": "dist"}}}
    found = start("npm run build && node dist/server.js", files, scripts={"build": "tsc"})
    assert found.main.argv == ("node", "dist/server.js")
    assert found.commands("build") == ("npm run build",)


def test_variables_of_the_start_script_become_those_of_the_image() -> None:
    found = start("cross-env GREETING='a b' PORT=4100 node server.js")
    assert found.environment["GREETING"] == "a b"
    assert found.environment["PORT"] == "4100"
    assert found.main.port == 4100
    assert str(found.decision("run.environment.GREETING").origin).startswith("package.json:1")


def test_cd_becomes_the_working_directory() -> None:
    found = start("cd server && node index.js", {"server/index.js": "require('http').createServer().listen(80)"})
    assert found.main.argv == ("node", "index.js")
    assert found.run.working_dir == "/app/server"


def test_cd_out_of_the_tree_is_left_to_a_shell() -> None:
    found = start("cd ../.. && node server.js")
    assert found.run.working_dir == "/app"
    assert "cd ../.." in (found.main.shell or "")


def test_a_package_in_the_started_folder_gets_its_dependencies() -> None:
    files = {
        "server/package.json": {"dependencies": {"koa": "2"}, "scripts": {"start": "node index.js"}},
        "server/index.js": "x",
    }
    found = start("cd server && npm start", files)
    assert found.commands("build") == ("npm install --prefix server",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("npm run a", "calls itself"),
        ("if true; then node server.js; fi", "shell grammar"),
        ("concurrently 'node server.js' 'node worker.js'", "several processes"),
    ],
)
def test_what_cannot_be_followed_is_run_as_it_is_and_reported(text: str, reason: str) -> None:
    found = start(text, scripts={"a": "npm run b", "b": "npm run a"})
    assert reason in found.diagnostic("BP645").text
    assert found.main.argv == ("npm", "run", "start") or found.main.shell == text


@pytest.mark.parametrize("text", ["nodemon", "pm2 start", "node", "npm", "&& x", "'"])
def test_an_empty_or_broken_start_command_is_no_crash(text: str) -> None:
    assert planned(package(scripts={"start": text}, dependencies={"express": "5"})).main.text


def test_scripts_that_explode_are_given_up() -> None:
    scripts = {f"s{i}": " && ".join([f"npm run s{i + 1}"] * 20) for i in range(10)}
    found = start("npm run s0", scripts=scripts)
    assert "circle" in found.diagnostic("BP645").text


@pytest.mark.parametrize(
    ("ecosystem", "expected"),
    [
        (
            {"ecosystem.config.json": {"apps": [{"script": "server.js", "args": "--a b"}]}},
            ("node", "server.js", "--a", "b"),
        ),
        (
            {"ecosystem.config.js": "module.exports = { apps: [{ name: 'x', script: './server.js' }] }"},
            ("node", "./server.js"),
        ),
        (
            {"ecosystem.config.js": "module.exports = { apps: [{ script: 'npm', args: 'run serve' }] }"},
            ("node", "server.js"),
        ),
        (
            {"ecosystem.config.js": "module.exports = { apps: [{ script: 'node_modules/.bin/next', args: 'start' }] }"},
            ("next", "start"),
        ),
    ],
)
def test_pm2_is_replaced_by_the_first_app_of_its_file(ecosystem: dict[str, Any], expected: tuple[str, ...]) -> None:
    name = next(iter(ecosystem))
    found = start(f"pm2-runtime {name}", ecosystem, scripts={"serve": "node server.js"})
    assert found.main.argv == expected
    assert found.codes >= {"BP641"}


def test_an_ecosystem_file_without_a_literal_script_is_reported() -> None:
    found = start("pm2 start ecosystem.config.js", {"ecosystem.config.js": "module.exports = { apps: list() }"})
    assert "cannot be read" in found.diagnostic("BP645").text


def test_nodemon_takes_its_command_from_its_own_file() -> None:
    found = start("nodemon", {"nodemon.json": {"exec": "node server.js"}})
    assert found.main.argv == ("node", "server.js")


@pytest.mark.parametrize(
    ("text", "command", "port"),
    [
        ("next start -p $PORT", "next start", 3000),
        ("next start -p ${PORT:-4000}", "next start", 4000),
        ("next start --port=4000 -H 0.0.0.0", "next start -H 0.0.0.0", 4000),
        ("next start -p 99999", "next start -p 99999", 3000),
    ],
)
def test_a_port_option_is_left_to_the_variable_where_the_program_reads_it(text: str, command: str, port: int) -> None:
    found = planned(package(scripts={"start": text, "build": "next build"}, dependencies={"next": "16"}))
    assert (found.start, found.main.port) == (command, port)
    assert found.environment["PORT"] == str(port)


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        ({"start": "nest start", "start:prod": "node dist/main"}, "node dist/main"),
        ({"start": "ts-node src/main.ts", "start:prod": "node dist/main"}, "ts-node src/main.ts"),
        ({"dev": "nodemon", "prod": "node server.js"}, "node server.js"),
        ({"start": "webpack serve", "server": "node server.js"}, "node server.js"),
    ],
)
def test_a_development_server_gives_way_to_a_script_for_production(scripts: dict[str, str], expected: str) -> None:
    files = app("", {"src/main.ts": "listen()", "tsconfig.json": {"compilerOptions": {"outDir": "dist"}}})
    files["package.json"]["scripts"] = {"build": "nest build", **scripts}
    files["package.json"]["dependencies"] = {"@nestjs/core": "11", "ts-node": "10"}
    assert planned(files).start == expected


def test_a_program_of_the_packages_is_found_on_path() -> None:
    assert start("probot run ./server.js").run.paths == ("/app/node_modules/.bin",)
    assert start("node server.js").run.paths == ()


def test_an_asked_for_command_beats_the_scripts_and_is_resolved_too() -> None:
    found = planned(app("node other.js", scripts={"serve": "node server.js"}), starting("npm run serve"))
    assert found.main.argv == ("node", "server.js")
    assert found.decision("start").origin.path == "package.json"


def test_an_asked_for_development_server_gives_way_to_the_framework() -> None:
    files = package(
        scripts={"start": "react-scripts start", "build": "react-scripts build"}, dependencies={"react-scripts": "5"}
    )
    found = planned(files, starting("npm start"))
    assert found.start == "site"
    assert "development server" in found.diagnostic("BP640").text


def test_a_script_for_development_only_is_an_error_that_quotes_it() -> None:
    with pytest.raises(NoStartError) as caught:
        planned(package(scripts={"start": "webpack serve"}, dependencies={"react": "19"}))
    assert "its only start command is for development: `webpack serve`" in str(caught.value)


def test_no_start_at_all_is_an_error_that_says_what_was_looked_for() -> None:
    with pytest.raises(NoStartError) as caught:
        planned(package(dependencies={"react": "19"}))
    assert "nothing says how to start this app" in str(caught.value)
    assert 'hint: add a script: `"start": "node server.js"`' in str(caught.value)


def test_a_main_that_is_not_there_is_named() -> None:
    with pytest.raises(NoStartError) as caught:
        planned(package(main="lib/gone.js", dependencies={"react": "19"}))
    assert "`main` is `lib/gone.js`, which is not in the tree" in str(caught.value)


def test_a_started_file_that_nothing_makes_is_reported() -> None:
    found = start("node dist/gone.js")
    assert "`dist/gone.js` is started" in found.diagnostic("BP644").text


def test_words_of_a_script_never_become_more_words() -> None:
    found = start("node 'server.js; rm -rf /' \"$(id)\"")
    assert found.main.shell is not None or found.main.argv[1:2] == ("server.js; rm -rf /",)
