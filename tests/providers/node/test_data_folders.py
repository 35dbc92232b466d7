from __future__ import annotations

from typing import Any

import pytest
from node_plans import app, planned

LISTEN = "require('express')().listen(process.env.PORT || 3001)\n"


def folders(code: str, **files: Any) -> tuple[str, ...]:
    """Return what is writable beside the app's folder, which an app that writes files has."""
    tree = {"server.js": f"fs.writeFileSync('a', '')\n{code}\n{LISTEN}", **files}
    found = planned({**app("node server.js"), **tree}).run.writable
    assert found[0] == "."
    return found[1:]


@pytest.mark.parametrize(
    ("code", "made"),
    [
        ("fs.writeFile('data/config.json', '{}')", ("data",)),
        ("await copyFile('initial.json', './data/config.json')", ("data",)),
        ("new Sequelize({ dialect: 'sqlite', storage: './data/db.sqlite' })", ("data",)),
        ("new Database(process.env.DB || 'var/db/app.sqlite3')", ("var/db",)),
        ("createClient({ url: 'file:./data/app.db' })", ("data",)),
        ("new Database('/data/app.db')", ("/data",)),
        ("new File(path.join(__dirname, 'public/custom.css'))", ("public",)),
    ],
)
def test_the_folder_of_a_file_that_the_code_writes_is_made(code: str, made: tuple[str, ...]) -> None:
    assert folders(code) == made


@pytest.mark.parametrize(
    "code",
    [
        "fs.readFile('data/config.json')",
        "fs.writeFile('../data/config.json', '{}')",
        "fs.writeFile('/etc/app/config.json', '{}')",
        "fs.writeFile('config.json', '{}')",
        "fs.mkdirSync('data', { recursive: true }); fs.writeFileSync('data/config.json', '{}')",
        "res.sendFile(path.join(__dirname, 'public/flame.css'))",
        "const page = path.join(__dirname, 'public/index.html')",
        "app.use(express.static(path.join(__dirname, 'public')))",
        "new Database(':memory:')",
        "log('no/file.db here')",
    ],
)
def test_no_folder_is_made_for_what_is_read_made_by_the_code_or_outside(code: str) -> None:
    assert folders(code) == ()


def test_a_folder_of_the_tree_is_not_made() -> None:
    assert folders("fs.writeFile('data/config.json', '{}')", **{"data/.gitkeep": ""}) == ()


def test_what_a_front_end_builds_is_not_made() -> None:
    code = "new File(path.join(__dirname, 'client/build/custom.css'))"
    assert folders(code, **{"client/package.json": {"name": "client"}}) == ()


def test_files_that_the_entry_loads_are_read_too() -> None:
    code = "require('./routes/config')"
    files = {
        "routes/config.js": "module.exports = require('../controllers')",
        "controllers/index.js": "const file = new File(join(__dirname, '../public/flame.css'))",
    }
    assert folders(code, **files) == ("public",)


def test_a_database_is_enough_for_a_folder_of_its_own() -> None:
    server = f"new Database('./data/app.sqlite')\n{LISTEN}"
    found = planned({**app("node server.js"), "server.js": server})
    assert found.run.writable == ("data",)
    assert str(found.decision("run.writable").origin) == "server.js:1"
