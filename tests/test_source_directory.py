from __future__ import annotations

import os
import pickle
import random
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from buildplan.errors import FileError, SourceError
from buildplan.source import MAX_FILE_BYTES, Directory, Listing, SourceTree, directory, walk
from buildplan.source.directory import DirectoryBackend

if TYPE_CHECKING:
    from collections.abc import Iterator


def write(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def listing(path: Path) -> Listing:
    return DirectoryBackend(path).listing()


def files(path: Path) -> list[str]:
    return list(SourceTree(DirectoryBackend(path)).files)


def test_files_are_listed_by_directory_and_read(tmp_path: Path) -> None:
    tree = SourceTree(DirectoryBackend(write(tmp_path, {"b": "1", "a/c": "2", "a/b/d": "3"})))
    assert list(tree.files) == ["b", "a/c", "a/b/d"]
    assert tree.directory("a").files == ("c",)
    assert tree.directory("a").directories == ("b",)
    assert tree.text("a/b/d") == "3"
    assert tree.label == str(tmp_path)


def test_an_empty_directory_is_a_tree_without_files(tmp_path: Path) -> None:
    assert files(tmp_path) == []
    assert list(listing(tmp_path).directories) == [""]


def test_directories_without_a_file_are_left_out_as_in_a_checkout(tmp_path: Path) -> None:
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    write(tmp_path, {"d/e/f": ""})
    assert set(listing(tmp_path).directories) == {"", "d", "d/e"}
    assert listing(tmp_path).directories[""].directories == ("d",)


def test_what_is_never_source_is_left_out_by_name(tmp_path: Path) -> None:
    junk = [
        "node_modules/x/package.json",
        "a/node_modules/x",
        ".git/config",
        "__pycache__/a.pyc",
        ".next/x",
        ".DS_Store",
    ]
    kept = [".yarn/cache/x.zip", "vendor/x", "dist/x", "build/x", "target/x", ".github/x", ".bundle/config", ".env"]
    write(tmp_path, dict.fromkeys(junk + kept, ""))
    assert sorted(files(tmp_path)) == sorted(kept)


def test_the_order_of_the_file_system_does_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"{a}/{b}": "" for a in "dbca" for b in "zyxw"} | {".gitignore": "x\n"})
    before = listing(tmp_path)

    class Shuffled:
        def __init__(self, path: str) -> None:
            with real(path) as entries:
                self._entries = list(entries)
            random.Random(len(path)).shuffle(self._entries)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self._entries)

        def __exit__(self, *_: object) -> None:
            return None

    real = os.scandir
    monkeypatch.setattr(os, "scandir", Shuffled)
    after = listing(tmp_path)
    assert after == before
    assert list(after.directories) == list(before.directories)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("/etc/passwd", "it is a link to `/etc/passwd`, which is outside of the tree"),
        ("../secret", "it is a link to `../secret`, which is outside of the tree"),
        ("a/../../secret", "it is a link to `a/../../secret`, which is outside of the tree"),
        ("missing", "it is a link to `missing`, which is not in the tree"),
        ("a/real/", "it is a link to `a/real/`, which is not in the tree"),
        ("node_modules/x", "it is a link to `node_modules/x`, which is not in the tree"),
        ("fifo", "it is a link to `fifo`: it is a FIFO, not a regular file"),
        ("link", "it is a link to `link`, which leads back to itself or through too many links"),
        ("loop", "it is a link to `loop`, which leads back to itself or through too many links"),
        ("evil\nname", "it is a link to `evil\\nname`, which is not in the tree"),
    ],
)
def test_a_link_that_ends_at_no_file_of_the_tree_is_blocked(tmp_path: Path, target: str, reason: str) -> None:
    root = write(tmp_path / "root", {"a/real": "", "node_modules/x": ""})
    write(tmp_path, {"secret": ""})
    os.mkfifo(root / "fifo")
    (root / "loop").symlink_to("link")
    (root / "link").symlink_to(target)
    tree = SourceTree(DirectoryBackend(root))
    assert tree.listing.blocked["link"] == reason
    assert tree.has("link")
    with pytest.raises(FileError) as caught:
        tree.read("link")
    assert caught.value.problem == f"{reason}, so it is not read"


