"""`buildplan check` and `buildplan.check`: which files, exit codes, `--fix`, and whatever lies in a tree."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from git_repository import GitRepository, needs_git

import buildplan
from buildplan.cli.main import main
from buildplan.errors import FileError, SourceError
from buildplan.model.origin import Origin
from buildplan.write import files

GOOD = 'FROM node:24-trixie-slim\nWORKDIR /app\nCOPY server.js ./\nUSER 1000\nCMD ["node", "server.js"]\n'
MANIFEST = '{"engines": {"node": ">=24"}}'


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str, str]:
    code = main(["check", *map(str, words)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def files_at(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return files_at(tmp_path, {"Dockerfile": GOOD, "server.js": "", "package.json": MANIFEST})


@needs_git
def test_without_a_path_every_app_of_the_repository_is_checked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = GitRepository(tmp_path)
    git.write({".gitignore": "build/\n", "build/Dockerfile": "FROM node:1\n"})
    for folder in ("", "apps/web/", "services/api/"):
        git.write({f"{folder}Dockerfile": GOOD, f"{folder}server.js": ""})
    git.write({"services/api/package.json": '{"engines": {"node": ">=26"}}', "docs/readme.md": ""})
    git.commit()
    monkeypatch.chdir(tmp_path)
    for words in ((), ("--staged",)):
        code, out, err = run(capsys, *words)
        assert (code, err) == (1, "")
        stated = [line.partition(" (")[0] for line in out.splitlines() if ": in sync" in line or ": drift" in line]
        assert stated == ["Dockerfile: in sync", "apps/web/Dockerfile: in sync", "services/api/Dockerfile: drift"]
        assert "services/api/Dockerfile:1: BP710 error" in out


def test_a_path_that_is_not_there_cannot_be_told(
    capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(app)
    code, out, err = run(capsys, "nowhere/Dockerfile")
    assert (code, out) == (2, "")
    assert err.startswith("nowhere/Dockerfile: BP102 there is no Dockerfile\n\nhint: ")
    assert run(capsys, "Dockerfile")[0] == 0


def test_outside_of_a_repository_nothing_is_staged(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    code, _, err = run(capsys, app, "--staged")
    assert code == 2
    assert "is not in a git repository" in err


def test_fix_mends_in_one_step_and_says_what_is_left(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    file = app / "Dockerfile"
    file.write_bytes(GOOD.replace("node:24", "node:22").replace("\n", "\r\n").encode())
    file.chmod(0o640)
    assert run(capsys, app)[0] == 1
    assert run(capsys, app, "--fix")[0] == 0
    assert file.read_bytes() == GOOD.replace("\n", "\r\n").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in app.iterdir()) == ["Dockerfile", "package.json", "server.js"]


def test_fix_and_staged_do_not_go_together(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    code, out, err = run(capsys, app, "--fix", "--staged")
    assert (code, out) == (2, "")
    assert "do not go together" in err
    assert (app / "Dockerfile").read_text() == GOOD


def test_fix_leaves_what_it_cannot_read_alone(capsys: pytest.CaptureFixture[str], app: Path) -> None:
    (app / "Dockerfile").write_bytes(b"FROM node:22\n\xff\n")
    code, out, _ = run(capsys, app, "--fix")
    assert code == 2
    assert "Dockerfile:2: BP700 error: it is not UTF-8" in out


def test_an_interrupted_write_leaves_the_old_file_whole(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    assert main(["write", str(app), "--force"]) == 130
    assert (app / "Dockerfile").read_text() == GOOD
    assert sorted(path.name for path in app.iterdir()) == ["Dockerfile", "package.json", "server.js"]


def test_a_full_disk_is_an_error_and_the_old_file_stays(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SourceError, match="it cannot be written: No space left on device"):
        files.replace(app / "Dockerfile", "FROM x\n", Origin("Dockerfile"))
    assert (app / "Dockerfile").read_text() == GOOD


def test_a_tree_that_cannot_be_written_is_read_all_the_same(
    capsys: pytest.CaptureFixture[str], app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / "Dockerfile").write_text(GOOD.replace("node:24", "node:22"))

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # As root every directory can be written, so the refusal is that of the call.
    monkeypatch.setattr("buildplan.source.files.replace_inside", refused)
    assert run(capsys, app)[0] == 1
    code, _, err = run(capsys, app, "--fix")
    assert code == 2
    assert err.startswith("Dockerfile: BP101 it cannot be written: Permission denied")
    assert "node:22" in (app / "Dockerfile").read_text()


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (
            GOOD.replace("USER", "<<<<<<< a\nUSER 1\n=======\nUSER 2\n>>>>>>> b\nUSER"),
            2,
            ":4: BP701 error: a merge conflict",
        ),
        ("FROM node:24\nRNU x\n", 2, ":2: BP700 error: it is no Dockerfile: unknown instruction"),
        ("# syntax=docker/dockerfile:1\n# escape=`\n" + GOOD, 0, "Dockerfile: in sync"),
        (GOOD.replace("USER", "RUN <<EOF\nnpm --version\nEOF\nUSER"), 0, "Dockerfile: in sync"),
        (GOOD.replace("USER", "ONBUILD COPY gone.js ./\nUSER"), 0, "Dockerfile: in sync"),
        ("ARG V=22\n" + GOOD.replace("node:24", "node:${V}"), 1, ":1: BP710 error"),
        (
            GOOD.replace("slim\n", "slim AS one\n", 1) + "FROM one AS two\nCOPY gone.js ./\nUSER 1\n",
            1,
            ":7: BP730 error",
        ),
        (GOOD.replace("\n", "\r\n"), 0, "Dockerfile: in sync"),
        (GOOD + "# a line\n" * 10_000, 0, "Dockerfile: in sync"),
        ("", 2, "BP700 error: it holds no `FROM`"),
    ],
    ids=["conflict", "syntax", "directives", "here-doc", "onbuild", "arg", "targets", "crlf", "10000-lines", "empty"],
)
def test_whatever_is_in_the_file_the_message_is_clear(
    capsys: pytest.CaptureFixture[str], app: Path, text: str, code: int, message: str
) -> None:
    (app / "Dockerfile").write_bytes(text.encode())
    start = time.process_time()
    found, out, err = run(capsys, app)
    assert (found, err) == (code, "")
    assert message in out
    assert time.process_time() - start < 10
    assert (app / "Dockerfile").read_bytes() == text.encode()


def test_the_library_checks_any_source() -> None:
    files = {"Dockerfile": GOOD, "server.js": "", "a/Dockerfile": "FROM node:20\nUSER 1\n", "package.json": MANIFEST}
    reports = buildplan.check(files)
    assert [(report.path, report.status) for report in reports] == [
        ("Dockerfile", "in_sync"),
        ("a/Dockerfile", "in_sync"),
    ]
    assert [finding.code for finding in reports[1].findings] == ["BP712"]
    assert buildplan.check(files, ["a"], ignore=["BP712"])[0].status == "in_sync"
    assert buildplan.check(files, select=["BP730"])[1].findings == ()
    with pytest.raises(FileError):
        buildplan.check(files, ["b"])
