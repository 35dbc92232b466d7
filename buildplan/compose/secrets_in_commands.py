"""Secrets that a command or a start line sets: their names stay in the plan, their values go.

`API_TOKEN=abc node server.js` would put the value into the image for everybody who can pull it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Decision, Diagnostic, RunnerUp
from buildplan.model.secrets import looks_secret, masked, without_assignments

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan, Phase, Process
    from buildplan.model.origin import Origin


def removed(plan: BuildPlan) -> BuildPlan:
    """Return the plan without values of secrets in commands and variables; each name gets a finding (BP665)."""
    names: dict[str, None] = {}
    environment = tuple(item for item in plan.run.environment if not looks_secret(*item))
    names.update(dict.fromkeys(name for name, value in plan.run.environment if looks_secret(name, value)))
    phases = tuple(_phase(phase, names) for phase in plan.phases)
    processes = tuple(_process(process, names) for process in plan.processes)
    decisions = tuple(map(_decision, plan.decisions))
    if not names and decisions == plan.decisions:
        return plan
    origins = {item.field: item.origin for item in plan.decisions}
    return replace(
        plan,
        phases=phases,
        processes=processes,
        run=replace(plan.run, environment=environment),
        secrets=tuple(dict.fromkeys((*plan.secrets, *names))),
        decisions=tuple(item for item in decisions if item.field.removeprefix("run.environment.") not in names),
        diagnostics=(*plan.diagnostics, *(_dropped(name, origins) for name in names)),
    )


def _dropped(name: str, origins: dict[str, Origin]) -> Diagnostic:
    return Diagnostic(
        "BP665",
        "warning",
        f"`{name}` looks like a secret, so the value that a command gives it is not stored, only its name",
        origins.get(f"run.environment.{name}") or origins.get("start"),
        f"give `{name}` to the container when it starts, and replace the secret: whoever can read the tree knows it",
    )


def _phase(phase: Phase, names: dict[str, None]) -> Phase:
    found: dict[str, None] = {}
    commands = []
    for text in phase.commands:
        command, own = without_assignments(text)
        commands.append(command)
        found.update(dict.fromkeys(own))
    environment = tuple(item for item in phase.environment if not looks_secret(*item))
    found.update(dict.fromkeys(name for name, value in phase.environment if looks_secret(name, value)))
    if not found:
        return phase
    names.update(found)
    secrets = tuple(dict.fromkeys((*phase.secrets, *found)))
    return replace(phase, commands=tuple(commands), environment=environment, secrets=secrets)


def _process(process: Process, names: dict[str, None]) -> Process:
    if process.shell is not None:
        shell, own = without_assignments(process.shell)
        names.update(dict.fromkeys(own))
        return replace(process, shell=shell) if own and shell.strip() else process
    kept = []
    for word in process.argv:
        name, equals, value = word.partition("=")
        if equals and name.isidentifier() and looks_secret(name, value):
            names[name] = None
        else:
            kept.append(word)
    return replace(process, argv=tuple(kept)) if kept and len(kept) < len(process.argv) else process


def _decision(item: Decision) -> Decision:
    value = _shown(item.value)
    runners_up = tuple(_runner_up(loser) for loser in item.runners_up)
    if value == item.value and runners_up == item.runners_up:
        return item
    return replace(item, value=value, runners_up=runners_up)


def _runner_up(item: RunnerUp) -> RunnerUp:
    value = _shown(item.value)
    return item if value == item.value else replace(item, value=value)


def _shown(text: str) -> str:
    return masked(without_assignments(text, mask=True)[0])
