from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import random
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from git_repository import GitRepository, needs_git

from buildplan.errors import FileError, SourceError
from buildplan.source import SourceTree, archive, tar
from buildplan.source.archive import ArchiveBackend

FILES = {"package.json": "{}", "src/main.js": "main", "src/deep/a.js": "a"}
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
LONG = "d" * 90 + "/" + "e" * 90 + "/" + "f" * 90


def tar_of(files: dict[str, str], *members: tarfile.TarInfo, kind: str = "", form: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=form) as written:
        for path, text in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(text.encode())
            written.addfile(info, io.BytesIO(text.encode()))
        for member in members:
            written.addfile(member, io.BytesIO(b"x" * member.size))
    return COMPRESS[kind](made.getvalue())


def member(name: str, kind: bytes, target: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def zip_of(
    files: dict[str, str], *links: tuple[str, str], method: int = zipfile.ZIP_DEFLATED, comment: str = ""
) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as written:
        for path, text in files.items():
            written.writestr(path, text)
        for name, target in links:
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            written.writestr(info, target)
        written.comment = comment.encode()
    return made.getvalue()


def tree_of(content: bytes) -> SourceTree:
    return SourceTree(ArchiveBackend(content))


def texts(content: bytes) -> dict[str, str]:
    tree = tree_of(content)
    return {path: tree.text(path) for path in tree.files}


@pytest.mark.parametrize(
    "content",
    [
        tar_of(FILES),
        tar_of(FILES, kind="gz"),
        tar_of(FILES, kind="bz2"),
        tar_of(FILES, kind="xz"),
        tar_of(FILES, form=tarfile.GNU_FORMAT),
        tar_of(FILES, form=tarfile.USTAR_FORMAT),
        tar_of({f"./{path}": text for path, text in FILES.items()}),
        zip_of(FILES),
        zip_of(FILES, method=zipfile.ZIP_STORED),
        b"".join((gzip.compress(tar_of(FILES)[:700]), gzip.compress(tar_of(FILES)[700:]))),
    ],
    ids=["tar", "gz", "bz2", "xz", "gnu", "ustar", "dots", "zip", "stored zip", "two gzip streams"],
)
def test_an_archive_is_read_in_every_form(content: bytes) -> None:
    assert texts(content) == FILES


def test_an_archive_is_read_from_a_path_which_is_its_label(tmp_path: Path) -> None:
    path = tmp_path / "app.tgz"
    path.write_bytes(tar_of(FILES, kind="gz"))
    tree = pickle.loads(pickle.dumps(SourceTree(ArchiveBackend(path))))  # noqa: S301
    assert tree.text("src/main.js") == "main"
    assert tree.label == str(path)
    assert tree_of(b"").label == "the archive"


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_and_foreign_names_are_read(form: int) -> None:
    long = {"a/" + LONG: "long"} if form != tarfile.USTAR_FORMAT else {LONG[:180]: "long"}
    files = {**long, "é/ü": "foreign", "b": ""}
    assert texts(tar_of(files, form=form)) == files


def test_one_top_directory_is_taken_off() -> None:
    packed = {f"app-1.0/{path}": text for path, text in FILES.items()}
    assert texts(tar_of(packed)) == FILES
    assert texts(zip_of(packed)) == FILES
    assert texts(zip_of({**packed, "__MACOSX/app-1.0/._x": "", ".DS_Store": ""})) == FILES
    assert set(texts(tar_of({**packed, "other": ""}))) == {*packed, "other"}
    assert set(texts(tar_of({"a/b": "", "a/c/d": ""}))) == {"b", "c/d"}
    assert set(texts(tar_of({"a/b/c": ""}))) == {"b/c"}
    assert set(texts(tar_of({"src/a": "", ".git/HEAD": ""}))) == {"src/a"}
    assert texts(tar_of({})) == {}


def test_ignore_rules_hold_as_in_a_directory() -> None:
    dirty = {
        **FILES,
        ".gitignore": "dist\n*.log\n",
        "dist/a": "",
        "x.log": "",
        "node_modules/a/package.json": "",
        ".env": "",
    }
    expected = {*FILES, ".gitignore", ".env"}
    assert set(texts(tar_of(dirty, kind="gz"))) == set(texts(zip_of(dirty))) == expected


@needs_git
def test_an_archive_that_git_made_is_a_clean_checkout(tmp_path: Path) -> None:
    git = GitRepository(tmp_path / "repository")
    git.write({".gitignore": "build\n", "build/index.html": "built", "src": ""})
    git("add", "-f", "-A")
    git.commit()
    for form in ("zip", "tar", "tar.gz"):
        git("archive", "HEAD", "--prefix=app-1/", f"--format={form}", "-o", str(tmp_path / "out"))
        assert texts((tmp_path / "out").read_bytes()) == {
            ".gitignore": "build\n",
            "build/index.html": "built",
            "src": "",
        }


@needs_git
def test_an_archive_with_its_git_directory_says_what_is_tracked(tmp_path: Path) -> None:
    git = GitRepository(tmp_path / "app")
    git.write({".gitignore": "build\n", "build/kept": "k", "build/lost": "l", "note": "", "src": ""})
    git("add", "-f", ".gitignore", "build/kept", "src")
    (git.root / ".git" / "info" / "exclude").write_text("note\n")
    with tarfile.open(tmp_path / "app.tar.gz", "w:gz") as written:
        written.add(git.root, "app")
    assert texts((tmp_path / "app.tar.gz").read_bytes()) == {".gitignore": "build\n", "build/kept": "k", "src": ""}


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "src/../../x"])
@pytest.mark.parametrize("form", ["tar", "zip"])
def test_a_link_out_of_the_archive_is_blocked(target: str, form: str) -> None:
    if form == "tar":
        content = tar_of(FILES, member("link", tarfile.SYMTYPE, target))
    else:
        content = zip_of(FILES, ("link", target))
    tree = tree_of(content)
    with pytest.raises(FileError, match=f"it is a link to `{target}`, which is outside of the tree"):
        tree.read("link")


