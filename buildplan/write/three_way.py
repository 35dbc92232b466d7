"""Three Dockerfiles → one: as it was generated last time, as a person left it, as the plan says it now.

The plan gives the order. What a person put in stands after what it stood after; what a person moved stays where they
put it. A conflict is only where both changed the same word of an instruction, where a step was taken out by one side
and changed by the other, and where both brought an instruction of which an image has one.

A setting (EXPOSE, USER, a variable, a label, a comment, …) that a person took out stays out whatever its value is now.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.write import pairing
from buildplan.write.instructions import COMMENT, LINE, Item
from buildplan.write.words import merge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SETTINGS = frozenset({COMMENT, LINE, "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "STOPSIGNAL", "USER", "VOLUME"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """What both sides changed. `line` is in the file as it is, from 1; a side that has nothing there has no lines."""

    line: int
    own: tuple[str, ...]
    generated: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One instruction of the result. `own` and `new` are the indices of what it comes from."""

    text: str
    blanks: int
    own: int | None = None
    new: int | None = None
    conflict: Conflict | None = None


def merged(base: Sequence[Item], own: Sequence[Item], new: Sequence[Item]) -> tuple[Entry, ...]:
    """Return the merged instructions, in order; of a conflict the text is the person's side."""
    return _Merging(base, own, new).entries()


