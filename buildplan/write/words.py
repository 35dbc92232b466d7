"""Three versions of one instruction → one: by key where an instruction is a list of names, else by word.

What a person put in beside a word that the plan changes is no conflict; that both changed the same word is one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from typing import TYPE_CHECKING, Literal

from buildplan.write.instructions import COMMENT, Word, text_of, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildplan.write.instructions import Item

Side = Literal["mine", "theirs"]
_KEYED = frozenset({"ENV", "LABEL"})
# Of these a list of words has no order that matters: both sides may add to it.
_LISTS = frozenset({"ADD", "COPY", "EXPOSE", "VOLUME"})
_RUNS = frozenset({"CMD", "ENTRYPOINT", "HEALTHCHECK", "RUN"})
_ALIKE = 0.5
_SEPARATORS = frozenset({"&&", "||", ";", "|"})


@dataclass(frozen=True, slots=True)
class Merged:
    """An instruction of which nothing is left has the text `""`. `reason` is why it is a conflict, else None.

    With a conflict, `mine` is the person's side and `theirs` the plan's, each where both changed it: of a list by key,
    what only one side changed is in both, and what only the person changed is in `theirs` too.
    """

    text: str
    reason: str | None = None
    mine: str = ""
    theirs: str = ""


def merge(base: Item, own: Item, new: Item) -> Merged:
    """Return one instruction from three: as it was generated, as a person left it, as the plan says it now."""
    if own.text in {base.text, new.text}:
        return Merged(new.text)
    if new.text == base.text or own.kind == COMMENT:
        return Merged(own.text)
    base_words, own_words, new_words = words(base), words(own), words(new)
    if base_words is None or own_words is None or new_words is None or not own.kind:
        return Merged(own.text, "both changed it", own.text, new.text)
    if _texts(own_words) == _texts(new_words):
        return Merged(own.text)
    if own.kind not in _KEYED and _likeness(base_words, own_words) < _ALIKE:
        # Another instruction took its place: words of the plan's would give it another meaning.
        return Merged(own.text, "both changed it", own.text, new.text)
    keyed = own.kind in _KEYED and all(map(_are_pairs, (base_words, own_words, new_words)))
    merging = _by_key if keyed else partial(_by_word, own.kind)
    mine, reason = merging(base_words, own_words, new_words, "mine")
    theirs, _ = merging(base_words, own_words, new_words, "theirs")
    if reason is not None and own.kind == "FROM" and "@sha256:" in own.text:
        reason = "the digest belongs to the image that the plan replaces"
    kept = _text(mine) if keyed or reason is None else own.text
    return Merged(kept, reason, kept, _text(theirs))


def _likeness(base: Sequence[Word], own: Sequence[Word]) -> float:
    return SequenceMatcher(None, _texts(base), _texts(own), autojunk=False).ratio()


def _text(merged: Sequence[Word]) -> str:
    return text_of(merged) if len(merged) > 1 else ""


def _texts(parts: Sequence[Word]) -> list[str]:
    return [part.text for part in parts]


# --- by key ---------------------------------------------------------------------------------------------------------


def _are_pairs(parts: Sequence[Word]) -> bool:
    return all("=" in part.text for part in parts[1:] if not part.is_comment)


def _key(word: Word) -> str:
    return word.text if word.is_comment else word.text.partition("=")[0]


def _by_key(
    base: Sequence[Word], own: Sequence[Word], new: Sequence[Word], side: Side
) -> tuple[list[Word], str | None]:
    """Merge `NAME=value` words: a name that only one side has is no conflict; one that was taken out stays out."""
    before, mine, theirs = ({_key(word): word for word in parts[1:]} for parts in (base, own, new))
    result = [own[0]]
    reasons = []
    for key, word in theirs.items():
        known, edited = before.get(key), mine.get(key)
        if edited is None:
            result += [] if known is not None else [word]
        elif known is not None and edited.text == known.text:
            result.append(replace(word, gap=edited.gap))
        elif word.text == edited.text or (known is not None and known.text == word.text):
            result.append(edited)
        else:
            reasons.append(f"both set `{key}`")
            result.append(word if side == "theirs" else edited)
    previous = own[0]
    for key, word in mine.items():
        if key not in theirs and (key not in before or before[key].text != word.text):
            place = next((index for index, item in enumerate(result) if _key(item) == _key(previous)), len(result) - 1)
            result.insert(place + 1, word)
        previous = word
    return result, reasons[0] if reasons else None


# --- by word --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Words `low` to `high` of the base became `content`; an insertion when nothing was there."""

    low: int
    high: int
    content: tuple[Word, ...]


