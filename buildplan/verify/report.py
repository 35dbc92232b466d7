"""What `verify` found: one row a check, and the cause where one failed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from buildplan.verify.signatures import Cause

Status = Literal["passed", "failed", "skipped"]
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `text` says what was seen."""

    name: str
    status: Status
    text: str


@dataclass(slots=True)
class Report:
    """Everything that was seen of one image. Sizes are bytes, times are seconds."""

    path: str
    dockerfile: str
    checks: list[Check] = field(default_factory=list)
    cause: Cause | None = None
    log_end: str = ""
    build_seconds: float | None = None
    rebuild_seconds: float | None = None
    answer_seconds: float | None = None
    stop_seconds: float | None = None
    http_status: int | None = None
    image_bytes: int | None = None

    def note(self, name: str, text: str, *, ok: bool | None) -> None:
        """Add a check; `ok` None means that it could not be made."""
        self.checks.append(Check(name, "skipped" if ok is None else "passed" if ok else "failed", text))

    @property
    def ok(self) -> bool:
        """Whether no check failed."""
        return all(check.status != "failed" for check in self.checks)

    def status(self, name: str) -> Status | None:
        """Return how a check ended, None when it was not reached."""
        return next((check.status for check in self.checks if check.name == name), None)

    def to_json(self) -> str:
        """Return the report as JSON."""
        cause = None if self.cause is None else self.cause._asdict()
        return json.dumps({"ok": self.ok, **asdict(self), "cause": cause}, indent=2)

    def to_text(self) -> str:
        """Return the report for a person."""
        marks = {"passed": "ok", "failed": "FAILED", "skipped": "-"}
        width = max((len(check.name) for check in self.checks), default=0)
        lines = [f"{check.name:<{width}}  {marks[check.status]:<6}  {check.text}" for check in self.checks]
        if not self.ok and self.cause is not None:
            lines += ["", f"cause: {self.cause.text}", f"  log: {self.cause.line}", f"  fix: {self.cause.fix}"]
        elif not self.ok and self.log_end:
            lines += ["", "the end of the log:", *(f"  {line}" for line in self.log_end.splitlines())]
        if self.image_bytes is not None:
            lines += ["", f"image size {self.image_bytes / _MEGABYTE:.0f} MB"]
        return "\n".join(lines)
