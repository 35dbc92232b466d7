"""Which instruction of one Dockerfile is which of another: by stage, then by text, then by what it does."""

from __future__ import annotations

from bisect import bisect_left
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from buildplan.write.instructions import COMMENT, LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildplan.write.instructions import Item

# Of these only the last of a stage counts, so two that differ are one that was changed.
SINGLE = frozenset({"CMD", "ENTRYPOINT", "EXPOSE", "FROM", "HEALTHCHECK", "STOPSIGNAL", "USER"})
_ALIKE = 0.5
# More is no Dockerfile that a person edits.
_MAX_COMPARED = 10_000


def stages(items: Sequence[Item]) -> list[int]:
    """Return for each item the number of its stage; 0 is what stands before the first FROM."""
    number = 0
    found = []
    for item in items:
        number += item.kind == "FROM"
        found.append(number)
    return found


def pair_stages(base: Sequence[Item], other: Sequence[Item]) -> dict[int, int]:
    """Return which stage of the base is which of the other: by name, the last with the last, then in order."""
    names, other_names = _names(base), _names(other)
    pairs = {0: 0}
    for number, name in names.items():
        same = [place for place, other_name in other_names.items() if name is not None and other_name == name]
        if same and same[0] not in pairs.values():
            pairs[number] = same[0]
    if names and other_names and max(names) not in pairs and max(other_names) not in pairs.values():
        pairs[max(names)] = max(other_names)
    free = (place for place in other_names if place not in pairs.values())
    for number in names:
        if number not in pairs and names[number] is not None:
            place = next(free, None)
            if place is not None and place < max(other_names):
                pairs[number] = place
    return pairs


def _names(items: Sequence[Item]) -> dict[int, str | None]:
    starts = [item for item in items if item.kind == "FROM"]
    return {number: item.stage for number, item in enumerate(starts, 1)}


def pair(base: Sequence[Item], other: Sequence[Item]) -> dict[int, int]:
    """Return which item of the base is which of the other; what is left out was removed or put in."""
    pairs: dict[int, int] = {}
    of_base, of_other = _by_stage(base), _by_stage(other)
    for number, place in pair_stages(base, other).items():
        _pair_stage(base, other, of_base.get(number, []), of_other.get(place, []), pairs)
    # What the other moved into another stage is the same step still.
    taken = set(pairs.values())
    rest: dict[str, list[int]] = {}
    for index, item in enumerate(other):
        if index not in taken and item.kind in {"RUN", "COPY", LINE}:
            rest.setdefault(item.text, []).append(index)
    for index, item in enumerate(base):
        if index not in pairs and rest.get(item.text):
            pairs[index] = rest[item.text].pop(0)
    return pairs


def _by_stage(items: Sequence[Item]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for index, number in enumerate(stages(items)):
        found.setdefault(number, []).append(index)
    return found


def _pair_stage(
    base: Sequence[Item], other: Sequence[Item], left: list[int], right: list[int], pairs: dict[int, int]
) -> None:
    texts = [base[index].text for index in left], [other[index].text for index in right]
    matcher = SequenceMatcher(None, *texts, autojunk=False)
    gaps = []
    for kind, low, high, first, last in matcher.get_opcodes():
        if kind == "equal":
            pairs.update(zip(left[low:high], right[first:last], strict=True))
        else:
            gaps.append((left[low:high], right[first:last]))
    for lefts, rights in gaps:
        _pair_alike(base, other, lefts, rights, pairs)
    taken = set(pairs.values())
    _pair_rest(base, other, [i for i in left if i not in pairs], [i for i in right if i not in taken], pairs)


def _pair_alike(
    base: Sequence[Item], other: Sequence[Item], left: Sequence[int], right: Sequence[int], pairs: dict[int, int]
) -> None:
    """Pair what stands at the same place and is alike, the most alike first."""
    if len(left) * len(right) > _MAX_COMPARED:
        return
    scored = sorted(
        (
            (-alike(base[one], other[two]), one, two)
            for one in left
            for two in right
            if base[one].kind == other[two].kind and base[one].kind != LINE
        ),
    )
    taken: set[int] = set()
    for score, one, two in scored:
        if -score >= _ALIKE and one not in pairs and two not in taken:
            pairs[one] = two
            taken.add(two)
    # One step for one step.
    for kind in ("RUN", "COPY", "WORKDIR"):
        ones = [one for one in left if one not in pairs and base[one].kind == kind]
        twos = [two for two in right if two not in taken and other[two].kind == kind]
        if len(ones) == 1 and len(twos) == 1:
            pairs[ones[0]] = twos[0]


def _pair_rest(
    base: Sequence[Item], other: Sequence[Item], left: list[int], right: list[int], pairs: dict[int, int]
) -> None:
    """Pair what stands at another place of the stage: moved as it is, or the one instruction of its kind."""
    pairs.update(_moved(base, other, left, right))
    left = [index for index in left if index not in pairs]
    taken = set(pairs.values())
    right = [index for index in right if index not in taken]
    for kind in SINGLE:
        ones = [index for index in left if base[index].kind == kind]
        twos = [index for index in right if other[index].kind == kind]
        if len(ones) == 1 and len(twos) == 1:
            pairs[ones[0]] = twos[0]
    for kind in ("ENV", "LABEL"):
        ones = [index for index in left if base[index].kind == kind]
        twos = [index for index in right if other[index].kind == kind]
        _pair_alike(base, other, ones, twos, pairs)


def _moved(base: Sequence[Item], other: Sequence[Item], left: list[int], right: list[int]) -> Iterator[tuple[int, int]]:
    free: dict[str, list[int]] = {}
    for index in right:
        free.setdefault(other[index].text, []).append(index)
    for index in left:
        if base[index].kind != COMMENT and free.get(base[index].text):
            yield index, free[base[index].text].pop(0)


def alike(one: Item, two: Item) -> float:
    """Return how alike two instructions of the same kind are, from 0 to 1."""
    if one.kind in SINGLE:
        return 1.0
    if one.kind in {"ENV", "LABEL", "ARG"}:
        names = [{word.partition("=")[0] for word in item.text.split()[1:] if word != "\\"} for item in (one, two)]
        return 1.0 if names[0] & names[1] else 0.0
    first, second = ([word for word in item.text.split()[1:] if word != "\\"] for item in (one, two))
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def moved(pairs: dict[int, int]) -> set[int]:
    """Return the indices of the base whose pair stands out of order: all but a longest run that is in order."""
    places = sorted(pairs)
    tails: list[int] = []
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for index in places:
        place = bisect_left(tails, pairs[index])
        before[index] = tops[place - 1] if place else None
        if place == len(tails):
            tails.append(pairs[index])
            tops.append(index)
        else:
            tails[place] = pairs[index]
            tops[place] = index
    kept: set[int] = set()
    current = tops[-1] if tops else None
    while current is not None:
        kept.add(current)
        current = before[current]
    return set(places) - kept
