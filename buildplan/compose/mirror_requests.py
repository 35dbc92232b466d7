"""The owner's mirrors: the reason of each, and what a mirror cannot do."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.catalogue import mirrors
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.mirrors import Mirror
    from buildplan.model.build_plan import Phase
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def noted(
    tree: SourceTree, phases: tuple[Phase, ...], overrides: Overrides, reasons: Reasons
) -> tuple[tuple[str, str], ...]:
    """Return name → address, sorted; report lock files that hold other addresses (BP948)."""
    for name, asked in overrides.mirrors.items():
        row = mirrors.mirrors().get(name)
        what = f"images of {name}" if row is None else row.title.partition(":")[0]
        reasons.decide(f"mirrors.{name}", asked.value, asked.origin, f"where {what} come from instead")
        if row is None or not any(
            row.counts("" if phase.runtime is None else phase.runtime.name, phase.commands) for phase in phases
        ):
            # One table for all repositories of a company: most rows of it are for others.
            continue
        for lock in _locks(tree, row, phases):
            host = mirrors.URL.match(asked.value)
            text = tree.text_or_none(lock) or ""
            if "http" in text and (host is None or host["host"] not in text):
                said = f"`{lock}` holds addresses of another registry, which the mirror does not change"
                fix = f"make the file again with {asked.value} set on your machine"
                reasons.report(Diagnostic("BP948", "warning", said, Origin(lock), fix))
    return tuple(sorted((name, item.value) for name, item in overrides.mirrors.items()))


def _locks(tree: SourceTree, row: Mirror, phases: tuple[Phase, ...]) -> Iterator[str]:
    """Yield the lock files that the phases copy, or that lie at the root."""
    copied = {item.path for phase in phases for item in phase.inputs if item.phase is None}
    for name in row.locks:
        if "wrapper" in name and not mirrors.runs((text for item in phases for text in item.commands), ("gradlew",)):
            continue
        found = {path for path in copied if posixpath.basename(path) == name} | ({name} if tree.has(name) else set())
        yield from sorted(path for path in found if tree.has(path))
