"""The safe fixes: a version of a base image, a port, `npm ci` without a lock. Everything else is for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.drift.findings import Edit, Finding


def fixed(text: str, findings: Iterable[Finding]) -> str:
    """Return the text with the safe edits of all findings made; the same text when there are none.

    Line ends, a byte-order mark and everything else stay as they are. An edit whose line is not as it was is left out.
    """
    edits: dict[Edit, None] = {}
    for finding in findings:
        edits |= dict.fromkeys(finding.edits)
    # Lone carriage returns end a line for the reader, but not here: the numbers would not agree.
    if not edits or "\r" in text.replace("\r\n", "\n"):
        return text
    lines = text.split("\n")
    done: set[tuple[int, str]] = set()
    for edit in edits:
        index = edit.line - 1
        if not 0 <= index < len(lines) or lines[index].count(edit.old) != 1 or (edit.line, edit.old) in done:
            continue
        lines[index] = lines[index].replace(edit.old, edit.new)
        done.add((edit.line, edit.old))
    return "\n".join(lines)


def said(path: str, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return a line for each fix of `fixed`, as it was made."""
    edits = {edit: finding.code for finding in findings for edit in finding.edits}
    return tuple(f"{path}:{edit.line}: {code} fixed: `{edit.old}` is now `{edit.new}`" for edit, code in edits.items())


def fixable(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that `fixed` mends."""
    return tuple(finding for finding in findings if finding.edits)
