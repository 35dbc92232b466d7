"""What each fixture is planned and rendered to, as plain files that a reviewer can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import FIXTURE_NAMES, FIXTURES, SNAPSHOTS, Snapshot

import buildplan


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_the_dockerfile_of_a_fixture_is_the_reviewed_one(name: str, snapshot: Snapshot) -> None:
    snapshot.check(f"{name}.Dockerfile", buildplan.plan(FIXTURES / name).dockerfile())


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_the_plan_of_a_fixture_is_the_reviewed_one(name: str, snapshot: Snapshot) -> None:
    snapshot.check(f"{name}.plan.json", buildplan.plan(FIXTURES / name).to_json() + "\n")


@pytest.mark.parametrize("name", FIXTURE_NAMES)
def test_the_dockerignore_of_a_fixture_is_the_reviewed_one(name: str, snapshot: Snapshot) -> None:
    snapshot.check(f"{name}.dockerignore", buildplan.plan(FIXTURES / name).dockerignore())


def test_no_snapshot_is_left_over() -> None:
    endings = (".Dockerfile", ".plan.json", ".dockerignore")
    expected = {f"{name}{ending}" for name in FIXTURE_NAMES for ending in endings}
    assert {path.name for path in Path(SNAPSHOTS).iterdir()} == expected
