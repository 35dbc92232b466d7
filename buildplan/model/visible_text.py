"""Text of strangers as a terminal, a log, a page or a reviewer may be shown it.

Characters that act without being seen are written as their number: control characters (a terminal obeys them),
directional marks (they make text read as other text) and halves of surrogate pairs (no file can hold them).

Sources, checked 2026-11-24: ECMA-48 (C0 and C1 control functions); Unicode Standard Annex #9, table 4;
https://trojansource.codes; GitHub's runner reads `::command::` at the beginning of a line after blanks, and the older
`##[command]` anywhere in it: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.
"""

from __future__ import annotations

import re
from typing import Any

# Everything but the tab and the line end.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORKFLOW_COMMAND = re.compile(r"^([^\S\n]*)(?=::)", re.MULTILINE)


def visible(text: str) -> str:
    r"""Return the text with unseen characters as `\x1b` or `\u202e`; tabs and line ends stay."""
    return UNSEEN.sub(_escaped, text)


def on_one_line(text: str) -> str:
    r"""Return the text as `visible` does, with line ends and tabs as `\n` and `\t` too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def printed(text: str) -> str:
    """Return the text as a terminal or the log of a CI job may get it: visible, and no command of a runner."""
    return _WORKFLOW_COMMAND.sub(r"\1\\", visible(text)).replace("##[", "#\\#[")


def json_text(value: Any, *, indent: int | None = None) -> str:
    r"""Return the value as JSON; what is unseen in it is written as `\u001b`, so a reader gets it back as it was."""
    import json

    text = json.dumps(value, indent=indent, ensure_ascii=False)
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text).replace("##[", "#\\u0023[")


def half_character(value: Any) -> tuple[str | int, ...] | None:
    """Return the keys that lead to a text with half of a surrogate pair, which no file can hold; None without one."""
    pending: list[tuple[Any, tuple[str | int, ...]]] = [(value, ())]
    while pending:
        item, keys = pending.pop()
        if isinstance(item, str):
            if not item.isascii() and _SURROGATE.search(item):
                return keys
        elif isinstance(item, dict):
            for key, inner in item.items():
                pending += [(key, (*keys, str(key))), (inner, (*keys, str(key)))]
        elif isinstance(item, list):
            pending += [(inner, (*keys, index)) for index, inner in enumerate(item)]
    return None


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004  # as Python writes them
