"""The files of one program together: which of them are worth parsing for a question.

A question names the words that an answer has in it. They are looked for in all files at once, which takes half a
millisecond a megabyte and word; only the files that have one are asked, and so parsed. Texts in quotes are indexed at
the first question that is about them, since most questions are.
"""

from __future__ import annotations

import bisect
import functools
import re
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# The closing quote may open the next text, so that a quote in a comment hides none.
_QUOTED = re.compile(rb"[\"`]([^\"`\n]{1,300})(?=[\"`])")


class File(Protocol):
    """A source file of a language: `Source`, or what a language makes of one."""

    @property
    def content(self) -> bytes:
        """Return the bytes that are looked through."""

    def words(self, words: tuple[str, ...]) -> tuple[int, ...]:
        """Return where words stand in the code, outside of strings and comments."""


F = TypeVar("F", bound=File)


class Corpus(Generic[F]):
    """The files of a program, in their order."""

    def __init__(self, files: Iterable[F]) -> None:
        self._files = tuple(files)
        self._content = b"\n".join(file.content for file in self._files)
        self._starts = [0]
        for file in self._files:
            self._starts.append(self._starts[-1] + len(file.content) + 1)

    def __iter__(self) -> Iterator[F]:
        return iter(self._files)

    def among(self, *found: tuple[F, ...]) -> tuple[F, ...]:
        """Return the files that are in one of the answers, in their order."""
        chosen = {id(file) for files in found for file in files}
        return tuple(file for file in self._files if id(file) in chosen)

    def mentioning(self, words: tuple[str, ...]) -> tuple[F, ...]:
        """Return the files that have one of the words in them, wherever."""
        found: set[int] = set()
        for word in words:
            sought = word.encode()
            place = self._content.find(sought)
            while place >= 0:
                index = bisect.bisect_right(self._starts, place) - 1
                found.add(index)
                place = self._content.find(sought, self._starts[index + 1])
        return self._of(found)

    def says(self, words: tuple[str, ...]) -> bool:
        """Return whether one of the words stands in the code of a file, outside of strings and comments."""
        return any(file.words(words) for file in self.mentioning(words))

    def fitting(self, *patterns: re.Pattern[bytes]) -> tuple[F, ...]:
        """Return the files in which one of the patterns fits somewhere; each should begin with a plain word."""
        found: set[int] = set()
        for pattern in patterns:
            match = pattern.search(self._content)
            while match is not None:
                index = bisect.bisect_right(self._starts, match.start()) - 1
                found.add(index)
                match = pattern.search(self._content, self._starts[index + 1])
        return self._of(found)

    def quoting(self, fits: Callable[[str], object]) -> tuple[F, ...]:
        """Return the files that may hold a string for which the function returns something true."""
        return self._of({index for text, indexes in self._quoted.items() if fits(text) for index in indexes})

    @functools.cached_property
    def _quoted(self) -> dict[str, list[int]]:
        found: dict[bytes, list[int]] = {}
        for index, file in enumerate(self._files):
            for text in dict.fromkeys(_QUOTED.findall(file.content)):
                found.setdefault(text, []).append(index)
        return {text.decode(errors="replace"): indexes for text, indexes in found.items()}

    def _of(self, indexes: set[int]) -> tuple[F, ...]:
        return tuple(self._files[index] for index in sorted(indexes))
