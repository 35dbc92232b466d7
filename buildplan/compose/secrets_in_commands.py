"""Secrets that commands, start lines and values hold: their names stay in the plan, their values go.

`API_TOKEN=abc node server.js --password def` would put both into the image for everybody who can pull it. It becomes
`node server.js --password "$PASSWORD"`.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.config.variables import dropped_from_command
from buildplan.model.build_plan import Decision, Diagnostic, RunnerUp
from buildplan.model.secret_spans import holds_secret, masked, referenced, spans
from buildplan.model.secrets import HIDDEN

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan, Phase, Process, ProviderUse, Run
    from buildplan.model.origin import Origin

# Such a value is looked for in all that the plan says; a shorter or plainer one is a word of other texts too.
_DISTINCT = re.compile(r"(?=\S*[\d\W_])(?=\S*[^\W\d_])\S{8,1000}")
_PART = 8
_LONGEST_PART = 100
_SHELL_WORDS = 3


def removed(plan: BuildPlan) -> BuildPlan:
    """Return the plan without values of secrets; each of their names gets a finding (BP665)."""
    names: dict[str, str] = {}
    phases = tuple(_phase(phase, names) for phase in plan.phases)
    processes = tuple(_process(process, names) for process in plan.processes)
    run = _run(plan.run, names)
    decisions = tuple(map(_decision, plan.decisions))
    diagnostics = tuple(map(_diagnostic, plan.diagnostics))
    providers = tuple(map(_provider, plan.providers))
    said = (decisions, diagnostics, providers)
    if not names and said == (plan.decisions, plan.diagnostics, plan.providers):
        return plan
    kept = {name: value for name, value in plan.run.labels if (name, value) not in run.labels}
    origins = {item.field: item.origin for item in plan.decisions}
    plan = replace(
        plan,
        providers=providers,
        phases=phases,
        processes=processes,
        run=run,
        secrets=tuple(dict.fromkeys((*plan.secrets, *(name for name in names if name not in kept)))),
        decisions=tuple(item for item in decisions if item.field.removeprefix("run.environment.") not in names),
        diagnostics=(*diagnostics, *(_dropped(name, origins, is_label=name in kept) for name in names)),
    )
    values = sorted((value for value in names.values() if _DISTINCT.fullmatch(value)), key=len, reverse=True)
    return _without(plan, values) if values else plan


def _dropped(name: str, origins: dict[str, Origin], *, is_label: bool) -> Diagnostic:
    if is_label:
        text = f"the label `{name}` looks like a secret, so it is left out"
        return Diagnostic("BP665", "warning", text, origins.get(f"run.labels.{name}"), "remove it: a label is public")
    return dropped_from_command(name, origins.get(f"run.environment.{name}") or origins.get("start"))


def _sorted_out(pairs: tuple[tuple[str, str], ...], names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    kept = []
    for name, value in pairs:
        if holds_secret(name, value):
            inner = [value[item.start : item.end] for item in spans(value)]
            names[name] = inner[0] if inner else value
        else:
            kept.append((name, value))
    return tuple(kept)


def _phase(phase: Phase, names: dict[str, str]) -> Phase:
    found: dict[str, str] = {}
    commands = tuple(referenced(text, found) for text in phase.commands)
    environment = _sorted_out(phase.environment, found)
    comment = masked(phase.comment)
    if not found and comment == phase.comment:
        return phase
    names.update(found)
    secrets = tuple(dict.fromkeys((*phase.secrets, *found)))
    return replace(phase, commands=commands, environment=environment, secrets=secrets, comment=comment)


def _run(run: Run, names: dict[str, str]) -> Run:
    environment = _sorted_out(run.environment, names)
    labels = _sorted_out(run.labels, names)
    check = run.health_check
    if check is not None:
        check = replace(check, argv=_words(check.argv, names))
    entrypoint = _words(run.entrypoint, names)
    if entrypoint != run.entrypoint and entrypoint[:2] == ("sh", "-c"):
        # The command of the process comes after it.
        entrypoint = ("sh", "-c", f'{entrypoint[2]} "$@"', "sh")
    return replace(run, environment=environment, labels=labels, health_check=check, entrypoint=entrypoint)


def _process(process: Process, names: dict[str, str]) -> Process:
    if process.shell is not None:
        shell = referenced(process.shell, names)
        return replace(process, shell=shell) if shell.strip() else process
    argv = _words(process.argv, names)
    if argv[:2] == ("sh", "-c") and process.argv[:2] != ("sh", "-c"):
        return replace(process, argv=(), shell=argv[2].removeprefix("exec "))
    return replace(process, argv=argv) if argv != process.argv else process


def _words(argv: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    """Return a command without its secrets; it needs a shell when one of its words names a variable then."""
    if len(argv) == _SHELL_WORDS and argv[0].rpartition("/")[2] in {"sh", "bash"} and argv[1].endswith("c"):
        return (*argv[:2], referenced(argv[2], names))
    line = shlex.join(argv)
    found: dict[str, str] = {}
    safe = referenced(line, found)
    if safe == line:
        return argv
    names.update(found)
    words = shlex.split(safe)
    return ("sh", "-c", f"exec {safe}") if any(f"${{{name}}}" in safe for name in found) else tuple(words)


def _decision(item: Decision) -> Decision:
    value, why = masked(item.value), masked(item.rule)
    runners_up = tuple(_runner_up(loser) for loser in item.runners_up)
    if (value, why, runners_up) == (item.value, item.rule, item.runners_up):
        return item
    return replace(item, value=value, rule=why, runners_up=runners_up)


def _provider(item: ProviderUse) -> ProviderUse:
    evidence = tuple(replace(part, text=masked(part.text)) for part in item.evidence)
    return item if evidence == item.evidence else replace(item, evidence=evidence)


def _diagnostic(item: Diagnostic) -> Diagnostic:
    text, fix = masked(item.text), masked(item.fix or "") or None
    return item if (text, fix) == (item.text, item.fix) else replace(item, text=text, fix=fix)


def _runner_up(item: RunnerUp) -> RunnerUp:
    value, reason = masked(item.value), masked(item.reason)
    return item if (value, reason) == (item.value, item.reason) else replace(item, value=value, reason=reason)


def _without(plan: BuildPlan, values: list[str]) -> BuildPlan:
    """Return the plan with `•••` in its texts wherever one of the values is, or the beginning of one at an end."""
    begun = {value[:length] for value in values for length in range(_PART, min(len(value), _LONGEST_PART))}
    longest_first = sorted(begun, key=lambda part: (-len(part), part))
    parts = [*map(re.escape, values), *(f"{re.escape(part)}(?=[`…]|$)" for part in longest_first)]
    secrets = re.compile("|".join(parts))

    def safe(text: str) -> str:
        return secrets.sub(HIDDEN, text)

    def loser(item: RunnerUp) -> RunnerUp:
        return replace(item, value=safe(item.value), reason=safe(item.reason))

    return replace(
        plan,
        providers=tuple(
            replace(item, evidence=tuple(replace(part, text=safe(part.text)) for part in item.evidence))
            for item in plan.providers
        ),
        decisions=tuple(
            replace(item, value=safe(item.value), rule=safe(item.rule), runners_up=tuple(map(loser, item.runners_up)))
            for item in plan.decisions
        ),
        diagnostics=tuple(
            replace(item, text=safe(item.text), fix=safe(item.fix) if item.fix else item.fix)
            for item in plan.diagnostics
        ),
    )
