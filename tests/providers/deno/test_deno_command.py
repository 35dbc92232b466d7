from __future__ import annotations

import pytest
from buildplan.providers.deno import tasks

from buildplan.read import shell


def simple(text: str) -> shell.Simple:
    line = shell.parse(text)
    assert line is not None
    return line.commands[0]


def call(text: str) -> tasks.Call:
    found = tasks.read_call(simple(text))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "verb", "script"),
    [
        ("deno run -A main.ts", "run", "main.ts"),
        ("deno run --allow-net --port 80 main.ts --port 90", "run", "main.ts"),
        ("deno run --config deno.prod.json main.ts", "run", "main.ts"),
        ("deno serve --port=8000 main.ts", "serve", "main.ts"),
        ("deno main.ts", "", "main.ts"),
        ("deno -A main.ts", "", "main.ts"),
        ("deno --unstable run -A dev.ts", "run", "dev.ts"),
        ("/usr/bin/deno task -q start", "task", "start"),
        ("deno task --cwd server start", "task", "start"),
        ("deno run -", "run", "-"),
        ("deno compile -A main.ts", "compile", "main.ts"),
    ],
)
def test_the_subcommand_and_the_file_are_found_behind_the_flags(text: str, verb: str, script: str) -> None:
    found = call(text)
    assert found.script is not None
    assert (found.verb, found.words[found.script]) == (verb, script)


@pytest.mark.parametrize("text", ["deno", "deno run", "deno run --allow-net"])
def test_a_call_without_a_file_has_no_script(text: str) -> None:
    assert call(text).script is None


def test_another_program_is_no_call() -> None:
    assert tasks.read_call(simple("node main.ts")) is None


def test_permissions_are_known_in_their_short_forms_and_with_lists() -> None:
    assert call("deno run -ERWN main.ts").allows("W", "--allow-write")
    assert call("deno run --allow-write main.ts").allows("W", "--allow-write")
    assert not call("deno run --allow-write=data main.ts").allows("W", "--allow-write")
    assert call("deno run --allow-write=data,logs main.ts").value("--allow-write", "-W") == "data,logs"
    assert call("deno run -A main.ts").allows_all
    assert not call("deno run main.ts -A").allows_all


def test_watching_is_taken_off_and_the_words_of_the_app_stay() -> None:
    line = simple("deno run --watch=static/ --no-clear-screen --inspect -A main.ts --watch")
    found = tasks.read_call(line)
    assert found is not None
    assert found.watches
    assert tasks.unwatched(line, found).source == "deno run -A main.ts --watch"


def test_only_flags_that_decide_what_is_fetched_are_for_the_cache() -> None:
    text = "deno run -A --import-map map.json --unstable-kv --node-modules-dir=auto --no-lock --env-file main.ts"
    assert call(text).cache_flags == (
        "--import-map",
        "map.json",
        "--unstable-kv",
        "--node-modules-dir=auto",
        "--no-lock",
    )