@pytest.mark.parametrize("target", ["a/real", "./a//real", "a/../a/real", "chain", "up/real", "a/back/a/real"])
def test_a_link_to_a_file_of_the_tree_is_that_file(tmp_path: Path, target: str) -> None:
    write(tmp_path, {"a/real": "content"})
    (tmp_path / "chain").symlink_to("a/other")
    (tmp_path / "a" / "other").symlink_to("real")
    (tmp_path / "a" / "back").symlink_to("..")
    (tmp_path / "up").symlink_to("a")
    (tmp_path / "link").symlink_to(target)
    tree = SourceTree(DirectoryBackend(tmp_path))
    assert tree.text("link") == "content"
    assert tree.listing.blocked == {}


def test_a_link_to_a_directory_is_neither_followed_nor_listed(tmp_path: Path) -> None:
    write(tmp_path, {"a/b": ""})
    (tmp_path / "again").symlink_to("a")
    (tmp_path / "a" / "cycle").symlink_to("..")
    (tmp_path / "self").symlink_to(".")
    assert files(tmp_path) == ["a/b"]
    assert listing(tmp_path).blocked == {}


def test_a_link_named_like_installed_dependencies_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to("/")
    assert listing(tmp_path) == Listing({"": Directory()})


def test_special_files_are_blocked_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(".", os.O_RDONLY)
        os.chdir(tmp_path)  # a socket's path must be short
        try:
            server.bind("app.sock")
        finally:
            os.fchdir(here)
            os.close(here)
        found = listing(tmp_path)
    assert found.directories[""].files == ("app.sock", "package.json")
    assert found.blocked == {
        "app.sock": "it is a socket, not a regular file",
        "package.json": "it is a FIFO, not a regular file",
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may make a device")
def test_a_device_is_blocked(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "disk", 0o60600, os.makedev(7, 200))
    except PermissionError:
        pytest.skip("no devices in this container")
    assert listing(tmp_path).blocked == {"disk": "it is a block device, not a regular file"}


def test_names_that_no_dockerfile_can_hold_are_left_out_and_remembered(tmp_path: Path) -> None:
    for name in (
        b"new\nline",
        b"tab\there",
        b"\xff\xfe",
        b"sep\xe2\x80\xa8",
        b"bad\ndir/file",
        b"fine \xc3\xa9",
        b"\xc2\xa0",
    ):
        file = tmp_path / os.fsdecode(name)
        file.parent.mkdir(exist_ok=True)
        file.touch()
    found = listing(tmp_path)
    assert found.directories == {"": Directory(("fine é", "\xa0"))}
    assert found.skipped == ("\\xff\\xfe", "bad\\ndir", "new\\nline", "sep\\u2028", "tab\\there")


def test_a_huge_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "package.json").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    tree = SourceTree(DirectoryBackend(tmp_path))
    assert tree.has("package.json")
    monkeypatch.setattr(os, "read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(FileError, match="it has more than 16 MB, so it is not read"):
        tree.read("package.json")


def test_a_file_that_grows_while_it_is_read_is_not_read_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = DirectoryBackend(write(tmp_path, {"a": "1234"}))
    backend.listing()
    real = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, size: real(descriptor, 0) or b"x" * size)
    assert backend.read("a", 4) is None


@pytest.mark.parametrize("limit", [4, 5, MAX_FILE_BYTES])
def test_a_file_of_just_the_limit_is_read(tmp_path: Path, limit: int) -> None:
    assert DirectoryBackend(write(tmp_path, {"a": "1234"})).read("a", limit) == b"1234"
    assert DirectoryBackend(tmp_path).read("a", 3) is None


@pytest.mark.parametrize("what", ["link", "fifo", "directory", "link above"])
def test_a_file_that_is_swapped_after_it_was_listed_is_not_read(tmp_path: Path, what: str) -> None:
    outside = write(tmp_path / "outside", {"b": "secret"})
    root = write(tmp_path / "root", {"a/b": "mine"})
    tree = SourceTree(DirectoryBackend(root))
    assert tree.has("a/b")
    (root / "a" / "b").unlink()
    if what == "link":
        (root / "a" / "b").symlink_to(outside / "b")
    elif what == "fifo":
        os.mkfifo(root / "a" / "b")
    elif what == "directory":
        (root / "a" / "b").mkdir()
    else:
        (root / "a").rmdir()
        (root / "a").symlink_to(outside)
    with pytest.raises(FileError, match="a/b: BP102 it cannot be read"):
        tree.read("a/b")


