"""A plan for people: what `plan --format text`, `detect` and `explain` print."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError
from buildplan.provenance import option
from buildplan.renderers import explanation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.build_plan import BuildPlan, Decision
    from buildplan.claims import Claim
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


def explain(plan: BuildPlan, query: str | None = None, *, process: str | None = None) -> str:
    """Return why: every decision, one field and what is below it, or one line of the Dockerfile (`Dockerfile:12`).

    Raises ConfigError for a query that fits nothing, with the nearest field.
    """
    if query is None:
        return "\n".join(_decision(plan, item) for item in plan.decisions)
    place = re.fullmatch(r"(?:\./)?Dockerfile:(\d{1,9})", query)
    if place:
        return _line(plan, int(place[1]), process)
    found = [item for item in plan.decisions if item.field == query or item.field.startswith(f"{query}.")]
    if not found:
        fields = [item.field for item in plan.decisions]
        near = difflib.get_close_matches(query, fields, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(f'`{name}`' for name in near)}?" if near else "run it without a query"
        raise ConfigError(f"the plan has no `{query[:80]}`", origin=option("query"), hint=hint)
    return "\n".join(_decision(plan, item) for item in found)


def _decision(plan: BuildPlan, item: Decision) -> str:
    lines = [f"{item.field} = {item.value}", f"  from  {item.origin}", f"  rule  {item.rule}"]
    lines += [f"  beat  {loser.value}  ({loser.origin}): {loser.reason}" for loser in item.runners_up]
    lines.append(f"  change  {explanation.change(plan, item)}")
    return "".join(f"{line}\n" for line in lines)


def _line(plan: BuildPlan, number: int, process: str | None) -> str:
    lines = explanation.explained(plan, process=process)
    found = next((line for line in lines if line.first <= number <= line.last), None)
    if found is None:
        raise ConfigError(
            f"the Dockerfile has {lines[-1].last} lines, not {number}", origin=option("query"), hint="name one of them"
        )
    shown = f"Dockerfile:{number}  {found.texts[number - found.first]}\n"
    if not found.reasons:
        return shown
    return shown + "\n" + "\n".join(_decision(plan, item) for item in found.reasons)


def claim(plan: BuildPlan | None, found: Claim) -> str:
    """Return why a provider is in the plan, or why it is not; `plan` is None when the tree has none."""
    use = None if plan is None else next((item for item in plan.providers if item.name == found.provider.name), None)
    title = f"{found.provider.name} ({found.provider.title})"
    lines = []
    if use is not None:
        lines.append(f"{title} is in the plan: {use.role}")
        lines += [f"  {evidence.origin}: {evidence.text}" for evidence in use.evidence]
    elif found.detection is not None:
        strength = found.detection.strength.name.lower()
        lines.append(f"{title} claims the tree ({strength}), and is not in the plan")
        lines += [f"  {evidence.origin}: {evidence.text}" for evidence in found.detection.evidence]
    else:
        lines.append(f"{title} does not claim the tree")
        lines += [f"  looked for  {text}" for text in found.looked_for]
        lines.append(f"  help  {found.provider.start_help}")
    decision = None if plan is None else plan.decision("providers")
    if plan is not None and decision is not None and use is None:
        lines.append(f"  instead  {decision.value}: {decision.rule} ({decision.origin})")
        name = found.provider.name
        lines.append(f'  change  set `providers = ["{name}"]` in buildplan.toml, or `--provider {name}`')
    text = "".join(f"{line}\n" for line in lines)
    if plan is None or use is None:
        return text
    own = [item for item in plan.decisions if item.field == "providers" or item.field.startswith(f"{use.name}.")]
    return text + "".join(f"\n{_decision(plan, item)}" for item in own)
