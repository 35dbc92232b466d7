"""A tree that is an archive: `.zip`, or `.tar` as it is or compressed with gzip, bzip2 or xz; never extracted.

A single top directory is taken off, as archives of a hosted repository and of a packed folder have one. Ignore rules
apply as in a directory, since the archive may have been made of anybody's folder; not in an archive that `git archive`
made (a host's download is one): it carries the commit's hash and is a clean checkout.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple

from buildplan.errors import SourceError
from buildplan.source.files import open_regular
from buildplan.source.ignore import MAX_IGNORE_BYTES, IgnoreRules, Ignores, too_many_rules
from buildplan.source.ignore_rule import parse
from buildplan.source.repository import MAX_INDEX_BYTES, hash_bytes_in, index_paths
from buildplan.source.tar import BLOCK, Readable, Stream, TarReader, is_header
from buildplan.source.tree import MAX_FILES
from buildplan.source.walk import PRUNED_FILES, PathLister, Walked, printable, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zipfile import ZipInfo

    from buildplan.source.tree import Listing

# To read a file again from a compressed tar archive, all before it must be unpacked again; so small files are kept.
_MAX_KEPT_FILE_BYTES = 64 * 1024
_MAX_KEPT_BYTES = 16 * 1024 * 1024
_MAX_LINK_BYTES = 4096
_CHUNK = 64 * 1024
_XZ_MEMORY = 128 * 1024 * 1024
_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 1
_UNIX = 3
_LOCAL_HEADER_BYTES = 30
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\3\4": "zip", b"PK\5\6": "zip"}


class _Entry(NamedTuple):
    """Where a file's content lies. `packed_size` and `checksum` are a zip archive's; None means as it is."""

    size: int
    offset: int
    packed_size: int | None = None
    checksum: int | None = None
    content: bytes | None = None


@dataclass(slots=True)
class _Contents:
    """What an archive holds, by path."""

    files: dict[str, _Entry] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    special: dict[str, str] = field(default_factory=dict)
    comment: str = ""

    def add(self, name: str, what: _Entry | str, *, link: bool = False) -> None:
        """Add a file, a link with its target, or what may not be read with the reason; raises SourceError."""
        path = _path(name)
        if path in self.files or path in self.links or path in self.special:
            self.files.pop(path, None)
            self.links.pop(path, None)
            self.special[path] = "it is in the archive more than once"
        elif isinstance(what, _Entry):
            self.files[path] = what
        elif link:
            self.links[path] = what
        else:
            self.special[path] = what
        if len(self.files) + len(self.links) + len(self.special) > MAX_FILES:
            raise SourceError(
                f"the archive has more than {MAX_FILES:,} files", hint="leave out what is not source code"
            )

    def without_top(self) -> _Contents:
        """Return the contents without the directory that all of them share, when there is one."""
        paths = [path for path in (*self.files, *self.links, *self.special) if not _is_packers(path)]
        tops = {path.partition("/")[0] if "/" in path else "" for path in paths}
        if len(tops) != 1 or "" in tops:
            return self
        prefix = f"{tops.pop()}/"
        return _Contents(
            {path.removeprefix(prefix): what for path, what in self.files.items() if path.startswith(prefix)},
            {path.removeprefix(prefix): what for path, what in self.links.items() if path.startswith(prefix)},
            {path.removeprefix(prefix): what for path, what in self.special.items() if path.startswith(prefix)},
            self.comment,
        )


class ArchiveBackend:
    """The files of an archive, given by its path or its bytes."""

    def __init__(self, archive: str | os.PathLike[str] | bytes) -> None:
        self._archive = archive if isinstance(archive, bytes) else os.fspath(archive)
        self._format = ""
        self._contents = _Contents()
        self._walked: Walked | None = None

    @property
    def label(self) -> str:
        """The path as it was given."""
        return "the archive" if isinstance(self._archive, bytes) else printable(self._archive)

    def listing(self) -> Listing:
        """List the archive; raises SourceError when it is none, is damaged, unpacks to too much or leaves the tree."""
        return self._walk().listing

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the content of a listed file, None when it has more than `limit` bytes."""
        path = self._walk().aliases.get(path, path)
        if path not in self._contents.files:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self._content(path, limit)

    def _walk(self) -> Walked:
        if self._walked is None:
            with self._opened() as raw:
                self._format = _format(raw, self.label)
                contents = _zip_contents(raw) if self._format == "zip" else _tar_contents(raw, self._format)
            self._contents = contents = contents.without_top()
            clean = re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", contents.comment)
            lister = PathLister(contents.files, contents.links, contents.special, contents.links.__getitem__)
            self._walked = walk(lister, None if clean else self._ignores())
        return self._walked

    def _ignores(self) -> Ignores:
        """Return the ignore rules; an archive that was made with its `.git` says what is tracked."""
        excluded = self._git_file("info/exclude", MAX_IGNORE_BYTES)
        return Ignores(self._ignore_file, self._tracked, IgnoreRules().extended("", parse(excluded)))

    def _tracked(self) -> list[str]:
        config = self._git_file("config", MAX_IGNORE_BYTES).decode(errors="replace")
        try:
            return index_paths(self._git_file("index", MAX_INDEX_BYTES), hash_bytes_in(config))
        except SourceError:
            return []

    def _git_file(self, name: str, limit: int) -> bytes:
        path = f".git/{name}"
        return (self._content(path, limit) or b"") if path in self._contents.files else b""

    def _ignore_file(self, path: str) -> bytes:
        content = self._content(path, MAX_IGNORE_BYTES)
        if content is None:
            raise too_many_rules(path)
        return content

    def _content(self, path: str, limit: int) -> bytes | None:
        entry = self._contents.files[path]
        if entry.size > limit:
            return None
        if entry.content is not None:
            return entry.content
        with self._opened() as raw:
            if self._format == "zip":
                return _zip_content(raw, entry)
            stream = Stream(_unpacked(raw, self._format))
            stream.skip_to(entry.offset)
            content = stream.read(entry.size)
        if len(content) != entry.size:
            raise _damaged()
        return content

    @contextmanager
    def _opened(self) -> Iterator[IO[bytes]]:
        """Open the archive for the time of the context; what goes wrong in there is a SourceError."""
        if isinstance(self._archive, bytes):
            yield io.BytesIO(self._archive)
            return
        try:
            directory, name = os.path.split(os.path.realpath(self._archive, strict=True))
            descriptor = open_regular(directory, name)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else None
            raise SourceError(f"the archive `{self.label}` cannot be opened: {reason or error}") from error
        with os.fdopen(descriptor, "rb") as raw:
            yield raw


