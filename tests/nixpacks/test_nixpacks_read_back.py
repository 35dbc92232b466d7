from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import FIXTURE_NAMES
from nixpacks_calls import FIXTURES, as_php_writes, nixpacks, plan

SEED = FIXTURES / "node-nixpacks-express"


def dockerfile(*words: str | Path) -> str:
    answer = nixpacks("build", "--no-error-without-start", "--dockerfile", *words)
    assert (answer.code, answer.stderr) == (0, "")
    return answer.stdout


@pytest.mark.parametrize("fixture", FIXTURE_NAMES)
def test_a_plan_that_php_has_re_encoded_gives_the_same_dockerfile(fixture: str, tmp_path: Path) -> None:
    tree = FIXTURES / fixture
    file = tmp_path / "edited.json"
    text = as_php_writes(plan(tree))
    assert len(text) < 16_000
    file.write_text(text, encoding="utf-8")
    assert dockerfile("-c", file, tree) == dockerfile(tree)


def edited(tmp_path: Path, tree: Path, **changes: object) -> str:
    """Return the Dockerfile of a plan after changes to its top-level keys."""
    content = {**plan(tree), **changes}
    file = tmp_path / "edited.json"
    file.write_text(as_php_writes(content), encoding="utf-8")
    return dockerfile("-c", file, tree)


def test_packages_that_a_platform_appends_are_in_the_last_stage(tmp_path: Path) -> None:
    phases = plan(SEED)["phases"]
    phases["setup"]["aptPkgs"] = ["curl", "wget"]
    last = edited(tmp_path, SEED, phases=phases).rpartition("\nFROM ")[2]
    assert "curl" in last
    assert "wget" in last


def test_variables_that_a_platform_merges_reach_build_and_image_but_no_secret_does(tmp_path: Path) -> None:
    variables = {**plan(SEED)["variables"], "REGION": "eu", "COUNT": 3, "NOTHING": None, "API_TOKEN": "hush"}
    text = edited(tmp_path, SEED, variables=variables)
    assert "REGION=eu" in text
    assert "COUNT=3" in text
    assert "NOTHING" not in text
    assert "hush" not in text


def test_commands_that_were_edited_count(tmp_path: Path) -> None:
    phases = plan(SEED)["phases"]
    phases["build"]["cmds"] = ["npm run other"]
    phases["check"] = {"dependsOn": ["install"], "cmds": ["npm test"]}
    text = edited(tmp_path, SEED, phases=phases, start={"cmd": "node worker.js"})
    assert "RUN npm run other" in text
    assert "RUN npm test" in text
    assert "Build completed" not in text
    assert "node worker.js" in text.replace('", "', " ")


def test_a_setting_that_is_merged_later_counts(tmp_path: Path) -> None:
    variables = {**plan(SEED)["variables"], "NIXPACKS_NODE_VERSION": "22"}
    assert "FROM node:22" in edited(tmp_path, SEED, variables=variables)


def test_a_plan_keeps_what_it_was_made_with(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    words = ("--env", "NIXPACKS_NODE_VERSION=22", "--build-cmd", "npm run x", "--pkgs", "ffmpeg", SEED)
    file.write_text(nixpacks("plan", *words).stdout, encoding="utf-8")
    assert dockerfile("--config", file, SEED) == dockerfile(*words)


def test_a_config_outside_of_the_tree_comes_back_with_the_plan(tmp_path: Path) -> None:
    config = tmp_path / "other.toml"
    config.write_text('[start]\ncmd = "node main.js"\n', encoding="utf-8")
    file = tmp_path / "plan.json"
    file.write_text(nixpacks("plan", "-c", config, SEED).stdout, encoding="utf-8")
    wanted = dockerfile("-c", config, SEED)
    config.unlink()
    assert dockerfile("-c", file, SEED) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"providers": [], "phases": {"setup"',
        "[]",
        "null",
        '{"buildplan": 3}',
        '{"buildplan": {"options": []}}',
    ],
)
def test_a_plan_that_cannot_be_read_is_an_error_without_a_traceback(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan.json"
    file.write_text(text, encoding="utf-8")
    answer = nixpacks("build", "-c", file, SEED, "-o", tmp_path)
    if text == '{"buildplan": {"options": []}}':  # what PHP makes of a record without options
        assert answer.code == 0
    else:
        assert answer.code == 1
        assert answer.stderr.startswith("Error: ")
    assert "Traceback" not in answer.stderr


def test_the_record_of_a_plan_is_checked(tmp_path: Path) -> None:
    for options in ({"env": 3}, {"unknown": "x"}, {"apt": [1]}, {"nixpacks_config": ["a"]}):
        file = tmp_path / "plan.json"
        file.write_text(json.dumps({"buildplan": {"options": options}}), encoding="utf-8")
        assert nixpacks("build", "-c", file, SEED, "-o", tmp_path).code == 1
