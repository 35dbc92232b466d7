"""Three repositories come up by `docker compose up`, as `write --compose` left them, and answer from a database."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stand_ins
from conftest import ENGINE, ROOT

import buildplan
from buildplan.cli.main import main
from buildplan.services import table

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]

REPOSITORIES = ROOT / "tests" / "containers" / "compose"
SERVICES = ROOT / "tests" / "real" / "services"
WAIT_SECONDS = 30


def compose(place: Path, *words: str, seconds: float = 900) -> str:
    done = subprocess.run(
        ["docker", "compose", *words], cwd=place, capture_output=True, text=True, check=False, timeout=seconds
    )
    if done.returncode:
        logs = subprocess.run(["docker", "compose", "logs"], cwd=place, capture_output=True, text=True, check=False)
        raise AssertionError(f"docker compose {words[0]}:\n{done.stdout}{done.stderr}\n{logs.stdout[-6000:]}")
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def services() -> None:
    """Make the images of services that no registry gives here."""
    if subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode:
        pytest.fail("there is no Docker Compose; `tests/containers/compose-client` brings one")
    for name in ("postgres", "redis") if ENGINE.exists() else ():
        file = SERVICES / f"{name}.Dockerfile"
        stand_ins.make(file)
        command = ["docker", "build", "--quiet", "--network", "host", "--tag", table.services()[name].image, "--file"]
        subprocess.run([*command, file, SERVICES], check=True, capture_output=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Return a copy of a repository, whose containers are removed in the end."""
    name = f"buildplan-{request.param}-{uuid.uuid4().hex[:8]}"
    copy = tmp_path / name
    shutil.copytree(REPOSITORIES / request.param, copy)
    yield copy
    if (copy / "compose.yaml").exists():
        compose(copy, "down", "--volumes", "--rmi", "local", "--timeout", "3")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def up(place: Path) -> dict[str, int]:
    """Write all files, give each service a free port of this machine by hand, start; return the ports."""
    assert main(["-C", str(place), "write", "--compose"]) == 0
    for file in [*place.rglob("Dockerfile")]:
        stand_ins.make(file)
    text = (place / "compose.yaml").read_text()
    ports = {}
    for name, service in buildplan_services(text).items():
        for mapping in service.get("ports", ()):
            ports[name] = free_port()
            text = text.replace(f'"{mapping}"', f'"127.0.0.1:{ports[name]}:{mapping.rpartition(":")[2]}"')
    # The stand-ins fetch packages through the machine's own network.
    for build in ("    build: .\n", "    build: ./backend\n", "    build: ./frontend\n"):
        text = text.replace(build, f"    build:\n      context: {build.split()[1]}\n      network: host\n")
    text = text.replace("      context: .\n      dockerfile", "      context: .\n      network: host\n      dockerfile")
    (place / "compose.yaml").write_text(text)
    shutil.copy(place / ".env.example", place / ".env")
    # Edits by hand are no drift.
    assert {report.status for report in buildplan.check(place)} == {"in_sync"}
    compose(place, "up", "--build", "--detach", "--wait", "--quiet-pull")
    return ports


def buildplan_services(text: str) -> dict[str, dict[str, list[str]]]:
    from buildplan.write import yaml_file

    return dict(yaml_file.load(text, "compose.yaml")["services"])


def answer(port: int, path: str = "/", until: str = "") -> str:
    """Return what an app answers, asked until it holds a text."""
    deadline = time.monotonic() + WAIT_SECONDS
    said = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
                said = str(response.read(), "utf-8")
        except urllib.error.HTTPError as error:
            said = str(error.read(), "utf-8")
        except OSError as error:
            said = str(error)
        else:
            if until in said:
                return said
        time.sleep(0.5)
    raise AssertionError(f"no `{until}` in {said[:500]}")


@pytest.mark.parametrize("place", ["workspace"], indirect=True)
def test_two_apps_of_a_workspace_share_a_package_and_a_database(place: Path) -> None:
    ports = up(place)
    assert answer(ports["web"], until="web sees web") == "web sees web\n"
    assert answer(ports["admin"]) == "admin sees web,admin\n"
    compose(place, "restart", "--timeout", "3", "postgres")
    assert answer(ports["web"], until="web,admin").startswith("web sees web,admin,web")


@pytest.mark.parametrize("place", ["django"], indirect=True)
def test_django_answers_what_its_worker_wrote(place: Path) -> None:
    ports = up(place)
    assert answer(ports["web"], until="django") == "django sees \n"
    assert answer(ports["web"], "/ask") == "asked the worker\n"
    assert answer(ports["web"], until="worker") == "django sees worker\n"
    states = compose(place, "ps", "--all", "--format", "{{.Service}} {{.State}} {{.ExitCode}}")
    assert "release exited 0" in states
    assert "worker running 0" in states


@pytest.mark.parametrize("place", ["beside"], indirect=True)
def test_a_go_api_and_a_front_end_come_up_beside_each_other(place: Path) -> None:
    ports = up(place)
    assert answer(ports["backend"], until="visit") == "go counts visit 1\n"
    assert answer(ports["backend"]) == "go counts visit 2\n"
    assert "hello from vite" in answer(ports["frontend"])


def test_no_password_is_a_message_that_says_where_to_set_it(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORIES / "workspace", tmp_path / "app")
    assert main(["-C", str(tmp_path / "app"), "write", "--compose"]) == 0
    environment = {key: value for key, value in os.environ.items() if key != "POSTGRES_PASSWORD"}
    command = ["docker", "compose", "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path / "app", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode
    assert "set it in .env; .env.example shows how" in done.stderr
