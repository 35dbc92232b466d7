"""Reading and replacing files of a tree that may be hostile or changing: nothing outside of it is touched.

No link is followed while a path is opened, and only regular files are read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat

# Absent on Windows, which has neither FIFOs in the file system nor `dir_fd`.
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_DIRECTORY = os.O_RDONLY | _CLOEXEC | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FILE = (
    os.O_RDONLY | _CLOEXEC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)

# How the names of temporary files begin. The generated `.dockerignore` leaves out `Dockerfile*`, so one that is left
# behind by a killed process is not copied into an image.
TEMPORARY = "Dockerfile~buildplan-"


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


def resolved_inside(root: str, path: str) -> str:
    """Return the path below `root` that `path` leads to when links are followed; the file itself may be missing.

    Raises OSError for a path that leads out of `root`, through `..` or through a link at any step.
    """
    top = os.path.realpath(root)
    whole = os.path.realpath(os.path.join(top, path))
    if os.path.isabs(path) or ".." in path.replace(os.sep, "/").split("/") or os.path.commonpath((top, whole)) != top:
        raise OSError(errno.ELOOP, "it leads out of the directory")
    return os.path.relpath(whole, top).replace(os.sep, "/")


def read_inside(root: str, path: str, limit: int) -> bytes | None:
    """Return the content of a file below `root`, None when it has more than `limit` bytes.

    Links are followed as long as they stay below `root`. Raises OSError as `resolved_inside` and `read_regular` do.
    """
    return read_regular(os.path.realpath(root), resolved_inside(root, path), limit)


def replace_file(path: str, content: bytes) -> None:
    """Put `content` in place of the file at `path`, in one step or not at all; a link is replaced, not its target.

    Raises OSError; the old file is then as it was.
    """
    parent, name = os.path.split(path)
    _replace(parent or ".", None, name, content)


def replace_inside(root: str, path: str, content: bytes) -> None:
    """Put `content` in place of the file at `path` below `root`, in one step or not at all.

    Links are followed as long as they stay below `root`; a link that is made meanwhile is not. What an earlier call
    left behind when its process was killed is removed. Raises OSError; the old file is then as it was.
    """
    top = os.path.realpath(root)
    *above, name = resolved_inside(root, path).split("/")
    if os.open not in os.supports_dir_fd:
        _replace(os.path.join(top, *above), None, name, content)
        return
    directory = os.open(top, _DIRECTORY)
    try:
        for step in above:
            inner = os.open(step, _DIRECTORY, dir_fd=directory)
            os.close(directory)
            directory = inner
        _replace("", directory, name, content)
    finally:
        os.close(directory)


def _replace(parent: str, directory: int | None, name: str, content: bytes) -> None:
    """Replace one file of a directory, given as a path or as a descriptor."""
    target = os.path.join(parent, name)
    mode = 0o644
    try:
        status = os.stat(target, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISREG(status.st_mode):
            mode = status.st_mode & 0o777
        elif not stat.S_ISLNK(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
    _remove_leftovers(parent, directory)
    temporary = os.path.join(parent, f"{TEMPORARY}{os.urandom(6).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOEXEC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(temporary, flags, 0o600, dir_fd=directory)
    try:
        try:
            _lock(descriptor)
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            os.fsync(descriptor)
            if directory is None:
                os.close(descriptor)
                descriptor = -1
            os.replace(temporary, target, src_dir_fd=directory, dst_dir_fd=directory)
        finally:
            if descriptor >= 0:
                os.close(descriptor)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=directory)
        raise


def _remove_leftovers(parent: str, directory: int | None) -> None:
    """Remove the temporary files of writers that were killed; a living one holds a lock on its own."""
    for name in os.listdir(parent if directory is None else directory):
        if not name.startswith(TEMPORARY):
            continue
        path = os.path.join(parent, name)
        with contextlib.suppress(OSError):
            descriptor = os.open(path, _FILE, dir_fd=directory)
            try:
                _lock(descriptor)
                os.unlink(path, dir_fd=directory)
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Take the file's lock; raises OSError when another process has it. Windows locks open files by itself."""
    try:
        import fcntl
    except ImportError:
        return
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
