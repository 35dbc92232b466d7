"""`write`, `write --diff` and `check --fix` touch nothing outside of the tree, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildplan.source import files

CONTENT = "what another person keeps there"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "index.html").write_text("hello")
    return folder


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "buildplan", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
def test_write_diff_does_not_show_a_file_that_a_link_leads_to_outside_of_the_tree(tree: Path, name: str) -> None:
    (tree.parent / "secret").write_text(CONTENT)
    (tree / name).symlink_to(tree.parent / "secret")
    done = run("write", str(tree), "--diff")
    assert done.returncode == 1
    assert CONTENT not in done.stdout + done.stderr
    assert name in done.stderr


@pytest.mark.parametrize("words", [(), ("--force",)])
def test_write_follows_no_linked_folder_out_of_the_tree(tree: Path, words: tuple[str, ...]) -> None:
    outside = tree.parent / "out"
    outside.mkdir()
    (tree / "sub").symlink_to("../out")
    done = run("write", str(tree), "--file", "sub/Dockerfile", *words)
    assert done.returncode == 1
    assert "sub/Dockerfile" in done.stderr
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("--diff",), ("--force",)])
def test_write_does_not_wait_for_a_fifo(tree: Path, words: tuple[str, ...]) -> None:
    os.mkfifo(tree / "Dockerfile")
    done = run("write", str(tree), *words)
    assert done.returncode == 1
    assert "not a regular file" in done.stderr


def test_write_reads_no_device(tree: Path) -> None:
    (tree / "Dockerfile").symlink_to("/dev/zero")
    done = run("write", str(tree))
    assert done.returncode == 1
    assert "out of the directory" in done.stderr


def test_a_link_to_a_file_of_the_tree_is_followed(tree: Path) -> None:
    (tree / "docker").mkdir()
    (tree / "Dockerfile").symlink_to("docker/Dockerfile")
    done = run("write", str(tree))
    assert done.returncode == 0, done.stderr
    assert (tree / "Dockerfile").is_symlink()
    assert "FROM" in (tree / "docker" / "Dockerfile").read_text()


def test_check_fix_writes_nothing_outside_of_the_tree(tree: Path) -> None:
    outside = tree.parent / "Dockerfile"
    text = 'FROM node:18-slim\nCOPY . .\nRUN npm ci\nEXPOSE 1\nCMD ["node", "server.js"]\n'
    outside.write_text(text)
    (tree / "package.json").write_text('{"engines": {"node": "24"}}')
    (tree / "Dockerfile").symlink_to(outside)
    run("check", str(tree), "--fix")
    assert outside.read_text() == text


def test_the_mode_of_a_file_is_kept(tree: Path) -> None:
    target = tree / "file"
    target.write_text("old")
    target.chmod(0o640)
    files.replace_inside(str(tree), "file", b"new")
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_what_a_killed_writer_left_is_removed_by_the_next(tree: Path) -> None:
    program = (
        "import os, signal; from buildplan.source import files\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"files.replace_inside({str(tree)!r}, 'Dockerfile', b'x')"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    left = [path.name for path in tree.iterdir() if path.name.startswith(files.TEMPORARY)]
    assert len(left) == 1
    assert run("write", str(tree)).returncode == 0
    assert sorted(path.name for path in tree.iterdir()) == [".dockerignore", "Dockerfile", "index.html"]


def test_the_temporary_file_of_a_living_writer_is_left_alone(tree: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    path = tree / f"{files.TEMPORARY}living"
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        files.replace_inside(str(tree), "Dockerfile", b"x")
        assert path.exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "link/x", "link"])
def test_a_path_out_of_the_tree_is_neither_read_nor_written(tree: Path, path: str) -> None:
    (tree / "link").symlink_to(tree.parent)
    with pytest.raises(OSError, match=r"out of the directory|not a regular file|Is a directory"):
        files.read_inside(str(tree), path, 100)
    with pytest.raises(OSError, match="out of the directory"):
        files.replace_inside(str(tree), path, b"x")
    assert not (tree.parent / "x").exists()
