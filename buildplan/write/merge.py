"""Generated files that live in a repository: what was edited by hand survives the next generation.

The last line of a file, the stamp, holds the text as it was generated (`stamp`). So three texts are known: what was
generated, what a person made of it, and what the plan says now. They are merged by instruction (`three_way`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from buildplan.read import own_dockerfile
from buildplan.write.stamp import read_stamp, stamped, trailer
from buildplan.write.three_way import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.write.instructions import Item

__all__ = ["Comparison", "Conflict", "Regenerated", "Resolution", "Status", "compare", "generated_line", "regenerate"]

Status = Literal[
    "new", "unchanged", "regenerated", "merged", "marked", "replaced", "foreign", "conflict", "unmerged", "kept"
]
Resolution = Literal["markers", "mine", "theirs"]
_MARKERS = (re.compile(r"<{7}(?: .*)?"), re.compile(r"={7}"), re.compile(r">{7}(?: .*)?"))
_MAX_LINES = 5000


@dataclass(frozen=True, slots=True)
class Part:
    """One instruction of a merged text, what it is in a person's file, and what it is in the generated text."""

    text: str
    blanks: int
    own: Item | None
    new: Item | None
    conflict: Conflict | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A generated file beside what the plan says now: what comes out, in order, and what goes without a conflict."""

    parts: tuple[Part, ...]
    dropped: tuple[Item, ...] = ()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What has to be decided, in order."""
        return tuple(part.conflict for part in self.parts if part.conflict is not None)


