"""The library as its users meet it: sources, public names, help, and the examples of docs/api.md."""

from __future__ import annotations

import io
import pydoc
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from conftest import FIXTURES, ROOT

import buildplan

APP = FIXTURES / "node-express-plain"
PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8").partition("## As a library")[2].partition("\n## ")[0]
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE + README, re.DOTALL)


def archive() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        tar.add(APP, "app")
    return stream.getvalue()


def test_bytes_and_open_files_are_sources(tmp_path: Path) -> None:
    expected = buildplan.plan(APP).dockerfile()
    content = archive()
    file = tmp_path / "app.tar.gz"
    file.write_bytes(content)
    with file.open("rb") as opened:
        assert buildplan.plan(opened).dockerfile() == expected
    for source in (content, bytearray(content), memoryview(content), io.BytesIO(content), file):
        given: Any = source
        assert buildplan.plan(given).dockerfile() == expected
    assert [item.provider.name for item in buildplan.detect(content)] == ["node"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"", "archive"),
        (io.StringIO("x"), "gives text, not bytes"),
        (7, "int is not a source tree"),
        (None, "NoneType is not a source tree"),
        (["package.json"], "list is not a source tree"),
    ],
)
def test_what_is_no_source_is_a_typed_error(source: Any, said: str) -> None:
    with pytest.raises(buildplan.SourceError) as caught:
        buildplan.plan(source)
    assert said in str(caught.value)


def test_every_public_name_is_there_and_is_not_a_module() -> None:
    code = "import buildplan; print([type(getattr(buildplan, n)).__name__ for n in buildplan.__all__].count('module'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
    for name in ("Candidate", "Process", "Variable", "SourceError", "ConfigError", "write_files", "merge"):
        assert name in buildplan.__all__
        assert f"`{name}" in PAGE or f"buildplan.{name}" in PAGE or name in {"Process", "Variable"}


def test_help_can_be_read() -> None:
    for function in (buildplan.plan, buildplan.check, buildplan.detect, buildplan.write_files):
        text = pydoc.plain(pydoc.render_doc(function))
        signature = next(line for line in text.splitlines() if line.startswith(f"{function.__name__}("))
        assert "Options()" in signature
        assert len(signature) < 330, signature
    assert repr(buildplan.Options(app="web", set=("a=1",))) == "Options(set=('a=1',), app='web')"
    assert "write_files" in pydoc.plain(pydoc.render_doc(buildplan))


def test_files_are_written_once_and_edits_stay(tmp_path: Path) -> None:
    for path in APP.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert [change.result.status for change in buildplan.write_files(tmp_path, dry_run=True)] == ["new", "new"]
    assert not (tmp_path / "Dockerfile").exists()
    buildplan.write_files(tmp_path)
    file = tmp_path / "Dockerfile"
    assert file.read_text().startswith(buildplan.plan(APP).dockerfile())
    file.write_text(file.read_text().replace("CMD [", "LABEL a=b\nCMD ["))
    options = buildplan.Options(set=("port=4000",))
    assert [change.result.status for change in buildplan.write_files(tmp_path, options)] == ["merged", "unchanged"]
    assert "LABEL a=b" in file.read_text()
    file.write_text("FROM mine\n")
    with pytest.raises(buildplan.RefusedError, match="a person wrote it"):
        buildplan.write_files(tmp_path)
    assert buildplan.write_files(tmp_path, force=True)[0].result.status == "replaced"
    with pytest.raises(buildplan.SourceError):
        buildplan.write_files(tmp_path / "nowhere")


def test_texts_are_merged_without_a_file() -> None:
    first = buildplan.merge(None, "FROM node:24\nCMD x\n")
    edited = first.text.replace("CMD", "USER 1\nCMD")
    second = buildplan.merge(edited, "FROM node:26\nCMD x\n")
    assert (second.status, second.refused) == ("merged", False)
    assert second.text.startswith("FROM node:26\nUSER 1\nCMD x\n")
    assert buildplan.merge("FROM mine\n", "FROM node:26\n").refused


def test_the_examples_of_the_page_satisfy_a_strict_type_checker(tmp_path: Path) -> None:
    assert len(EXAMPLES) >= 6
    for index, example in enumerate(EXAMPLES):
        (tmp_path / f"example_{index}.py").write_text(example)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_of_the_page_run(example: str, tmp_path: Path) -> None:
    files = {
        "package.json": '{"private": true, "workspaces": ["apps/*"]}',
        "package-lock.json": '{"lockfileVersion": 3, "packages": {}}',
        "Procfile": "worker: node worker.js\n",
        "worker.js": "",
        "apps/web/package.json": '{"name": "web", "scripts": {"start": "node web.js"}}',
        "apps/web/web.js": "require('http').createServer().listen(process.env.PORT)",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
