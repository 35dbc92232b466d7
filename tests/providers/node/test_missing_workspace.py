"""A package that was taken out of its workspace: said at once, not by a failing image build."""

from __future__ import annotations

import json
from typing import Any

import pytest
from planned import plan

from buildplan.errors import PlanError

SERVER = "require('http').createServer().listen(process.env.PORT)"


def member(**fields: Any) -> dict[str, str]:
    return {"package.json": json.dumps({"name": "@a/api", "main": "server.js", **fields}), "server.js": SERVER}


@pytest.mark.parametrize(
    ("fields", "key", "problem"),
    [
        ({"dependencies": {"@a/ui": "workspace:*"}}, "dependencies.@a/ui", "`@a/ui` is a package of a workspace"),
        ({"devDependencies": {"ui": "workspace:^1"}}, "devDependencies.ui", "`ui` is a package of a workspace"),
        ({"dependencies": {"ui": "workspace:../ui"}}, "dependencies.ui", "`ui` is a package of a workspace"),
        ({"dependencies": {"react": "catalog:"}}, "dependencies.react", "the version of `react` is in the catalog"),
    ],
)
def test_a_member_without_its_workspace_cannot_be_planned(fields: dict[str, Any], key: str, problem: str) -> None:
    with pytest.raises(PlanError, match=problem) as caught:
        plan(member(**fields))
    assert str(caught.value.origin) == f"package.json:1 {key}"
    assert caught.value.hint is not None
    assert "--app" in caught.value.hint


@pytest.mark.parametrize(
    "files",
    [
        {"pnpm-workspace.yaml": "packages: [packages/*]\ncatalog: {react: '19'}\n"},
        {"package.json": json.dumps({"main": "server.js", "workspaces": {"packages": [], "catalog": {"react": "19"}}})},
    ],
)
def test_a_catalog_in_the_tree_is_enough(files: dict[str, str]) -> None:
    own = member(dependencies={"react": "catalog:"})
    assert plan({**own, **files}).start == "web"


def test_an_install_command_of_the_owner_may_know_better() -> None:
    found = plan(member(dependencies={"@a/ui": "workspace:*"}), install_cmd="./install.sh")
    assert found.start == "web"
