"""What one Go file says, without compiling it: package, imports, embedded files, and its code when that is asked for.

Imports have to stand before all other declarations, so that the head of a file is enough to know which files belong
together (https://go.dev/ref/spec#Source_file_organization). Only a file with a word that a question is about is parsed
to its end.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from buildplan.read import syntax

from . import constraints

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Value
    from buildplan.source import SourceTree

# gofmt begins every declaration at the start of a line.
_DECLARATIONS = (b"\nfunc ", b"\ntype ", b"\nvar ", b"\nconst ", b"\nvar(", b"\nconst(")
# One pattern of a `//go:embed` comment: a word, which may be quoted.
_PATTERN = re.compile(r"\"[^\"\n]*\"|`[^`\n]*`|[^\s\"`]+")
_EMBED = "//go:embed"


class GoFile:
    """A Go file. `head` are the comments above the package clause, `code` is the whole file."""

    def __init__(self, code: syntax.Source, package: Value, head: syntax.Source) -> None:
        self.code = code
        self.path = code.path
        self.package = package.text
        self.imports = head.imports()
        self.comments = tuple(item["comment"][0] for item in head.matches("comments"))
        self.head = tuple(item.text for item in self.comments if item.start < package.start)

    @property
    def name(self) -> str:
        """The file name without its directory."""
        return self.code.name

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.code.content

    def words(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Return where words stand in the code, outside of strings and comments."""
        return self.code.words(words)

    @functools.cached_property
    def main_line(self) -> int | None:
        """The line of `func main`, None without one."""
        found = (item["name"][0] for item in self.code.matches("functions", ("func main",)))
        return next((name.line for name in found if name.text == "main"), None)

    @functools.cached_property
    def embeds(self) -> tuple[Value, ...]:
        """The patterns of `//go:embed` with their lines."""
        if _EMBED.encode() not in self.code.content:
            return ()
        comments = (item["comment"][0] for item in self.code.matches("comments"))
        return tuple(
            comment._replace(text=pattern.strip('"`').removeprefix("all:"))
            for comment in comments
            if comment.text.startswith((f"{_EMBED} ", f"{_EMBED}\t"))
            for pattern in _PATTERN.findall(comment.text[len(_EMBED) :])
        )

    def holds(self, tags: frozenset[str], *, cgo: bool) -> bool:
        """Return whether the file is part of a build for Linux with these tags."""
        return constraints.holds(self.name, self.head, tags, cgo=cgo)

    def origin(self, line: int | None, key: str | None = None) -> Origin:
        """Return a place in the file."""
        return self.code.origin(line, key)


def read(tree: SourceTree, path: str) -> GoFile | None:
    """Return the file, or None when it is not text or has no package clause: a source file is only a hint."""
    return tree.memo("go file", path, lambda: _open(tree, path))


def _open(tree: SourceTree, path: str) -> GoFile | None:
    code = syntax.source(tree, path, "go")
    if code is None:
        return None
    end = _end_of_head(code.content)
    for head in (code.part(end), code):
        package = head.matches("package")
        if package:
            file = GoFile(code, package[0]["name"][0], head)
            code.body = file.imports[-1].end if file.imports else package[0]["name"][0].end
            return file
    return None


def _end_of_head(content: bytes) -> int:
    """Return where the first declaration behind the imports begins; the whole length when a comment hides it."""
    found = [place for word in _DECLARATIONS if (place := content.find(word)) >= 0]
    end = min(found, default=len(content))
    opened = max(0 if content.startswith(b"/*") else -1, content.rfind(b"\n/*", 0, end))
    return len(content) if opened >= 0 and content.find(b"*/", opened, end) < 0 else end
