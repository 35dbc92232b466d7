from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from git_repository import GitRepository, needs_git

from buildplan.errors import SourceError
from buildplan.source import SourceTree
from buildplan.source.git import GitIndexBackend
from buildplan.source.memory import MemoryBackend
from buildplan.source.open import Source, open_tree

FILES = {
    ".gitignore": "node_modules\n/build\n*.log\n",
    "build/index.html": "committed in spite of a rule",
    "package.json": "{}",
    "src/é.js": "foreign",
    "src/deep/main.js": "main",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> GitRepository:
    git = GitRepository(tmp_path_factory.mktemp("same") / "app")
    git.write(FILES)
    (git.root / "src" / "link.js").symlink_to("deep/main.js")
    (git.root / "config").symlink_to("../config")
    (git.root / "public").symlink_to("build")
    git("add", "-f", "-A")
    git.commit()
    for form in ("zip", "tar", "tar.gz"):
        git("archive", "HEAD", "--prefix=app-main/", f"--format={form}", "-o", f"../app.{form}")
    git("clone", "-q", "--bare", ".", "../bare.git")
    with tarfile.open(git.root.parent / "folder.tar.xz", "w:xz") as folder:
        folder.add(git.root, "app")
    # What a laptop has on top.
    git.write(
        {
            "node_modules/x/package.json": "{}",
            "a.log": "",
            "build/extra": "",
            ".idea/x.xml": "",
            "src/__pycache__/x": "",
        }
    )
    (git.root / "empty" / "folder").mkdir(parents=True)
    return git


@needs_git
@pytest.mark.parametrize(
    ("path", "revision"),
    [
        ("app", None),
        ("app", "HEAD"),
        ("app", "main"),
        ("bare.git", "HEAD"),
        ("app.zip", None),
        ("app.tar", None),
        ("app.tar.gz", None),
        ("folder.tar.xz", None),
    ],
)
def test_the_same_repository_is_the_same_tree_in_every_form(
    repository: GitRepository, path: str, revision: str | None
) -> None:
    expected = SourceTree(GitIndexBackend(repository.root))
    tree = open_tree(repository.root.parent / path, revision=revision)
    assert tree.listing == expected.listing
    assert list(tree.files) == list(expected.files)
    assert list(tree.files) == [
        ".gitignore",
        "config",
        "package.json",
        "build/index.html",
        "src/link.js",
        "src/é.js",
        "src/deep/main.js",
    ]
    assert [tree.text_or_none(file) for file in tree.files] == [expected.text_or_none(file) for file in tree.files]
    assert tree.text("src/link.js") == "main"
    assert tree.listing.blocked == {"config": "it is a link to `../config`, which is outside of the tree"}


def test_a_tree_is_returned_as_it_is_and_a_mapping_is_a_tree() -> None:
    tree = SourceTree(MemoryBackend({"a": "x"}))
    assert open_tree(tree) is tree
    assert open_tree({"a": "text", "b": b"bytes"}).text("b") == "bytes"


def test_a_path_is_text_or_a_path_object(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    assert open_tree(str(tmp_path)).text("a") == open_tree(tmp_path).text("a") == "x"


def test_nothing_is_listed_before_it_is_needed(tmp_path: Path) -> None:
    tree = open_tree(tmp_path / "missing")
    with pytest.raises(SourceError, match="there is no directory"):
        tree.has("a")


@pytest.mark.parametrize("source", [{"a": ""}, SourceTree(MemoryBackend({}))])
def test_a_revision_of_what_is_no_path_is_an_error(source: Source) -> None:
    with pytest.raises(SourceError, match="a revision was named, but the source is not a path"):
        open_tree(source, revision="HEAD")


@needs_git
def test_a_revision_of_an_archive_or_a_plain_directory_is_an_error(repository: GitRepository, tmp_path: Path) -> None:
    for path in (repository.root.parent / "app.zip", tmp_path):
        with pytest.raises(SourceError, match="is not in a git repository") as caught:
            list(open_tree(path, revision="HEAD").files)
        assert caught.value.hint == "name a directory in a git work tree, or leave out the revision"


@needs_git
def test_a_bare_repository_needs_a_revision(repository: GitRepository) -> None:
    with pytest.raises(SourceError, match="is a git repository without a work tree") as caught:
        open_tree(repository.root.parent / "bare.git")
    assert caught.value.hint == "name a revision, such as `HEAD`"


@pytest.mark.parametrize(
    "heavy", ["pathspec", "tarfile", "zipfile", "gzip", "lzma", "zlib", "subprocess", "buildplan.source.git"]
)
def test_a_directory_is_listed_without_loading_what_it_does_not_need(tmp_path: Path, heavy: str) -> None:
    (tmp_path / ".gitignore").write_text("*.log\n/dist\n[ab]*.c\n")
    code = (
        "import sys; from buildplan.source.open import open_tree; list(open_tree(sys.argv[1]).files); "
        "sys.exit(int(sys.argv[2] in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path, heavy], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or f"{heavy} was loaded"
