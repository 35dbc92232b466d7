"""Bad input, as a user meets it: one clear message with its file and line, the right exit code, nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import buildplan

APP = {"name": "app", "scripts": {"start": "node server.js"}, "dependencies": {"express": "^4.18.0"}}
SERVER = "const app = require('express')(); app.listen(process.env.PORT || 3000)"


def run(tree: Path, *words: str) -> subprocess.CompletedProcess[str]:
    before = sorted(path.name for path in tree.iterdir())
    done = subprocess.run(
        [sys.executable, "-m", "buildplan", *words, str(tree)], capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tree.iterdir()) == before, "something was written"
    return done


def app(tree: Path, manifest: object = APP) -> Path:
    (tree / "package.json").write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    (tree / "server.js").write_text(SERVER)
    return tree


def refused(done: subprocess.CompletedProcess[str], code: int, *texts: str) -> None:
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout == ""
    for text in texts:
        assert text in done.stderr


def test_an_empty_folder(tmp_path: Path) -> None:
    refused(run(tmp_path), 1, "BP302", "the tree is empty", "hint:")


def test_no_manifest_at_all(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    refused(run(tmp_path), 1, "BP302", "`notes.txt`", "hint:")


def test_a_folder_that_is_not_there() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "buildplan", "/nowhere/at/all"], capture_output=True, text=True, check=False
    )
    refused(done, 1, "BP101", "/nowhere/at/all")


def test_a_manifest_that_is_a_list(tmp_path: Path) -> None:
    refused(run(app(tmp_path, "[]")), 1, "package.json:1: BP102", "it holds a list; expected an object")


def test_a_manifest_with_a_trailing_comma(tmp_path: Path) -> None:
    refused(run(app(tmp_path, '{\n  "name": "x",\n}')), 1, "package.json:", "a trailing comma", "hint: correct line")


def test_a_manifest_with_a_byte_order_mark_and_windows_line_ends_is_read(tmp_path: Path) -> None:
    text = json.dumps(APP, indent=2).replace("\n", "\r\n")
    app(tmp_path, "\ufeff" + text)
    done = run(tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'CMD ["node", "server.js"]' in done.stdout


def test_a_manifest_of_200_megabytes_is_not_read(tmp_path: Path) -> None:
    app(tmp_path)
    with (tmp_path / "package.json").open("r+b") as file:
        file.truncate(200 * 1024 * 1024)
    refused(run(tmp_path), 1, "package.json: BP102", "more than 16 MB")


def test_a_manifest_that_is_a_link_out_of_the_tree(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "package.json").unlink()
    (tmp_path / "package.json").symlink_to("/etc/passwd")
    done = run(tmp_path)
    refused(done, 1, "package.json: BP102", "outside of the tree")
    assert "root:" not in done.stderr


def test_a_manifest_that_is_a_fifo(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "package.json").unlink()
    os.mkfifo(tmp_path / "package.json")
    refused(run(tmp_path), 1, "package.json: BP102", "FIFO")


def test_a_cyclic_link_does_no_harm(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    assert run(tmp_path).returncode == 0


@pytest.mark.parametrize("script", ["echo 'a'\nRUN evil", 'echo "$(evil)"', "echo `evil` && true", "a\\"])
def test_a_build_script_with_quotes_and_line_ends_is_run_by_its_name(tmp_path: Path, script: str) -> None:
    done = run(app(tmp_path, {**APP, "scripts": {"start": "node server.js", "build": script}}))
    assert done.returncode == 0, done.stderr
    assert "npm run build" in done.stdout
    assert "evil" not in done.stdout


def test_a_version_that_holds_an_instruction(tmp_path: Path) -> None:
    done = run(app(tmp_path, {**APP, "engines": {"node": "20\nRUN curl evil"}}))
    refused(done, 1, "package.json:1: BP304", "hint:")
    assert "\nRUN" not in done.stderr


def test_two_lockfiles_are_reported_and_one_is_used(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    (tmp_path / "yarn.lock").write_text("# yarn lockfile v1\n")
    done = run(tmp_path, "plan")
    codes = {item["code"]: item["text"] for item in json.loads(done.stdout)["diagnostics"]}
    assert any("package-lock.json" in text and "yarn.lock" in text for text in codes.values()), codes


def test_a_lockfile_that_is_newer_than_its_manager_is_reported(tmp_path: Path) -> None:
    app(tmp_path, {**APP, "packageManager": "pnpm@7.33.0"})
    (tmp_path / "pnpm-lock.yaml").write_text("lockfileVersion: '9.0'\n")
    done = run(tmp_path, "plan")
    texts = [item["text"] for item in json.loads(done.stdout)["diagnostics"]]
    assert any("pnpm-lock.yaml" in text and "9.0" in text for text in texts), texts


def test_a_misspelt_key_in_nixpacks_toml(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "nixpacks.toml").write_text('[phases.setup]\nnixpkgs = ["nodejs_20"]\n')
    done = run(tmp_path, "plan")
    found = [item for item in json.loads(done.stdout)["diagnostics"] if item["origin"]["path"] == "nixpacks.toml"]
    assert found
    assert found[0]["origin"]["line"] == 2
    assert "nixPkgs" in found[0]["fix"]


def test_a_wrong_type_in_nixpacks_toml(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "nixpacks.toml").write_text("providers = 7\n")
    refused(run(tmp_path), 2, "nixpacks.toml:1: BP2", "providers")


def test_an_unknown_nix_package(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "nixpacks.toml").write_text('[phases.setup]\nnixPkgs = ["...", "frobnicator"]\n')
    refused(run(tmp_path), 2, "nixpacks.toml:2: BP2", "frobnicator", "aptPkgs")


def test_an_unknown_key_in_buildplan_toml_names_the_nearest_one(tmp_path: Path) -> None:
    app(tmp_path)
    (tmp_path / "buildplan.toml").write_text('strat = "node server.js"\n')
    refused(run(tmp_path), 2, "buildplan.toml:1: BP2", "strat", "start")


def test_an_unknown_provider(tmp_path: Path) -> None:
    refused(run(app(tmp_path), "--provider", "nod"), 2, "no provider `nod`", "`node`")


def test_an_unknown_option() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "buildplan", "--frobnicate"], capture_output=True, text=True, check=False
    )
    refused(done, 2, "BP200", "--frobnicate", "hint:")


@pytest.mark.parametrize("value", ["true", "1", "1.5", '{a = "b"}', '"setuptools"'])
def test_what_a_build_requires_need_not_be_a_list(value: str) -> None:
    tree = {"pyproject.toml": f'[project]\nname = "a"\n[build-system]\nrequires = {value}\n', "app.py": "import flask"}
    assert buildplan.plan(tree).dockerfile()


def test_half_a_character_in_a_key_leads_to_a_plan_that_can_be_read_back() -> None:
    tree = {
        "composer.json": '{"name": "a", "\\ud800": {}}',
        "package.json": '{"scripts": {"start": "node a.js"}, "dependencies": {"express": "^4"}}',
        "a.js": "require('express')().listen(process.env.PORT)",
    }
    plan = buildplan.plan(tree)
    assert buildplan.BuildPlan.from_json(plan.to_json()) == plan
