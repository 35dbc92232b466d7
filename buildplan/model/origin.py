"""Where a value comes from: every value of a plan carries one of these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Origin:
    """A place: a file of the tree, an option, an environment variable or one of our own tables.

    `path` is relative to the root of the source tree, with `/`. For what lies outside of the tree it is a word in
    angle brackets: `<option>`, `<environment>`, `<catalogue>`, `<rule>`.
    `line` counts from 1; None means the whole file. `key` is a dotted path inside the file.
    """

    path: str
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        """Return `package.json:12 engines.node`."""
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place} {self.key}" if self.key else place


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T_co]):
    """A value and its origin."""

    value: T_co
    origin: Origin


def option(name: str) -> Origin:
    """Return the origin of a command-line option or library argument."""
    return Origin("<option>", key=name)


def environment(name: str) -> Origin:
    """Return the origin of an environment variable that the caller passed in."""
    return Origin("<environment>", key=name)


def rule(name: str) -> Origin:
    """Return the origin of a value that a rule of ours chose without a word from the tree."""
    return Origin("<rule>", key=name)


def catalogue(table: str) -> Origin:
    """Return the origin of a default that one of our dated tables holds."""
    return Origin("<catalogue>", key=table)
