"""`buildplan.lock`: base images pinned by digest, from a list or through the engine, and `check` keeps it true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import buildplan
from buildplan.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
NODE = "node:24-trixie-slim"
LOCK = f'version = 1\n\n[images]\n"{NODE}" = "{ONE}"\n'
APP = {"package.json": '{"scripts": {"start": "node a.js"}}', "a.js": ""}


def planned(lock: str = LOCK, **files: str) -> buildplan.BuildPlan:
    tree: dict[str, str | bytes] = {**APP, "buildplan.lock": lock}
    tree |= {name.replace("__", "."): text for name, text in files.items()}
    return buildplan.plan(tree)


def found(plan: buildplan.BuildPlan) -> list[tuple[str, str, str]]:
    return [(item.code, item.severity, item.text) for item in plan.diagnostics if item.code in {"BP946", "BP947"}]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    place = tmp_path / "app"
    place.mkdir()
    for name, text in APP.items():
        (place / name).write_text(text)
    return place


def run(app: Path, *words: str, engine: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if engine is not None:
        programs = app.parent / "bin"
        programs.mkdir(exist_ok=True)
        for name in ("docker", "podman", "buildah"):
            (programs / name).unlink(missing_ok=True)
        kind, _, script = engine.partition("\n")
        (programs / kind).write_text(f"#!/bin/sh\n{script}")
        (programs / kind).chmod(0o755)
        environment["PATH"] = f"{programs}:/usr/bin:/bin" if kind == "docker" else f"{programs}:/bin"
        environment["LOG"] = str(app.parent / "log")
    command = [sys.executable, "-m", "buildplan", *words]
    return subprocess.run(command, cwd=app, env=environment, capture_output=True, text=True, check=False)


# --- plans ----------------------------------------------------------------------------------------------------------


def test_every_stage_starts_from_the_digest_of_its_image() -> None:
    plan = planned()
    heads = [line for line in plan.dockerfile().splitlines() if line.startswith("FROM ")]
    assert heads
    assert all(line.startswith(f"FROM {NODE}@{ONE}") for line in heads)
    assert found(plan) == []


def test_a_digest_has_its_reason_and_survives_json() -> None:
    plan = planned()
    decision = plan.decision(f"digests.{NODE}")
    assert decision is not None
    assert (decision.value, decision.origin.path, decision.origin.line) == (ONE, "buildplan.lock", 4)
    assert buildplan.BuildPlan.from_json(plan.to_json()) == plan


def test_a_mirror_and_a_digest_go_together() -> None:
    plan = planned(buildplan__toml='[mirrors]\n"docker.io" = "mirror.corp/hub"\n')
    assert f"FROM mirror.corp/hub/library/{NODE}@{ONE}" in plan.dockerfile()


def test_an_old_release_of_debian_finds_its_archive_with_a_digest_too() -> None:
    old = f'version = 1\n[images]\n"node:14-buster-slim" = "{ONE}"\n'
    files = {"buildplan__toml": '[base_images]\nrun = "node:14-buster-slim"\n[apt]\nrun = ["curl"]\n'}
    text = planned(old, **files).dockerfile()
    assert text.count("archive.debian.org") == 1
    assert f"FROM node:14-buster-slim@{ONE}" in text


def test_a_base_image_that_holds_a_digest_itself_needs_no_row() -> None:
    files = {"buildplan__toml": f'[base_images]\nbuild = "{NODE}@{TWO}"\nrun = "{NODE}@{TWO}"\n'}
    plan = planned("version = 1\n[images]\n", **files)
    assert f"FROM {NODE}@{TWO}" in plan.dockerfile()
    assert found(plan) == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ('[base_images]\nrun = "node:24@sha256:12"\n', "with `@sha256:` and 64 digits where it is pinned"),
        ('[lock]\nrequired = "yes"\n', "`lock.required` is `yes`; expected true or false"),
        ("[lock]\nfile = 1\n", "`lock.file` is no key that is known"),
    ],
)
def test_a_wrong_setting_of_digests_is_an_error(config: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        planned(buildplan__toml=config)
    assert expected in str(caught.value)


def test_an_image_that_the_lock_file_lacks_is_reported_and_not_pinned() -> None:
    plan = planned(f'version = 1\n[images]\n"node:22-trixie-slim" = "{ONE}"\n')
    assert found(plan) == [("BP946", "warning", f"buildplan.lock has no digest of `{NODE}`")]
    assert "@sha256" not in plan.dockerfile()


@pytest.mark.parametrize("lock", [None, "version = 1\n[images]\n"])
def test_with_required_an_image_without_a_digest_is_an_error(lock: str | None) -> None:
    tree: dict[str, str | bytes] = {**APP, "buildplan.toml": "[lock]\nrequired = true\n"}
    tree |= {} if lock is None else {"buildplan.lock": lock}
    assert [(code, severity) for code, severity, _ in found(buildplan.plan(tree))] == [("BP946", "error")]


def test_without_a_lock_file_nothing_is_said() -> None:
    assert found(buildplan.plan(dict(APP))) == []


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (LOCK.replace("version = 1", "version = 2"), 1, "a newer buildplan wrote it: its version is 2"),
        ("[images]\n", None, "expected `version = 1`"),
        ('version = "1"\n[images]\n', 1, "expected `version = 1`"),
        ("version = 1\n", None, "expected a table `[images]`"),
        ("version = 1\nother = 2\n[images]\n", 2, "`other` is not a key of it"),
        (f'version = 1\n[images]\n"{NODE}" = "sha256:12"\n', 3, "is not an image and its digest"),
        (f'version = 1\n[images]\n"a b" = "{ONE}"\n', 3, "is not an image and its digest"),
        (f"version = 1\n[images]\n<<<<<<< ours\n{LOCK}", 3, "a merge conflict is left in it"),
        ("version = 1\n[images\n", 2, "it is not TOML"),
    ],
)
def test_a_lock_file_that_is_none_is_an_error_with_its_line(text: str, line: int | None, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        planned(text)
    assert problem in caught.value.problem
    assert caught.value.origin is not None
    assert (caught.value.origin.path, caught.value.origin.line) == ("buildplan.lock", line)
    assert caught.value.hint


# --- the command ----------------------------------------------------------------------------------------------------


def test_a_list_gives_the_digests_and_write_uses_them(app: Path) -> None:
    assert run(app, "write").returncode == 0
    (app.parent / "list").write_text(f"# ours\n{NODE}@{ONE}\nother:1 {TWO}\n")
    done = run(app, "lock", "--from", "../list")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"buildplan.lock: new\n  {NODE}: new, {ONE[:19]}…\n"
    assert "other" not in (app / "buildplan.lock").read_text()
    drifted = run(app, "check")
    assert drifted.returncode == 1
    assert f"since `digests.{NODE}` is" in drifted.stdout
    assert run(app, "write", "--update").returncode == 0
    assert f"FROM {NODE}@{ONE}" in (app / "Dockerfile").read_text()
    assert run(app, "check").returncode == 0
    assert run(app, "lock", "--from", "../list").stdout == "buildplan.lock: unchanged\n"


def test_a_list_that_lacks_an_image_writes_nothing(app: Path) -> None:
    (app.parent / "list").write_text(f"other:1 {TWO}\n")
    done = run(app, "lock", "--from", "../list")
    assert done.returncode == 2
    assert f"has no digest of\n  {NODE}" in done.stderr
    assert not (app / "buildplan.lock").exists()


def test_a_lock_file_of_another_directory_is_a_list(app: Path) -> None:
    (app.parent / "other.lock").write_text(LOCK)
    assert run(app, "lock", "--from", "../other.lock").returncode == 0
    assert f'"{NODE}" = "{ONE}"\n' in (app / "buildplan.lock").read_text()


@pytest.mark.parametrize(
    ("text", "expected"), [("node latest\n", "list:1: BP201 `node latest` is not an image"), (None, "cannot be read")]
)
def test_a_list_that_is_none_is_an_error(app: Path, text: str | None, expected: str) -> None:
    if text is not None:
        (app.parent / "list").write_text(text)
    done = run(app, "lock", "--from", "../list")
    assert done.returncode in {1, 2}
    assert expected in done.stderr


BUILDX = f'docker\necho "$@" >> "$LOG"\n[ "$1" = buildx ] && echo {TWO}\n'
PULL = f"""docker
echo "$@" >> "$LOG"
case "$1" in
  pull) echo {ONE} ;;
  image) echo "{NODE.partition(":")[0]}@{TWO}" ;;
  *) exit 1 ;;
