"""The hooks of `.pre-commit-hooks.yaml`, through the real `pre-commit` in a real git repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import FIXTURES, ROOT
from git_repository import GitRepository, needs_git

pytestmark = needs_git
APP = FIXTURES / "node-nixpacks-express"
# Nothing may be asked for or run: the hook reads files.
OFFLINE = """
import os, socket, subprocess, sys
def refused(*_, **__):
    raise AssertionError("the network or another program was used")
socket.socket.connect = socket.getaddrinfo = refused
subprocess.Popen = os.system = os.posix_spawn = refused
from buildplan.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


class Project:
    """A repository whose git runs the hooks."""

    def __init__(self, root: Path, hooks: Path, home: Path, ids: tuple[str, ...]) -> None:
        self.git = GitRepository(root)
        self.root = root
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
            "PRE_COMMIT_HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@localhost",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@localhost",
        }
        lines = "".join(f"      - id: {name}\n" for name in ids)
        config = f"repos:\n  - repo: {hooks}\n    rev: v1.0.0\n    hooks:\n{lines}"
        files = {path.name: path.read_text() for path in APP.iterdir() if path.is_file()}
        files["nixpacks.toml"] = files["nixpacks.toml"].replace("nodejs_20", "nodejs_24")
        self.git.write({**files, ".pre-commit-config.yaml": config})
        self.buildplan("write")
        self.git.commit()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def buildplan(self, *words: str) -> None:
        done = self.run(sys.executable, "-m", "buildplan", *words)
        assert done.returncode == 0, done.stdout

    def commit(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("git", "-c", "protocol.file.allow=always", "commit", "-m", "change", *words)

    def move_version(self) -> None:
        """Let the code ask for another Node than the committed Dockerfile has."""
        file = self.root / "nixpacks.toml"
        file.write_text(file.read_text().replace("nodejs_24", "nodejs_22"))


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a repository with the work tree's hooks, and a pre-commit home in which they are installed."""
    home, source = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("hooks")
    for name in ("buildplan", "providers"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, source / name)
    git = GitRepository(source)
    git.commit()
    git("tag", "v1.0.0")
    project = Project(tmp_path_factory.mktemp("first"), source, home, ("buildplan-check", "buildplan-write"))
    done = project.run(sys.executable, "-m", "pre_commit", "install-hooks")
    for attempt in range(1, 4):
        if done.returncode:  # packages come over the network
            time.sleep(3 * attempt)
            done = project.run(sys.executable, "-m", "pre_commit", "install-hooks")
    assert done.returncode == 0, done.stdout
    return source, home


def project_at(path: Path, hooks: tuple[Path, Path], *ids: str) -> Project:
    project = Project(path, *hooks, ids)
    assert project.run(sys.executable, "-m", "pre_commit", "install").returncode == 0
    return project


def test_drift_stops_a_commit_and_write_mends_it(hooks: tuple[Path, Path], tmp_path: Path) -> None:
    project = project_at(tmp_path / "app", hooks, "buildplan-check")
    project.move_version()
    project.git("add", "-A")
    stopped = project.commit()
    assert stopped.returncode == 1
    assert "Dockerfile:3: BP760 error" in stopped.stdout
    assert "see: nixpacks.toml:2" in stopped.stdout
    assert "fix: run `buildplan write --update`" in stopped.stdout

    written = project.run(sys.executable, "-m", "pre_commit", "try-repo", str(hooks[0]), "buildplan-write")
    assert "files were modified by this hook" in written.stdout, written.stdout
    assert "Dockerfile: regenerated" in written.stdout
    assert "FROM node:22-" in (project.root / "Dockerfile").read_text()
    project.git("add", "-A")
    passed = project.commit()
    assert passed.returncode == 0, passed.stdout
    assert "Passed" in passed.stdout


def test_the_write_hook_changes_nothing_when_all_is_well(hooks: tuple[Path, Path], tmp_path: Path) -> None:
    project = project_at(tmp_path / "app", hooks, "buildplan-write", "buildplan-check")
    (project.root / "README.md").write_text("x")
    project.git("add", "-A")
    done = project.commit()
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2


def test_what_is_staged_is_judged_and_not_the_work_tree(hooks: tuple[Path, Path], tmp_path: Path) -> None:
    project = project_at(tmp_path / "app", hooks, "buildplan-check")
    (project.root / "notes.txt").write_text("x")
    project.git("add", "-A")
    project.move_version()
    unstaged = project.commit()
    assert unstaged.returncode == 0, unstaged.stdout

    project.git("add", "-A")
    project.buildplan("write")  # mended in the work tree alone
    staged = project.commit()
    assert staged.returncode == 1
    assert "BP760" in staged.stdout
    assert "FROM node:22-" in (project.root / "Dockerfile").read_text()


def test_an_index_of_its_own_is_judged_when_a_part_is_committed(hooks: tuple[Path, Path], tmp_path: Path) -> None:
    project = project_at(tmp_path / "app", hooks, "buildplan-check")
    project.move_version()
    assert project.commit("-a").returncode == 1
    project.buildplan("write")
    alone = project.commit("nixpacks.toml")
    assert alone.returncode == 1
    assert "BP760" in alone.stdout
    assert project.commit("nixpacks.toml", "Dockerfile").returncode == 0


def test_a_commit_that_only_deletes_is_judged_too(hooks: tuple[Path, Path], tmp_path: Path) -> None:
    project = project_at(tmp_path / "app", hooks, "buildplan-check", "buildplan-write")
    project.git("rm", "-q", "package-lock.json")
    stopped = project.commit()
    assert stopped.returncode == 1, stopped.stdout
    assert "no files to check" not in stopped.stdout
    assert "BP760 error" in stopped.stdout
    assert "RUN npm install" in stopped.stdout or "npm install" in (project.root / "Dockerfile").read_text()


def test_git_alone_says_which_index_is_meant(tmp_path: Path, hooks: tuple[Path, Path]) -> None:
    """Without pre-commit, which puts away what is not staged: the hook must find git's own index."""
    project = Project(tmp_path / "app", *hooks, ("buildplan-check",))
    hook = project.root / ".git" / "hooks" / "pre-commit"
    hook.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m buildplan check --staged\n')
    hook.chmod(0o755)
    project.environment["PYTHONPATH"] = str(ROOT)
    project.move_version()
    assert "BP760" in project.commit("-a").stdout
    project.buildplan("write")
    assert "BP760" in project.commit("nixpacks.toml").stdout
    done = project.commit("-a")
    assert done.returncode == 0, done.stdout


def test_the_installed_hook_is_pure_quick_and_stays_offline(hooks: tuple[Path, Path], tmp_path: Path) -> None:
    python = next(hooks[1].glob("repo*/py_env-*/bin/python"))
    packages = next(python.parent.parent.glob("lib/python*/site-packages"))
    wheel = next(packages.glob("buildplan-*.dist-info/WHEEL")).read_text()
    assert "Root-Is-Purelib: true" in wheel
    assert "Tag: py3-none-any" in wheel
    assert not list((packages / "buildplan").rglob("*.so"))

    project = Project(tmp_path / "app", *hooks, ("buildplan-check",))
    project.environment["DOCKER_HOST"] = "unix:///nonexistent"
    times = []
    for _ in range(3):
        start = time.perf_counter()
        done = project.run(str(python), "-I", "-c", OFFLINE, "check", "--staged")
        times.append(time.perf_counter() - start)
        assert done.returncode == 0, done.stdout
    assert min(times) < 2, times
    # What is no Python is packaged too: the page's template, style and script.
    page = project.run(str(python), "-I", "-c", OFFLINE, "explain", "--html", "-")
    assert page.stdout.rstrip().endswith("</html>"), page.stdout[-2000:]
    print(f"the hook took {min(times):.2f} s")  # noqa: T201  # shown with `pytest -rP`
