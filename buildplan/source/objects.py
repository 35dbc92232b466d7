"""Git's object store, read without the `git` executable: loose objects, packs and alternates.

Sizes are checked before anything is unpacked: an object says how long it is, and not a byte more is inflated.
Alternates are followed inside the repository only, unless the caller asks for more: a tree that names another
repository of the machine would otherwise be planned with its content.

Sources, checked 2026-11-24: https://git-scm.com/docs/gitformat-pack, https://git-scm.com/docs/gitrepository-layout
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
import zlib
from bisect import bisect_left
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.errors import SourceError
from buildplan.source.files import open_regular, read_regular
from buildplan.source.repository import offset_number

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a delta is applied to may be larger than what comes out; nothing that a plan reads has a larger base.
MAX_OBJECT_BYTES = 64 * 1024 * 1024
# All that one object's chain of deltas may unpack to, and how long it may be (git allows 4095).
MAX_CHAIN_BYTES = 1024 * 1024 * 1024
MAX_CHAIN_LENGTH = 4096
_CACHE_BYTES = 16 * 1024 * 1024
_MAX_ALTERNATES = 16
_CHUNK = 64 * 1024

_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA = 6
_REFERENCE_DELTA = 7
_INDEX_MAGIC = b"\xfftOc\0\0\0\2"
_IDS_AT = 8 + 256 * 4
_LARGE_OFFSET = 0x80000000
_SHA1_BYTES = 20
# More bits than any size has.
_MAX_SHIFT = 64


class DamagedError(SourceError):
    """The repository holds something that git does not write."""

    def __init__(self, problem: str = "the git repository is damaged") -> None:
        super().__init__(problem, hint="look with `git fsck`")


@dataclass(frozen=True, slots=True)
class _Pack:
    """An open pack and its index; `counts[n]` is how many ids begin with a byte up to n."""

    index: int
    data: int
    hash_bytes: int
    counts: tuple[int, ...]

    def offset(self, object_id: bytes) -> int | None:
        """Return where an object lies in the pack, None when it is not there."""
        first, ids = self._beginning_with_byte(object_id[0])
        at = bisect_left(ids, object_id)
        if at == len(ids) or ids[at] != object_id:
            return None
        offsets_at = _IDS_AT + self.counts[255] * (self.hash_bytes + 4)
        offset = int.from_bytes(_exactly(self.index, 4, offsets_at + 4 * (first + at)))
        if offset & _LARGE_OFFSET:
            large = offsets_at + 4 * self.counts[255] + 8 * (offset & ~_LARGE_OFFSET)
            offset = int.from_bytes(_exactly(self.index, 8, large))
        return offset

    def beginning_with(self, digits: str) -> list[str]:
        """Return the ids in the pack that begin with these hexadecimal digits (at least two)."""
        _, ids = self._beginning_with_byte(int(digits[:2], 16))
        return [object_id.hex() for object_id in ids if object_id.hex().startswith(digits)]

    def _beginning_with_byte(self, byte: int) -> tuple[int, list[bytes]]:
        """Return how many ids come before those that begin with the byte, and those, sorted."""
        first = self.counts[byte - 1] if byte else 0
        size = self.hash_bytes
        block = _exactly(self.index, (self.counts[byte] - first) * size, _IDS_AT + first * size)
        return first, [block[at : at + size] for at in range(0, len(block), size)]


@contextmanager
def opened_objects(common_dir: str, hash_bytes: int, *, alternates: bool = False) -> Iterator[Objects]:
    """Open a repository's objects for the time of the context; raises SourceError.

    With `alternates`, objects are also taken from outside of the repository, as git does.
    """
    directories = _object_directories(os.path.join(common_dir, "objects"), outside=alternates)
    with ExitStack() as stack:
        try:
            packs = [pack for directory in directories for pack in _open_packs(directory, hash_bytes, stack)]
        except OSError as error:
            raise SourceError(f"the git objects cannot be read: {error.strerror or error}") from error
        yield Objects(directories, packs, hash_bytes)


class Objects:
    """The objects of a repository."""

    def __init__(self, directories: list[str], packs: list[_Pack], hash_bytes: int) -> None:
        self._directories = directories
        self._packs = packs
        self.hash_bytes = hash_bytes
        self._cache: dict[tuple[int, int], tuple[str, bytes]] = {}
        self._cached_bytes = 0

    def read(self, object_id: str, limit: int) -> tuple[str, bytes] | None:
        """Return an object's kind and content, None when it has more than `limit` bytes.

        Raises SourceError when it is missing or damaged.
        """
        try:
            place = self._place(bytes.fromhex(object_id))
            found = self._loose(object_id, limit) if place is None else self._packed(*place, limit)
        except (OSError, zlib.error, ValueError, struct.error) as error:
            raise DamagedError(f"the git object `{object_id}` cannot be read: {error}") from error
        if found is not None:
            kind, content = found
            whole = b"%s %d\0%s" % (kind.encode(), len(content), content)
            algorithm = hashlib.sha1 if self.hash_bytes == _SHA1_BYTES else hashlib.sha256
            if algorithm(whole, usedforsecurity=False).hexdigest() != object_id:
                raise DamagedError(f"the git object `{object_id}` has other content than it says")
        return found

    def beginning_with(self, digits: str) -> set[str]:
        """Return the ids of all objects that begin with these hexadecimal digits (at least two)."""
        found = {object_id for pack in self._packs for object_id in pack.beginning_with(digits)}
        for directory in self._directories:
            with suppress(OSError):
                names = os.listdir(os.path.join(directory, digits[:2]))
                found.update(name for rest in names if (name := digits[:2] + rest).startswith(digits))
        return {object_id for object_id in found if len(object_id) == 2 * self.hash_bytes}

    def _place(self, object_id: bytes) -> tuple[_Pack, int] | None:
        for pack in self._packs:
            offset = pack.offset(object_id)
            if offset is not None:
                return pack, offset
        return None

    def _loose(self, object_id: str, limit: int) -> tuple[str, bytes] | None:
        for directory in self._directories:
            try:
                # Deflate adds at most a thousandth, so a larger file is a larger object.
                raw = read_regular(directory, f"{object_id[:2]}/{object_id[2:]}", limit + limit // 512 + 1024)
            except FileNotFoundError:
                continue
            return None if raw is None else _unpack_loose(raw, limit)
        raise SourceError(
            f"the git object `{object_id}` is missing", hint="fetch it: a shallow or partial clone does not hold all"
        )

    def _packed(self, pack: _Pack, offset: int, limit: int) -> tuple[str, bytes] | None:
        deltas: list[tuple[tuple[int, int], bytes]] = []
        waiting = 0
        while True:
            known = self._cache.get((pack.data, offset))
            if known is not None:
                break
            number, size, at = _entry_header(pack, offset)
            if size > (MAX_OBJECT_BYTES if deltas or number not in _KINDS else limit):
                return None
            if number in _KINDS:
                known = _KINDS[number], _inflate(pack.data, at, size)
                self._keep((pack.data, offset), known)
                break
            base, at = _base(pack, number, offset, at)
            delta = _inflate(pack.data, at, size)
            if not deltas and _delta_sizes(delta)[1] > limit:
                return None
            deltas.append(((pack.data, offset), delta))
            waiting += size
            if waiting > MAX_OBJECT_BYTES or len(deltas) > MAX_CHAIN_LENGTH:
                raise DamagedError
            if isinstance(base, int):
                offset = base
            elif (place := self._place(base)) is not None:
                pack, offset = place
            elif (known := self._loose(base.hex(), MAX_OBJECT_BYTES)) is None:
                return None
            else:
                break
        kind, content = known
        if not deltas and len(content) > limit:
            return None
        unpacked = 0
        for key, delta in reversed(deltas):
            content = apply_delta(content, delta)
            unpacked += len(content)
            if unpacked > MAX_CHAIN_BYTES:
                raise DamagedError
            self._keep(key, (kind, content))
        return kind, content

    def _keep(self, key: tuple[int, int], found: tuple[str, bytes]) -> None:
        """Remember what other deltas may be based on: the trees of a commit mostly follow from one another."""
        self._cached_bytes += len(found[1])
        if self._cached_bytes > _CACHE_BYTES:
            self._cache.clear()
            self._cached_bytes = len(found[1])
        self._cache[key] = found


def _object_directories(first: str, *, outside: bool) -> list[str]:
    """Return the object directory and its alternates, theirs included."""
    directories = [first]
    inside = os.path.dirname(os.path.realpath(first))
    for directory in directories:
        try:
            listed = read_regular(directory, "info/alternates", _CHUNK) or b""
        except OSError:
            continue
        for line in listed.decode("utf-8", "surrogateescape").splitlines():
            alternate = os.path.realpath(os.path.join(directory, line)) if line and not line.startswith("#") else first
            if not outside and os.path.commonpath((inside, alternate)) != inside:
                raise SourceError(
                    "the git repository takes objects from outside of it (`objects/info/alternates`)",
                    hint="copy them into it with `git repack -ad`, and remove the file",
                )
            if alternate not in directories and len(directories) < _MAX_ALTERNATES and os.path.isdir(alternate):
                directories.append(alternate)
    return directories


def _open_packs(directory: str, hash_bytes: int, stack: ExitStack) -> Iterator[_Pack]:
    try:
        names = sorted(os.listdir(os.path.join(directory, "pack")))
    except FileNotFoundError:
        return
    for name in names:
        if not name.endswith(".idx") or f"{name[:-4]}.pack" not in names:
            continue
        index = open_regular(directory, f"pack/{name}")
        stack.callback(os.close, index)
        data = open_regular(directory, f"pack/{name[:-4]}.pack")
        stack.callback(os.close, data)
        header = _exactly(index, _IDS_AT, 0)
        counts = struct.unpack(">256I", header[8:])
        if not header.startswith(_INDEX_MAGIC):
            raise SourceError(
                "a git pack has an index of a version that is not read", hint="rewrite it with `git repack -ad`"
            )
        if list(counts) != sorted(counts) or os.fstat(index).st_size < _IDS_AT + counts[255] * (hash_bytes + 8):
            raise DamagedError
        yield _Pack(index, data, hash_bytes, counts)


def _exactly(descriptor: int, size: int, offset: int) -> bytes:
    block = _some(descriptor, size, offset)
    if len(block) != size:
        raise DamagedError
    return block


def _some(descriptor: int, size: int, offset: int) -> bytes:
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, size)


def _entry_header(pack: _Pack, offset: int) -> tuple[int, int, int]:
    """Return the kind of a pack's entry, its unpacked size, and where the rest of it begins."""
    block = _some(pack.data, 16, offset)
    position = 0
    size = shift = number = 0
    for position, byte in enumerate(block):
        if not position:
            number, size, shift = byte >> 4 & 7, byte & 15, 4
        else:
            size |= (byte & 0x7F) << shift
            shift += 7
        if not byte & 0x80:
            return number, size, offset + position + 1
    raise DamagedError


