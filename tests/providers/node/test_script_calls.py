from __future__ import annotations

import pytest
from buildplan.providers.node import command_lines, workspaces
from buildplan.providers.node import manifest as manifests
from node_installs import monorepo, tree

from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.read import shell


def call(text: str) -> tuple[str, list[str], str, str] | None:
    line = shell.parse(text)
    assert line is not None
    found = command_lines.called(line.commands[0])
    if found is None:
        return None
    if found.install:
        return ("<install>", [], "", "")
    return found.script, [word.text for word in found.arguments], found.directory, found.package


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("npm start", ("start", [], "", "")),
        ("npm run start:prod", ("start:prod", [], "", "")),
        ("npm --silent run x", ("x", [], "", "")),
        ("npm start -- --port 3", ("start", ["--port", "3"], "", "")),
        ("npm start --port 3", ("start", ["3"], "", "")),
        ("npm --prefix server start", ("start", [], "server", "")),
        ("npm run build --prefix client", ("build", [], "client", "")),
        ("npm run start --workspace=@x/web", ("start", [], "", "@x/web")),
        ("npm start -w web", ("start", [], "", "web")),
        ("npm ci", ("<install>", [], "", "")),
        ("npm view x", None),
        ("yarn", ("<install>", [], "", "")),
        ("yarn start --services=web", ("start", ["--services=web"], "", "")),
        ("yarn run x", ("x", [], "", "")),
        ("yarn --cwd server start", ("start", [], "server", "")),
        ("yarn workspace @x/web run start", ("start", [], "", "@x/web")),
        ("yarn workspace @x/web start", ("start", [], "", "@x/web")),
        ("pnpm start", ("start", [], "", "")),
        ("pnpm --filter ./apps/web run start", ("start", [], "", "./apps/web")),
        ("pnpm -F web start", ("start", [], "", "web")),
        ("pnpm -C server run x", ("x", [], "server", "")),
        ("pnpm install", ("<install>", [], "", "")),
        ("bun run start", ("start", [], "", "")),
        ("bun start", ("start", [], "", "")),
        ("node --run start", ("start", [], "", "")),
        ("node --run=start -- a", ("start", ["a"], "", "")),
        ("node server.js", None),
        ("turbo run start --filter=web", ("start", [], "", "web")),
        ("turbo run start --filter=web --filter=docs", ("start", [], "", "web")),
        ("pnpm --filter web --filter docs start", ("start", [], "", "web")),
        ("turbo start -F web...", ("start", [], "", "web...")),
        ("lerna run start --scope web", ("start", [], "", "web")),
        ("nx run web:start:production", ("start", [], "", "web")),
        ("nx start web", ("start", [], "", "web")),
        ("nx run-many -t build", None),
        ("moon run web:start", ("start", [], "", "web")),
        ("next start", None),
        ("npm", None),
    ],
)
def test_the_script_that_a_command_runs(text: str, expected: tuple[str, list[str], str, str] | None) -> None:
    assert call(text) == expected


@pytest.mark.parametrize(
    ("wanted", "directory"),
    [
        ("@x/web", "apps/web"),
        ("./apps/web", "apps/web"),
        ("{apps/web}...", "apps/web"),
        ("web", "apps/web"),
        ("...@x/web", "apps/web"),
        ("@x/web^...", "apps/web"),
        ("nothing", None),
    ],
)
def test_a_filter_names_a_package_by_name_path_or_last_part(wanted: str, directory: str | None) -> None:
    workspace = workspaces.select(tree(monorepo()), Overrides(), Reasons())
    found = command_lines.member(workspace, wanted)
    assert (found.directory if found is not None else None) == directory


def test_patterns_of_scripts_are_expanded_in_the_order_of_the_manifest() -> None:
    source = tree({"package.json": {"scripts": {"build:b": "x", "build:a": "x", "start": "x"}}})
    found = command_lines.called_names(shell.simple(("-s", "build:*", "start")).words, manifests.read(source))
    assert found == ("build:b", "build:a", "start")