def test_a_file_that_may_not_be_read_is_an_error_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = SourceTree(DirectoryBackend(write(tmp_path, {"a": ""})))
    assert tree.has("a")
    real = os.open

    def refuse(path: Any, flags: int, *arguments: Any, **more: Any) -> int:
        if path == "a":
            raise PermissionError(13, "Permission denied")
        return real(path, flags, *arguments, **more)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "supports_dir_fd", {refuse})
    with pytest.raises(FileError, match=r"^a: BP102 it cannot be read: Permission denied"):
        tree.read("a")


def test_a_directory_that_may_not_be_listed_is_blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"data/x": "", "gone/x": "", "a": ""})
    real = os.scandir

    def refuse(path: str) -> Any:
        if path.endswith("/data"):
            raise PermissionError(13, "Permission denied")
        if path.endswith("/gone"):
            raise FileNotFoundError
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = listing(tmp_path)
    assert found.directories == {"": Directory(("a", "data"))}
    assert found.blocked == {"data": "it is a directory that cannot be listed (Permission denied)"}


def test_a_root_that_may_not_be_listed_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceError, match="cannot be listed: permission denied") as caught:
        listing(tmp_path)
    assert caught.value.hint == "make it readable, or run as a user who may read it"


@pytest.mark.parametrize(
    ("name", "problem", "hint"),
    [
        ("missing", "there is no directory `{}`", "name the directory that holds the app"),
        ("file", "`{}` is not a directory", "name the directory that holds the app, or an archive of it"),
        ("file/below", "`{}` is not a directory", "name the directory that holds the app, or an archive of it"),
        ("nul\0", "the directory `{}` cannot be opened: embedded null byte", None),
    ],
)
def test_what_is_no_directory_is_an_error_with_a_hint(
    tmp_path: Path, name: str, problem: str, hint: str | None
) -> None:
    write(tmp_path, {"file": ""})
    with pytest.raises(SourceError) as caught:
        DirectoryBackend(f"{tmp_path}/{name}").listing()
    assert caught.value.problem == problem.format(f"{tmp_path}/{name}".replace("\0", "\\x00"))
    assert caught.value.hint == hint


def test_a_tree_that_is_too_deep_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_DEPTH", 3)
    assert files(write(tmp_path, {"a/b/c/d": ""})) == ["a/b/c/d"]
    with pytest.raises(SourceError, match="`a/b/c/d2` lies more than 3 directories deep"):
        listing(write(tmp_path, {"a/b/c/d2/e": ""}))


def test_a_tree_with_too_many_files_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (walk, directory):
        monkeypatch.setattr(module, "MAX_FILES", 5)
    assert len(files(write(tmp_path, dict.fromkeys("abcde", "")))) == 5
    with pytest.raises(SourceError, match="the tree has more than 5 files"):
        listing(write(tmp_path, {"f": ""}))


def test_the_path_may_be_a_link_to_the_directory(tmp_path: Path) -> None:
    write(tmp_path / "real", {"a": "content"})
    (tmp_path / "link").symlink_to("real")
    assert SourceTree(DirectoryBackend(tmp_path / "link")).text("a") == "content"


def test_a_tree_travels_to_another_process_and_thread(tmp_path: Path) -> None:
    tree = SourceTree(DirectoryBackend(write(tmp_path, {"a": "content"})))
    assert tree.has("a")
    texts: list[str] = []
    thread = threading.Thread(target=lambda: texts.append(pickle.loads(pickle.dumps(tree)).text("a")))  # noqa: S301
    thread.start()
    thread.join()
    assert texts == ["content"]


def test_reading_without_directory_descriptors_follows_no_link_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "supports_dir_fd", set())
    backend = DirectoryBackend(write(tmp_path, {"a/b": "content", "c/b": "other"}))
    assert backend.read("a/b", 100) == b"content"
    (tmp_path / "a" / "b").unlink()
    (tmp_path / "a").rmdir()
    (tmp_path / "a").symlink_to("c")
    with pytest.raises(OSError, match="reached through a link"):
        backend.read("a/b", 100)
