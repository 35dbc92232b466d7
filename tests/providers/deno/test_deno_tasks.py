from __future__ import annotations

import json

import pytest
from buildplan.providers.deno import manifest
from buildplan.providers.deno.tasks import Follower, Started
from deno_trees import tasks
from planned import of

from buildplan.errors import FileError


def follow(files: dict[str, str], name: str = "start") -> Started | None:
    tree = of(files)
    return Follower(tree).task(manifest.read_manifest(tree), name)


def started(files: dict[str, str], name: str = "start") -> Started:
    found = follow(files, name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("named", "text", "needed"),
    [
        ({"start": "deno run -A main.ts"}, "deno run -A main.ts", []),
        ({"start": {"command": "deno run -A main.ts"}}, "deno run -A main.ts", []),
        ({"start": "deno task serve", "serve": "deno serve main.ts"}, "deno serve main.ts", []),
        ({"start": "deno task build && deno run main.ts", "build": "vite build"}, "deno run main.ts", ["build"]),
        (
            {"start": {"command": "deno run main.ts", "dependencies": ["css"]}, "css": "deno run -A css.ts"},
            "deno run main.ts",
            ["css"],
        ),
        (
            {"start": {"command": "deno run main.ts", "dependencies": ["css"]}, "css": "tailwindcss --watch"},
            "deno run main.ts",
            [],
        ),
        (
            {"start": {"dependencies": ["api", "web"]}, "api": "deno serve a.ts", "web": "deno run b.ts"},
            "deno serve a.ts",
            [],
        ),
        ({"start": "deno cache main.ts && deno check . && deno run main.ts"}, "deno run main.ts", []),
        ({"start": "PORT=80 deno task run", "run": "deno run main.ts"}, "PORT=80 deno run main.ts", []),
        ({"start": "deno run a.ts | tee log"}, "deno run a.ts | tee log", []),
        ({"start": "deno run a.ts & deno run b.ts"}, "deno run a.ts & deno run b.ts", []),
        ({"start": "deno run setup.ts && deno run main.ts"}, "deno run setup.ts && deno run main.ts", []),
    ],
)
def test_a_task_is_followed_to_what_lasts(named: dict[str, object], text: str, needed: list[str]) -> None:
    found = started({"deno.json": tasks(**named)})
    assert (found.text, [name for _, name in found.needed]) == (text, needed)


@pytest.mark.parametrize(
    "named",
    [
        {"start": "deno compile -A main.ts"},
        {"start": "deno test"},
        {"start": "deno run --allow-net"},
        {"start": "deno task start"},
        {"start": "deno task a", "a": "deno task start"},
        {"start": {"dependencies": ["start"]}},
        {"start": {"dependencies": ["missing"]}},
        {"other": "deno run main.ts"},
    ],
)
def test_what_runs_nothing_that_lasts_is_no_start(named: dict[str, object]) -> None:
    assert follow({"deno.json": tasks(**named)}) is None


def test_watching_is_taken_off_and_remembered() -> None:
    found = started({"deno.json": tasks(start="deno run --watch -A main.ts")})
    assert (found.text, found.watched, found.entry) == ("deno run -A main.ts", True, "main.ts")


@pytest.mark.parametrize(
    "line", ["cd server && deno task start", "deno task --cwd server start", "deno task -c server/deno.json start"]
)
def test_a_task_of_another_folder_runs_there(line: str) -> None:
    files = {"deno.json": tasks(start=line), "server/deno.json": tasks(start="deno run -A src/main.ts")}
    found = started(files)
    assert (found.directory, found.text, found.entry) == ("server", "deno run -A src/main.ts", "server/src/main.ts")
    assert str(found.origin) == "server/deno.json:2 tasks.start"


@pytest.mark.parametrize(
    "line", ["cd .. && deno run main.ts", "cd /etc && deno run main.ts", "deno task --cwd ../x start"]
)
def test_a_folder_outside_of_the_tree_is_never_entered(line: str) -> None:
    found = follow({"deno.json": tasks(start=line)})
    assert found is None or found.directory == ""


def test_scripts_of_package_json_are_tasks_and_those_of_deno_json_win() -> None:
    package = json.dumps(
        {"scripts": {"start": "deno run node.ts", "web": "npm run serve", "serve": "deno serve main.ts"}}
    )
    assert started({"package.json": package}).text == "deno run node.ts"
    assert started({"package.json": package}, "web").text == "deno serve main.ts"
    both = {"package.json": package, "deno.json": tasks(start="deno run deno.ts")}
    assert started(both).text == "deno run deno.ts"


def test_an_address_or_a_package_is_no_file_of_the_tree() -> None:
    files = {"deno.json": tasks(start="deno run -A https://example.com/x.ts", web="deno run npm:serve dist")}
    assert (started(files).script, started(files).entry) == ("https://example.com/x.ts", None)
    assert started(files, "web").entry is None


def test_a_broken_manifest_on_the_way_is_an_error_with_its_place() -> None:
    with pytest.raises(FileError) as caught:
        follow({"deno.json": tasks(start="cd api && deno task start"), "api/deno.json": '{\n"tasks": 3}'})
    assert str(caught.value.origin) == "api/deno.json:2 tasks"