def _path(name: str) -> str:
    """Return the path of a member; raises SourceError when it leads out of the tree."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or not parts:
        raise SourceError(
            f"the archive holds `{printable(name)}`, which is not a path inside the tree",
            hint="make it again from inside the directory, with relative paths",
        )
    return "/".join(parts)


def _is_packers(path: str) -> bool:
    """Return whether a path at the top is what a system adds beside the one top directory."""
    return path.startswith("__MACOSX/") or path in PRUNED_FILES


def _damaged() -> SourceError:
    return SourceError("the archive is damaged", hint="make it again, or unpack it and plan that")


def _format(raw: IO[bytes], label: str) -> str:
    """Return `zip`, `tar` or what a tar archive is compressed with; raises SourceError."""
    start = raw.read(BLOCK)
    raw.seek(0)
    for magic, name in _MAGIC.items():
        if start.startswith(magic):
            return name
    if not is_header(start) and (any(start) or len(start) < BLOCK):
        raise SourceError(
            f"`{label}` is a file, but not an archive that can be read",
            hint="name a directory, or a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz file",
        )
    return "tar"


def _tar_contents(raw: IO[bytes], kind: str) -> _Contents:
    contents = _Contents()
    stream = Stream(_unpacked(raw, kind))
    reader = TarReader(stream)
    room = 0 if kind == "tar" else _MAX_KEPT_BYTES
    for member in reader:
        if member.kind == "file":
            content = None
            if member.size <= min(room, _MAX_KEPT_FILE_BYTES):
                content = stream.read(member.size)
                room -= member.size
            contents.add(member.name, _Entry(member.size, member.offset, content=content))
        elif member.kind == "link":
            contents.add(member.name, member.target, link=True)
        elif member.kind == "hard link":
            target = contents.files.get(_path(member.target))
            missing = f"it is a hard link to `{printable(member.target)}`, which is not in the archive"
            contents.add(member.name, target or missing)
        elif member.kind != "directory":
            contents.add(member.name, f"it is {member.kind}, not a regular file")
    contents.comment = reader.comment
    return contents


class _Unpacked:
    """A decompressed stream: reads are bounded, and the library's own errors become SourceError."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        try:
            return self._stream.read(size)
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged() from error


