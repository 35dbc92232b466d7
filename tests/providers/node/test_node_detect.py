from __future__ import annotations

from typing import Any

import pytest
from node_installs import monorepo
from node_plans import app, detected, package

from buildplan.language.contract import Strength


@pytest.mark.parametrize(
    ("files", "strength", "role"),
    [
        (app("node server.js"), Strength.APP, "app"),
        (package(dependencies={"next": "16"}), Strength.APP, "app"),
        (package(dependencies={"express": "5"}), Strength.APP, "app"),
        (package(scripts={"start": "node x.js"}), Strength.APP, "app"),
        (package(scripts={"start": "if x; then y; fi"}), Strength.APP, "app"),
        ({**package(main="a.js"), "a.js": "require('http').createServer()"}, Strength.APP, "app"),
        (
            {**package(scripts={"build": "vite build"}, devDependencies={"vite": "7"}), "index.html": ""},
            Strength.APP,
            "app",
        ),
        (monorepo(), Strength.APP, "app"),
        ({**package(dependencies={"x": "1"}), "index.js": "x.listen(1)"}, Strength.MANIFEST, "app"),
        (package(scripts={"build": "vite build"}, devDependencies={"vite": "7"}), Strength.MANIFEST, "assets"),
        (package(scripts={"build": "webpack", "dev": "webpack --watch"}), Strength.MANIFEST, "assets"),
        (package(scripts={"build": "tailwindcss -i a.css -o b.css"}), Strength.MANIFEST, "assets"),
        (
            package(scripts={"production": "mix --production"}, devDependencies={"laravel-mix": "6"}),
            Strength.MANIFEST,
            "assets",
        ),
        (package(scripts={"lint": "eslint ."}, devDependencies={"eslint": "9"}), Strength.TOOLING, "app"),
        (package(scripts={"prepare": "husky"}, devDependencies={"husky": "9"}), Strength.TOOLING, "app"),
        ({"package.json": {}}, Strength.TOOLING, "app"),
        (package(devDependencies={"express": "5", "vitest": "3"}), Strength.TOOLING, "app"),
        ({"package.json": "{ broken"}, Strength.MANIFEST, "app"),
        ({"package.json": {"dependencies": {"a": 1}}}, Strength.MANIFEST, "app"),
        ({"server.js": "require('http').createServer()"}, Strength.STRAY, "app"),
    ],
)
def test_how_strong_the_evidence_is(files: dict[str, Any], strength: Strength, role: str) -> None:
    found = detected(files)
    assert found is not None
    assert (found.strength, found.role) == (strength, role)
    assert found.evidence


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"index.html": ""},
        {"server.js": "console.log(1)"},
        {"main.py": "", "frontend/package.json": '{"dependencies": {"next": "16"}}'},
        {"tests/package.json": '{"dependencies": {"express": "5"}}'},
        {"src/server.js": "require('http').createServer()"},
    ],
)
def test_what_is_not_nodes(files: dict[str, Any]) -> None:
    assert detected(files) is None


def test_the_evidence_names_the_dependency_and_the_script() -> None:
    found = detected(app("node server.js"))
    assert found is not None
    assert [item.text for item in found.evidence] == ["`express` is a dependency", "the script `start` starts it"]
    assert found.frameworks == ("express",)


def test_the_line_of_a_broken_manifest_is_the_evidence() -> None:
    found = detected({"package.json": '{\n  "name": "a",\n}'})
    assert found is not None
    assert found.evidence[0].origin.line == 3
