"""What all tests share: the fixtures of `fixtures/`, and `--update-snapshots`."""

from __future__ import annotations

import os
import shutil
import subprocess
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
# Stand-in base images for machines without an image registry.
ENGINE = ROOT.parent / "shared" / "engine"
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


@pytest.fixture(scope="session")
def engine() -> None:
    """The container engine: the one that DOCKER_HOST names, else that of `../shared/engine`."""
    if ENGINE.exists() and "DOCKER_HOST" not in os.environ:
        # `up` prints exports for a shell; a shell reads them.
        script = f'eval "$({ENGINE}/up)" && env -0'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        pairs = (line.partition("=") for line in done.stdout.split("\0") if "=" in line)
        os.environ.update({name: value for name, _, value in pairs})
    if shutil.which("docker") is None:
        pytest.skip("no container engine on this machine")
