"""The images that a Dockerfile starts from: their versions against what the project asks for, their age, their tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.catalogue import runtime
from buildplan.catalogue.versions import Request, allowed, resolve
from buildplan.drift import images
from buildplan.drift.findings import Edit, Finding
from buildplan.errors import VersionError
from buildplan.language.versions import asked
from buildplan.model.origin import Origin
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import after, dotted, first_of, numbers_of, shown, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from buildplan.catalogue import Line, RuntimeTable
    from buildplan.drift.images import Held, Image
    from buildplan.drift.subject import Subject
    from buildplan.model.version_ranges import Intervals
    from buildplan.read.dockerfile import Instruction, Word

# What may follow the version in a tag without naming a distribution's release.
_VARIANTS = {"", "alpine", "alpine-slim", "apache", "cli", "fpm", "slim", "zts"}
_NUMBERS = 3


@dataclass(frozen=True, slots=True)
class _Used:
    """An image that is used somewhere, and the line that decides it."""

    text: str
    image: Image
    place: Origin
    arguments: tuple[tuple[str, int], ...]

    def place_of(self, version: str) -> Origin:
        """Return the line that decides a version in the image: that of an argument, where it has the value."""
        for value, line in self.arguments:
            if value.startswith(version) or len(self.arguments) == 1:
                return Origin(self.place.path, line)
        return self.place


def _used(subject: Subject) -> Iterator[_Used]:
    for stage in subject.dockerfile.stages:
        if stage.base is None:
            yield from _reference(subject, stage.start, stage.image)


def _copied_from(subject: Subject) -> Iterator[_Used]:
    for stage in subject.dockerfile.stages:
        for item in stage.instructions:
            origin = item.flag("from")
            if item.name == "COPY" and origin is not None and not item.on_build:
                yield from _reference(subject, item, origin)


def _reference(subject: Subject, item: Instruction, word: Word) -> Iterator[_Used]:
    if word.value is None or word.value == "scratch" or subject.dockerfile.stage(word.value) is not None:
        return
    image = images.parse(word.value)
    if image is None or image.repository.isdecimal():
        return
    yield _Used(word.value, image, subject.place(item), tuple(_defaults(subject, word.arguments)))


def _defaults(subject: Subject, names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Yield the values and lines of the ARGs before the first FROM that give these names their defaults."""
    for item in subject.dockerfile.arguments:
        for name, value in item.pairs:
            if name in names and value.value is not None:
                yield value.value, item.first


def versions(subject: Subject) -> Iterator[Finding]:
    """BP710, BP711: every image against every file that asks for a version of its runtime."""
    for used in _used(subject):
        for held in images.held(used.image):
            wanted = (*asked(subject.tree, held.runtime, subject.directories), *_configured(subject, held))
            kept = [item for item in wanted if item.kind == "pin" and _agree(held, item)]
            # Two pins that exclude each other are a disagreement of those files; the image cannot follow both.
            broken = [
                item
                for item in wanted
                if not _agree(held, item)
                and not (item.kind == "pin" and any(_exclude(held, item, other) for other in kept))
            ]
            edits = _edits(subject, used, held, wanted) if broken else ()
            ranges = [item for item in broken if item.kind == "range"]
            for item in ranges or broken:
                yield _version_finding(used, held, item, edits)


def _configured(subject: Subject, held: Held) -> tuple[Request, ...]:
    """Return the version that a buildplan configuration asks for."""
    decision = subject.plan.decision(f"{held.runtime}.version") if subject.plan is not None else None
    if decision is None or decision.origin.path not in {"buildplan.toml", "pyproject.toml", "nixpacks.toml"}:
        return ()
    if decision.origin.key is None or not decision.origin.key.startswith(("versions", "tool.buildplan", "variables")):
        return ()
    root = subject.context.directory
    place = Origin(f"{root}/{decision.origin.path}".lstrip("/"), decision.origin.line, decision.origin.key)
    found = Request(decision.value, place, "exact")
    return (found,) if allowed(held.runtime, found) else ()


def _allowed(held: Held, item: Request) -> Intervals:
    return allowed(held.runtime, item, only_runs=held.only_runs) or ()


def _agree(held: Held, item: Request) -> bool:
    meant = span(numbers_of(held.version))
    return any(meant.overlaps(interval) for interval in _allowed(held, item) or (meant,))


def _exclude(held: Held, one: Request, other: Request) -> bool:
    first, second = _allowed(held, one), _allowed(held, other)
    return not any(left.overlaps(right) for left in first for right in second)


