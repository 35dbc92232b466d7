from __future__ import annotations

import tomllib

import pytest
from buildplan.providers.node import programs
from conftest import ROOT

from buildplan.read import shell

SECTIONS = {"development", "site", "build", "nothing", "watcher", "supervisor", "parallel"}


def use(text: str) -> str:
    line = shell.parse(text)
    assert line is not None
    found: str = programs.use(line.commands[0])
    return found


def test_the_table_is_dated_and_every_entry_is_a_list_of_texts() -> None:
    document = tomllib.loads((ROOT / "providers/node/programs.toml").read_text(encoding="utf-8"))
    assert document["source"]
    assert document["as_of"]
    for section in SECTIONS:
        for program, subcommands in document[section].items():
            assert isinstance(subcommands, list), program
            assert all(isinstance(item, str) for item in subcommands), program


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vite", "development"),
        ("vite --host", "development"),
        ("vite build", "build"),
        ("vite build --watch", "development"),
        ("vite preview --port 80", "site"),
        ("next dev", "development"),
        ("next start", "process"),
        ("nest start --watch", "development"),
        ("ng serve --host 0.0.0.0", "development"),
        ("serve -s dist", "site"),
        ("serve@14 dist", "site"),
        ("nodemon x.js", "watcher"),
        ("pm2 start x.js", "supervisor"),
        ("pm2 logs", "process"),
        ("tsc -w", "development"),
        ("node ace serve", "development"),
        ("node ace build", "build"),
        ("node server.js", "process"),
        ("echo hello", "nothing"),
        ("@11ty/eleventy --serve", "development"),
        ("turbo run build", "build"),
        ("shopify hydrogen dev", "development"),
    ],
)
def test_what_a_program_is_for(text: str, expected: str) -> None:
    assert use(text) == expected
