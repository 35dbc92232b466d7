from __future__ import annotations

import pytest
from node_installs import Files, monorepo, project, tree

from buildplan.language.javascript import registries
from buildplan.model.origin import Origin


def names(files: Files) -> list[str]:
    return [found.value for found in registries.variables(tree({"package.json": {}, **files}), ("",))]


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (".npmrc", "//r.example/:_authToken=${NPM_TOKEN}\n", ["NPM_TOKEN"]),
        (".npmrc", "//r.example/:_authToken=${NPM_TOKEN?}\n", ["NPM_TOKEN"]),
        (".npmrc", "_auth = ${A}\npassword=${B}${A}\n", ["A", "B"]),
        (".npmrc", "# ${A}\n; ${B}\n", []),
        (".npmrc", "cache=${HOME}/x\n", []),
        (".npmrc", "a=${}\nb=${1X}\nc=$X\n", []),
        (".yarnrc.yml", "npmAuthToken: ${NPM_TOKEN:-}\n", ["NPM_TOKEN"]),
        (".yarnrc.yml", 'npmAuthToken: "${NPM_TOKEN-}"\n', ["NPM_TOKEN"]),
        (".yarnrc.yml", "npmRegistryServer: ${MIRROR:-https://r.example}\n", []),
        ("bunfig.toml", '[install.scopes]\na = { token = "$BUN_TOKEN" }\n', ["BUN_TOKEN"]),
    ],
)
def test_the_variables_of_a_configuration_file_are_found(path: str, text: str, found: list[str]) -> None:
    assert names({path: text}) == found


def test_a_variable_keeps_its_line() -> None:
    source = tree({"package.json": {}, ".npmrc": "registry=x\n//r/:_authToken=${T}\n"})
    assert registries.variables(source, ("",))[0].origin == Origin(".npmrc", 2)


def test_the_file_beside_the_app_counts_too() -> None:
    found = project(monorepo(**{"apps/web/.npmrc": "//r/:_authToken=${WEB_TOKEN}\n"}))
    assert [item.value for item in registries.variables(found.tree, ("", found.workspace.app.directory))] == [
        "WEB_TOKEN"
    ]


def test_tokens_become_secrets_of_the_install() -> None:
    found = project({"package.json": {"dependencies": {"a": "1"}}, ".npmrc": "//r/:_authToken=${T}\n"})
    assert found.install().secrets == ("T",)
    assert str(found.decision("phases.install.secrets").origin) == ".npmrc:1"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".npmrc", "//r.example/:_authToken=npm_0123456789abcdef\n"),
        (".yarnrc.yml", "npmScopes:\n  acme:\n    npmAuthToken: 0123456789abcdef\n"),
    ],
)
def test_a_token_in_plain_text_is_reported_but_never_shown(path: str, text: str) -> None:
    found = project({"package.json": {}, path: text})
    found.install()
    diagnostic = found.diagnostic("BP622")
    assert "0123456789abcdef" not in f"{diagnostic}"
    assert diagnostic.origin is not None
    assert diagnostic.origin.path == path


def test_a_variable_is_no_token_in_plain_text() -> None:
    found = project({"package.json": {}, ".npmrc": "//r/:_authToken=${NPM_TOKEN}\nalways-auth=true\n"})
    found.install()
    assert "BP622" not in found.codes


def test_a_long_hostile_line_is_read_in_no_time() -> None:
    assert names({".npmrc": "${" * 200_000 + "a:" * 200_000}) == []
