from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from buildplan.providers.node import command_lines

from buildplan.read import shell

if TYPE_CHECKING:
    from buildplan.providers.node.command_lines import Unwrapped


def unwrapped(text: str) -> Unwrapped:
    line = shell.parse(text)
    assert line is not None
    return command_lines.unwrap(line.commands[0])


@pytest.mark.parametrize(
    ("text", "expected", "environment"),
    [
        ("node x.js", "node x.js", {}),
        ("NODE_ENV=production node x", "node x", {"NODE_ENV": "production"}),
        ("cross-env A=1 B='x y' node x", "node x", {"A": "1", "B": "x y"}),
        ("A=0 cross-env-shell A=1 node x", "node x", {"A": "1"}),
        ("env A=1 node x", "node x", {"A": "1"}),
        ("exec node x", "node x", {}),
        ("npx next start", "next start", {}),
        ("npx --yes -p serve serve dist", "serve dist", {}),
        ("npm exec -- next start", "next start", {}),
        ("pnpm exec next start", "next start", {}),
        ("pnpm dlx serve", "serve", {}),
        ("yarn node x", "node x", {}),
        ("yarn exec next start", "next start", {}),
        ("bunx next start", "next start", {}),
        ("corepack pnpm start", "pnpm start", {}),
        ("dumb-init node x", "node x", {}),
        ("tini -- node x", "node x", {}),
        ("dotenv -e .env -- cross-env A=1 node x", "node x", {"A": "1"}),
        ("dotenv -c -- node x", "node x", {}),
        ("dotenv -c production node x", "node x", {}),
        ("env-cmd -f .env.prod node x", "node x", {}),
        ("infisical run --env=prod -- node x", "node x", {}),
        ("doppler run -- node x", "node x", {}),
        ("node --watch x", "node x", {}),
        ("node --watch-path ./src x --watch", "node x --watch", {}),
        ("node --env-file=.env -r a x", "node -r a x", {}),
        ("node --env-file .env x", "node x", {}),
        ("tsx watch src/x.ts", "tsx src/x.ts", {}),
        ("bun --hot src/x.ts", "bun src/x.ts", {}),
        ("npx", "npx", {}),
        ("dotenv --", "dotenv --", {}),
        ("doppler run node x", "doppler run node x", {}),
    ],
)
def test_what_a_wrapper_starts(text: str, expected: str, environment: dict[str, str]) -> None:
    found = unwrapped(text)
    assert found.command.source == expected
    assert {name: word.text for name, word in found.environment} == environment


def test_readers_of_files_and_accounts_are_named() -> None:
    assert unwrapped("dotenv -e .env -- doppler run -- node x").readers == ("dotenv", "doppler")
    assert unwrapped("cross-env A=1 node x").readers == ()


def test_a_value_that_a_shell_expands_stays_one() -> None:
    ((name, word),) = unwrapped("cross-env PORT=$P node x").environment
    assert (name, word.text, word.expands) == ("PORT", "$P", True)


@pytest.mark.parametrize(
    ("text", "expected"), [("node --env-file=.env x", ".env"), ("node --env-file a x", "a"), ("node x --y", None)]
)
def test_the_file_that_node_would_read_is_named(text: str, expected: str | None) -> None:
    line = shell.parse(text)
    assert line is not None
    assert command_lines.env_file(line.commands[0]) == expected
