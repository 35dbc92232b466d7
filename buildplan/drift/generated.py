"""A Dockerfile that buildplan wrote: is it what the plan says now, and which decision changed?

The stamp at its end holds a digest of every line as it was generated, so that what the plan changed and what a person
edited are told apart.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from buildplan.drift.findings import Finding
from buildplan.model.origin import Origin
from buildplan.render.dockerfile import render
from buildplan.write.merge import read_stamp, stamped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import BuildPlan, Decision
    from buildplan.render.dockerfile import Line, Rendered

_FIX = "run `buildplan write`"
_SHOWN = 100


def differences(path: str, text: str, plan: BuildPlan, directory: str, process: str | None) -> Iterator[Finding]:
    """Yield BP760 for each instruction that the plan has otherwise, BP762 for lines that a person edited.

    `directory` is that of the plan in the tree, so that the plan's places can be found.
    """
    rendered = render(plan, process=process)
    own, stamp = read_stamp(text)
    own_digests = _digests(own)
    base = own_digests if stamp is None else stamp.digests
    new_lines = tuple(rendered.text.splitlines())
    new = _digests(new_lines)
    at = _Places(base, own_digests)
    for kind, low, high, first, last in SequenceMatcher(None, base, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        removed = [own[index] for index in at.own_lines(low, high)]
        if not _counts(removed) and not _counts(new_lines[first:last]):
            continue
        place = Origin(path, at.line(low))
        items = [line for line in rendered.lines if line.first <= last and line.last > first]
        items = [line for line in items if _counts(new_lines[line.first - 1 : line.last])]
        if not items:
            gone = next((line for line in removed if _counts([line])), removed[0] if removed else "")
            yield Finding("BP760", "error", f"the plan has no `{_short(gone)}` any more", place, None, _FIX)
        for line in items:
            yield _changed(plan, rendered, line, place, directory)
    edited = [index + 1 for index in range(len(own)) if at.is_edited(index)] if stamp is not None else []
    edited = [number for number in edited if _counts([own[number - 1]])]
    if edited:
        text = f"{len(edited)} lines were edited by hand; `buildplan write` keeps them"
        if len(edited) == 1:
            text = "1 line was edited by hand; `buildplan write` keeps it"
        yield Finding("BP762", "info", text, Origin(path, edited[0]))


def _digests(lines: tuple[str, ...]) -> tuple[str, ...]:
    stamp = read_stamp(stamped("".join(f"{line}\n" for line in lines)))[1]
    return stamp.digests if stamp is not None else ()


def _counts(lines: tuple[str, ...] | list[str]) -> bool:
    """Return whether lines hold anything but comments and empty lines."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _short(line: str) -> str:
    text = line.strip().rstrip("\\").strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class _Places:
    """Which line of the file a line of the last generated text is now."""

    def __init__(self, base: tuple[str, ...], own: tuple[str, ...]) -> None:
        self._own_of: dict[int, int] = {}
        self._kept: set[int] = set()
        self._length = len(own)
        for block in SequenceMatcher(None, base, own, autojunk=False).get_matching_blocks():
            for offset in range(block.size):
                self._own_of[block.a + offset] = block.b + offset
                self._kept.add(block.b + offset)

    def own_lines(self, low: int, high: int) -> list[int]:
        return [self._own_of[index] for index in range(low, high) if index in self._own_of]

    def line(self, index: int) -> int:
        """Return the number of the nearest line that is still there, at or before the index."""
        while index >= 0 and index not in self._own_of:
            index -= 1
        return min(self._own_of.get(index, 0) + 1, max(self._length, 1))

    def is_edited(self, index: int) -> bool:
        return index not in self._kept


def _changed(plan: BuildPlan, rendered: Rendered, line: Line, place: Origin, directory: str) -> Finding:
    lines = rendered.text.splitlines()[line.first - 1 : line.last]
    said = _short(" ".join(text.strip().rstrip("\\").strip() for text in lines if text.strip()))
    decision = _decision(plan, line, said)
    text = f"the plan says `{said}` now"
    if decision is None:
        return Finding("BP760", "error", text, place, None, _FIX)
    origin = decision.origin
    if not origin.path.startswith("<") and directory:
        origin = Origin(f"{directory}/{origin.path}", origin.line, origin.key)
    return Finding("BP760", "error", f"{text}, since {_reason(decision)}", place, origin, _FIX)


def _reason(decision: Decision) -> str:
    return f"`{decision.field}` is `{_short(decision.value)}` ({decision.rule})"


def _decision(plan: BuildPlan, line: Line, said: str) -> Decision | None:
    """Return the decision that explains a line best: one whose value is in it, then one that a file made."""
    found = [decision for field in line.fields if (decision := plan.decision(field)) is not None]
    found.sort(key=lambda item: (item.value not in said, item.origin.path.startswith("<")))
    return found[0] if found else None