def test_links_inside_an_archive_are_resolved() -> None:
    link = member("app/link", tarfile.SYMTYPE, "src/main.js")
    hard = member("app/hard", tarfile.LNKTYPE, "app/src/main.js")
    content = tar_of({f"app/{path}": text for path, text in FILES.items()}, link, hard)
    assert texts(content) == {**FILES, "link": "main", "hard": "main"}
    assert texts(zip_of(FILES, ("link", "src/main.js"), ("folder", "src"))) == {**FILES, "link": "main"}


def test_what_is_no_regular_file_is_blocked() -> None:
    members = (
        member("fifo", tarfile.FIFOTYPE),
        member("disk", tarfile.BLKTYPE),
        member("tty", tarfile.CHRTYPE),
        member("odd", b"Z", size=700),
        member("hard", tarfile.LNKTYPE, "missing"),
    )
    tree = tree_of(tar_of({}, *members))
    assert tree.listing.blocked == {
        "disk": "it is a block device, not a regular file",
        "fifo": "it is a FIFO, not a regular file",
        "hard": "it is a hard link to `missing`, which is not in the archive",
        "odd": "it is of an unknown kind, not a regular file",
        "tty": "it is a character device, not a regular file",
    }
    assert tree.has("odd")


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/etc/passwd", "a/..", ".."])
def test_a_name_that_leaves_the_tree_is_an_error(name: str) -> None:
    for content in (tar_of({name: ""}), tar_of({}, member("a", tarfile.LNKTYPE, name))):
        with pytest.raises(SourceError, match="which is not a path inside the tree") as caught:
            tree_of(content).listing  # noqa: B018 - listing is what raises
        assert caught.value.hint == "make it again from inside the directory, with relative paths"
    with pytest.raises(SourceError, match="which is not a path inside the tree"):
        list(tree_of(zip_of({name: ""})).files)


