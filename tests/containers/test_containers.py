"""Really built, really started, really asked: `pytest -m container`.

With `../shared/engine` the stand-in base images are made first; with `DOCKER_HOST` or a local docker the real ones are
pulled. Either way the Dockerfile is the one that a user gets.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import cases_node_and_static
import pytest
import stand_ins
from conftest import ENGINE, FIXTURES
from container_case import Case

import buildplan
from buildplan.cli.main import main

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]

# Docker's own 10 seconds, doubled for a busy machine: SIGKILL after them is exit code 137.
STOP_SECONDS = "20"
# Registries are slow for a moment now and then: what downloads is tried again, an assertion never is.
TRIES = 5
PAUSE_SECONDS = 5

FIRST = cases_node_and_static.CASES[0]
MODULES = [importlib.import_module(path.stem) for path in sorted(Path(__file__).parent.glob("cases_*.py"))]
CASES = tuple(case for module in MODULES for case in module.CASES)
# What answers nobody: a line of its log says that it works.
WORKERS = tuple(case for module in MODULES for case in getattr(module, "WORKERS", ()))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def download(words: list[str], **options: Any) -> str:
    """Run a program that fetches from registries; return its output."""
    log = ""
    for attempt in range(TRIES):
        time.sleep(attempt * PAUSE_SECONDS)
        done = subprocess.run(words, capture_output=True, text=True, check=False, **options)
        log = done.stdout + done.stderr
        if done.returncode == 0:
            return log
    raise AssertionError(f"{words} failed {TRIES} times:\n{log[-4000:]}")


def context_of(case: Case, folder: Path) -> Path:
    """Copy the fixture and put the generated files into it, as `write` will."""
    context = folder / "context"
    shutil.copytree(FIXTURES / case.fixture, context)
    for command in case.prepare:
        download(["bash", "-c", command], cwd=context, env={**os.environ, "ENGINE": str(ENGINE)})
    plan = buildplan.plan(context)
    (context / "Dockerfile").write_text(plan.dockerfile())
    (context / ".dockerignore").write_text(plan.dockerignore())
    return context


def build(context: Path, tag: str, file: str = "Dockerfile") -> str:
    """Build the image and return the log."""
    stand_ins.make(context / file)
    words = ["docker", "build", "--network", "host", "--progress", "plain", "--file", str(context / file)]
    return download([*words, "--tag", tag, str(context)], env={**os.environ, "DOCKER_BUILDKIT": "1"})


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=True)
    output: str = done.stdout
    return output.strip()


def answer(url: str, expected: str, container: str, seconds: float = 60) -> str:
    """Return the body once it holds the expected text."""
    deadline = time.monotonic() + seconds
    last = ""
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  # a container of this machine
                last = response.read().decode(errors="replace")
                if expected in last:
                    return last
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            last = str(error)
        if docker("inspect", "-f", "{{.State.Running}}", container) != "true":
            break
        time.sleep(0.2)
    logs = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=False)
    raise AssertionError(f"no answer with {expected!r}: {last[:500]}\n{logs.stdout[-2000:]}{logs.stderr[-2000:]}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.fixture)
def test_the_image_builds_answers_stops_and_rebuilds_from_the_cache(case: Case, tmp_path: Path) -> None:
    context = context_of(case, tmp_path)
    tag = f"buildplan-test-{case.fixture}".lower()
    build(context, tag)
    port = free_port()
    container = docker("run", "--detach", "--publish", f"127.0.0.1:{port}:4321", "--env", "PORT=4321", tag)
    try:
        answer(f"http://127.0.0.1:{port}{case.path}", case.expected, container)
        process = docker("top", container, "-eo", "pid,uid,args").split("\n")[1:]
        assert all(line.split()[1] != "0" for line in process), f"runs as root: {process}"
        assert docker("inspect", "-f", "{{.Config.User}}", container) not in {"", "0", "root"}
        docker("stop", "--time", STOP_SECONDS, container)
        assert docker("inspect", "-f", "{{.State.ExitCode}}", container) != "137", "SIGTERM did not end it"
    finally:
        docker("rm", "--force", container)
    if case.other:
        assert docker("run", "--rm", tag, *case.other).endswith(case.says)
    with (context / case.source).open("a") as source:
        source.write("\n")
    log = build(context, tag)
    assert_dependencies_are_cached(context, log)


@pytest.mark.parametrize("case", WORKERS, ids=lambda case: case.fixture)
def test_a_worker_is_built_works_and_rebuilds_from_the_cache(case: Case, tmp_path: Path) -> None:
    context = context_of(case, tmp_path)
    tag = f"buildplan-test-{case.fixture}".lower()
    build(context, tag)
    assert docker("inspect", "-f", "{{.Config.User}}", tag) not in {"", "0", "root"}
    container = docker("run", "--detach", tag)
    try:
        deadline = time.monotonic() + 60
        log = ""
        while time.monotonic() < deadline and case.says not in log:
            done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)
            log = done.stdout + done.stderr
            time.sleep(0.2)
        assert case.says in log
        # A worker may finish what it has in hand; what SIGTERM does not end is killed, which is exit code 137.
        docker("stop", "--time", "30", container)
        assert docker("inspect", "-f", "{{.State.ExitCode}}", container) != "137", "SIGTERM did not end it"
    finally:
        docker("rm", "--force", container)
    with (context / case.source).open("a") as source:
        source.write("\n")
    assert_dependencies_are_cached(context, build(context, tag))


def assert_dependencies_are_cached(context: Path, log: str) -> None:
    """The first install step, if there is one, is answered by the layer cache; what prunes after a build is not.

    Cargo compiles an app's dependencies in a step that ends with forgetting the app itself.
    """
    steps = re.findall(r"(?m)^#(\d+) \[[^\]]+\] RUN (.*)$", log)
    install = re.compile(r"\b(npm (ci|install)|install\b|go mod download|cargo clean)")
    installs = [number for number, text in steps if install.search(text)]
    cached = set(re.findall(r"(?m)^#(\d+) CACHED", log))
    missed = [number for number in installs[:1] if number not in cached]
    # Cargo writes the folder behind what lies in the tree, and nothing behind a crate of a registry.
    compiled = re.findall(r"(?m) Compiling ([\w-]+) v[\w.+-]+$", log)
    again = [text for number, text in steps if number in missed] + compiled
    assert not again, f"installed again after a source change: {again}"


def test_each_app_of_a_workspace_is_built_with_a_dockerfile_of_its_own(tmp_path: Path) -> None:
    context = tmp_path / "context"
    shutil.copytree(FIXTURES / "node-turbo", context)
    file = "apps/api/Dockerfile"
    assert main(["write", str(context), "--app", "api", "--file", file]) == 0
    # Only the ignore file beside the Dockerfile keeps this out.
    (context / "apps/api/.env").write_text("TOKEN=x\n")
    build(context, "buildplan-test-workspace", file)
    port = free_port()
    container = docker(
        "run", "--detach", "--publish", f"127.0.0.1:{port}:4321", "--env", "PORT=4321", "buildplan-test-workspace"
    )
    try:
        answer(f"http://127.0.0.1:{port}/", "hello from node-turbo", container)
        assert docker("exec", container, "find", "/app", "-name", ".env") == ""
    finally:
        docker("rm", "--force", container)


def test_the_first_real_input_passes_the_engines_own_probe(tmp_path: Path) -> None:
    if not ENGINE.exists():
        pytest.skip("the shared engine is not here")
    context = context_of(FIRST, tmp_path)
    words = ["--port", "3001", "--require-graceful", "--require-nonroot", "--expect", FIRST.expected, "--json"]
    done = subprocess.run([ENGINE / "build-and-probe", *words, context], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == 0, report
    assert report["image_command"] == ["tini", "--", "node", "server.js"]
