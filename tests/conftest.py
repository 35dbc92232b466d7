"""What all tests share: the fixtures of `fixtures/`, and `--update-snapshots`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no failure. In CI the same examples are tried each time; a person's run looks for new ones.
settings.register_profile(
    "buildplan", deadline=None, derandomize="CI" in os.environ, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("buildplan")

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
SNAPSHOTS = Path(__file__).parent / "snapshots"

FIXTURE_NAMES = sorted(path.name for path in FIXTURES.iterdir() if path.is_dir())


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-snapshots", action="store_true", help="write tests/snapshots anew; read the diff before you commit"
    )


@pytest.fixture
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    """Compare text with a file of tests/snapshots."""
    return Snapshot(update=bool(request.config.getoption("--update-snapshots")))


class Snapshot:
    def __init__(self, *, update: bool) -> None:
        self._update = update

    def check(self, name: str, text: str) -> None:
        path = SNAPSHOTS / name
        if self._update:
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"there is no snapshot {name}; run pytest --update-snapshots and read it"
        assert text == path.read_text(encoding="utf-8"), f"{name} changed; --update-snapshots when it is meant"
