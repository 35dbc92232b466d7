"""C#, F# and Visual Basic as far as facts are looked for: code without its comments, on the same lines."""

from __future__ import annotations

import re

_PIECES = re.compile(
    r'"""[\s\S]*?"""|@"(?:[^"]|"")*"|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*[\s\S]*?\*/|\(\*(?!\))[\s\S]*?\*\)'
)


def without_comments(text: str) -> str:
    """Return the code with comments taken out and strings kept; what is not closed stays as it is."""

    def kept(match: re.Match[str]) -> str:
        piece = match[0]
        return piece if piece[0] in '"@' else " " + "\n" * piece.count("\n")

    return _PIECES.sub(kept, text)