class _Xz:
    """Xz without the freedom to ask for gigabytes of memory, which a header otherwise has."""

    def __init__(self, raw: IO[bytes]) -> None:
        import lzma

        self._raw = raw
        self._error = lzma.LZMAError
        self._decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int, /) -> bytes:
        try:
            while not self._decompressor.eof:
                block = self._raw.read(_CHUNK) if self._decompressor.needs_input else b""
                content = self._decompressor.decompress(block, size)
                if content:
                    return content
                if not block and self._decompressor.needs_input:
                    raise _damaged()
        except self._error as error:
            raise _damaged() from error
        return b""


def _unpacked(raw: IO[bytes], kind: str) -> Readable:
    if kind == "gzip":
        import gzip

        return _Unpacked(gzip.GzipFile(fileobj=raw))
    if kind == "bzip2":
        import bz2

        return _Unpacked(bz2.BZ2File(raw))
    return _Xz(raw) if kind == "xz" else raw


def _zip_contents(raw: IO[bytes]) -> _Contents:
    import struct
    import zipfile

    contents = _Contents()
    try:
        archive = zipfile.ZipFile(raw)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, OverflowError, struct.error) as error:
        raise _damaged() from error
    for info in archive.infolist():
        name = info.orig_filename
        if not name.endswith("/"):
            what = _zip_entry(raw, info)
            contents.add(name, what[0], link=what[1])
    contents.comment = archive.comment.decode("latin-1")
    return contents


def _zip_entry(raw: IO[bytes], info: ZipInfo) -> tuple[_Entry | str, bool]:
    """Return what `_Contents.add` takes for a member, and whether it is a link."""
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted", False
    if info.compress_type not in (_STORED, _DEFLATED):
        return f"it is compressed with the method {info.compress_type}, which is not read", False
    packed = info.compress_size if info.compress_type == _DEFLATED else None
    entry = _Entry(info.file_size, info.header_offset, packed, info.CRC)
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == _UNIX else 0
    if kind == stat.S_IFLNK:
        # A target that is longer than a path can be leads nowhere, so out of the tree.
        target = _zip_content(raw, entry) if entry.size <= _MAX_LINK_BYTES else b"/"
        return target.decode("utf-8", "surrogateescape"), True
    return (entry, False) if kind in (0, stat.S_IFREG) else ("it is not a regular file", False)


def _zip_content(raw: IO[bytes], entry: _Entry) -> bytes:
    """Return a member's content: as many bytes as the archive says and no more; raises SourceError."""
    if entry.offset < 0:
        raise _damaged()
    raw.seek(entry.offset)
    header = raw.read(_LOCAL_HEADER_BYTES)
    if not header.startswith(b"PK\3\4") or len(header) < _LOCAL_HEADER_BYTES:
        raise _damaged()
    raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), os.SEEK_CUR)
    packed = entry.packed_size
    content = raw.read(entry.size) if packed is None else _inflated(raw, packed, entry.size)
    if len(content) != entry.size or zlib.crc32(content) != entry.checksum:
        raise _damaged()
    return content


def _inflated(raw: IO[bytes], packed_size: int, size: int) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    try:
        while size and packed_size and (block := raw.read(min(packed_size, _CHUNK))):
            packed_size -= len(block)
            parts.append(stream.decompress(block, size))
            size -= len(parts[-1])
    except zlib.error as error:
        raise _damaged() from error
    return b"".join(parts)
