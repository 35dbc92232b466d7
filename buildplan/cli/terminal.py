"""What goes to the person who called: notes and errors on stderr, with colour where there is a terminal.

`NO_COLOR` (https://no-color.org): any value, also an empty one, switches colour off; `--color` beats it.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.model.visible_text import printed

if TYPE_CHECKING:
    from typing import TextIO

Color = Literal["auto", "always", "never"]
_SEVERITY = re.compile(r"\b(BP\d{3}) (error|warning|info)(?=:)")
_LABEL = re.compile(r"^(\s*)(hint|fix|see|next)(?=: )", re.MULTILINE)
_COLOURS = {"error": 31, "warning": 33, "info": 36}
# An error that ends the command has no severity: its code stands at the beginning or after its place.
_CODE = re.compile(r"^(\S[^\n]*?: )?(BP\d{3})(?= )")


class Terminal(NamedTuple):
    """How to speak: `color` as asked for, `quiet` without notes, `verbose` with notes also into a pipe."""

    color: Color = "auto"
    quiet: bool = False
    verbose: bool = False

    @property
    def is_read(self) -> bool:
        """Whether a person reads stderr and wants more than errors."""
        return not self.quiet and sys.stderr.isatty()

    @property
    def wants_notes(self) -> bool:
        """Whether all notes of a plan are printed."""
        return self.verbose or self.is_read

    def error(self, error: object) -> None:
        """Print an error, whatever was asked for."""
        text = printed(str(error))
        if self._coloured(sys.stderr):
            text = _LABEL.sub(r"\1" + _paint(r"\2", 36), _CODE.sub(r"\1" + _paint(r"\2", 31), text, count=1))
        print(text, file=sys.stderr)

    def note(self, text: object) -> None:
        """Print a diagnostic."""
        print(self.painted(printed(str(text)), sys.stderr), file=sys.stderr)

    def next(self, *lines: str) -> None:
        """Print what can be done next, to a person only."""
        if self.is_read:
            for line in lines:
                print(self.painted(f"next: {line}", sys.stderr), file=sys.stderr)

    def painted(self, text: str, stream: TextIO) -> str:
        """Return the text with its severities in colour, where the stream shows colour."""
        text = printed(text)
        if not self._coloured(stream):
            return text
        text = _SEVERITY.sub(lambda found: f"{found[1]} {_paint(found[2], _COLOURS[found[2]])}", text)
        return _LABEL.sub(r"\1" + _paint(r"\2", 36), text)

    def _coloured(self, stream: TextIO) -> bool:
        if self.color != "auto":
            return self.color == "always"
        return "NO_COLOR" not in os.environ and stream.isatty()  # noqa: TID251  # about the terminal, not about the plan


def _paint(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"
