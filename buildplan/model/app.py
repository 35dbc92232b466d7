"""One of the apps of a tree, as `buildplan apps` lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.model.build_plan import Evidence


@dataclass(frozen=True, slots=True)
class App:
    """An app: what `--app` calls it, its name, its folder (`""` is the root), and what would be started.

    `evidence` says what makes it an app. `is_default`: it is what is planned when no app is named. `problem` is why it
    cannot be planned, None when it can; what is no app at all is not listed.
    """

    app: str
    name: str
    folder: str
    provider: str
    frameworks: tuple[str, ...]
    start: str | None
    port: int | None
    evidence: Evidence
    is_default: bool = False
    problem: str | None = None
