"""A plan for people: what `plan --format text`, `detect` and `explain` print."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError
from buildplan.provenance import option
from buildplan.renderers import dockerfile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.build_plan import BuildPlan, Decision
    from buildplan.compose import Candidate


def plan_text(plan: BuildPlan) -> str:
    """Return the plan as an indented table."""
    rows: list[tuple[str, str]] = []
    for use in plan.providers:
        frameworks = f" ({', '.join(use.frameworks)})" if use.frameworks else ""
        rows.append(("provider", f"{use.name}{frameworks}, {use.role}"))
    for phase in plan.phases:
        lines = [*phase.commands]
        if phase.runtime is not None:
            lines.insert(0, f"from {phase.runtime.image}")
        if phase.apt_packages:
            lines.append(f"apt: {' '.join(phase.apt_packages)}")
        lines += [f"secret: {name}" for name in phase.secrets]
        for number, line in enumerate(lines or ["(nothing)"]):
            rows.append((phase.name if number == 0 else "", line))
    rows.append(("image", plan.run.runtime.image))
    rows.append(("user", plan.run.user))
    for process in plan.processes:
        port = f"  (port {process.port})" if process.port else ""
        rows.append((process.name, f"{process.text}{port}"))
    rows += [("variable", f"{variable.name}={variable.value}  ({variable.scope})") for variable in plan.variables]
    rows += [("secret", name) for name in plan.secrets]
    rows += [("note", str(diagnostic).replace("\n", " ")) for diagnostic in plan.diagnostics]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)


def candidates_text(found: Iterable[Candidate]) -> str:
    """Return one line for each provider that claims the tree, with its evidence below."""
    lines = []
    for candidate in found:
        detection = candidate.detection
        frameworks = f" ({', '.join(detection.frameworks)})" if detection.frameworks else ""
        lines.append(f"{candidate.provider.name}{frameworks}  {detection.role}, {detection.strength.name.lower()}")
        lines += [f"  {evidence.origin}: {evidence.text}" for evidence in detection.evidence]
    return "".join(f"{line}\n" for line in lines)


def explain(plan: BuildPlan, query: str | None = None) -> str:
    """Return why: every decision, one field and what is below it, or one line of the Dockerfile (`Dockerfile:12`).

    Raises ConfigError for a query that fits nothing, with the nearest field.
    """
    if query is None:
        return "\n".join(_decision(item) for item in plan.decisions)
    place = re.fullmatch(r"(?:\./)?Dockerfile:(\d+)", query)
    if place:
        return _line(plan, int(place[1]))
    found = [item for item in plan.decisions if item.field == query or item.field.startswith(f"{query}.")]
    if not found:
        fields = [item.field for item in plan.decisions]
        near = difflib.get_close_matches(query, fields, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(f'`{name}`' for name in near)}?" if near else "run it without a query"
        raise ConfigError(f"the plan has no `{query[:80]}`", origin=option("query"), hint=hint)
    return "\n".join(_decision(item) for item in found)


def _decision(item: Decision) -> str:
    lines = [f"{item.field} = {item.value}", f"  from  {item.origin}", f"  rule  {item.rule}"]
    lines += [f"  beat  {loser.value}  ({loser.origin}): {loser.reason}" for loser in item.runners_up]
    return "".join(f"{line}\n" for line in lines)


def _line(plan: BuildPlan, number: int) -> str:
    rendered = dockerfile.render(plan)
    text = rendered.text.split("\n")
    if not 1 <= number < len(text):
        raise ConfigError(
            f"the Dockerfile has {len(text) - 1} lines, not {number}", origin=option("query"), hint="name one of them"
        )
    place = next((line for line in rendered.lines if line.first <= number <= line.last), None)
    shown = f"Dockerfile:{number}  {text[number - 1]}\n"
    if place is None:
        return shown
    by_field = {item.field: item for item in plan.decisions}
    found = []
    for field in place.fields:
        # A field without a decision of its own follows from the one above it.
        while field and field not in by_field:
            field = field.rpartition(".")[0]  # noqa: PLW2901  # climbs to the parent
        if field and by_field[field] not in found:
            found.append(by_field[field])
    if not found:
        return f"{shown}  rule  every image of this kind has this line\n"
    return shown + "\n" + "\n".join(_decision(item) for item in found)
