"""Opening files of a tree that may be hostile or changing: no link is followed, only regular files are read."""

from __future__ import annotations

import errno
import os
import stat

# Absent on Windows, which has neither FIFOs in the file system nor `dir_fd`.
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_DIRECTORY = os.O_RDONLY | _CLOEXEC | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = (
    os.O_RDONLY | _CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)


def open_regular(root: str, path: str) -> int:
    """Return a descriptor of the regular file at `path` below `root`; the caller closes it.

    Every step is opened relative to the one before and without following a link, so a directory or file that was
    swapped for a link after it was listed is an OSError, as is anything that is not a regular file.
    """
    *above, name = path.split("/")
    if ".." in above or name in ("", ".", ".."):
        raise OSError(errno.EINVAL, "it is not a path inside the tree")
    if os.open in os.supports_dir_fd:
        directory = os.open(root, _DIRECTORY)
        try:
            for step in above:
                inner = os.open(step, _DIRECTORY, dir_fd=directory)
                os.close(directory)
                directory = inner
            descriptor = os.open(name, _FILE, dir_fd=directory)
        finally:
            os.close(directory)
    else:
        whole = os.path.join(root, *above, name)
        if os.path.realpath(whole) != whole:
            raise OSError(errno.ELOOP, "it is reached through a link")
        descriptor = os.open(whole, _FILE)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file")
    return descriptor


def read_regular(root: str, path: str, limit: int) -> bytes | None:
    """Return the content of the regular file at `path` below `root`, None when it has more than `limit` bytes.

    Raises OSError as `open_regular` does. A file that grows meanwhile is not read beyond the limit.
    """
    descriptor = open_regular(root, path)
    try:
        if os.fstat(descriptor).st_size > limit:
            return None
        chunks: list[bytes] = []
        room = limit + 1
        while room and (chunk := os.read(descriptor, min(room, 1024 * 1024))):
            chunks.append(chunk)
            room -= len(chunk)
    finally:
        os.close(descriptor)
    return b"".join(chunks) if room else None
