"""What all tests share: the fixtures of `fixtures/`, and `--update-snapshots`."""

from __future__ import annotations

from pathlib import Path

import pytest

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
