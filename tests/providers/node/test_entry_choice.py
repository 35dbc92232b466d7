from __future__ import annotations

import json
from typing import Any

import pytest
from node_plans import package, planned

EXPRESS = {"express": "5"}
SERVER = "require('express')().listen(process.env.PORT)"


@pytest.mark.parametrize(
    ("files", "fields", "expected"),
    [
        ({"index.js": SERVER}, {}, "node index.js"),
        ({"app.js": SERVER, "index.js": "module.exports = {}"}, {}, "node app.js"),
        ({"src/server.js": SERVER}, {}, "node src/server.js"),
        ({"bin/www": "#!/usr/bin/env node\n" + SERVER}, {}, "node bin/www"),
        ({"lib/web.js": SERVER}, {"main": "lib/web"}, "node lib/web.js"),
        ({"electron.js": "require('electron')", "server.js": SERVER}, {"main": "electron.js"}, "node server.js"),
        ({"client.js": "x()", "odd-name.js": SERVER}, {}, "node odd-name.js"),
        ({"index.ts": "import express from 'express'\nexpress().listen(1)"}, {}, "node index.ts"),
        ({"index.ts": SERVER}, {"devDependencies": {"tsx": "4"}}, "tsx index.ts"),
        ({"index.ts": SERVER}, {"devDependencies": {"@types/bun": "1"}}, "bun index.ts"),
        ({"index.ts": SERVER, "bun.lock": "{}"}, {}, "bun index.ts"),
    ],
)
def test_without_a_script_the_file_that_listens_is_started(
    files: dict[str, str], fields: dict[str, Any], expected: str
) -> None:
    assert planned({**package(dependencies=EXPRESS, **fields), **files}).start == expected


def test_typescript_is_started_as_what_it_is_compiled_to() -> None:
    files = {
        **package(scripts={"build": "tsc"}, dependencies=EXPRESS),
        "src/index.ts": SERVER,
        "tsconfig.json": '{ "compilerOptions": { "outDir": "./out", /* c */ "rootDir": "src", } }',
    }
    assert planned(files).start == "node out/index.js"


def test_old_node_does_not_run_typescript_as_it_is() -> None:
    files = {**package(dependencies=EXPRESS, engines={"node": "20"}), "index.ts": SERVER, "index.js": SERVER}
    assert planned(files).start == "node index.js"


def test_a_tree_without_a_manifest_is_run_as_it_is() -> None:
    found = planned({"server.js": "require('http').createServer().listen(process.env.PORT || 8080)"})
    assert found.start == "node server.js"
    assert found.main.port == 8080
    assert [phase.name for phase in found.plan.phases] == ["setup"]
    assert found.copies == ["."]
    assert "no `package.json`" in found.diagnostic("BP638").text


def test_a_member_that_installs_a_program_of_its_name_starts_with_it() -> None:
    member = {"name": "shop", "main": "lib.js", "bin": {"shop": "bin/shop.js"}, "dependencies": {"@x/core": "*"}}
    files = {
        "package.json": json.dumps({"name": "mono", "workspaces": ["packages/*"]}),
        "package-lock.json": '{"lockfileVersion": 3}',
        "packages/core/package.json": json.dumps({"name": "@x/core", "main": "index.js"}),
        "packages/core/index.js": "module.exports = {}",
        "packages/cli/package.json": json.dumps(member),
        "packages/cli/lib.js": "exports.serve = () => require('http').createServer().listen(3000)",
        "packages/cli/bin/shop.js": "require('../lib.js').serve()",
    }
    assert planned(files).start == "node bin/shop.js"
