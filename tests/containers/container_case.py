"""What a container test knows of a fixture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A fixture, what its answer holds, and a source file whose change must not install dependencies again.

    `other` is another command that the image runs, and what it says last; empty for an image with one program only.
    """

    fixture: str
    source: str
    path: str = "/"
    prepare: tuple[str, ...] = ()
    other: tuple[str, ...] = ("echo", "other command")
    says: str = "other command"

    @property
    def expected(self) -> str:
        return f"hello from {self.fixture}"
