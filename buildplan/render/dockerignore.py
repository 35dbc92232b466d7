"""The `.dockerignore` that fits a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.compose.build_context import HEADER
from buildplan.read import dockerignore

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan

_KEPT = "# Copied by the Dockerfile"


def render(plan: BuildPlan) -> str:
    """Return the tree's own lines unchanged, then the plan's patterns, then exceptions for what is copied by name."""
    own = list(plan.kept_ignore_lines)
    while own and not own[-1].strip():
        own.pop()
    known = {line.strip() for line in own}
    # The last match decides, so an exception counts only below what it is an exception to.
    added = [pattern for pattern in plan.ignore if pattern not in known or pattern.startswith("!")]
    hidden = dockerignore.parse("\n".join(added))
    added += [line for line in sorted(known) if line.startswith("!") and line not in added and _hides(hidden, line)]
    lines = [*own, *([""] if own and added else []), *([HEADER, *added] if added else [])]
    rules = dockerignore.parse("\n".join(lines))
    copied = {
        item.path.rstrip("/")
        for source in (*(phase.inputs for phase in plan.phases), plan.run.copies)
        for item in source
        if item.phase is None and item.path != "."
    }
    missing = sorted(path for path in copied if dockerignore.excluding(rules, path))
    if missing:
        lines += [*([""] if lines else []), _KEPT, *(f"!{path}" for path in missing)]
    return "\n".join(lines) + "\n" if lines else ""


def _hides(rules: tuple[dockerignore.Rule, ...], line: str) -> bool:
    """Return whether rules hide what an exception of the owner (`!config/app.env`) brings back."""
    path = line.removeprefix("!").strip()
    return "*" not in path and dockerignore.excluding(rules, path) is not None
