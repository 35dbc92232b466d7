from __future__ import annotations

import pytest
from buildplan.providers.deno import manifest
from deno_trees import configured
from planned import of

from buildplan.errors import FileError
from buildplan.model.reasons import Reasons


def read(files: dict[str, str]) -> manifest.Manifest:
    return manifest.read_manifest(of(files))


def test_comments_and_trailing_commas_are_read() -> None:
    text = '{\n  // a comment\n  "tasks": { "start": "deno run main.ts", },\n  /* two */ "lock": false,\n}\n'
    found = read({"deno.jsonc": text, "deno.lock": '{"version": "5"}'})
    task = found.tasks["start"].command
    assert task is not None
    assert (task.value, str(task.origin)) == ("deno run main.ts", "deno.jsonc:3 tasks.start")
    assert found.lock is None


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ({"tasks": 3}, "tasks"),
        ({"tasks": {"a": 3}}, "tasks.a"),
        ({"imports": []}, "imports"),
        ({"tasks": {"a": {"command": 1}}}, "tasks.a.command"),
    ],
)
def test_a_value_of_the_wrong_type_is_an_error_with_its_key(keys: dict[str, object], place: str) -> None:
    with pytest.raises(FileError) as caught:
        read({"deno.json": configured(**keys)})
    assert caught.value.origin is not None
    assert caught.value.origin.key == place


def test_an_import_map_of_its_own_counts_and_one_outside_does_not() -> None:
    files = {
        "deno.json": configured(importMap="./maps/all.json"),
        "maps/all.json": '{"imports": {"hono": "npm:hono@4"}}',
    }
    found = read(files)
    assert (found.import_map, found.imports["hono"].value) == ("maps/all.json", "npm:hono@4")
    assert read({"deno.json": configured(importMap="../all.json")}).import_map is None
    assert read({"deno.json": configured(importMap="https://example.com/map.json")}).import_map is None


def test_members_are_folders_of_the_tree_with_and_without_a_pattern() -> None:
    files = {
        "deno.json": configured(workspace=["./packages/*", "tool", "../outside", "missing", 3]),
        "packages/a/deno.json": "{}",
        "packages/b/mod.ts": "",
        "tool/deno.json": "{}",
    }
    assert read(files).members == ("packages/a", "packages/b", "tool")
    assert read({"deno.json": configured(workspace={"members": ["a"]}), "a/x.ts": ""}).members == ("a",)


@pytest.mark.parametrize(
    ("keys", "package", "expected"),
    [
        ({}, None, False),
        ({}, "{}", True),
        ({"nodeModulesDir": "none"}, "{}", False),
        ({"nodeModulesDir": "auto"}, None, True),
        ({"nodeModulesDir": True}, None, True),
    ],
)
def test_where_packages_lie(keys: dict[str, object], package: str | None, expected: object) -> None:
    files = {"deno.json": configured(**keys)}
    assert read(files if package is None else files | {"package.json": package}).has_local_modules is expected


@pytest.mark.parametrize(
    ("text", "deno", "flag", "codes"),
    [
        ('{\n  "version": "5"', "2.9", " --frozen", []),
        ('{"version":"4"', "2.0.6", " --frozen", []),
        ('{"version":"3"', "1.46", " --frozen", []),
        ('{"version":"3"', "1.44.4", "", []),
        ('{"version":"5"', "2.2.12", " --frozen", ["BP840"]),
        ('{"version":"6"', "2.9", " --frozen", ["BP840"]),
        ('{"https://deno.land/std/a.ts": "abc"', "2.9", "", ["BP841"]),
        ("", "2.9", "", ["BP841"]),
        ('{"version":"1"', "2.9", "", ["BP841"]),
    ],
)
def test_a_lock_is_held_to_where_this_deno_can(text: str, deno: str, flag: str, codes: list[str]) -> None:
    reasons = Reasons()
    found = manifest.read_lock(of({"deno.lock": text}), "deno.lock")
    assert manifest.frozen_flag(found, deno, reasons) == flag
    assert [item.code for item in reasons.diagnostics] == codes


def test_a_lock_of_another_name_is_found_and_one_outside_is_not() -> None:
    files = {"deno.json": configured(lock="./locks/a.lock"), "locks/a.lock": '{"version": "5"}', "deno.lock": "{}"}
    found = read(files)
    assert found.lock is not None
    assert (found.lock.path, found.lock.version) == ("locks/a.lock", 5)
    table = read({"deno.json": configured(lock={"path": "b.lock", "frozen": True}), "b.lock": '{"version": "4"}'})
    assert table.lock is not None
    assert table.lock.path == "b.lock"
    assert read({"deno.json": configured(lock="/etc/passwd")}).lock is None
