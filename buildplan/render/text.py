"""A plan for people: what `plan --format text`, `detect` and `explain` print."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError
from buildplan.model.origin import Origin, option
from buildplan.model.secret_spans import masked
from buildplan.model.visible_text import on_one_line
from buildplan.render import explanation
from buildplan.write.merge import generated_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.compose.composition import Candidate
    from buildplan.compose.explain_detection import Claim
    from buildplan.model.app import App
    from buildplan.model.build_plan import BuildPlan, Decision


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
    rows = [(on_one_line(name), value) for name, value in rows]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {on_one_line(value)}\n" for name, value in rows)


# What the strengths of evidence are to somebody who does not know them.
_STRENGTHS = {
    "APP": "the manifest of an app",
    "MANIFEST": "a manifest",
    "SITE": "static files",
    "TOOLING": "a manifest of tools only",
    "STRAY": "a source file alone",
    "COMMAND": "a start command",
}


def candidates_text(found: Iterable[Candidate]) -> str:
    """Return one line for each provider that claims the tree, with its evidence below."""
    lines = []
    for candidate in found:
        detection = candidate.detection
        frameworks = f" ({', '.join(detection.frameworks)})" if detection.frameworks else ""
        strength = _STRENGTHS[detection.strength.name]
        lines.append(f"{candidate.provider.name}{frameworks}  for the {detection.role}, by {strength}")
        lines += [f"  {evidence.origin}: {masked(evidence.text)}" for evidence in detection.evidence]
    return "".join(f"{on_one_line(line)}\n" for line in lines)


def apps_text(found: Iterable[App]) -> str:
    """Return a table of the apps, with what makes each one an app below it."""
    found = tuple(found)
    rows = [(" ", "APP", "LANGUAGE", "PORT", "START")]
    for app in found:
        frameworks = f" ({', '.join(app.frameworks)})" if app.frameworks else ""
        port = "" if app.port is None else str(app.port)
        mark = "*" if app.is_default else " "
        rows.append((mark, app.app, f"{app.provider}{frameworks}", port, app.start or app.problem or ""))
    if not found:
        return "there is no app here\n"
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4])) for row in rows
    ]
    for position, app in reversed(list(enumerate(found, 1))):
        lines.insert(position + 1, f"     {app.evidence.origin}: {app.evidence.text}")
    if len(found) > 1 and any(app.is_default for app in found):
        lines.append("* is planned when `--app` names none")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def apps_json(found: Iterable[App]) -> str:
    """Return the apps as a JSON list."""
    import json

    items = [
        {
            "app": app.app,
            "name": app.name,
            "folder": app.folder,
            "provider": app.provider,
            "frameworks": list(app.frameworks),
            "start": app.start,
            "port": app.port,
            "evidence": {"text": app.evidence.text, "origin": str(app.evidence.origin)},
            "default": app.is_default,
            "problem": app.problem,
        }
        for app in found
    ]
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


def explain(plan: BuildPlan, query: str | None = None) -> str:
    """Return why: every decision, or one field and what is below it.

    Raises ConfigError for a query that fits nothing, with the nearest field.
    """
    if query is None:
        return "\n".join(_decision(plan, item) for item in plan.decisions)
    found = [item for item in plan.decisions if item.field == query or item.field.startswith(f"{query}.")]
    if not found:
        # `NODE_ENV` and `start` without what they belong to.
        found = [item for item in plan.decisions if item.field.endswith(f".{query}")]
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
    return "".join(f"{on_one_line(line)}\n" for line in lines)


def explain_line(
    plan: BuildPlan, file: str, number: int, existing: str | None = None, *, process: str | None = None
) -> str:
    """Return why a line of the Dockerfile is there; `existing` is the generated file as it lies in the tree.

    Raises ConfigError for a line that is not there, or that is not the plan's.
    """
    lines = explanation.explained(plan, process=process)
    texts = [text for line in lines for text in line.texts]
    count = len(texts) if existing is None else len(existing.splitlines())
    if not 0 < number <= count:
        raise ConfigError(f"{file} has {count} lines, not {number}", origin=option("query"), hint="name one of them")
    place = number
    if existing is not None:
        own = existing.splitlines()[number - 1].strip()
        if own.startswith("# buildplan "):
            return f"{file}:{number}  {own[:80]}\n\nwhat `write` and `check` know the last generation by\n"
        mapped = generated_line(existing, "".join(f"{text}\n" for text in texts), number)
        if mapped is None:
            problem = f"`{own[:80]}` is not in what the plan says now"
            hint = "it was edited by hand, or the code has changed: `buildplan check` says which"
            raise ConfigError(problem, origin=Origin(file, number), hint=hint)
        place = mapped
    found = next(line for line in lines if line.first <= place <= line.last)
    shown = f"{file}:{number}  {found.texts[place - found.first]}\n"
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
        lines += [f"  {evidence.origin}: {masked(evidence.text)}" for evidence in use.evidence]
    elif found.detection is not None:
        strength = found.detection.strength.name.lower()
        lines.append(f"{title} claims the tree ({strength}), and is not in the plan")
        lines += [f"  {evidence.origin}: {masked(evidence.text)}" for evidence in found.detection.evidence]
    else:
        lines.append(f"{title} does not claim the tree")
        lines += [f"  looked for  {text}" for text in found.looked_for]
        lines.append(f"  help  {found.provider.start_help}")
    decision = None if plan is None else plan.decision("providers")
    if plan is not None and decision is not None and use is None:
        lines.append(f"  instead  {decision.value}: {decision.rule} ({decision.origin})")
        name = found.provider.name
        lines.append(f'  change  set `providers = ["{name}"]` in buildplan.toml, or `--provider {name}`')
    text = "".join(f"{on_one_line(line)}\n" for line in lines)
    if plan is None or use is None:
        return text
    own = [item for item in plan.decisions if item.field == "providers" or item.field.startswith(f"{use.name}.")]
    return text + "".join(f"\n{_decision(plan, item)}" for item in own)
