"""`buildplan write`: several apps, what git has staged, and the same bytes on every machine."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES
from git_repository import GitRepository, needs_git

from buildplan.cli.main import main

APP = FIXTURES / "node-nixpacks-express"


def files_of(name: str) -> dict[str, str]:
    root = FIXTURES / name
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def output(capsys: pytest.CaptureFixture[str], *words: str | Path) -> str:
    assert main(["write", *map(str, words)]) == 0
    return capsys.readouterr().out


JUNK = {
    "node_modules/left-pad/package.json": '{"scripts": {"start": "node evil.js"}}',
    ".venv/pyvenv.cfg": "",
    ".venv/lib/python3.12/site-packages/django/manage.py": "",
    "__pycache__/main.cpython-312.pyc": "",
    "coverage/index.html": "<html>",
    "debug.log": "x",
    ".idea/workspace.xml": "<x/>",
    ".vscode/settings.json": "{",
    ".DS_Store": "x",
    "server.js.swp": "x",
    "notes.txt~": "x",
    "local.sqlite3": "x",
}
IGNORED = "node_modules\n.venv\n__pycache__\ncoverage/\n*.log\n.idea\n.vscode\n.DS_Store\n*.swp\n*~\n*.sqlite3\n"


@needs_git
@pytest.mark.parametrize(
    "name", ["node-nixpacks-express", "node-turbo", "python-django-vite", "go-embed-frontend", "static-plain-html"]
)
def test_a_laptop_full_of_junk_writes_the_same_bytes_as_a_clean_clone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    git = GitRepository(tmp_path / "laptop")
    files = files_of(name)
    git.commit({**files, ".gitignore": files.get(".gitignore", "") + "\n" + IGNORED})
    GitRepository(tmp_path)("clone", "-q", "laptop", "clone")
    git.write(JUNK)
    written = []
    for place in ("laptop", "clone"):
        output(capsys, tmp_path / place)
        written.append([(tmp_path / place / file).read_bytes() for file in ("Dockerfile", ".dockerignore")])
    assert written[0] == written[1]
    assert git.visible() == sorted({*files, ".gitignore", "Dockerfile", ".dockerignore"})


def test_several_apps_get_their_own_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    GitRepository(tmp_path).write(
        {f"{app}/{name}": text for app in ("a", "b") for name, text in files_of(APP.name).items()}
    )
    out = output(capsys, tmp_path / "a", tmp_path / "b")
    assert [line.rpartition("/")[2] for line in out.splitlines()] == ["Dockerfile: new", ".dockerignore: new"] * 2
    assert (tmp_path / "a/Dockerfile").read_bytes() == (tmp_path / "b/Dockerfile").read_bytes()


def test_nothing_is_written_when_one_of_several_is_a_persons(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    repository = GitRepository(tmp_path)
    repository.write({f"{app}/{name}": text for app in ("a", "b") for name, text in files_of(APP.name).items()})
    repository.write({"b/Dockerfile": "FROM x\n"})
    assert main(["write", str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    assert f"{tmp_path}/b/Dockerfile was written by a person" in capsys.readouterr().err
    assert not (tmp_path / "a/Dockerfile").exists()


def test_update_follows_every_file_that_buildplan_wrote_and_no_other(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    repository = GitRepository(tmp_path)
    for app in ("", "apps/a/", "apps/b/", "apps/c/"):
        repository.write({f"{app}{name}": text for name, text in files_of(APP.name).items()})
    repository.write({"apps/c/Dockerfile": "FROM node:24\n"})
    output(capsys, tmp_path / "apps/a", tmp_path / "apps/b")
    assert output(capsys, tmp_path, "--update") == ""
    file = tmp_path / "apps/a/nixpacks.toml"
    file.write_text(file.read_text().replace("nodejs_20", "nodejs_24"))
    assert output(capsys, tmp_path, "--update") == f"{tmp_path}/apps/a/Dockerfile: regenerated\n"
    assert "FROM node:24-" in (tmp_path / "apps/a/Dockerfile").read_text()
    assert (tmp_path / "apps/c/Dockerfile").read_text() == "FROM node:24\n"
    assert not (tmp_path / "Dockerfile").exists()


@needs_git
def test_what_is_staged_is_planned(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GIT_INDEX_FILE", raising=False)
    git = GitRepository(tmp_path)
    git.commit(files_of(APP.name))
    git.write({"nixpacks.toml": '[phases.setup]\nnixPkgs = ["nodejs_24"]\n'})
    output(capsys, tmp_path, "--staged")
    assert "FROM node:20-" in (tmp_path / "Dockerfile").read_text()
    git("add", "nixpacks.toml")
    output(capsys, tmp_path, "--staged")
    assert "FROM node:24-" in (tmp_path / "Dockerfile").read_text()


def test_a_directory_that_is_not_there_is_an_error(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["write", str(tmp_path / "nowhere")]) == 1
    assert "there is no such directory" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a file system that cannot be written")
def test_a_read_only_file_system_is_a_clear_error(tmp_path: Path) -> None:
    for name, text in files_of(APP.name).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    bound = f"mount --bind {tmp_path} {tmp_path} && mount -o remount,bind,ro {tmp_path}"
    script = f"{bound} && exec {sys.executable} -m buildplan write {tmp_path}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    if "mount" in done.stderr or "unshare" in done.stderr:
        pytest.skip("no file system can be mounted here")
    assert done.returncode == 1
    assert "Dockerfile: BP101 it cannot be written: Read-only file system" in done.stderr
    assert "hint: the file is as it was" in done.stderr


WORKSPACE = {
    "package.json": '{"private": true, "workspaces": ["apps/*"]}',
    "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
    "apps/api/package.json": '{"name": "api", "scripts": {"start": "node api.js"}}',
    "apps/api/api.js": "require('http').createServer().listen(process.env.PORT)",
    "apps/web/package.json": '{"name": "web", "scripts": {"start": "node web.js"}}',
    "apps/web/web.js": "require('http').createServer().listen(process.env.PORT)",
}


def workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    GitRepository(tmp_path).write(WORKSPACE)
    output(capsys, tmp_path, "--app", "api", "--file", "apps/api/Dockerfile")
    output(capsys, tmp_path, "--app", "web", "--file", "apps/web/Dockerfile")
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    code = main(["check", *map(str, words)])
    return code, capsys.readouterr().out


def test_each_app_of_a_workspace_has_a_dockerfile_and_one_build_context(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = workspace(tmp_path, capsys)
    for app in ("api", "web"):
        text = (root / f"apps/{app}/Dockerfile").read_text()
        assert f"COPY apps/{app}/package.json ./apps/{app}/" in text
        assert f"# buildplan write --app={app} --file=apps/{app}/Dockerfile\n# buildplan " in text
        assert (root / f"apps/{app}/Dockerfile.dockerignore").exists()
    assert not (root / "Dockerfile").exists()
    assert checked(capsys, root) == (0, "apps/api/Dockerfile: in sync\napps/web/Dockerfile: in sync\n")


def test_the_options_of_last_time_hold_until_others_are_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = workspace(tmp_path, capsys)
    manifest = root / "apps/web/package.json"
    manifest.write_text(manifest.read_text().replace("node web.js", "node web.js --loud"))
    code, out = checked(capsys, root)
    assert code == 1
    assert "apps/api/Dockerfile: in sync" in out
    assert "apps/web/Dockerfile:" in out
    assert "--loud" in out
    assert output(capsys, root, "--update") == f"{root}/apps/web/Dockerfile: regenerated\n"
    assert output(capsys, root, "--file", "apps/web/Dockerfile").count(": unchanged") == 2
    output(capsys, root, "--file", "apps/web/Dockerfile", "--app", "web", "--set", "port=9000")
    assert "# buildplan write --app=web --set=port=9000 --file=" in (root / "apps/web/Dockerfile").read_text()
    assert checked(capsys, root)[0] == 0


def test_edits_by_hand_survive_other_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = workspace(tmp_path, capsys)
    file = root / "apps/web/Dockerfile"
    file.write_text("# ours\n" + file.read_text())
    output(capsys, root, "--file", "apps/web/Dockerfile", "--app", "web", "--env", "MODE=x")
    assert file.read_text().startswith("# ours\n")
    assert "MODE=x" in file.read_text()
    assert checked(capsys, root)[0] == 0


def test_an_ignore_file_of_a_person_beside_the_dockerfile_is_kept(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    GitRepository(tmp_path).write({**WORKSPACE, "Dockerfile.web.dockerignore": "secret\n"})
    assert main(["write", str(tmp_path), "--app", "web", "--file", "Dockerfile.web"]) == 1
    assert "Dockerfile.web.dockerignore was written by a person" in capsys.readouterr().err
    assert not (tmp_path / "Dockerfile.web").exists()


@pytest.mark.parametrize("name", ["../Dockerfile", "/Dockerfile", "notes.txt", "Dockerfile.dockerignore"])
def test_a_file_that_check_would_never_find_is_not_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    GitRepository(tmp_path).write(WORKSPACE)
    assert main(["write", str(tmp_path), "--app", "web", "--file", name]) == 2
    assert "is no name for a Dockerfile" in capsys.readouterr().err


def test_update_takes_no_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["write", str(tmp_path), "--update", "--app", "web"]) == 2
    assert "own options" in capsys.readouterr().err


def test_a_record_that_a_person_broke_cannot_be_told_and_the_others_can(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = workspace(tmp_path, capsys)
    file = root / "apps/web/Dockerfile"
    whole = file.read_text()
    for record, said in (("--app", "expected one argument"), ("--set=nope.x=1", "nope")):
        file.write_text(whole.replace("# buildplan write --app=web", f"# buildplan write {record}"))
        code, out = checked(capsys, root)
        assert code == 2
        assert "apps/api/Dockerfile: in sync" in out
        assert "BP702" in out
        assert said in out


def test_a_line_of_an_edited_file_is_explained_where_it_is_now(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = workspace(tmp_path, capsys)
    file = root / "apps/web/Dockerfile"
    file.write_text("# one\n# two\n" + file.read_text())
    lines = file.read_text().splitlines()
    number = next(index for index, text in enumerate(lines, 1) if text.startswith("CMD"))
    assert main(["explain", str(root), f"apps/web/Dockerfile:{number}"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f'apps/web/Dockerfile:{number}  CMD ["node", "')
    assert "apps/web/package.json:1 scripts.start" in out
    assert main(["explain", str(root), "apps/web/Dockerfile:1"]) == 2
    assert "apps/web/Dockerfile:1: BP201 `# one` is not in what the plan says now" in capsys.readouterr().err
    assert main(["explain", str(root), f"apps/web/Dockerfile:{len(lines)}"]) == 0
    assert main(["explain", str(root), "apps/web/Dockerfile:999"]) == 2
    assert main(["explain", str(root), "apps/no/Dockerfile:1"]) == 2


AUTHORS = "FROM node:20-slim AS a\nCOPY . .\nFROM node:20-slim\nEXPOSE 4000\nCMD node x.js\n"


def test_what_the_plan_took_from_a_persons_dockerfile_stays_when_ours_takes_its_place(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = {"package.json": '{"main": "x.js"}', "x.js": WORKSPACE["apps/web/web.js"], "Dockerfile": AUTHORS}
    GitRepository(tmp_path).write(files)
    output(capsys, tmp_path, "--force")
    text = (tmp_path / "Dockerfile").read_text()
    assert "FROM node:20-trixie-slim" in text
    assert "# buildplan kept: FROM node:20-slim\n" in text
    assert "kept: COPY" not in text
    assert output(capsys, tmp_path).count(": unchanged") == 2
    assert checked(capsys, tmp_path, "--ignore", "BP712")[0] == 0
    file = tmp_path / "Dockerfile"
    file.write_text(text.replace("kept: FROM node:20-slim\n", "kept: FROM node:24-slim\n"))
    assert checked(capsys, tmp_path)[0] == 1
    output(capsys, tmp_path)
    assert "FROM node:24-trixie-slim" in file.read_text()


def test_nothing_is_kept_of_a_dockerfile_that_decided_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = {"package.json": '{"main": "x.js", "engines": {"node": "24"}}', "x.js": WORKSPACE["apps/web/web.js"]}
    GitRepository(tmp_path).write({**files, "Dockerfile": "FROM alpine\nRUN x\n"})
    output(capsys, tmp_path, "--force")
    assert "kept" not in (tmp_path / "Dockerfile").read_text()


def test_a_line_of_the_plan_is_not_taken_for_one_of_a_persons_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    GitRepository(tmp_path).write({"package.json": '{"main": "x.js"}', "x.js": "", "Dockerfile": AUTHORS})
    assert main(["explain", str(tmp_path), "Dockerfile:3"]) == 0
    assert "a person wrote the one that lies here" in capsys.readouterr().out


def test_what_check_advises_leads_to_a_green_check(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace(tmp_path, capsys))
    app, ours = Path("apps/web/package.json"), Path("apps/web/Dockerfile")
    ours.write_text(
        ours.read_text().replace("CMD [", "LABEL team=shop\nCMD [").replace('web.js"]', 'web.js", "quiet"]')
    )
    app.write_text(app.read_text().replace("node web.js", "node web.js loud"))
    code, out = checked(capsys)
    assert code == 1
    advised = set(re.findall(r"`(buildplan write [^`]+)`", out))
    assert advised == {"buildplan write --update --conflict=mine"}
    for side in ("mine", "theirs"):
        before = ours.read_text()
        output(capsys, "--update", f"--conflict={side}")
        assert checked(capsys)[0] == 0
        assert "LABEL team=shop" in ours.read_text()
        assert not Path("Dockerfile").exists()
        ours.write_text(before)


def test_what_check_advises_works_from_another_directory(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    root = workspace(tmp_path, capsys)
    app = root / "apps/web/package.json"
    app.write_text(app.read_text().replace("node web.js", "node web.js --loud"))
    (advised,) = set(re.findall(r"run `buildplan ([^`]+)`", checked(capsys, root)[1]))
    assert main(shlex.split(advised)) == 0
    capsys.readouterr()
    assert checked(capsys, root)[0] == 0


def test_what_both_changed_is_named_and_can_be_marked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    GitRepository(tmp_path).write(files_of(APP.name))
    output(capsys, tmp_path)
    file = tmp_path / "Dockerfile"
    file.write_text(file.read_text().replace("EXPOSE 3001", "EXPOSE 5000"))
    settings = tmp_path / "nixpacks.toml"
    settings.write_text(settings.read_text().replace("3001", "4000"))
    before = file.read_text()
    for words in ((), ("--diff",)):
        assert main(["write", str(tmp_path), *words]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert f"{file}:28: both changed it\n  yours: EXPOSE 5000\n  plan:  EXPOSE 4000\n" in captured.err
        assert file.read_text() == before
    assert "+EXPOSE 4000" in output(capsys, tmp_path, "--diff", "--conflict", "theirs")
    assert file.read_text() == before
    assert main(["write", str(tmp_path), "--conflict", "markers"]) == 1
    assert "merged, with 1 conflict marked in it" in capsys.readouterr().out
    assert main(["write", str(tmp_path)]) == 1
    assert "a merge conflict is left in it" in capsys.readouterr().err
    file.write_text(re.sub(r"<<<<<<<.*\n(.*)\n=======\n.*\n>>>>>>>.*\n", r"\1\n", file.read_text()))
    assert output(capsys, tmp_path).startswith(f"{file}: unchanged")
    assert "EXPOSE 5000" in file.read_text()
    assert f"{file}: replaced" in output(capsys, tmp_path, "--force")


def test_a_diff_without_a_change_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    GitRepository(tmp_path).write(files_of(APP.name))
    output(capsys, tmp_path)
    assert main(["write", str(tmp_path), "--diff"]) == 0
    assert capsys.readouterr() == ("", "no change\n")


def test_files_of_two_apps_that_changed_places_are_put_right(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    root = workspace(tmp_path, capsys)
    one, two = root / "apps/api/Dockerfile", root / "apps/web/Dockerfile"
    texts = one.read_text(), two.read_text()
    one.write_text(texts[1])
    two.write_text(texts[0])
    assert main(["write", str(root), "--update"]) == 1
    assert "and here it is" in capsys.readouterr().err
    assert (one.read_text(), two.read_text()) == (texts[1], texts[0])
