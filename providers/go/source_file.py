"""What one Go file says, without compiling it: package, imports, embedded files, strings, code without comments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin

from . import constraints

if TYPE_CHECKING:
    from buildplan.source import SourceTree

# Larger files are generated: of them only the head counts, which holds the imports.
_MAX_CHARACTERS = 512 * 1024
_HEAD_CHARACTERS = 64 * 1024

# An unfinished comment or raw string takes the rest, so that no second attempt starts inside of it.
_TOKEN = re.compile(
    r"//[^\n]*|/\*(?:.*?\*/|.*)|`[^`]*`?|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.){1,12}'",
    re.DOTALL,
)
_PACKAGE = re.compile(r"^[ \t]*package[ \t]+(\w+)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import\b[ \t]*(?:\(([^()]*)\)|[\w.]*[ \t]*\"(\d+)\")", re.MULTILINE)
_QUOTED = re.compile(r'"(\d+)"')
_MAIN = re.compile(r"^func[ \t]+main[ \t]*\([ \t]*\)", re.MULTILINE)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "'": "'"}


@dataclass(frozen=True, slots=True)
class Literal:
    """A string of the code and the line where it begins."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class GoFile:
    """A Go file.

    In `code` comments are blanks and each string is its number among `literals`, in quotes; lines keep their numbers.
    `head` are the comments above the package clause. `embeds` are the patterns of `//go:embed` with their lines.
    """

    path: str
    package: str
    head: tuple[str, ...]
    imports: tuple[Literal, ...]
    embeds: tuple[Literal, ...]
    literals: tuple[Literal, ...]
    code: str
    main_line: int | None

    @property
    def name(self) -> str:
        """The file name without its directory."""
        return self.path.rpartition("/")[2]

    def holds(self, tags: frozenset[str], *, cgo: bool) -> bool:
        """Return whether the file is part of a build for Linux with these tags."""
        return constraints.holds(self.name, self.head, tags, cgo=cgo)

    def origin(self, line: int | None, key: str | None = None) -> Origin:
        """Return a place in the file."""
        return Origin(self.path, line, key)

    def line_at(self, offset: int) -> int:
        """Return the line of an offset in `code`."""
        return self.code.count("\n", 0, offset) + 1

    def literal(self, number: str) -> Literal:
        """Return the string whose number stands in `code`."""
        return self.literals[int(number)]


def read(tree: SourceTree, path: str) -> GoFile | None:
    """Return the file, or None when it is no text or has no package clause: a source file is only a hint."""
    return tree.memo("go file", path, lambda: _parse(path, tree.text_or_none(path)))


def _parse(path: str, text: str | None) -> GoFile | None:
    if text is None:
        return None
    if len(text) > _MAX_CHARACTERS:
        text = text[:_HEAD_CHARACTERS]
    literals: list[Literal] = []
    comments: list[tuple[int, str]] = []
    pieces: list[str] = []
    position = 0
    line = 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        between = text[position : match.start()]
        line += between.count("\n")
        pieces.append(between)
        position = match.end()
        lines = token.count("\n")
        if token.startswith(("//", "/*")):
            comments.append((line, token))
            pieces.append(" " + "\n" * lines)
        elif token.startswith("'"):
            pieces.append("' '")
        else:
            pieces.append(f'"{len(literals)}"' + "\n" * lines)
            literals.append(Literal(_value(token), line))
        line += lines
    pieces.append(text[position:])
    code = "".join(pieces)
    package = _PACKAGE.search(code)
    if package is None:
        return None
    first = code.count("\n", 0, package.start()) + 1
    main = _MAIN.search(code)
    return GoFile(
        path=path,
        package=package[1],
        head=tuple(comment for number, comment in comments if number < first),
        imports=tuple(_imports(code, literals)),
        embeds=tuple(_embeds(comments)),
        literals=tuple(literals),
        code=code,
        main_line=code.count("\n", 0, main.start()) + 1 if main else None,
    )


def _value(token: str) -> str:
    if token.startswith("`"):
        return token.strip("`")
    inner = token[1:].removesuffix('"')
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), inner) if "\\" in inner else inner


def _imports(code: str, literals: list[Literal]) -> list[Literal]:
    found: list[Literal] = []
    for match in _IMPORT.finditer(code):
        numbers = _QUOTED.findall(match[1]) if match[1] is not None else [match[2]]
        found.extend(literals[int(number)] for number in numbers)
    return found


def _embeds(comments: list[tuple[int, str]]) -> list[Literal]:
    found: list[Literal] = []
    for line, comment in comments:
        if comment.startswith(("//go:embed ", "//go:embed\t")):
            patterns = re.findall(r"\"[^\"\n]*\"|`[^`\n]*`|[^\s\"`]+", comment[len("//go:embed") :])
            found.extend(Literal(pattern.strip('"`').removeprefix("all:"), line) for pattern in patterns)
    return found