def _base(pack: _Pack, number: int, offset: int, at: int) -> tuple[int | bytes, int]:
    """Return what a delta is based on, an offset in the pack or an object id, and where the delta begins."""
    if number == _REFERENCE_DELTA:
        return _exactly(pack.data, pack.hash_bytes, at), at + pack.hash_bytes
    distance, used = offset_number(_some(pack.data, 16, at), 0)
    if number != _OFFSET_DELTA or not 0 < distance < offset:
        raise DamagedError
    return offset - distance, at + used


def _inflate(descriptor: int, offset: int, size: int) -> bytes:
    """Return the `size` bytes that are deflated at an offset of a file."""
    stream = zlib.decompressobj()
    parts: list[bytes] = []
    missing = size
    while missing:
        block = _some(descriptor, min(missing + 64, _CHUNK), offset)
        if not block or stream.eof:
            raise DamagedError
        offset += len(block)
        part = stream.decompress(block, missing)
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _unpack_loose(raw: bytes, limit: int) -> tuple[str, bytes] | None:
    stream = zlib.decompressobj()
    header, _, content = stream.decompress(raw, 64).partition(b"\0")
    found = re.fullmatch(rb"(blob|tree|commit|tag) ([0-9]{1,20})", header)
    if found is None:
        raise DamagedError
    size = int(found[2])
    if size > limit:
        return None
    if size > len(content):
        content += stream.decompress(stream.unconsumed_tail, size - len(content))
    if len(content) != size:
        raise DamagedError
    return found[1].decode(), content


