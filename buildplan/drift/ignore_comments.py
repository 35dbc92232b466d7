"""Comments that ignore a finding of the instruction below them: `# buildplan: ignore BP712 until the move in May`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.config.mistakes import nearest
from buildplan.drift.findings import Finding
from buildplan.model.diagnostic_codes import DRIFT
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from buildplan.read.dockerfile import Dockerfile

_COMMENT = re.compile(r"\s*#\s*buildplan:\s*ignore\b[\s=:]*(?P<rest>.*)", re.IGNORECASE)
_CODES = re.compile(r"(?P<codes>\w+(?:\s*,\s*\w+)*)?[\s:—-]*(?P<reason>.*)", re.DOTALL)
# That a file cannot be read or judged cannot be ignored in it.
_NEVER = ("BP700", "BP701", "BP702")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment in `line`, with its codes and its reason, for the instruction in the lines `first` to `last`."""

    line: int
    codes: tuple[str, ...]
    reason: str
    first: int
    last: int

    def ignores(self, finding: Finding) -> bool:
        """Return whether it is about a finding."""
        line = finding.place.line or 1
        return self.first <= line <= self.last and finding.code in self.codes and finding.code not in _NEVER


def comments(text: str, dockerfile: Dockerfile) -> tuple[Comment, ...]:
    """Return the comments of a Dockerfile that ignore something; what stands in the last lines is about nothing."""
    if "buildplan:" not in text:
        return ()
    items = [*dockerfile.arguments]
    for stage in dockerfile.stages:
        items += [stage.start, *stage.instructions]
    spans = sorted((item.first, item.last) for item in items)
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.fullmatch(line.rstrip("\r"))
        if match is None or any(first < number <= last for first, last in spans):
            continue
        split = _CODES.fullmatch(match["rest"].strip())
        codes = [code.strip() for code in split["codes"].split(",")] if split is not None and split["codes"] else []
        first, last = next(((first, last) for first, last in spans if first > number), (0, 0))
        reason = "" if split is None else split["reason"].strip()
        found.append(Comment(number, tuple(code.upper() for code in codes), reason, first, last))
    return tuple(found)


def applied(path: str, found: Sequence[Finding], ignoring: Sequence[Comment]) -> Iterator[Finding]:
    """Yield the findings that no comment ignores, and BP940 for a comment that has no reason, effect or such code."""
    used: set[Comment] = set()
    for finding in found:
        hits = [comment for comment in ignoring if comment.ignores(finding)]
        used |= set(hits)
        if not any(comment.reason for comment in hits):
            yield finding
    for comment in ignoring:
        problem = _problem(comment, comment in used)
        if problem is not None:
            text, fix = problem
            yield Finding("BP940", "warning", text, Origin(path, comment.line), None, fix)


def _problem(comment: Comment, used: bool) -> tuple[str, str] | None:  # noqa: FBT001  # private
    form = "write `# buildplan: ignore BP712 REASON`"
    if not comment.codes:
        return "the comment names no code to ignore", form
    for code in comment.codes:
        if code not in DRIFT or code in _NEVER:
            near = nearest(code, DRIFT)
            return f"`{code}` is not a code that can be ignored", f"did you mean `{near}`?" if near else form
    if not comment.reason:
        return "the comment gives no reason, so nothing is ignored", form
    if not used:
        return f"there is no {' or '.join(comment.codes)} to ignore here", "remove the comment"
    return None
