"""A tree that is a mapping in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.errors import SourceError
from buildplan.source.tree import Listing, listing_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class MemoryBackend:
    """Files given as path → content."""

    label = "the tree in memory"

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {
            path: content.encode() if isinstance(content, str) else content for path, content in files.items()
        }
        for path in self._files:
            parts = path.split("/")
            if path.startswith("/") or not all(parts) or ".." in parts or "." in parts:
                raise SourceError(
                    f"`{path}` is not a path inside the tree",
                    hint="use relative paths with `/`, without `.` and `..`",
                )
            if not path.isprintable():
                raise SourceError(f"{path[:80]!r} holds a control character", hint="rename the file")

    def listing(self) -> Listing:
        """List the given paths."""
        return listing_of(self._files)

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the given content."""
        content = self._files[path]
        return content if len(content) <= limit else None