def test_a_name_with_a_line_end_is_left_out() -> None:
    for content in (tar_of({**FILES, "a\nRUN evil": ""}), zip_of({**FILES, "a\nRUN evil": ""})):
        tree = tree_of(content)
        assert set(tree.files) == set(FILES)
        assert tree.listing.skipped == ("a\\nRUN evil",)


def test_a_file_that_is_there_twice_is_blocked() -> None:
    twice = tar_of(
        {"b": ""}, member("a", tarfile.REGTYPE), member("./a", tarfile.REGTYPE), member("a", tarfile.SYMTYPE, "b")
    )
    assert tree_of(twice).listing.blocked == {"a": "it is in the archive more than once"}
    assert tree_of(zip_of({"a": "1", "b": "2"}).replace(b"b", b"a")).listing.blocked == {
        "a": "it is in the archive more than once"
    }


def test_a_file_that_is_also_a_directory_is_an_error() -> None:
    for content in (tar_of({"x": "", "a": "", "a/b": ""}), zip_of({"x": "", "a/b": "", "a": ""})):
        with pytest.raises(SourceError, match="`a` is both a file and a directory"):
            list(tree_of(content).files)


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz"])
def test_a_bomb_is_an_error_before_it_goes_off(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tar, "MAX_UNPACKED_BYTES", 5_000_000)
    bomb = tar_of({}, member("a", tarfile.REGTYPE, size=20_000_000), kind=kind)
    with pytest.raises(SourceError, match="the archive unpacks to more than") as caught:
        list(tree_of(bomb).files)
    assert caught.value.hint == "leave out what is not source code"


def test_a_large_file_is_not_unpacked_beyond_the_limit() -> None:
    large = {"package.json": "x" * 3_000_000}
    for content in (tar_of(large, kind="gz"), zip_of(large), tar_of(large)):
        backend = ArchiveBackend(content)
        assert backend.read("package.json", 1_000_000) is None
        assert backend.read("package.json", 3_000_000) == b"x" * 3_000_000


def test_a_zip_archive_that_lies_about_a_size_is_an_error_and_not_a_bomb() -> None:
    content = bytearray(zip_of({"a": "x" * 50_000_000}))
    at = content.index(b"PK\1\2")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    backend = ArchiveBackend(bytes(content))
    with pytest.raises(SourceError, match="the archive is damaged"):
        backend.read("a", 100)


def test_zip_members_that_cannot_be_read_are_blocked() -> None:
    encrypted = bytearray(zip_of({"a": "1", "b": "2"}, method=zipfile.ZIP_STORED))
    at = encrypted.index(b"PK\1\2")
    encrypted[at + 8] |= 1
    assert tree_of(bytes(encrypted)).listing.blocked == {"a": "it is encrypted"}
    slow = zip_of({"a": "1" * 100}, method=zipfile.ZIP_LZMA)
    reason = "it is compressed with the method 14, which is not read"
    assert tree_of(slow).listing.blocked == {"a": reason}


def test_an_xz_header_cannot_ask_for_gigabytes_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_XZ_MEMORY", 1024)
    with pytest.raises(SourceError, match="the archive is damaged"):
        list(tree_of(tar_of(FILES, kind="xz")).files)


def test_too_many_files_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 2)
    for content in (tar_of(FILES), zip_of(FILES)):
        with pytest.raises(SourceError, match="the archive has more than 2 files"):
            list(tree_of(content).files)


@pytest.mark.parametrize(
    "content",
    [b"{}", b"hello" * 500, b"", b"PK", b"\x89PNG" + b"\0" * 600, b"Rar!\x1a\7\0" * 100, b"ustar" * 200],
)
def test_a_file_that_is_no_archive_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(SourceError, match=r"`.*file` is a file, but not an archive that can be read") as caught:
        ArchiveBackend(tmp_path / "file").listing()
    assert caught.value.hint == "name a directory, or a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz file"


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"PK\3\4"])
def test_an_archive_that_is_only_a_beginning_is_an_error(magic: bytes) -> None:
    for rest in (b"", b"\0" * 600, os.urandom(600)):
        with pytest.raises(SourceError, match="the archive is damaged"):
            list(tree_of(magic + rest).files)


