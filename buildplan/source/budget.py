"""How much work one tree may make: one account for all that is read and parsed of it.

A step is about a microsecond of a slow machine; no clock is asked, so the same tree always gives the same plan. Each
parser says what a text will cost it *before* it parses, measured in what costs it time and memory: nodes, keys, tokens.

Measured on 121 public apps (2026-11-24): at most 21 MB of source, 750 kB of JSON (a lock file), 22 kB of YAML, 21 kB of
XML, 13 kB of TOML, 98 kB in a Python file, and 60,000 steps in all.
"""

from __future__ import annotations

from buildplan.errors import LimitError
from buildplan.model.origin import Origin

MAX_STEPS = 1_500_000
# All files together. Source files that would go beyond the second number count as unread.
MAX_READ_BYTES = 64 * 1024 * 1024
MAX_SOURCE_BYTES = 32 * 1024 * 1024


# What a character of source costs, in thousandths of a step, where it is scanned token by token.
_SOURCE_COSTS = {".go": 500, ".rs": 100}


class Budget:
    """What is left for a tree, and for the folders of it that are read as trees of their own."""

    __slots__ = ("_bytes", "_steps", "unread")

    def __init__(self) -> None:
        self._steps = MAX_STEPS
        self._bytes = MAX_READ_BYTES
        self.unread: list[str] = []

    def spend(self, steps: int, path: str) -> None:
        """Take the steps that a file costs; raises LimitError when none are left."""
        self._steps -= steps
        if self._steps < 0:
            raise LimitError(
                "the files of the tree take more work to parse than any real app's",
                origin=Origin(path),
                hint="this file is large, or many are; move data and generated files out of the tree",
            )

    def allows(self, steps: int, path: str) -> bool:
        """Take the steps that a source file costs, and return True; note it as unread when there are not so many."""
        if steps > self._steps:
            self.unread.append(path)
            return False
        self._steps -= steps
        return True

    def allows_source(self, size: int, path: str) -> bool:
        """Take the steps that a source file of this size costs, as `allows` does."""
        return self.allows(size * _SOURCE_COSTS.get(path[path.rfind(".") :], 0) // 1_000, path)

    def read(self, size: int, path: str) -> None:
        """Take the bytes of a file that has been read; raises LimitError when there are too many."""
        self._bytes -= size
        if self._bytes < 0:
            raise LimitError(
                f"more than {MAX_READ_BYTES // 1024**2} MB of the tree would have to be read",
                origin=Origin(path),
                hint="name the folder of the app, or move data out of the tree",
            )

    def has_room_for_source(self, path: str) -> bool:
        """Return whether one more source file may be read; if not, it is noted as unread."""
        if self._bytes > MAX_READ_BYTES - MAX_SOURCE_BYTES:
            return True
        self.unread.append(path)
        return False


def check_size(path: str, what: str, size: int, most: int) -> None:
    """Raise LimitError when a file holds more of something than its parser is given."""
    if size > most:
        raise LimitError(
            f"it has about {size:,} {what}; at most {most:,} are read",
            origin=Origin(path),
            hint="a manifest has far fewer; move data into another file",
        )
