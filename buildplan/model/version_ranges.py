"""What a version request allows, as intervals of releases, in the grammars that files use.

- `npm`: `22`, `v22.11.0`, `22.x`, `^22.12`, `>=18 <21 || 22`, `18 - 20`
- `pep440`: `>=3.11,<3.14`, `~=3.12`, `==3.12.*`, and Poetry's `^3.11`; a bare `3.12` is the whole line
- `gem`: `~> 3.3`, `>= 3.2, < 4`, of Ruby and Elixir: `~> 3.3` ends at 4, and a bare `3.3` is the release 3.3.0
- `exact`: `3.12`, `go1.22`, `temurin-21.0.2`: a release, or the start of one

Only final releases are told apart: `>=22.0.0-rc.1` allows what `>=22.0.0` allows.

Sources, checked 2026-11-24:
- npm: https://github.com/npm/node-semver#ranges
- PEP 440: https://packaging.python.org/en/latest/specifications/version-specifiers/
- Poetry: https://python-poetry.org/docs/dependency-specification/
- gem: https://guides.rubygems.org/patterns/#pessimistic-version-constraint
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Grammar = Literal["npm", "pep440", "gem", "exact"]
Release = tuple[int, int, int]
Parts = tuple[int, ...]

# Longer than any request that a person wrote.
_MAX_LENGTH = 256
_SHOWN_LENGTH = 60
FIRST: Release = (0, 0, 0)
END: Release = (10**10, 0, 0)

# Digits are spelled out: `\d` knows digits of every script.
_NUMBER = r"(?:0|[1-9][0-9]{0,8})"
_PART = rf"(?:{_NUMBER}|[xX*])"
_NUMBERS = rf"[vV]?(?P<a>{_PART})(?:\.(?P<b>{_PART})(?:\.(?P<c>{_PART})"
# Where a version ends; nothing that could go on with it may follow.
_EDGE = r"(?![0-9A-Za-z.*+_-])"
_NPM = re.compile(
    rf"[ ,]*+(?P<op>~>|[<>]=?|=[<>=]?|[~^])? *{_NUMBERS}"
    rf"(?P<pre>-[0-9A-Za-z][0-9A-Za-z.-]*)?(?:\+[0-9A-Za-z.-]+)?)?)?{_EDGE}"
)
_PEP440 = re.compile(
    rf"[ ,]*+(?P<op>===?|!=|~[=>]|[<>]=?|=|[~^])? *{_NUMBERS})?)?"
    rf"(?P<pre>[-_.]?(?:alpha|beta|preview|pre|rc|dev|a|b|c)[-_.]?[0-9]{{0,4}})?{_EDGE}"
)
# More than three numbers and build metadata occur in Java: `17.0.9.8.1`, `17.0.9+9`.
_EXACT = re.compile(rf"(?P<op>)(?P<pre>){_NUMBERS}(?:\.[0-9]{{1,9}}){{0,3}})?)?(?:\+[0-9]{{1,9}})?")


class NotUnderstoodError(ValueError):
    """A text that is no version request in its grammar."""


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """All releases from `low` up to `high`, without `high` itself; `END` is beyond every release."""

    low: Release
    high: Release

    def overlaps(self, other: Interval) -> bool:
        """Return whether a release can be in both."""
        return max(self.low, other.low) < min(self.high, other.high)


Intervals = tuple[Interval, ...]
ANY: Intervals = (Interval(FIRST, END),)


class _Term(NamedTuple):
    """One comparator: `>=22.1`. `numbers` end before a wildcard; `pre` is set for a pre-release."""

    op: str
    numbers: Parts
    wild: bool
    pre: bool


def shown(text: str) -> str:
    """Return the text for a message: one line, control characters visible, cut where it gets long."""
    cut = text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…"
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in cut)


def dotted(numbers: Parts) -> str:
    """Return `22.11.0` for `(22, 11, 0)`."""
    return ".".join(map(str, numbers))


def numbers_of(version: str) -> Parts:
    """Return `(22, 11)` for `22.11`; what follows the numbers is left out."""
    match = re.match(r"[0-9]{1,9}(?:\.[0-9]{1,9}){0,2}", version)
    return tuple(int(number) for number in match[0].split(".")) if match else ()


def first_of(numbers: Parts) -> Release:
    """Return the first release that begins with these numbers."""
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch


def after(numbers: Parts) -> Release:
    """Return the first release after all that begin with these numbers."""
    return first_of((*numbers[:-1], numbers[-1] + 1)) if numbers else END


def span(numbers: Parts) -> Interval:
    """Return all releases that begin with these numbers."""
    return Interval(first_of(numbers), after(numbers))


def intervals(text: str, grammar: Grammar, names: tuple[str, ...] = ()) -> Intervals:
    """Return what a request allows, sorted and without overlaps; empty when nothing satisfies it.

    `names` may stand before a version (`go1.22`, `node@22`). Raises NotUnderstoodError.
    """
    plain = text.strip().replace("\t", " ")
    if len(plain) > _MAX_LENGTH:
        raise NotUnderstoodError(f"it has {len(plain)} characters")
    if not plain.isprintable():
        raise NotUnderstoodError("it holds control characters")
    plain = without_name(plain, names)
    if grammar == "exact":
        match = _EXACT.fullmatch(plain)
        if match is None:
            raise NotUnderstoodError("it is no version number")
        return (span(_term(match).numbers),)
    if grammar == "npm":
        return _choice(plain.split("||"), _npm_set)
    term = _gem_term if grammar == "gem" else _pep440_term
    return _choice(re.split(r"\|{1,2}", plain), lambda part: _all_of(part, _PEP440, term))


def without_name(text: str, names: tuple[str, ...]) -> str:
    """Return the text without the name of the runtime before the number: `22` for `node@22`, `nodejs-22`."""
    if not names:
        return text
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(rf"^(?:{listed})[-_@/ =]?(?=[vV]?[0-9])", "", text, flags=re.IGNORECASE)


def _choice(texts: list[str], read: Callable[[str], Intervals]) -> Intervals:
    found: list[Interval] = []
    for text in texts:
        allowed = read(text.strip())
        if not allowed and "," in text:
            # `^18, ^20` is meant as a choice: both at once is impossible.
            for part in text.split(","):
                allowed += read(part.strip()) if part.strip() else ()
        found.extend(allowed)
    return _union(found)


def _npm_set(text: str) -> Intervals:
    hyphen = re.fullmatch(r"([^ ]+) +- +([^ ]+)", text)
    if hyphen is None:
        return _all_of(text, _NPM, _npm_term)
    low, high = (_NPM.fullmatch(side) for side in hyphen.groups())
    if low is None or high is None or low["op"] or high["op"]:
        raise NotUnderstoodError("a hyphen stands between two versions")
    last = _term(high)
    upper = _npm_term(_Term("<=", last.numbers, last.wild, last.pre))
    return _both((Interval(first_of(_term(low).numbers), END),), upper)


def _all_of(text: str, token: re.Pattern[str], read: Callable[[_Term], Intervals]) -> Intervals:
    """Return what satisfies every comparator of the text."""
    result = ANY
    position = 0
    while position < len(text):
        match = token.match(text, position)
        if match is None:
            rest = shown(text[position:].strip())
            raise NotUnderstoodError(f"`{rest}` is no version" if position else "it is no version")
        result = _both(result, read(_term(match)))
        position = match.end()
    return result


def _term(match: re.Match[str]) -> _Term:
    numbers: list[int] = []
    written = [part for part in match.group("a", "b", "c") if part is not None]
    for part in written:
        if part in "xX*":
            break
        numbers.append(int(part))
    return _Term(match["op"] or "", tuple(numbers), len(numbers) < len(written), bool(match["pre"]))


def _npm_term(term: _Term) -> Intervals:
    numbers, op = term.numbers, term.op
    low, high = first_of(numbers), after(numbers)
    if not numbers:
        return () if op in {"<", ">"} else ANY
    if op in {">=", "=>"}:
        return (Interval(low, END),)
    if op == ">":
        return (Interval(low if term.pre else high, END),)
    if op == "<":
        return _below(low)
    if op in {"<=", "=<"}:
        return _below(low if term.pre else high)
    if op in {"~", "~>"}:
        return (Interval(low, after(numbers[:2])),)
    if op == "^":
        return (Interval(low, _caret_end(numbers)),)
    return () if term.pre else (Interval(low, high),)


def _caret_end(numbers: Parts) -> Release:
    """Return where `^` ends: after the first number that is not zero."""
    index = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    return after(numbers[: index + 1])


def _pep440_term(term: _Term) -> Intervals:
    numbers, op = term.numbers, term.op
    if not numbers or op in {"^", "~", "~>", "<", ">="}:
        return _npm_term(term)
    if op == "~=":
        if len(numbers) == 1:
            raise NotUnderstoodError("`~=` needs two numbers")
        return (Interval(first_of(numbers), after(numbers[:-1])),)
    if term.pre and op in {">", "<="}:
        return _npm_term(term)
    # Without a wildcard `3.12` is the release 3.12.0 there; only a bare `3.12` is the whole line.
    meant = span(numbers) if term.wild or not op else span(first_of(numbers))
    if op == ">":
        return (Interval(meant.high, END),)
    if op == "<=":
        return _below(meant.high)
    if op == "!=":
        return ANY if term.pre else (*_below(meant.low), Interval(meant.high, END))
    return () if term.pre else (meant,)


def _gem_term(term: _Term) -> Intervals:
    if term.op == "~>" and len(term.numbers) > 1:
        return (Interval(first_of(term.numbers), after(term.numbers[:-1])),)
    return _pep440_term(term if term.op else _Term("==", term.numbers, term.wild, term.pre))


def _below(high: Release) -> Intervals:
    return (Interval(FIRST, high),) if high > FIRST else ()


def _both(left: Intervals, right: Intervals) -> Intervals:
    return tuple(
        Interval(max(one.low, other.low), min(one.high, other.high))
        for one in left
        for other in right
        if one.overlaps(other)
    )


def _union(found: list[Interval]) -> Intervals:
    result: list[Interval] = []
    for interval in sorted(found):
        if result and interval.low <= result[-1].high:
            result[-1] = Interval(result[-1].low, max(result[-1].high, interval.high))
        else:
            result.append(interval)
    return tuple(result)
