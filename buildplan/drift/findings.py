"""What `check` finds: each finding has a stable code, a place in the Dockerfile, the file that says otherwise, a fix.

`error`: the two contradict each other. `warning`: they very likely do, or the image is worse than its author thinks.
`info`: worth knowing, no drift. Codes are those of `model.diagnostic_codes`, which also says of which kind they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.model.diagnostic_codes import kind
from buildplan.model.secret_spans import masked
from buildplan.model.visible_text import on_one_line

if TYPE_CHECKING:
    from buildplan.model.build_plan import Severity
    from buildplan.model.diagnostic_codes import Kind
    from buildplan.model.origin import Origin


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that is safe: `old` stands exactly once in the line and becomes `new`."""

    line: int
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `place` is in the Dockerfile, `other` where the contradiction comes from.

    `edits` are the safe fix: together they mend the finding and nothing else; empty when a person has to decide.
    """

    code: str
    severity: Severity
    text: str
    place: Origin
    other: Origin | None = None
    fix: str | None = None
    edits: tuple[Edit, ...] = ()

    @property
    def kind(self) -> Kind:
        """`drift`, `lint` or `end of life`."""
        return kind(self.code)

    def __str__(self) -> str:
        """Return `Dockerfile:1: BP710 error: text`, then where it says otherwise and an indented fix."""
        line = "" if self.place.line is None else f":{self.place.line}"
        lines = [f"{self.place.path}{line}: {self.code} {self.severity}: {self.text}"]
        lines += [f"  see: {self.other}"] if self.other is not None else []
        lines += [f"  fix: {self.fix}"] if self.fix else []
        return "\n".join(masked(on_one_line(text)) for text in lines)


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings once each, by line and code, without secrets: every format shows them."""
    safe = [replace(item, text=masked(item.text), fix=item.fix and masked(item.fix)) for item in findings]
    return tuple(sorted(dict.fromkeys(safe), key=lambda item: (item.place.line or 0, item.code, item.text)))
