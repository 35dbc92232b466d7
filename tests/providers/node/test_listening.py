from __future__ import annotations

import pytest
from node_plans import Planned, package, planned


def listening(code: str, **dependencies: str) -> Planned:
    manifest = package(scripts={"start": "node server.js"}, dependencies={"express": "5", **dependencies})
    return planned({**manifest, "server.js": code})


@pytest.mark.parametrize(
    ("code", "port"),
    [
        ("app.listen(process.env.PORT || 3001)", 3001),
        ("const port = process.env.PORT ?? '4000'; app.listen(port)", 4000),
        ("const port = Number(process.env.PORT) || 4000", 4000),
        ("const port = parseInt(process.env.PORT || '4000', 10)", 4000),
        ("const port = parseInt(process.env.PORT, 10) || 4000", 4000),
        ("const port = process.env.PORT ? +process.env.PORT : 4000", 4000),
        ("const { PORT = 4000 } = process.env", 4000),
        ("const D = 4000; const port = process.env['PORT'] || D", 4000),
        ("const env = cleanEnv(process.env, { PORT: port({ default: 4000 }) })", 4000),
        ("const s = z.object({ PORT: z.coerce.number().int().positive().default(4000) })", 4000),
        ("const port = config.get('PORT', 4000)", 4000),
        ("const port = config.get<number>('PORT') ?? 4000", 4000),
        ("const db = process.env.DB_PORT || 5432; app.listen(process.env.PORT)", 3000),
        ("app.listen(process.env.PORT || (a ? 1 : 2))", 3000),
        ("app.listen(port)", 3000),
        ("// process.env.PORT || 4000\napp.listen(3)", 3000),
    ],
)
def test_the_default_port_is_that_of_the_code(code: str, port: int) -> None:
    found = listening(code)
    assert found.main.port == port
    assert found.environment["PORT"] == str(port)


def test_the_port_is_looked_for_in_the_files_beside_the_entry() -> None:
    files = {
        **package(scripts={"start": "node server.js"}, dependencies={"express": "5"}),
        "server.js": "import { port } from './config/index.js'\nimport app from '@/app'\napp.listen(port)",
        "config/index.js": "export const port = process.env.PORT || 4500",
    }
    found = planned(files)
    assert found.main.port == 4500
    assert str(found.decision("port").origin) == "config/index.js:1"


@pytest.mark.parametrize(
    "code", ["app.listen(5000)", "const P = 5000\napp.listen(P, () => {})", "serve({ fetch, port: 5000 })"]
)
def test_a_fixed_port_is_kept_and_reported(code: str) -> None:
    found = listening(code)
    assert found.main.port == 5000
    assert "process.env.PORT || 5000" in (found.diagnostic("BP647").fix or "")


def test_a_port_from_another_variable_is_reported() -> None:
    found = listening("app.listen(process.env.API_PORT || 4000)")
    assert found.main.port == 4000
    assert "`API_PORT`" in found.diagnostic("BP648").text


def test_localhost_behind_a_variable_is_opened() -> None:
    found = listening("app.listen(process.env.PORT, process.env.HOST || 'localhost')")
    assert found.environment["HOST"] == "0.0.0.0"  # noqa: S104  # a container is reached from outside
    assert "binds to localhost" in found.decision("run.environment.HOST").rule


@pytest.mark.parametrize("code", ["app.listen(3000, 'localhost')", "app.listen({ port: 3000, host: '127.0.0.1' })"])
def test_a_fixed_local_host_is_reported(code: str) -> None:
    found = listening(code)
    assert "nothing outside of the container reaches it" in found.diagnostic("BP649").text
    assert "HOST" not in found.environment


def test_the_host_of_a_database_is_not_the_apps() -> None:
    found = listening("connect(process.env.DB_HOST || 'localhost'); app.listen(process.env.PORT)")
    assert not found.codes & {"BP649"}
    assert "DB_HOST" not in found.environment


def test_fastify_without_a_host_binds_to_localhost() -> None:
    found = listening("fastify.listen({ port: process.env.PORT || 3000 })", fastify="5")
    assert found.codes >= {"BP649"}
    assert not listening("fastify.listen({ port: 3000, host: h })", fastify="5").codes & {"BP649"}


def test_a_worker_listens_on_no_port() -> None:
    manifest = package(scripts={"start": "node bot.js"}, dependencies={"discord.js": "14"})
    found = planned({**manifest, "bot.js": "new (require('discord.js').Client)()"})
    assert (found.main.name, found.main.port) == ("worker", None)
    assert "PORT" not in found.environment


@pytest.mark.parametrize(
    ("code", "init"),
    [
        ("app.listen(1)", True),
        ("process.on('SIGTERM', stop)", False),
        ("for (const s of ['SIGINT', 'SIGTERM']) process.on(s, stop)", False),
        ("child.kill('SIGTERM')", True),
        ("app.enableShutdownHooks()", False),
        ("require('close-with-grace')(stop)", False),
        ("// SIGTERM", True),
    ],
)
def test_an_init_comes_before_what_does_not_end_on_sigterm(code: str, *, init: bool) -> None:
    assert listening(code).run.init is init


def test_code_that_writes_files_may_write_to_its_folder() -> None:
    found = listening("fs.mkdirSync('uploads')")
    assert found.run.writable == (".",)
    assert str(found.decision("run.writable").origin) == "server.js:1"
    assert listening("fs.readFileSync('x')").run.writable == ()


def test_the_framework_of_the_package_that_the_root_starts_says_the_port() -> None:
    root = package(scripts={"start": "cd server && npm start"})
    server = package(scripts={"start": "node app.js"}, dependencies={"sails": "1"})["package.json"]
    found = planned({**root, "server/package.json": server, "server/app.js": "require('sails').lift()"})
    assert found.main.port == 1337
