from __future__ import annotations

import pytest
from buildplan.providers.node import command_lines

from buildplan.read import shell


def use(text: str) -> str:
    line = shell.parse(text)
    assert line is not None
    found: str = command_lines.use(line.commands[0])
    return found


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
