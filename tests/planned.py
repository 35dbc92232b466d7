"""Trees in memory, and what tests ask of the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import buildplan
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan, Decision, Diagnostic


def of(files: dict[str, str]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def plan(files: dict[str, str], **options: Any) -> BuildPlan:
    return buildplan.plan(files, buildplan.Options(**options))


def decision(made: BuildPlan, field: str) -> Decision:
    found = made.decision(field)
    assert found is not None, f"no decision {field}: {[item.field for item in made.decisions]}"
    return found


def diagnostic(made: BuildPlan, code: str) -> Diagnostic:
    found = [item for item in made.diagnostics if item.code == code]
    assert len(found) == 1, [str(item) for item in made.diagnostics]
    return found[0]


def codes(made: BuildPlan) -> set[str]:
    return {item.code for item in made.diagnostics}


def commands(made: BuildPlan, phase: str = "build") -> tuple[str, ...]:
    found = made.phase(phase)
    assert found is not None
    return found.commands


def copied(made: BuildPlan) -> list[str]:
    return [item.path for item in made.run.copies]


def started(made: BuildPlan) -> str:
    process = made.process(made.start)
    assert process is not None
    return process.text
