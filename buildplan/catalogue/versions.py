"""From what files ask for to the version whose image is used.

The strongest request that says something wins; the others are kept as what it beat. A range picks a release line, not
a release: the line's tag gets fixes. In this order: the default line where it fits; a supported line (long-term
support first, then newest); a part of a supported line; a line past its end of life. What is newer than the tables is
passed through, with a diagnostic, and never clamped.

Diagnostics: BP601 the line is past its end of life; BP602 the version is newer than the tables; BP603 two places
contradict each other; BP604 images are not tagged as finely as was asked; BP605 a weaker request is no version.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.catalogue import Line, RuntimeTable, runtime
from buildplan.errors import VersionError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, catalogue
from buildplan.model.version_ranges import (
    ANY,
    Grammar,
    Interval,
    Intervals,
    NotUnderstoodError,
    dotted,
    intervals,
    numbers_of,
    shown,
    span,
    without_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.reasons import Reasons

Kind = Literal["range", "pin", "guess"]

_NEWEST = frozenset({"latest", "stable", "current"})
_LTS = frozenset({"lts"})
# What only the machine of a developer knows.
_ELSEWHERE = re.compile(r"(?:system|default)|(?:path|ref|file|url):.*", re.IGNORECASE | re.DOTALL)


class Request(NamedTuple):
    """A version that somebody asks for, where, and the grammar that the place uses.

    `kind` is `pin` for the version that developers use, `range` for what the project declares that it runs on, and
    `guess` for what the authors' image has: where there is no image of it, it does not count.
    `written` are the file's own words where `text` is not. `rule` is the reason to give when the request wins. Where
    `text` is only the best choice, `works` is all that builds and runs the project, and `runs`, where that is less,
    what a finished build runs on; both in the grammar `npm`.
    """

    text: str
    origin: Origin
    grammar: Grammar = "npm"
    kind: Kind = "pin"
    written: str = ""
    rule: str = ""
    works: str = ""
    runs: str = ""

    @property
    def words(self) -> str:
        """What was written, safe to show."""
        return shown((self.written or self.text).strip())


class Resolution(NamedTuple):
    """The version to use, as far as an image tag says it (`22`, `22.11`, `22.11.0`).

    `requested` is the request that won, safe to show; None when the default was taken. `origin` is its place.
    """

    version: str
    requested: str | None
    origin: Origin


class _Fit(IntEnum):
    """How a line satisfies a range; less is better."""

    WHOLE = 0  # its newest release and all to come
    PART = 1  # only older releases
    FUTURE = 2  # only releases newer than any seen


class _Wanted(NamedTuple):
    """A request that was understood: what it allows, and the line that an alias names."""

    request: Request
    allowed: Intervals
    line: Line | None = None
    suffix: str = ""


class _Choice(NamedTuple):
    version: str
    rule: str
    line: Line | None
    fit: _Fit = _Fit.WHOLE


def resolve(name: str, requests: Iterable[Request], reasons: Reasons) -> Resolution:
    """Return the version of a runtime; `requests` come strongest first. Notes the decision and what is odd.

    Raises VersionError when the winning request cannot be understood or met, PluginError for an unknown runtime.
    """
    table = runtime(name)
    winner: _Wanted | None = None
    others: list[_Wanted] = []
    idle: list[RunnerUp] = []
    for request in requests:
        silent = _says_nothing(request)
        if silent is not None:
            idle.append(RunnerUp(request.words, request.origin, silent))
            continue
        try:
            wanted = _understood(table, request)
            if request.kind == "guess" and winner is None:
                _choose(table, wanted)
        except VersionError as error:
            if winner is None and request.kind != "guess":
                raise
            why = "no image has it" if request.kind == "guess" else "it cannot be understood"
            idle.append(RunnerUp(request.words, request.origin, why))
            reasons.report(Diagnostic("BP605", "warning", error.problem, request.origin, error.hint))
            continue
        if wanted.allowed == ANY and wanted.line is None:
            idle.append(RunnerUp(request.words, request.origin, "it allows every version"))
        elif winner is None:
            winner = wanted
        else:
            others.append(wanted)
    default = RunnerUp(table.default, catalogue(f"{name}.default"), "it is used only when nothing asks")
    if winner is None:
        rule = "nothing asks for a version: the default line"
        reasons.decide(f"{name}.version", table.default, default.origin, rule, tuple(idle))
        return Resolution(table.default, None, default.origin)
    choice = _choose(table, winner)
    won = winner.request
    lost = [RunnerUp(w.request.words, w.request.origin, f"beaten by {won.origin}") for w in others]
    if choice.version != table.default:
        lost.append(default)
    reasons.decide(f"{name}.version", choice.version, won.origin, won.rule or choice.rule, (*lost, *idle))
    for diagnostic in (*_about(table, winner, choice), *_contradictions(table, winner, choice, others)):
        reasons.report(diagnostic)
    return Resolution(choice.version, won.words, won.origin)


def allowed(name: str, request: Request, *, only_runs: bool = False) -> Intervals | None:
    """Return the releases that a request is content with; None for one that says nothing or cannot be understood.

    `only_runs` asks for what a finished build runs on.
    """
    wider = (request.runs if only_runs else "") or request.works
    if _says_nothing(request) is not None:
        return None
    try:
        return _understood(runtime(name), request._replace(text=wider, grammar="npm") if wider else request).allowed
    except VersionError:
        return None


# --- understanding a request ----------------------------------------------------------------------------------------
def _says_nothing(request: Request) -> str | None:
    text = request.text.strip()
    if _ELSEWHERE.fullmatch(text):
        return "it names something of the developer's machine"
    return None if text else "it is empty"


def _understood(table: RuntimeTable, request: Request) -> _Wanted:
    text = re.sub(r"^(?:latest|prefix):", "", request.text.strip())
    line, allowed = _alias(table, text.lower())
    if line is not None:
        return _Wanted(request, allowed, line)
    text = (table.aliases or {}).get(text, text)
    suffix = ""
    if request.grammar == "exact":
        text, suffix = _without_suffix(table, text)
    try:
        found = intervals(text, request.grammar, table.names)
    except NotUnderstoodError as error:
        raise _refused(table, request, f"cannot be understood as a version of {table.title}: {error}") from error
    if not found:
        raise _refused(table, request, f"allows no release of {table.title}")
    return _Wanted(request, found, suffix=suffix)


def _refused(table: RuntimeTable, request: Request, problem: str) -> VersionError:
    examples = [f"`{example}`" for example in table.examples or (table.default,)]
    listed = " or ".join(filter(None, (", ".join(examples[:-1]), examples[-1])))
    return VersionError(f"`{request.words}` {problem}", origin=request.origin, hint=f"write a version such as {listed}")


def _alias(table: RuntimeTable, text: str) -> tuple[Line | None, Intervals]:
    """Return the line that a word names, and what it tolerates beside it; (None, ()) for what is no alias."""
    meaning = (table.aliases or {}).get(text, text)
    if meaning == "newest" or meaning in _NEWEST:
        return table.supported[0], ANY
    long_term = [line for line in table.lines if table.is_lts(line)]
    if meaning in _LTS and long_term:
        return long_term[0], tuple(sorted(span(line.numbers) for line in long_term))
    back = re.fullmatch(r"lts/-([0-9]{1,2})", text)
    if back and int(back[1]) < len(long_term):
        line = long_term[int(back[1])]
        return line, (span(line.numbers),)
    codename = re.sub(r"^lts[/-]", "", text)
    for line in table.lines:
        if line.codename == codename:
            return line, (span(line.numbers),)
    return None, ()


def _without_suffix(table: RuntimeTable, text: str) -> tuple[str, str]:
    """Return an exact version and the suffix that its image tag keeps: `1.17.3`, `-otp-27`."""
    match = re.fullmatch(rf"([^ ]*?[0-9])({table.suffix or '()'})(?:{table.ignored or '()'})?", text)
    return (match[1], match[2]) if match else (text, "")


# --- choosing a version ---------------------------------------------------------------------------------------------
def _choose(table: RuntimeTable, wanted: _Wanted) -> _Choice:
    text = wanted.request.words
    if wanted.line is not None:
        return _Choice(wanted.line.name, f"`{text}` is line {wanted.line.name} of the tables", wanted.line)
    candidates = []
    for rank, line in enumerate(_by_preference(table.name)):
        fitted = _fitted(line, wanted.allowed)
        if fitted is not None:
            version, fit = fitted
            # Among supported lines a whole one comes first; among dead ones there is nothing to float with.
            order = (0, fit, rank) if table.is_supported(line) else (1, rank, fit)
            candidates.append((order, version, fit, line))
    if not candidates:
        return _newer(table, wanted)
    _, version, fit, line = min(candidates, key=lambda candidate: candidate[0])
    if table.by_line and version != line.name:
        version, fit = line.name, _Fit.PART
    version += wanted.suffix
    if version == without_name(wanted.request.text.strip(), table.names).lstrip("=vV "):
        rule = "the version that was asked for"
    elif len(candidates) == 1 and fit is _Fit.WHOLE:
        rule = f"only line {line.name} fits `{text}`"
    else:
        rule = _rule(table, line, fit, text)
    return _Choice(version, rule, line, fit)


@cache
def _by_preference(name: str) -> tuple[Line, ...]:
    """Return the lines of a runtime in the order in which a range takes them."""
    table = runtime(name)
    default = table.default_line
    newest_first = enumerate(table.lines)
    ranked = sorted(
        newest_first, key=lambda item: (item[1] is not default, item[1].young, not table.is_lts(item[1]), item[0])
    )
    return tuple(line for _, line in ranked)


def _fitted(line: Line, allowed: Intervals) -> tuple[str, _Fit] | None:
    """Return what of a line is allowed, newest first, as the coarsest tag that stays inside."""
    whole = span(line.numbers)
    for interval in reversed(allowed):
        low, high = max(interval.low, whole.low), min(interval.high, whole.high)
        if low >= high:
            continue
        to_the_end = high == whole.high
        seen = _Fit.WHOLE if to_the_end else _Fit.PART
        version = line.name if to_the_end else dotted(_inside(line, low, high))
        return version, seen if low <= line.latest else _Fit.FUTURE
    return None


def _inside(line: Line, low: tuple[int, int, int], high: tuple[int, int, int]) -> tuple[int, ...]:
    """Return the newest minor that stays inside whatever comes, else the release where the range ends or starts."""
    if len(line.numbers) == 1:
        minor = high[1] - 1 if low > line.latest else min(high[1] - 1, line.latest[1])
        inside = (*line.numbers, minor)
        if minor >= 0 and low < span(inside).high:
            return inside
        return line.latest if low <= line.latest < high else low
    # Below a minor all patches exist, so that the last one allowed is known.
    patch = high[2] - 1 if low > line.latest else min(high[2] - 1, line.latest[2])
    return (*line.numbers, patch)


def _rule(table: RuntimeTable, line: Line, fit: _Fit, text: str) -> str:
    if fit is _Fit.FUTURE:
        return f"`{text}` asks for more than the newest known release of line {line.name}"
    if fit is _Fit.PART and table.by_line:
        return f"`{text}` lies in line {line.name}; images of {table.title} are tagged by line"
    if fit is _Fit.PART:
        return f"`{text}` allows only a part of line {line.name}"
    if not table.is_supported(line):
        return f"only lines past their end of life fit `{text}`"
    if line is table.default_line:
        return f"the default line fits `{text}`"
    kind = "line with long-term support" if table.is_lts(line) else "supported line"
    return f"the newest {kind} that fits `{text}`"


def _newer(table: RuntimeTable, wanted: _Wanted) -> _Choice:
    """Return the start of a range that lies above all known lines; raises VersionError where it does not."""
    newest = table.lines[0]
    last = wanted.allowed[-1]
    low = max(last.low, span(newest.numbers).high)
    if low >= last.high:
        supported = ", ".join(line.name for line in table.supported)
        problem = f"fits no line of {table.title} that there is a known image of; supported are {supported}"
        raise _refused(table, wanted.request, problem)
    numbers = low[: len(newest.numbers)]
    unknown = Line(dotted(numbers), numbers, low, newest.released)
    fitted = _fitted(unknown, (Interval(low, last.high),))
    version = unknown.name if fitted is None or table.by_line else fitted[0]
    return _Choice(version + wanted.suffix, "newer than the tables: taken as it was asked for", None, _Fit.FUTURE)


# --- what the owner should know -------------------------------------------------------------------------------------
def _about(table: RuntimeTable, wanted: _Wanted, choice: _Choice) -> Iterable[Diagnostic]:
    origin = wanted.request.origin
    text = wanted.request.words
    line = choice.line
    if line is not None and not table.is_supported(line):
        supported = ", ".join(line.name for line in table.supported)
        yield Diagnostic(
            "BP601",
            "info" if table.rolling else "warning",
            f"{table.title} {line.name} reached its end of life on {line.eol}",
            origin,
            f"move to a supported line: {supported}",
        )
    if choice.fit is _Fit.FUTURE and not _is_patch(wanted, choice):
        known = table.lines[0].name if line is None else dotted(line.latest)
        yield Diagnostic(
            "BP602",
            "warning",
            f"`{text}` asks for a release of {table.title} that is unknown to this release of buildplan; "
            f"its tables of {table.as_of} end at {known}",
            origin,
            "update buildplan, or check that the image exists",
        )
    elif table.by_line and choice.fit is _Fit.PART and line is not None:
        yield Diagnostic(
            "BP604",
            "info",
            f"images of {table.title} are tagged by line, so `{text}` becomes {line.name} in its newest release",
            origin,
        )


def _is_patch(wanted: _Wanted, choice: _Choice) -> bool:
    """Return whether only a patch is newer than the table, and the tag is that of the line, which has it."""
    line = choice.line
    if line is None or choice.version != line.name:
        return False
    return any(interval.overlaps(span(line.latest[:2])) for interval in wanted.allowed)


def _contradictions(
    table: RuntimeTable, winner: _Wanted, choice: _Choice, others: list[_Wanted]
) -> Iterable[Diagnostic]:
    used = _meant(choice)
    for other in others:
        if any(used.overlaps(interval) for interval in other.allowed):
            continue
        text = other.request.words
        yield Diagnostic(
            "BP603",
            "warning",
            f"`{text}` in {other.request.origin} does not allow {table.title} {choice.version}, "
            f"which `{winner.request.words}` in {winner.request.origin} asks for",
            other.request.origin,
            "make both ask for the same version",
        )


def _meant(choice: _Choice) -> Interval:
    """Return the releases that a tag can stand for, now and later."""
    whole = span(numbers_of(choice.version))
    if choice.line is not None and whole.low < choice.line.latest < whole.high:
        return Interval(choice.line.latest, whole.high)
    return whole