def _by_word(
    kind: str, base: Sequence[Word], own: Sequence[Word], new: Sequence[Word], side: Side
) -> tuple[list[Word], str | None]:
    own_hunks, new_hunks = _hunks(base, own), _hunks(base, new)
    gaps = _gaps(base, own, new)
    starts = _starts(kind, base)
    result: list[Word] = []
    reason = None
    position = 0
    for low, high, ours, theirs in _clusters(own_hunks, new_hunks, starts):
        result += [replace(base[index], gap=gaps[index]) for index in range(position, low)]
        position = high
        if not theirs:
            result += _replayed(base, gaps, low, high, ours)
        elif not ours or list(map(_change, ours)) == list(map(_change, theirs)):
            result += _replayed(base, gaps, low, high, theirs)
        elif low == high and _may_both_add(kind, base, low, (*ours, *theirs)):
            added = [*_replayed(base, gaps, low, high, ours)]
            known = set(_texts(added))
            result += [*added, *(word for hunk in theirs for word in hunk.content if word.text not in known)]
        else:
            reason = "both changed it"
            result += _replayed(base, gaps, low, high, theirs if side == "theirs" else ours)
    result += [replace(base[index], gap=gaps[index]) for index in range(position, len(base))]
    return result, reason


def _hunks(base: Sequence[Word], other: Sequence[Word]) -> list[_Hunk]:
    matcher = SequenceMatcher(None, _texts(base), _texts(other), autojunk=False)
    return [
        _Hunk(low, high, tuple(other[first:last]))
        for kind, low, high, first, last in matcher.get_opcodes()
        if kind != "equal"
    ]


def _gaps(base: Sequence[Word], own: Sequence[Word], new: Sequence[Word]) -> list[str]:
    """Return the white space before each word of the base: a person's layout where they have one of their own."""
    gaps = [word.gap for word in base]
    for other in (new, own):
        for block in SequenceMatcher(None, _texts(base), _texts(other), autojunk=False).get_matching_blocks():
            for offset in range(block.size):
                gap = other[block.b + offset].gap
                if gap != base[block.a + offset].gap:
                    gaps[block.a + offset] = gap
    return gaps


def _starts(kind: str, base: Sequence[Word]) -> set[int]:
    """Return where programs are named: an argument belongs to the program before it."""
    if kind not in _RUNS:
        return set()
    flags = 1
    while flags < len(base) and (base[flags].text.startswith("--") or base[flags].text in {"[", "CMD"}):
        flags += 1
    return {flags} | {index + 1 for index, word in enumerate(base) if word.text in _SEPARATORS}


def _clusters(
    own: Sequence[_Hunk], new: Sequence[_Hunk], starts: set[int]
) -> Iterator[tuple[int, int, list[_Hunk], list[_Hunk]]]:
    """Yield what was changed, in order: the range of the base, and the hunks of both sides that meet in it."""
    waiting = sorted(
        [(hunk.low, hunk.high, 0, hunk) for hunk in own] + [(hunk.low, hunk.high, 1, hunk) for hunk in new],
        key=lambda item: item[:3],
    )
    cluster: list[tuple[int, _Hunk]] = []
    for _, _, side, hunk in waiting:
        if cluster and not any(_meet(hunk, other, starts) for number, other in cluster if number != side):
            yield _cluster(cluster)
            cluster = []
        cluster.append((side, hunk))
    if cluster:
        yield _cluster(cluster)


def _cluster(parts: list[tuple[int, _Hunk]]) -> tuple[int, int, list[_Hunk], list[_Hunk]]:
    ours = [hunk for side, hunk in parts if side == 0]
    theirs = [hunk for side, hunk in parts if side == 1]
    return min(hunk.low for _, hunk in parts), max(hunk.high for _, hunk in parts), ours, theirs


def _meet(one: _Hunk, other: _Hunk, starts: set[int]) -> bool:
    if one.low == one.high and other.low == other.high:
        return one.low == other.low
    if one.low < one.high and other.low < other.high:
        return one.low < other.high and other.low < one.high
    inserted, changed = (one, other) if one.low == one.high else (other, one)
    if changed.low < inserted.low < changed.high:
        return True
    # At the edge of it: an argument says nothing where its program is another one now.
    touches = inserted.low in {changed.low, changed.high}
    return touches and any(changed.low <= start < changed.high for start in starts)


def _change(hunk: _Hunk) -> tuple[int, int, list[str]]:
    return hunk.low, hunk.high, _texts(hunk.content)


def _may_both_add(kind: str, base: Sequence[Word], index: int, hunks: Sequence[_Hunk]) -> bool:
    added = [word.text for hunk in hunks for word in hunk.content]
    if kind in _LISTS or all(word.startswith(("-", "#")) for word in added):
        return True
    before = _texts(base[:index])
    start = max((place for place, word in enumerate(before) if word in _SEPARATORS), default=-1)
    command = before[start + 1 :]
    # The list of packages.
    return {"install", "add"} & set(command) != set() and {"apt-get", "apt", "apk"} & set(command) != set()


def _replayed(base: Sequence[Word], gaps: Sequence[str], low: int, high: int, hunks: Sequence[_Hunk]) -> list[Word]:
    """Return the words of the base from `low` to `high` with the hunks of one side."""
    result: list[Word] = []
    position = low
    for hunk in hunks:
        result += [replace(base[index], gap=gaps[index]) for index in range(position, hunk.low)]
        result += hunk.content
        position = hunk.high
    return result + [replace(base[index], gap=gaps[index]) for index in range(position, high)]
