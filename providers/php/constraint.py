"""Composer's version constraints, in the grammar that the version tables read.

Source, checked 2026-11-24: https://getcomposer.org/doc/articles/versions.md#writing-version-constraints
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.version_ranges import (
    END,
    FIRST,
    Interval,
    Intervals,
    NotUnderstoodError,
    after,
    dotted,
    intervals,
    numbers_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_STABILITY = re.compile(r"(?:-(?:stable|dev|RC|beta|alpha)|@(?:stable|dev|RC|beta|alpha))\b[0-9]{0,2}", re.IGNORECASE)
_HYPHEN = re.compile(r"([0-9][0-9.]{0,20}) - ([0-9][0-9.]{0,20})")
# `~8.2` is below 9 here, as `~=` is in PEP 440; `~8` is `^8`.
_TILDE_ONE = re.compile(r"~ ?v?([0-9]{1,9})(?![0-9.])")
_TILDE = re.compile(r"~ ?v?(?=[0-9])")
_EXACT_PLATFORM = re.compile(r"v?([0-9]{1,4}\.[0-9]{1,4})(?:\.[0-9]{1,4}){0,2}(?:-?[A-Za-z0-9.]{0,20})?", re.ASCII)
_MAX_LENGTH = 256


def translated(text: str) -> str:
    """Return a constraint of Composer in the grammar `pep440`, which knows `^`, `!=`, `||` and wildcards too."""
    plain = text[:_MAX_LENGTH].strip() if len(text) <= _MAX_LENGTH else text
    plain = _STABILITY.sub("", plain)
    plain = _HYPHEN.sub(_range, plain)
    plain = plain.replace("<>", "!=")
    plain = _TILDE_ONE.sub(lambda match: f"^{match[1]}", plain)
    return _TILDE.sub("~=", plain)


def _range(match: re.Match[str]) -> str:
    """Return `8.0 - 8.4` as two bounds: an upper end without a patch holds all its patches."""
    last = numbers_of(match[2])
    upper = f"<={match[2]}" if len(last) > 2 else f"<{dotted(after(last))}"  # noqa: PLR2004  # major, minor, patch
    return f">={match[1]} {upper}"


def allowed(text: str) -> Intervals | None:
    """Return the releases that a constraint allows; None when it cannot be understood."""
    try:
        return intervals(translated(text), "pep440", ("php",))
    except NotUnderstoodError:
        return None


def line_of(text: str) -> str | None:
    """Return `8.2` for the release `8.2.0` that Composer is told to assume; None for what is no release."""
    match = _EXACT_PLATFORM.fullmatch(text.strip())
    return match[1] if match is not None else None


def both(left: Intervals, right: Intervals) -> Intervals:
    """Return what two constraints allow together."""
    return tuple(
        Interval(max(one.low, other.low), min(one.high, other.high))
        for one in left
        for other in right
        if one.overlaps(other)
    )


def written(found: Iterable[Interval]) -> str:
    """Return intervals as a text of the grammar `npm`."""
    parts = []
    for interval in found:
        low = f">={dotted(interval.low)}" if interval.low > FIRST else ""
        high = f"<{dotted(interval.high)}" if interval.high < END else ""
        parts.append(f"{low} {high}".strip() or "*")
    return " || ".join(parts)
