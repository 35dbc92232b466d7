"""Images as each platform builds and runs them: `pytest -m container`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import stand_ins
from callers import Coolify, Dokku, Dokploy, Machine, ZaneOps
from conftest import FIXTURES

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]

SEED = "node-nixpacks-express"
# The seed asks for its own port; the others are told one, as a platform tells them.
PORTS = {SEED: 3001}
TOLD = 4321
VARIABLES = {"REGION": "eu", "API_TOKEN": "hush"}
SERVERS = (SEED, "node-next-standalone", "python-flask-gunicorn", "php-plain", "go-net-http", "ruby-sinatra-classic")
SITES = (("node-vite-react-spa", "dist"), ("static-public-folder", "public"), ("node-next-export", "out"))
COOLIFY_HEALTH = (
    "curl -s -X GET -f 'http://localhost:{port}/' > /dev/null || "
    "wget -q -O- 'http://localhost:{port}/' > /dev/null || exit 1"
)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def copied(machine: Machine, fixture: str) -> Path:
    return Path(shutil.copytree(FIXTURES / fixture, machine.folder / "app"))


def with_base_images(dockerfile: Path | str, folder: Path) -> None:
    """Make the stand-ins that a Dockerfile names, where this machine has no registry."""
    if isinstance(dockerfile, str):
        file = folder / "Dockerfile.names"
        file.write_text(dockerfile, encoding="utf-8")
    else:
        file = dockerfile
    stand_ins.make(file)


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(image: str, port: int, *command: str, told: bool) -> Iterator[str]:
    """Run the image as a platform does, its variables given; yield the container's name."""
    name = f"{image.replace(':', '-')}-{os.getpid()}"
    given = ["-e", "HOST=0.0.0.0", *(["-e", f"PORT={port}"] if told else [])]
    given += [word for key, value in VARIABLES.items() for word in ("-e", f"{key}={value}")]
    docker("run", "-d", "--name", name, "-p", f"127.0.0.1::{port}", *given, image, *command)
    try:
        yield name
    finally:
        subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=False)


def answer(container: str, port: int) -> str:
    """Return what the app answers on the port that the platform published."""
    place = docker("port", container, f"{port}/tcp").split("\n", 1)[0]
    failure = ""
    for _ in range(120):
        try:
            with urllib.request.urlopen(f"http://{place}/", timeout=5) as reply:
                return str(reply.read().decode("utf-8"))
        except OSError as error:
            failure = str(error)
            time.sleep(0.5)
    raise AssertionError(f"{failure}\n{docker('logs', container)}")


def assert_no_secret(image: str) -> None:
    shown = docker("history", "--no-trunc", image) + docker("inspect", image)
    assert VARIABLES["API_TOKEN"] not in shown


def assert_not_root(image: str) -> None:
    assert docker("inspect", "--format", "{{.Config.User}}", image).strip().partition(":")[0] not in {"", "0", "root"}