def _delta_sizes(delta: bytes) -> tuple[int, int, int]:
    """Return the sizes of what a delta is applied to and of what comes out, and where its instructions begin."""
    sizes = [0, 0]
    position = 0
    for which in (0, 1):
        shift = 0
        more = True
        while more:
            byte = delta[position] if position < len(delta) and shift < _MAX_SHIFT else 0
            sizes[which] |= (byte & 0x7F) << shift
            shift += 7
            position += 1
            more = bool(byte & 0x80)
    return sizes[0], sizes[1], position


def apply_delta(base: bytes, delta: bytes) -> bytes:
    """Return what a delta makes of its base; raises SourceError for one that does not fit."""
    before, after, position = _delta_sizes(delta)
    if before != len(base) or after > MAX_OBJECT_BYTES:
        raise DamagedError
    parts: list[bytes] = []
    made = 0
    while position < len(delta) and made <= after:
        code = delta[position]
        position += 1
        if code & 0x80:
            start = size = 0
            for bit in range(7):
                if code >> bit & 1:
                    byte = delta[position] if position < len(delta) else 0
                    position += 1
                    if bit < 4:  # noqa: PLR2004 - four bytes of offset, then three of size
                        start |= byte << 8 * bit
                    else:
                        size |= byte << 8 * (bit - 4)
            part = base[start : start + (size or 0x10000)]
        elif not code:
            raise DamagedError  # reserved; git refuses it too
        else:
            part = delta[position : position + code]
            position += code
        parts.append(part)
        made += len(part)
    if made != after or position > len(delta):
        raise DamagedError
    return b"".join(parts)
