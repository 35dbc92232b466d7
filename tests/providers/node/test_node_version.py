from __future__ import annotations

from typing import Any

import pytest
from buildplan.providers.node import package_manager, workspaces
from node_installs import monorepo, tree

from buildplan.model.origin import Sourced, option
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides


def resolved(files: dict[str, Any], overrides: Overrides | None = None) -> tuple[str, str]:
    source, overrides = tree(files), overrides or Overrides()
    workspace = workspaces.select(source, overrides, Reasons())
    found = package_manager.resolve_node(source, workspace, overrides, Reasons())
    return found.version, str(found.origin)


ALL: list[tuple[str, Any, str, str]] = [
    (".nvmrc", "22.1.0\n", "22.1.0", ".nvmrc:1"),
    (".node-version", "v22.2.0\n", "22.2.0", ".node-version:1"),
    (".tool-versions", "nodejs 22.3.0\n", "22.3.0", ".tool-versions:1 nodejs"),
    ("mise.toml", '[tools]\nnode = "22.4.0"\n', "22.4.0", "mise.toml:2 tools.node"),
]
FIELDS: list[tuple[dict[str, Any], str, str]] = [
    ({"volta": {"node": "22.5.0"}}, "22.5.0", "package.json:1 volta.node"),
    (
        {"devEngines": {"runtime": {"name": "node", "version": "22.6.0"}}},
        "22.6.0",
        "package.json:1 devEngines.runtime.version",
    ),
    (
        {"devEngines": {"runtime": [{"name": "bun", "version": "1"}, {"name": "node", "version": "22.7.0"}]}},
        "22.7.0",
        "package.json:1 devEngines.runtime[1].version",
    ),
    ({"engines": {"node": "22.x"}}, "22", "package.json:1 engines.node"),
    ({"engines": ["npm >= 6", "node >= 22 < 23"]}, "22", "package.json:1 engines[1]"),
]


@pytest.mark.parametrize(("path", "text", "version", "origin"), ALL, ids=[entry[0] for entry in ALL])
def test_every_version_file_is_read(path: str, text: str, version: str, origin: str) -> None:
    assert resolved({"package.json": {}, path: text}) == (version, origin)


@pytest.mark.parametrize(("fields", "version", "origin"), FIELDS)
def test_every_field_of_the_manifest_is_read(fields: dict[str, Any], version: str, origin: str) -> None:
    assert resolved({"package.json": fields}) == (version, origin)


def test_version_files_come_before_the_manifest_in_a_fixed_order() -> None:
    files: dict[str, Any] = {"package.json": {"engines": {"node": ">=18"}, "volta": {"node": "22.5.0"}}}
    for path, text, version, _ in reversed(ALL):
        files = {**files, path: text}
        assert resolved(files)[0] == version
    asked = Overrides(versions={"node": Sourced("20", option("--set"))})
    assert resolved(files, asked)[0] == "20"


def test_the_image_that_the_authors_build_on_is_the_last_word_before_the_default() -> None:
    files = {"package.json": {}, "Dockerfile": "FROM node:22-alpine\n"}
    assert resolved(files) == ("22", "Dockerfile:1 FROM")
    assert resolved({**files, "package.json": {"engines": {"node": "24"}}})[0] == "24"


def test_the_app_of_a_workspace_comes_before_its_root() -> None:
    files = monorepo(**{"apps/web/.nvmrc": "22", ".nvmrc": "20"})
    assert resolved(files) == ("22", "apps/web/.nvmrc:1")
    web = {"name": "@x/web", "scripts": {"start": "node a"}, "engines": {"node": "22"}}
    root = {"name": "mono", "workspaces": ["apps/*"], "engines": {"node": "20"}}
    assert resolved({"package.json": root, "apps/web/package.json": web})[0] == "22"


@pytest.mark.parametrize(
    "fields", [{"engines": {"node": 22}}, {"engines": []}, {"volta": []}, {"devEngines": "x"}, {"engines": [1]}]
)
def test_a_field_of_another_type_says_nothing(fields: dict[str, Any]) -> None:
    assert resolved({"package.json": fields}) == ("24", "<catalogue> node.default")