@pytest.mark.parametrize("fixture", SERVERS)
def test_coolify_builds_runs_and_checks_the_health(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    coolify = Coolify(machine, VARIABLES)
    image = f"coolify-{fixture}"
    dockerfile = coolify.generate(workdir, coolify.edit(coolify.plan(workdir)), image)
    with_base_images(dockerfile, machine.folder)
    coolify.build(workdir, image)
    port = PORTS.get(fixture, TOLD)
    with running(image, port, told=fixture not in PORTS) as container:
        assert f"hello from {fixture}" in answer(container, port)
        docker("exec", container, "sh", "-c", COOLIFY_HEALTH.format(port=port))
    assert_no_secret(image)
    assert_not_root(image)


@pytest.mark.parametrize(("fixture", "publish"), SITES)
def test_coolify_takes_a_static_site_out_of_the_image(machine: Machine, fixture: str, publish: str) -> None:
    workdir = copied(machine, fixture)
    coolify = Coolify(machine, VARIABLES)
    image = f"coolify-{fixture}"
    dockerfile = coolify.generate(workdir, coolify.edit(coolify.plan(workdir)), image)
    with_base_images(dockerfile, machine.folder)
    coolify.build(workdir, image)
    with_base_images("FROM nginx:alpine\n", machine.folder)
    coolify.static(image, f"/{publish}", workdir, f"{image}-static")
    assert f"hello from {fixture}" in docker(
        "run", "--rm", "--entrypoint", "sh", f"{image}-static", "-c", "cat /usr/share/nginx/html/index.html"
    ) + docker(
        "run", "--rm", "--entrypoint", "sh", f"{image}-static", "-c", "cat /usr/share/nginx/html/assets/* || true"
    )


@pytest.mark.parametrize("fixture", SERVERS)
def test_dokploy_builds_with_one_call_and_runs(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    image = f"dokploy-{fixture}"
    command = Dokploy(machine, VARIABLES).command(workdir, image)
    with_base_images(machine.run(f"{command} --dockerfile"), machine.folder)
    machine.run(command)
    port = PORTS.get(fixture, TOLD)
    with running(image, port, told=fixture not in PORTS) as container:
        assert f"hello from {fixture}" in answer(container, port)
    assert_no_secret(image)
    assert_not_root(image)


@pytest.mark.parametrize(("fixture", "publish"), SITES)
def test_dokploy_copies_a_static_site_out_of_a_container(machine: Machine, fixture: str, publish: str) -> None:
    workdir = copied(machine, fixture)
    image = f"dokploy-{fixture}"
    dokploy = Dokploy(machine, VARIABLES)
    command = dokploy.command(workdir, image, publish)
    with_base_images(machine.run(f"{command} --dockerfile"), machine.folder)
    machine.run(command)
    result = machine.folder / "result"
    dokploy.copied_out(result, image, publish)
    assert (result / publish / "index.html").is_file()


@pytest.mark.parametrize("fixture", SERVERS)
def test_dokku_wraps_the_image_and_starts_the_web_process(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    image = f"dokku-{fixture}"
    machine.environment = dict(VARIABLES)
    dokku = Dokku(machine, VARIABLES)
    command = dokku.command(workdir, image)
    text = machine.run(f"{command} --dockerfile")
    with_base_images(text, machine.folder)
    machine.run(command)
    labels = docker("inspect", "--format", "{{json .Config.Labels}}", image)
    assert "com.dokku.builder-type" in labels
    dokku.wrap(image, f"{image}-wrapped")
    start = docker("inspect", "--format", '{{join .Config.Cmd " "}}', image).strip()
    port = PORTS.get(fixture, TOLD)
    with running(f"{image}-wrapped", port, re.sub(r"^sh -c ", "", start), told=fixture not in PORTS) as container:
        assert f"hello from {fixture}" in answer(container, port)
    assert_no_secret(image)
    assert_not_root(image)


@pytest.mark.parametrize("fixture", SERVERS)
def test_zaneops_plans_writes_builds_and_runs(machine: Machine, fixture: str) -> None:
    workdir = copied(machine, fixture)
    image = f"zaneops-{fixture}"
    zaneops = ZaneOps(machine, VARIABLES)
    plan, dockerfile = zaneops.generate(workdir)
    with_base_images(dockerfile, machine.folder)
    zaneops.build(workdir, plan, image)
    port = PORTS.get(fixture, TOLD)
    with running(image, port, told=fixture not in PORTS) as container:
        assert f"hello from {fixture}" in answer(container, port)
    assert_no_secret(image)
    assert_not_root(image)


@pytest.mark.parametrize(("fixture", "publish"), SITES)
def test_zaneops_serves_a_site_from_a_stage_of_its_own(machine: Machine, fixture: str, publish: str) -> None:
    workdir = copied(machine, fixture)
    image = f"zaneops-{fixture}"
    zaneops = ZaneOps(machine, VARIABLES)
    plan, dockerfile = zaneops.generate(workdir)
    zaneops.with_site(dockerfile, publish)
    with_base_images(dockerfile, machine.folder)
    zaneops.build(workdir, plan, image)
    listed = docker("run", "--rm", "--entrypoint", "sh", image, "-c", "ls /var/www/html")
    assert "index.html" in listed.split()


def test_other_runtimes_run_in_the_image_of_an_app(machine: Machine) -> None:
    workdir = copied(machine, SEED)
    command = f"nixpacks build {workdir} --pkgs jdk17 --pkgs python312 --pkgs go_1_26 --name second-runtimes"
    with_base_images(machine.run(f"{command} --dockerfile"), machine.folder)
    machine.run(command)
    programs = "node --version && java -version 2>&1 && python3 --version && go version"
    said = docker("run", "--rm", "second-runtimes", "sh", "-c", programs)
    assert all(part in said for part in ("v20.", 'version "17.', "Python 3.", "go1."))
