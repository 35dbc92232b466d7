"""C#, F# and Visual Basic as far as facts are looked for: code without its comments, on the same lines."""

from __future__ import annotations

import re

# What is not closed goes on to the end, so that every character is looked at once.
_PIECES = re.compile(
    r'"""[\s\S]*?(?:"""|\Z)|@"(?:[^"]|"")*(?:"|\Z)|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*[\s\S]*?(?:\*/|\Z)'
    r"|\(\*(?!\))[\s\S]*?(?:\*\)|\Z)"
)


def without_comments(text: str) -> str:
    """Return the code with comments taken out and strings kept."""

    def kept(match: re.Match[str]) -> str:
        piece = match[0]
        return piece if piece[0] in '"@' else " " + "\n" * piece.count("\n")

    return _PIECES.sub(kept, text)