esac
"""


@pytest.mark.parametrize("engine", [BUILDX, PULL], ids=["buildx", "pull"])
def test_the_engine_is_asked_for_the_digest_that_the_registry_has(app: Path, engine: str) -> None:
    done = run(app, "lock", engine=engine)
    assert done.returncode == 0, done.stderr
    assert f'"{NODE}" = "{TWO}"\n' in (app / "buildplan.lock").read_text()


def test_the_mirror_is_asked_and_the_image_is_named_as_in_the_catalogue(app: Path) -> None:
    (app / "buildplan.toml").write_text('[mirrors]\n"docker.io" = "mirror.corp/hub"\n')
    assert run(app, "lock", engine=BUILDX).returncode == 0
    assert f"mirror.corp/hub/library/{NODE}" in (app.parent / "log").read_text()
    assert f'"{NODE}" = "{TWO}"\n' in (app / "buildplan.lock").read_text()


def test_an_engine_that_cannot_tell_is_an_error_with_its_reason(app: Path) -> None:
    done = run(app, "lock", engine="docker\necho 'no such host' >&2\nexit 1\n")
    assert done.returncode == 1
    assert f"BP501 docker cannot tell the digest of `{NODE}`: no such host" in done.stderr
    assert not (app / "buildplan.lock").exists()


def test_missing_asks_for_new_images_only(app: Path) -> None:
    (app / "buildplan.lock").write_text(LOCK)
    done = run(app, "lock", "--missing", engine="docker\nexit 1\n")
    assert (done.returncode, done.stdout) == (0, "buildplan.lock: unchanged\n")
    (app / "buildplan.toml").write_text('[versions]\nnode = "22"\n')
    assert run(app, "lock", "--missing", engine=BUILDX).returncode == 0
    text = (app / "buildplan.lock").read_text()
    assert NODE not in text
    assert TWO in text


def test_a_lock_file_is_for_all_dockerfiles_of_its_directory(app: Path) -> None:
    (app / "worker.js").write_text("")
    assert run(app, "write").returncode == 0
    assert run(app, "write", "--file", "Dockerfile.old", "--set", "versions.node=22").returncode == 0
    assert run(app, "lock", engine=BUILDX).returncode == 0
    text = (app / "buildplan.lock").read_text()
    assert '"node:22-trixie-slim" = ' in text
    assert f'"{NODE}" = ' in text
    assert run(app, "write", "--update").returncode == 0
    assert run(app, "check").returncode == 0


# --- check ----------------------------------------------------------------------------------------------------------


def test_check_names_images_that_are_missing_and_rows_that_nothing_uses(app: Path) -> None:
    (app / "buildplan.lock").write_text(LOCK.replace(NODE, "node:20-trixie-slim"))
    assert run(app, "write").returncode == 0
    done = run(app, "check", "--format", "json")
    reports = json.loads(done.stdout)
    findings = next(iter(reports["reports"] if isinstance(reports, dict) else reports))["findings"]
    said = {item["code"]: item["text"] for item in findings}
    assert said["BP946"] == f"buildplan.lock has no digest of `{NODE}`"
    assert said["BP947"] == "buildplan.lock holds `node:20-trixie-slim`, which nothing starts from"
    assert done.returncode == 1


def test_check_cannot_tell_with_a_lock_file_of_a_newer_version(app: Path) -> None:
    assert run(app, "write").returncode == 0
    (app / "buildplan.lock").write_text(LOCK.replace("version = 1", "version = 7"))
    done = run(app, "check")
    assert done.returncode == 2
    assert "its version is 7, and this buildplan reads 1" in done.stderr