class _Merging:
    def __init__(self, base: Sequence[Item], own: Sequence[Item], new: Sequence[Item]) -> None:
        self._base, self._own, self._new = base, own, new
        self._own_of, self._new_of = pairing.pair(base, own), pairing.pair(base, new)
        self._base_of_own = {place: index for index, place in self._own_of.items()}
        self._base_of_new = {place: index for index, place in self._new_of.items()}
        self._own_stage, self._new_stage = pairing.stages(own), pairing.stages(new)
        self._base_stage = pairing.stages(base)
        to_own, to_new = pairing.pair_stages(base, own), pairing.pair_stages(base, new)
        of_new = {place: number for number, place in to_new.items()}
        self._brought = {number for number in self._new_stage if number not in of_new}
        self._own_stage_of = {number: to_own[known] for number, known in of_new.items() if known in to_own}
        self._removed = {number for number in self._base_stage if number not in to_own}
        self._gone = {place for number, place in to_own.items() if number not in to_new}
        self._inserted: dict[int, list[int]] = {}
        for index in range(len(own)):
            if index not in self._base_of_own:
                self._inserted.setdefault(self._own_stage[index], []).append(index)
        self._used: set[int] = set()

    def entries(self) -> tuple[Entry, ...]:
        """Return the plan's instructions in the plan's order, and between them what is only the person's."""
        moved = pairing.moved(self._own_of)
        frame: list[Entry] = []
        elsewhere: dict[int, Entry] = {}
        for index, item in enumerate(self._new):
            entry = self._entry(index, item)
            if entry is None:
                continue
            if entry.own is not None and self._base_of_own.get(entry.own) in moved:
                elsewhere[entry.own] = entry
            else:
                frame.append(entry)
        placed = {entry.own for entry in frame if entry.own is not None}
        renamed = self._renamed()
        return tuple(self._with_stage_names(entry, renamed) for entry in self._woven(frame, placed, elsewhere))

    def _renamed(self) -> dict[str, str | None]:
        """Return the stages that have another name now, or None where there is none of it any more."""
        names, new_names = (
            dict(enumerate((item.stage for item in items if item.kind == "FROM"), 1))
            for items in (self._base, self._new)
        )
        pairs = pairing.pair_stages(self._base, self._new)
        there = {name for name in new_names.values() if name is not None}
        return {
            name: new_names.get(pairs.get(number, 0))
            for number, name in names.items()
            if name is not None and name not in there
        }

    def _with_stage_names(self, entry: Entry, renamed: dict[str, str | None]) -> Entry:
        """Make what a person put in a conflict where it names a stage that is not there any more."""
        if entry.own is None or entry.new is not None or entry.conflict is not None:
            return entry
        for name, now in renamed.items():
            found = re.search(
                rf"(?:from=|^FROM\s+(?:--\S+\s+)*){re.escape(name)}(?![\w.:/-])", entry.text, re.IGNORECASE
            )
            if found is None:
                continue
            reason = f"the plan has no stage `{name}` any more"
            changed = ""
            if now is not None:
                reason = f"the plan calls the stage `{name}` now `{now}`"
                changed = entry.text[: found.end() - len(name)] + now + entry.text[found.end() :]
            line = self._own[entry.own].line
            return replace(entry, conflict=Conflict(line, _lines(entry.text), _lines(changed), reason))
        return entry

    def _woven(self, frame: list[Entry], placed: set[int], elsewhere: dict[int, Entry]) -> Iterator[Entry]:
        stage_of: dict[int, int] = {}
        number = 0
        for entry in frame:
            number += self._starts_stage(entry)
            if entry.own is not None:
                stage_of[entry.own] = number
        before: dict[int, list[Entry]] = {}
        after: dict[int, list[Entry]] = {}
        ends: dict[int, list[Entry]] = {}
        head: list[Entry] = []
        current, stage = head, 0
        for index, item in enumerate(self._own):
            if index in placed:
                current, stage = after.setdefault(index, []), stage_of[index]
                continue
            extra = elsewhere.get(index) or self._own_entry(index)
            if extra is None:
                continue
            following = self._commented(index, placed)
            if following is not None:
                before.setdefault(following, []).append(extra)
                continue
            if item.kind == "FROM":
                current = ends.setdefault(stage, [])
            current.append(extra)
        yield from head
        number = 0
        for entry in frame:
            if self._starts_stage(entry):
                yield from ends.get(number, ())
                number += 1
            if entry.own is not None:
                yield from before.get(entry.own, ())
            yield entry
            if entry.own is not None:
                yield from after.get(entry.own, ())
        yield from ends.get(number, ())

    def _commented(self, index: int, placed: set[int]) -> int | None:
        """Return the instruction of the plan that a person's comment stands right above, or None."""
        while index + 1 < len(self._own) and self._own[index].kind == COMMENT:
            index += 1
            if self._own[index].blanks:
                return None
            if index in placed:
                return index
        return None

    def _starts_stage(self, entry: Entry) -> bool:
        item = self._own[entry.own] if entry.own is not None else self._new[entry.new or 0]
        return item.kind == "FROM"

    # --- what the plan has ------------------------------------------------------------------------------------------

    def _entry(self, index: int, item: Item) -> Entry | None:
        known = self._base_of_new.get(index)
        if known is None:
            return self._brought_by_the_plan(index, item)
        place = self._own_of.get(known)
        before = self._base[known]
        if place is None:
            if item.text == before.text or item.kind in _SETTINGS or self._base_stage[known] in self._removed:
                return None
            conflict = Conflict(
                self._line_near(known), (), _lines(item.text), "you removed it, and the plan changes it"
            )
            return Entry("", item.blanks, new=index, conflict=conflict)
        mine = self._own[place]
        if mine.text == before.text:
            return Entry(item.text, self._blanks(before, mine, item), place, index)
        result = merge(before, mine, item)
        blanks = self._blanks(before, mine, item)
        if result.reason is not None:
            conflict = Conflict(mine.line, _lines(result.mine), _lines(result.theirs), result.reason)
            return Entry(result.mine, blanks, place, index, conflict)
        if not result.text:
            self._used.add(place)
            return None
        return Entry(result.text, blanks, place, index)

    def _brought_by_the_plan(self, index: int, item: Item) -> Entry | None:
        number = self._new_stage[index]
        if number not in self._own_stage_of:
            # A new stage comes whole; a stage that a person took out stays out.
            return Entry(item.text, item.blanks, new=index) if number in self._brought else None
        for place in self._inserted.get(self._own_stage_of[number], ()):
            mine = self._own[place]
            if place in self._used:
                continue
            if mine.text == item.text:
                self._used.add(place)
                return Entry(item.text, mine.blanks, place, index)
            if mine.kind == item.kind and item.kind in pairing.SINGLE:
                self._used.add(place)
                reason = f"an image has one {item.kind}, and both brought one"
                conflict = Conflict(mine.line, _lines(mine.text), _lines(item.text), reason)
                return Entry(mine.text, mine.blanks, place, index, conflict)
        return Entry(item.text, item.blanks, new=index)

    def _line_near(self, base: int) -> int:
        """Return the line of a person's file nearest to where an instruction of the base was."""
        for index in range(base, -1, -1):
            if index in self._own_of:
                item = self._own[self._own_of[index]]
                return item.line + item.text.count("\n")
        return 1

    @staticmethod
    def _blanks(base: Item, own: Item, new: Item) -> int:
        return new.blanks if own.blanks == base.blanks else own.blanks

    # --- what only the person has -----------------------------------------------------------------------------------

    def _own_entry(self, index: int) -> Entry | None:
        item = self._own[index]
        if index in self._used:
            return None
        known = self._base_of_own.get(index)
        if known is None:
            if self._own_stage[index] in self._gone:
                reason = "the plan has no such stage any more"
                return Entry(item.text, item.blanks, index, None, Conflict(item.line, _lines(item.text), (), reason))
            return Entry(item.text, item.blanks, index)
        before = self._base[known]
        if item.text == before.text:
            return None
        if item.kind == COMMENT:
            return Entry(item.text, item.blanks, index)
        if item.kind in {"ENV", "LABEL"}:
            # What is left when the plan takes its own names out.
            result = merge(before, item, replace(before, text=before.kind))
            return Entry(result.text, item.blanks, index) if result.text else None
        conflict = Conflict(item.line, _lines(item.text), (), "you changed it, and the plan removes it")
        return Entry(item.text, item.blanks, index, None, conflict)


def without_base(own: Sequence[Item], new: Sequence[Item]) -> tuple[Item, ...]:
    """Return a base for two texts whose base nobody knows: what they agree on; all else is a conflict or added."""
    pairs = pairing.pair(new, own)
    return tuple(
        item if own[pairs[index]].text == item.text else replace(item, text=_unknown(own[pairs[index]], item))
        for index, item in enumerate(new)
        if index in pairs
    )


def _unknown(own: Item, new: Item) -> str:
    """Return an instruction that both sides have changed where they differ."""
    if new.kind == "FROM":
        return f"FROM ? AS {new.stage}" if new.stage else "FROM ?"
    if new.kind not in {"ENV", "LABEL"}:
        return f"{new.kind} ?"
    mine, theirs = (set(item.text.replace("\\\n", " ").split()[1:]) for item in (own, new))
    both = {word.partition("=")[0] for word in mine} & {word.partition("=")[0] for word in theirs}
    known = sorted(mine & theirs)
    unsure = sorted(both - {word.partition("=")[0] for word in known})
    return " ".join((new.kind, *known, *(f"{name}=?" for name in unsure)))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
