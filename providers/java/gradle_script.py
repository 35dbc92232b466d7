"""A Gradle script, Groovy or Kotlin, read without running it: strings, comments and brackets are told apart.

In `code` comments are blanks and each string is its number among `strings`, in double quotes; lines keep their
numbers. So a pattern over `code` never matches inside of a string or a comment.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin, Sourced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

_MAX_CHARACTERS = 256 * 1024
# An unfinished comment or string takes the rest, so that no second attempt starts inside of it.
_TOKEN = re.compile(
    r"//[^\n]*|/\*(?:.*?\*/|.*)|\"\"\"(?:.*?\"\"\"|.*)|'''(?:.*?'''|.*)"
    r"|\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?",
    re.DOTALL,
)


class Script(NamedTuple):
    """A script; see the module's text."""

    path: str
    code: str
    strings: tuple[str, ...]

    def string(self, number: str) -> str:
        """Return the string whose number stands in `code`."""
        return self.strings[int(number)]

    def origin(self, offset: int, key: str | None = None) -> Origin:
        """Return the place of an offset in `code`."""
        return Origin(self.path, self.code.count("\n", 0, offset) + 1, key)

    def block(self, name: str) -> Iterator[tuple[int, str]]:
        """Yield offset and text of what stands in `name { … }`, at any depth."""
        for match in re.finditer(
            rf"(?<![\w.]){re.escape(name)}\s{{0,20}}(?:\([^(){{}}]{{0,200}}\)\s{{0,20}})?\{{", self.code
        ):
            end = closing(self.code, match.end())
            yield match.end(), self.code[match.end() : end]

    def value(self, pattern: str) -> Sourced[str] | None:
        """Return the first group of a pattern over `code`; a number in quotes there stands for its string."""
        match = re.search(pattern, self.code)
        if match is None:
            return None
        text = match[1]
        if text.startswith('"'):
            text = self.string(text.strip('"'))
        return Sourced(text, self.origin(match.start(1)))


def closing(code: str, start: int) -> int:
    """Return where the bracket ends whose content begins at `start`."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return match.start()
    return len(code)


def manifest(tree: SourceTree, path: str) -> Script:
    """Return a script that the build is made of; raises FileError when it is no text."""
    text = tree.text(path)
    return tree.memo("gradle manifest", path, lambda: parse(path, text))


def read(tree: SourceTree, path: str) -> Script | None:
    """Return the script, None when it is missing or no text."""
    return tree.memo("gradle script", path, lambda: _parse(path, tree.text_or_none(path)))


def _parse(path: str, text: str | None) -> Script | None:
    return None if text is None else parse(path, text)


def parse(path: str, text: str) -> Script:
    """Return the script of a text."""
    text = text[:_MAX_CHARACTERS]
    pieces: list[str] = []
    strings: list[str] = []
    position = 0
    for match in _TOKEN.finditer(text):
        token = match[0]
        pieces.append(text[position : match.start()])
        position = match.end()
        lines = "\n" * token.count("\n")
        if token.startswith(("//", "/*")):
            pieces.append(" " + lines)
            continue
        pieces.append(f'"{len(strings)}"{lines}')
        quote = token[:3] if token.startswith(('"""', "'''")) else token[0]
        strings.append(token[len(quote) :].removesuffix(quote))
    pieces.append(text[position:])
    return Script(path, "".join(pieces), tuple(strings))