def test_what_is_compressed_but_no_tar_archive_is_an_error() -> None:
    with pytest.raises(SourceError, match="or not a tar archive"):
        list(tree_of(gzip.compress(b"hello" * 500)).files)


@pytest.mark.parametrize(
    ("key", "value"),
    [("size", "-1"), ("size", "1e9"), ("size", "9" * 5_000), ("path", "../x"), ("path", ""), ("GNU.sparse.major", "1")],
)
def test_hostile_extended_headers_do_no_harm(key: str, value: str) -> None:
    info = member("a", tarfile.REGTYPE, size=1)
    info.pax_headers = {key: value}
    try:
        tree = tree_of(tar_of(FILES, info))
        assert "a" in tree.listing.blocked
    except SourceError:
        pass


@pytest.mark.parametrize(
    "record",
    [b"9999999999 a=b\n", b"0 a=b\n", b"-5 a=b\n", b"6 a=b", b"x a=b\n", b" ", b"3 a", b"5 ab\n", b"1" * 3_000],
)
def test_a_damaged_extended_header_is_an_error(record: bytes) -> None:
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, len(record)
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as written:
        written.addfile(header, io.BytesIO(record))
        written.addfile(tarfile.TarInfo("a"))
    with pytest.raises(SourceError, match="the archive is damaged"):
        list(tree_of(made.getvalue()).files)


def test_a_huge_extended_header_is_an_error() -> None:
    info = member("a", tarfile.REGTYPE)
    info.pax_headers = {"comment": "x" * 2_000_000}
    with pytest.raises(SourceError, match="the archive is damaged"):
        list(tree_of(tar_of({}, info)).files)


@pytest.mark.parametrize("seed", range(60))
def test_an_archive_with_random_damage_is_an_error_or_harmless(seed: int) -> None:
    chance = random.Random(seed)
    files = {f"d{number}/{'n' * number * 9}": "text" * number for number in range(20)}
    whole = chance.choice([tar_of(files), tar_of(files, kind="gz"), tar_of(files, kind="xz"), zip_of(files)])
    content = bytearray(whole)
    for _ in range(chance.randint(1, 5)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    if chance.random() < 0.3:
        del content[chance.randrange(len(content)) :]
    tree = tree_of(bytes(content))
    try:
        found = [tree.text_or_none(path) for path in tree.files]
    except SourceError:
        return
    assert len(found) <= len(files)


def test_an_archive_that_may_not_be_opened_is_an_error(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name, reason in (("missing", "No such file or directory"), ("fifo", "it is not a regular file")):
        with pytest.raises(SourceError, match=f"the archive `.*{name}` cannot be opened: {reason}"):
            ArchiveBackend(tmp_path / name).listing()


def test_a_huge_ignore_file_is_an_error_that_names_it() -> None:
    with pytest.raises(FileError, match=r"a/\.gitignore: BP102 it has more than 256 kB"):
        list(tree_of(tar_of({"a/.gitignore": "x\n" * 200_000, "b": ""})).files)


def test_a_zip_whose_directory_lies_about_its_place_is_damaged() -> None:
    """Found by the fuzzer (seed 3, case 2986): every member begins before the file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.html", "x")
    content = bytearray(out.getvalue())
    place = content.rindex(b"PK\5\6") + 16
    content[place : place + 4] = (int.from_bytes(content[place : place + 4], "little") + 31).to_bytes(4, "little")
    tree = SourceTree(ArchiveBackend(bytes(content)))
    with pytest.raises(SourceError, match="damaged"):
        tree.text("index.html")