def _version_finding(used: _Used, held: Held, item: Request, edits: tuple[Edit, ...]) -> Finding:
    meant = span(numbers_of(held.version))
    found = _allowed(held, item)
    side = "outside of"
    if all(interval.low >= meant.high for interval in found):
        side = "below"
    elif all(interval.high <= meant.low for interval in found):
        side = "above"
    said = f"{item.origin.key} {item.words}" if item.origin.key else item.words
    fix = f"use an image of {runtime(held.runtime).title} {shown(item.works or item.text)}"
    if edits:
        new = edits[0].new.removeprefix(":")
        fix = f"write `{used.text.replace(held.version, new, 1)}`"
    text = f"`{used.text}` is {side} `{said}`"
    if item.kind == "range":
        return Finding("BP710", "error", text, used.place_of(held.version), item.origin, fix, edits)
    return Finding("BP711", "warning", text, used.place_of(held.version), item.origin, fix, edits)


def _edits(subject: Subject, used: _Used, held: Held, wanted: tuple[Request, ...]) -> tuple[Edit, ...]:
    """Return the change of the version within the same image and distribution; nothing where that is not possible."""
    number = used.place_of(held.version).line or 0
    line = subject.line(number)
    if used.image.digest is not None or used.image.tag is None or not used.image.tag.startswith(held.version):
        return ()
    new = _better(held, wanted)
    rest = used.image.tag[len(held.version) :].lstrip("-")
    if new is None or not _has_image(held.runtime, new, rest):
        return ()
    old = held.version if used.arguments else f":{held.version}"
    if line.count(old) != 1 or not re.search(rf"{re.escape(old)}(?![\w.])", line):
        return ()
    return (Edit(number, old, old.replace(held.version, new)),)


def _better(held: Held, wanted: tuple[Request, ...]) -> str | None:
    """Return the version to use, as exact as the tag is now, that agrees with all that is asked for."""
    table = runtime(held.runtime)
    size = len(numbers_of(held.version))
    own = table.line(held.version)
    candidates = [own.latest] if own is not None else []
    pins = [item.text.lstrip("v") for item in wanted if item.kind == "pin"]
    candidates += [_filled(table, pin) for pin in pins if re.fullmatch(r"\d+(?:\.\d+){0,2}", pin)]
    try:
        version = resolve(held.runtime, wanted, Reasons()).version
    except VersionError:
        version = ""
    if version:
        candidates.append(_filled(table, version))
    for release in candidates:
        new = replace(held, version=dotted(release[:size]))
        if new.version != held.version and all(_agree(new, item) for item in wanted):
            return new.version
    return None


def _filled(table: RuntimeTable, version: str) -> tuple[int, int, int]:
    """Return a release for a version that may be shorter: the newest that is known of its line."""
    numbers = numbers_of(version)
    line = table.line(version)
    if line is not None and len(numbers) < _NUMBERS and first_of(numbers) <= line.latest < after(numbers):
        return line.latest
    return first_of(numbers)


def _has_image(name: str, version: str, rest: str) -> bool:
    """Return whether there are images of the version with the rest of the tag, as far as the tables know."""
    line = runtime(name).line(version)
    if line is None:
        return False
    suites = {suite: since for since, suite in line.suites}
    parts = [part for part in rest.split("-") if part]
    numbers = numbers_of(version)
    for part in parts:
        if part in suites:
            if numbers[: len(suites[part])] < suites[part][: len(numbers)]:
                return False
        elif part not in _VARIANTS:
            return False
    return True


def ends_of_life(subject: Subject) -> Iterator[Finding]:
    """BP712: an image of a release line that gets no fixes any more; once for each line."""
    seen: set[tuple[str, str]] = set()
    for used in _used(subject):
        for held in images.held(used.image):
            table = runtime(held.runtime)
            line = table.line(held.version)
            if line is None or table.rolling or (held.runtime, line.name) in seen:
                continue
            end = _end(held.runtime, line)
            if end is None or end > table.as_of:
                continue
            seen.add((held.runtime, line.name))
            living = ", ".join(item.name for item in table.supported if not item.young)
            yield Finding(
                "BP712",
                "warning",
                f"{table.title} {line.name} of `{used.text}` is past its end of life: the last fixes were on {end}",
                used.place_of(held.version),
                Origin("<catalogue>", key=f"{held.runtime}, {table.as_of}"),
                f"move to a line with support: {living}",
            )


def _end(name: str, line: Line) -> date | None:
    return images.debian_support_ends(line.name) if name == "debian" else line.eol


def moving_tags(subject: Subject) -> Iterator[Finding]:
    """BP713: an image without a tag, or with `latest`: the next build may be another one."""
    for used in (*_used(subject), *_copied_from(subject)):
        moves = used.image.digest is None and used.image.tag in {None, "latest"}
        if moves and not used.arguments and used.image.is_published:
            said = "has no tag, which means `latest`" if used.image.tag is None else "says `latest`"
            yield Finding(
                "BP713",
                "info",
                f"`{used.text}` {said}: the next build may start from another release",
                used.place,
                fix="name a version",
            )
