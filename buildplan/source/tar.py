"""Listing a tar archive as a stream: one pass forward, nothing extracted, nothing held but names.

The standard library's reader is not used on archives from strangers: it reads extended headers of any size into
memory, and older releases hang on crafted ones (CVE-2024-6232, CVE-2025-8194).

Sources, checked 2026-11-24: POSIX.1-2024, `pax`, extended description; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from buildplan.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator

# All that a compressed archive may unpack to; beyond it is a bomb, or nothing that anyone plans a build from.
MAX_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
_MAX_HEADER_BYTES = 1024 * 1024
_CHUNK = 1024 * 1024

BLOCK = 512
_CHECKSUM = slice(148, 156)
_LONG_NAME, _LONG_TARGET, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"
_KINDS = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "hard link",
    b"2": "link",
    b"3": "a character device",
    b"4": "a block device",
    b"5": "directory",
    b"6": "a FIFO",
    b"S": "a sparse file",
}


class Readable(Protocol):
    """Something to read bytes from."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


class Member(NamedTuple):
    """A member: `kind` is `file`, `directory`, `link`, `hard link`, or with an article what else it is.

    `target` is what a link leads to; `offset` is where the content begins, counted from the start of the stream.
    """

    name: str
    kind: str
    size: int
    offset: int
    target: str


class Stream:
    """A stream that counts, skips, and ends with an error before it unpacks too much."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self.position = 0

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end; raises SourceError when the archive is too large."""
        if self.position + size > MAX_UNPACKED_BYTES:
            raise SourceError(
                f"the archive unpacks to more than {MAX_UNPACKED_BYTES // 1024**3} GB",
                hint="leave out what is not source code",
            )
        parts: list[bytes] = []
        missing = size
        while missing and (part := self._source.read(min(missing, _CHUNK))):
            parts.append(part)
            missing -= len(part)
        self.position += size - missing
        return b"".join(parts)

    def skip_to(self, position: int) -> None:
        """Read on to a position."""
        while self.position < position:
            if not self.read(min(position - self.position, _CHUNK)):
                raise _damaged()


class TarReader:
    """Iterates over the members of a tar archive; the content of a member can be read from the stream meanwhile.

    `comment` is the archive's own: `git archive` writes the hash of the commit there.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.comment = ""

    def __iter__(self) -> Iterator[Member]:
        """Yield all members; raises SourceError for what is not a tar archive."""
        shared: dict[str, str] = {}
        own: dict[str, str] = {}
        while any(block := self._stream.read(BLOCK)) or not self._stream.position:
            if not is_header(block):
                raise _damaged()
            flag = block[156:157]
            size = _size(block[124:136])
            if flag in (_LONG_NAME, _LONG_TARGET):
                own["path" if flag == _LONG_NAME else "linkpath"] = _text(self._header(size))
            elif flag == _PAX:
                own |= _records(self._header(size))
            elif flag == _PAX_GLOBAL:
                shared |= _records(self._header(size))
                self.comment = shared.get("comment", "")
            else:
                member, size = self._member(block, size, {**shared, **own})
                own = {}
                yield member
                self._stream.skip_to(member.offset + size + -size % BLOCK)

    def _header(self, size: int) -> bytes:
        """Return the content of a member that describes the next one."""
        if size > _MAX_HEADER_BYTES:
            raise _damaged()
        return self._stream.read(size + -size % BLOCK)[:size]

    def _member(self, block: bytes, size: int, fields: dict[str, str]) -> tuple[Member, int]:
        """Return a member and how many bytes follow in the archive."""
        if "size" in fields:
            size = _size(fields["size"].encode(errors="replace"))
        kind = _KINDS.get(block[156:157], "of an unknown kind")
        name = _text(block[:100])
        prefix = _text(block[345:500]) if block[257:263] == b"ustar\0" else ""
        name = f"{prefix}/{name}" if prefix else name
        if any(key.startswith("GNU.sparse.") for key in fields):
            kind = "a sparse file"
            name = fields.get("GNU.sparse.name", name)
        name = fields.get("path", name)
        if kind == "file" and name.endswith("/"):
            kind = "directory"  # as archives from before POSIX have it
        if block[156:157] == b"S":
            self._skip_sparse_map(block)
        stored = size if kind in ("file", "a sparse file", "of an unknown kind") else 0
        return Member(name, kind, size, self._stream.position, fields.get("linkpath", _text(block[157:257]))), stored

    def _skip_sparse_map(self, block: bytes) -> None:
        more = block[482]
        while more:
            following = self._stream.read(BLOCK)
            if len(following) < BLOCK:
                raise _damaged()
            more = following[504]


def is_header(block: bytes) -> bool:
    """Return whether a block is a member's header: its checksum is right."""
    if len(block) != BLOCK:
        return False
    digits = block[_CHECKSUM].strip(b" \0")
    total = sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")
    return digits.isdigit() and digits.strip(b"01234567") == b"" and int(digits, 8) == total


def _damaged() -> SourceError:
    return SourceError("the archive is damaged, or not a tar archive", hint="make it again, or unpack it and plan that")


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _size(field: bytes) -> int:
    """Return a size that is written in octal, or in binary with the first bit set; raises SourceError."""
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:])
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise _damaged()
    return int(digits or b"0", 8)


def _records(content: bytes) -> dict[str, str]:
    """Return the fields of an extended header, `length key=value` lines; raises SourceError."""
    fields: dict[str, str] = {}
    position = 0
    while position < len(content):
        space = content.find(b" ", position, position + 10)
        digits = content[position:space]
        length = int(digits) if space > 0 and digits.isdigit() else 0
        record = content[space + 1 : position + length]
        key, equals, value = record.partition(b"=")
        if position + length > len(content) or not equals or not value.endswith(b"\n"):
            raise _damaged()
        fields[_text(key)] = value[:-1].decode("utf-8", "surrogateescape")
        position += length
    return fields
