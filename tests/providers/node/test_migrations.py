from __future__ import annotations

from typing import Any

import pytest
from node_plans import app, planned, starting

from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import CommandRequest, Overrides

KNEXFILE = "module.exports = { client: process.env.DB, connection: process.env.URL }\n"
KNEX = {"knexfile.js": KNEXFILE, "migrations/1_first.js": ""}


def using(files: dict[str, Any], *packages: str, **fields: Any) -> dict[str, Any]:
    return app("node server.js", files, dependencies=dict.fromkeys(("express", *packages), "1"), **fields)


def processes(files: dict[str, Any], overrides: Overrides | None = None) -> dict[str, str]:
    return {item.name: item.text for item in planned(files, overrides).plan.processes}


@pytest.mark.parametrize(
    ("files", "packages", "release"),
    [
        (KNEX, ("knex", "pg"), "knex migrate:latest"),
        (
            {
                "knexfile.js": "exports.migrations = { directory: './db/migrations' }",
                "db/migrations/1.js": "",
            },
            ("knex", "mysql2"),
            "knex migrate:latest",
        ),
        ({"prisma/schema.prisma": "", "prisma/migrations/1/migration.sql": ""}, ("prisma",), "prisma migrate deploy"),
        (
            {"drizzle.config.ts": "export default { out: './drizzle' }", "drizzle/meta/_journal.json": "{}"},
            ("drizzle-kit", "pg"),
            "drizzle-kit migrate",
        ),
        ({".sequelizerc": "", "migrations/1.js": ""}, ("sequelize-cli", "pg"), "sequelize db:migrate"),
    ],
)
def test_a_tool_with_migrations_in_the_tree_is_a_release_process(
    files: dict[str, Any], packages: tuple[str, ...], release: str
) -> None:
    found = planned(using(files, *packages))
    assert [(item.name, item.text) for item in found.plan.processes] == [
        ("web", "node server.js"),
        ("release", release),
    ]
    assert found.run.paths == ("/app/node_modules/.bin",)


@pytest.mark.parametrize(
    ("script", "package", "release"),
    [
        ("knex migrate:latest", "knex", "knex migrate:latest"),
        ("NODE_ENV=production npx knex migrate:latest --env prod", "knex", "knex migrate:latest --env prod"),
        ("typeorm migration:run -d dist/source.js", "typeorm", "typeorm migration:run -d dist/source.js"),
    ],
)
def test_a_script_that_runs_a_tool_is_the_release_process(script: str, package: str, release: str) -> None:
    found = processes(using({}, package, "pg", scripts={"db:migrate": script}))
    assert found["release"] == release


@pytest.mark.parametrize(
    "script",
    [
        "knex migrate:make",
        "knex migrate:latest && knex seed:run",
        "typeorm migration:run -d src/source.ts",
        "knex migrate:latest --env $STAGE",
        "knex 'migrate:latest",
    ],
)
def test_a_script_that_does_something_else_is_not(script: str) -> None:
    assert "release" not in processes(using({}, "knex", "typeorm", "pg", scripts={"migrate": script}))


@pytest.mark.parametrize(
    "files",
    [
        app("node server.js", KNEX, devDependencies={"knex": "1"}),
        using({"knexfile.js": KNEXFILE}, "knex", "pg"),
        using({"migrations/1.js": ""}, "knex", "pg"),
        {**using(KNEX, "knex", "pg"), **app("knex migrate:latest && node server.js", KNEX, dependencies={"knex": "1"})},
    ],
    ids=["a development dependency", "no migrations", "no configuration", "the start migrates"],
)
def test_nothing_is_added_that_would_not_run_or_runs_already(files: dict[str, Any]) -> None:
    assert "release" not in processes(files)


def test_the_owners_release_process_counts() -> None:
    release = Sourced(CommandRequest(("node", "migrate.js")), Origin("Procfile", 1, "release"))
    assert processes(using(KNEX, "knex", "pg"), Overrides(processes={"release": release}))["release"] == (
        "node migrate.js"
    )


def test_an_sqlite_file_is_migrated_before_the_server_as_another_container_has_another_file() -> None:
    found = planned(using(KNEX, "knex", "better-sqlite3"))
    assert [(item.name, item.text) for item in found.plan.processes] == [
        ("web", "knex migrate:latest && exec node server.js")
    ]
    assert found.run.paths == ("/app/node_modules/.bin",)
    assert found.diagnostic("BP950").severity == "warning"
    assert "BP642" not in found.codes


def test_a_database_that_is_an_sqlite_file_unless_a_variable_says_otherwise_is_one() -> None:
    files = {
        "knexfile.js": "const env = require('./server/env')\nmodule.exports = { client: env.DB_CLIENT }",
        "server/env.js": "module.exports = { DB_CLIENT: str({ default: 'better-sqlite3' }) }",
        "migrations/1.js": "",
    }
    found = planned(using(files, "knex", "better-sqlite3", "pg"))
    assert found.start == "knex migrate:latest && exec node server.js"
    assert found.diagnostic("BP950").severity == "info"


def test_a_server_beside_an_sqlite_driver_is_taken_for_the_database() -> None:
    assert processes(using(KNEX, "knex", "better-sqlite3", "pg"))["release"] == "knex migrate:latest"


def test_prisma_says_by_its_schema_that_the_database_is_a_file() -> None:
    schema = 'datasource db {\n  provider = "sqlite"\n}\n'
    files = {"prisma/schema.prisma": schema, "prisma/migrations/1/migration.sql": ""}
    assert planned(using(files, "prisma")).start == "prisma migrate deploy && exec node server.js"


def test_the_owners_start_command_is_left_as_it_is() -> None:
    found = planned(using(KNEX, "knex", "sqlite3"), starting("node server.js"))
    assert found.start == "node server.js"
