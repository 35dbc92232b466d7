"""`buildplan verify` on images that work and on images that do not: `pytest -m container`."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import stand_ins
from conftest import FIXTURES

import buildplan
from buildplan.verify.verify import Settings, verify

if TYPE_CHECKING:
    from buildplan.verify.report import Report

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("engine")]


def app(folder: Path, server: str | None = None) -> Path:
    tree = folder / "app"
    shutil.copytree(FIXTURES / "node-nixpacks-express", tree)
    if server is not None:
        (tree / "server.js").write_text(server)
    return tree


def verified(tree: Path, **settings: object) -> Report:
    plan = buildplan.plan(tree)
    file = tree.parent / "Dockerfile.base"
    file.write_text(plan.dockerfile())
    stand_ins.make(file)
    options = Settings(wait=10, build_options=("--network", "host"), **settings)  # type: ignore[arg-type]
    return verify(plan, tree, options, os.environ, lambda _: None)


def left_over() -> str:
    return subprocess.run(
        ["docker", "ps", "-aq", "--filter", "label=buildplan.verify"], capture_output=True, text=True, check=True
    ).stdout


def test_an_image_that_works_passes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    tree = app(tmp_path)
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    report = verified(tree)
    assert report.ok, report.to_text()
    assert {check.name for check in report.checks} >= {"build", "user", "answer", "processes", "stop", "rebuild"}
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before
    assert left_over() == ""


def test_an_app_that_ignores_port_is_told_where_it_listens(tmp_path: Path) -> None:
    report = verified(app(tmp_path, "require('http').createServer((_, a) => a.end('x')).listen(9123, '0.0.0.0')"))
    assert not report.ok
    assert "it listens on port 9123 and ignores PORT" in report.to_text()


def test_an_app_that_listens_on_localhost_is_told_so(tmp_path: Path) -> None:
    server = "require('http').createServer((_, a) => a.end('x')).listen(process.env.PORT, '127.0.0.1')"
    report = verified(app(tmp_path, server))
    assert "it listens on 127.0.0.1 only" in report.to_text()


def test_a_missing_variable_is_the_cause_that_is_named(tmp_path: Path) -> None:
    server = "if (!process.env.API_TOKEN) throw new Error('Missing required environment variable API_TOKEN')"
    report = verified(app(tmp_path, server))
    assert report.cause is not None
    assert report.cause.text == "the variable `API_TOKEN` is not set"
    assert left_over() == ""


def test_an_image_that_runs_as_root_and_ignores_sigterm_fails(tmp_path: Path) -> None:
    tree = app(tmp_path)
    (tree / "Dockerfile.own").write_text(
        'FROM node:20-trixie-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "server.js"]\n'
    )
    report = verified(tree, file="Dockerfile.own", rebuild=False)
    assert report.status("user") == "failed"
    assert report.status("answer") == "passed"
    assert report.status("stop") == "failed"