@dataclass(frozen=True, slots=True)
class Regenerated:
    """The text to write, stamp included, and how it came about.

    `new`: there was no file. `unchanged`: it is already this text. `regenerated`: nobody had edited it. `merged`:
    edits were kept. `marked`: the same, with conflict markers in it. `replaced`: edits were given up.

    `kept`: a person wrote the file, and it stays.

    Three are refusals, with the text as it is: `foreign`, a person wrote the file; `conflict`, edits and plan
    disagree; `unmerged`, a conflict of before is still in it. `conflicts` are named whatever became of them.
    """

    text: str
    status: Status
    conflicts: tuple[Conflict, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether nothing may be written."""
        return self.status in {"foreign", "conflict", "unmerged"}


def regenerate(
    existing: str | None,
    generated: str,
    options: str = "",
    kept: tuple[str, ...] = (),
    *,
    resolution: Resolution | None = None,
    force: bool = False,
) -> Regenerated:
    """Return what becomes of a file when the plan says `generated`; `existing` is None when there is no file.

    `options` are the words that the plan was made with, `kept` the comments that keep a person's instructions.
    `resolution` says what becomes of conflicts: without it they are refused. `force` gives all edits up.
    """
    if existing is None:
        return Regenerated(stamped(generated, options), "new")
    plain = existing.removeprefix("\ufeff").replace("\r\n", "\n")
    result = _regenerated(plain, generated, options, kept, resolution, force=force)
    if result.refused or result.text == plain:
        # `unchanged` also leaves a byte-order mark where it is.
        status = result.status if result.refused else "unchanged"
        return Regenerated(existing, status, result.conflicts)
    # Whoever works with Windows line ends goes on with them.
    text = result.text.replace("\n", "\r\n") if existing.count("\r\n") == existing.count("\n") else result.text
    return Regenerated(text, result.status, result.conflicts)


def _regenerated(
    existing: str, generated: str, options: str, kept: tuple[str, ...], resolution: Resolution | None, *, force: bool
) -> Regenerated:
    own_lines, stamp = read_stamp(existing)
    own = "".join(f"{line}\n" for line in own_lines)
    if stamp is None and not own_dockerfile.is_ours(existing):
        return Regenerated(stamped(generated, options, kept), "replaced" if force else "foreign")
    kept = () if stamp is None else stamp.kept
    whole = stamped(generated, options, kept)
    base = None if stamp is None else stamp.text
    if base is not None and _same(own, base):
        return Regenerated(whole, "regenerated")
    if force:
        return Regenerated(whole, "replaced")
    left = marked(own_lines)
    if left is not None:
        return Regenerated(existing, "unmerged", (left,))
    end = trailer(generated, options, kept)
    if base == generated:
        return Regenerated(own + end, "merged")
    comparison = _compared(base, own, generated)
    conflicts = comparison.conflicts
    if conflicts and resolution is None:
        return Regenerated(existing, "conflict", conflicts)
    # The stamp is that of the generated text: the edits must be seen as edits next time too.
    text = "".join(_resolved(comparison.parts, resolution)) + end
    return Regenerated(text, "marked" if conflicts and resolution == "markers" else "merged", conflicts)


def _same(own: str, base: str) -> bool:
    return [line.rstrip() for line in own.splitlines()] == [line.rstrip() for line in base.splitlines()]


def marked(lines: tuple[str, ...]) -> Conflict | None:
    """Return the conflict that git, or an earlier `write`, left in the file."""
    found: list[int] = []
    for number, line in enumerate(lines, 1):
        if _MARKERS[len(found)].fullmatch(line.rstrip()):
            found.append(number)
        if len(found) == len(_MARKERS):
            own, new = lines[found[0] : found[1] - 1], lines[found[1] : found[2] - 1]
            return Conflict(found[0], own, new, "a merge conflict is left in it")
    return None


def compare(existing: str, generated: str) -> Comparison:
    """Return what becomes of each instruction of a file that buildplan wrote when the plan says `generated`."""
    own, stamp = read_stamp(existing.removeprefix("\ufeff"))
    base = None if stamp is None else stamp.text
    return _compared(base, "".join(f"{line}\n" for line in own), generated)


def _compared(base: str | None, own: str, generated: str) -> Comparison:
    from buildplan.write import instructions, three_way

    own_items, new_items = instructions.items(own), instructions.items(generated)
    unreadable = _unreadable(own_items, new_items)
    if unreadable is not None:
        conflict = Conflict(1, tuple(own.splitlines()), tuple(generated.splitlines()), unreadable)
        return Comparison((Part(own, 0, None, None, conflict),))
    base_items = three_way.without_base(own_items, new_items) if base is None else instructions.items(base)
    entries = three_way.merged(base_items, own_items, new_items)
    parts = tuple(
        Part(
            entry.text,
            entry.blanks,
            None if entry.own is None else own_items[entry.own],
            None if entry.new is None else new_items[entry.new],
            entry.conflict,
        )
        for entry in entries
    )
    placed = {entry.own for entry in entries}
    return Comparison(parts, tuple(item for index, item in enumerate(own_items) if index not in placed))


def _unreadable(own: tuple[Item, ...], new: tuple[Item, ...]) -> str | None:
    from buildplan.write.instructions import COMMENT, LINE

    plain = {COMMENT, LINE}
    if any(item.kind not in plain for item in new) and all(item.kind in plain for item in own):
        return "it is not a Dockerfile any more, so it cannot be merged"
    return "it has too many lines to be merged" if len(own) > _MAX_LINES else None


def _resolved(parts: Iterable[Part], resolution: Resolution | None) -> Iterator[str]:
    for part in parts:
        conflict = part.conflict
        lines: tuple[str, ...] = (part.text,)
        if conflict is not None and resolution == "markers":
            lines = ("<<<<<<< yours", *conflict.own, "=======", *conflict.generated, ">>>>>>> buildplan")
        elif conflict is not None:
            lines = conflict.own if resolution == "mine" else conflict.generated
        if lines:
            yield "\n" * part.blanks + "".join(f"{line}\n" for line in lines)


def generated_line(existing: str, generated: str, number: int) -> int | None:
    """Return which line of the generated text the line `number` of a file is; both count from 1.

    None for a line that a person edited, that the plan has otherwise now, or that is not there.
    """
    from difflib import SequenceMatcher

    own, _ = read_stamp(existing)
    matcher = SequenceMatcher(None, own, generated.splitlines(), autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.a < number <= block.a + block.size:
            return block.b + number - block.a
    return None
