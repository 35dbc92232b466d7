from __future__ import annotations

import json

import pytest
from deno_trees import BOT, SERVER, claim, configured, tasks
from planned import plan

from buildplan.language.contract import Strength

EXPRESS = json.dumps({"scripts": {"start": "node server.js"}, "dependencies": {"express": "5"}})


def strength(files: dict[str, str]) -> Strength | None:
    found = claim(files)
    return None if found is None else found.strength


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"deno.json": tasks(start="deno run main.ts"), "main.ts": SERVER}, Strength.APP),
        ({"deno.json": tasks(dev="deno run --watch main.ts"), "main.ts": SERVER}, Strength.APP),
        (
            {"deno.json": tasks(dev="deno run -A tools/dev.ts"), "tools/dev.ts": "new Deno.Command('x');"},
            Strength.MANIFEST,
        ),
        ({"deno.json": "{}", "main.ts": SERVER}, Strength.APP),
        ({"deno.json": configured(imports={"lume/": "https://deno.land/x/lume@v3.0.4/"})}, Strength.APP),
        ({"deno.json": configured(fmt={})}, Strength.TOOLING),
        (
            {"deno.json": configured(exports="./mod.ts"), "mod.ts": "export const serve = () => Deno.serve(f);"},
            Strength.TOOLING,
        ),
        ({"main.ts": SERVER}, Strength.SITE),
        ({"main.ts": SERVER, "deno.lock": "{}"}, Strength.MANIFEST),
        ({"bot.ts": BOT}, Strength.SITE),
        (
            {
                "deps.ts": 'export * from "https://deno.land/x/oak@v12.6.1/mod.ts";',
                "server.ts": 'import "./deps.ts";\nlisten(1);',
            },
            Strength.SITE,
        ),
        ({"main.ts": "import express from 'express';\nexpress().listen(1);"}, None),
        ({"deno.json": "{", "main.ts": SERVER}, Strength.MANIFEST),
        ({"deno.json": "{", "package.json": "{}"}, Strength.TOOLING),
        ({"package.json": json.dumps({"scripts": {"start": "deno run -A main.ts"}}), "main.ts": SERVER}, Strength.APP),
        (
            {
                "package.json": json.dumps({"scripts": {"start": "deno run -A main.ts"}}),
                "main.ts": SERVER,
                "yarn.lock": "",
            },
            None,
        ),
        ({"package.json": EXPRESS}, None),
    ],
)
def test_how_strong_the_evidence_is(files: dict[str, str], expected: Strength | None) -> None:
    assert strength(files) == expected


@pytest.mark.parametrize(
    "files",
    [
        {
            "supabase/functions/hello/index.ts": SERVER,
            "supabase/functions/hello/deno.json": tasks(start="deno run -A index.ts"),
        },
        {"deno.json": configured(fmt={"include": ["supabase/"]}), "supabase/functions/hello/index.ts": SERVER},
        {"deno.json": tasks(start="deno run -A other.ts"), "package-lock.json": "{}"},
        {"deno.jsonc": "{ // tools\n}", "yarn.lock": ""},
    ],
)
def test_a_node_app_with_deno_for_something_beside_it_stays_a_node_app(files: dict[str, str]) -> None:
    tree = {"package.json": EXPRESS, "server.js": "require('express')().listen(process.env.PORT)"} | files
    assert plan(tree).providers[0].name == "node"


def test_a_package_json_whose_start_calls_deno_is_denos() -> None:
    package = json.dumps({"scripts": {"start": "deno run -A main.js"}, "dependencies": {"express": "5"}})
    made = plan({"package.json": package, "main.js": "import express from 'express';\nexpress().listen(3000);"})
    assert [use.name for use in made.providers] == ["deno"]
    assert not made.diagnostics or "BP679" not in {item.code for item in made.diagnostics}


def test_a_broken_manifest_is_named_with_its_line() -> None:
    found = claim({"deno.json": '{\n  "tasks": {\n', "main.ts": SERVER})
    assert found is not None
    assert found.evidence[0].origin.path == "deno.json"


def test_a_start_command_that_calls_deno_makes_it_denos() -> None:
    made = plan({"srv.ts": SERVER, "Procfile": "web: deno run -A srv.ts\n"})
    assert (made.providers[0].name, made.providers[0].evidence[0].text) == ("deno", "the start command calls Deno")


def test_a_dockerfile_that_runs_a_file_with_deno_makes_it_denos() -> None:
    dockerfile = 'FROM denoland/deno:2.9.1\nCMD ["run", "-A", "tools/srv.ts"]\n'
    files = {"tools/srv.ts": SERVER, "Dockerfile": dockerfile, "index.html": "<p>"}
    assert [use.name for use in plan(files).providers] == ["deno"]


def test_a_member_is_weaker_where_node_locks_the_same_workspace() -> None:
    files = {
        "deno.json": configured(workspace=["./graphql"]),
        "graphql/deno.json": tasks(start="deno run -A main.ts"),
        "graphql/main.ts": SERVER,
        "package.json": "{}",
        "deno.lock": '{"version": "5"}',
    }
    assert strength(files) == Strength.APP
    assert strength(files | {"pnpm-lock.yaml": ""}) == Strength.MANIFEST
