"""Why: the reasons of every line of the Dockerfile, and how a value is changed. `explain` prints them.

Most reasons are the plan's own decisions. What lowering adds by a rule that holds for every image (the working
directory, a stage that goes on from another) gets its reason here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.config.known import PROVIDER_OPTIONS, RUNTIMES, TOOLS
from buildplan.model.build_plan import Decision
from buildplan.model.origin import rule
from buildplan.render import dockerfile

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan

_SIMPLE = {
    "ca_certificates": "ca_certificates",
    "port": "port",
    "providers": "providers",
    "run.base": "base_images.run",
    "run.entrypoint": "entrypoint",
    "run.health_check": "health_check",
    "run.image": "base_images.run",
    "run.start_dir": "workdir",
    "run.stop_signal": "stop_signal",
    "run.user": "user",
    "run.volumes": "volumes",
    "start": "start",
}
_OPTIONS = {
    "apt.build": "--apt PACKAGE",
    "apt.run": "--apt PACKAGE",
    "phases.build.commands": "--build-cmd COMMAND",
    "phases.install.commands": "--install-cmd COMMAND",
    "providers": "--provider NAME",
    "start": "--start-cmd COMMAND",
}
_PHASE_LISTS = ("commands", "inputs", "caches", "outputs", "secrets", "paths", "depends_on")
_BY_HAND = "no setting: edit the line in the Dockerfile, and `buildplan write` keeps the edit"


class ExplainedLine(NamedTuple):
    """Lines `first` to `last` (from 1) of the Dockerfile, as they are written, and why they are there.

    `reasons` is empty for blank lines and for the header alone.
    """

    first: int
    last: int
    texts: tuple[str, ...]
    reasons: tuple[Decision, ...]


def explained(plan: BuildPlan, *, process: str | None = None) -> tuple[ExplainedLine, ...]:
    """Return the whole Dockerfile, each instruction with its reasons; raises PlanError for an unknown process."""
    rendered = dockerfile.render(plan, process=process)
    texts = rendered.text.removesuffix("\n").split("\n")
    by_first = {line.first: line for line in rendered.lines}
    found = []
    number = 1
    while number <= len(texts):
        line = by_first.get(number)
        last = number if line is None else line.last
        why = () if line is None else reasons(plan, line.fields)
        found.append(ExplainedLine(number, last, tuple(texts[number - 1 : last]), why))
        number = last + 1
    return tuple(found)


def reasons(plan: BuildPlan, fields: tuple[str, ...]) -> tuple[Decision, ...]:
    """Return the decisions behind these fields of the plan, each once."""
    found: dict[str, Decision] = {}
    for field in fields:
        for decision in _behind(plan, field):
            found.setdefault(decision.field, decision)
    return tuple(found.values())


def _behind(plan: BuildPlan, field: str) -> tuple[Decision, ...]:
    """Return the decision of a field; else those of its parts; else a rule of ours; else that of what it belongs to."""
    own = plan.decision(field)
    if own is not None:
        return (own,)
    parts = tuple(item for item in plan.decisions if item.field.startswith(f"{field}."))
    if parts:
        return parts
    if field == "run.environment.PORT":
        return _behind(plan, "port")
    ruled = _ruled(plan, field)
    if ruled is not None:
        return (ruled,)
    above = field.rpartition(".")[0]
    return _behind(plan, above) if above else ()


def _ruled(plan: BuildPlan, field: str) -> Decision | None:
    if field == "run.working_dir":
        why = "every app lives in one directory, which the build and the shipped image share"
        return Decision(field, plan.run.working_dir, rule("working directory"), why)
    phase = plan.phase(field.removeprefix("phases.").rpartition(".")[0])
    if phase is None:
        return None
    if field.endswith(".depends_on"):
        needed = ", ".join(phase.depends_on)
        why = f"`{phase.name}` goes on from what `{needed}` has done, so that neither is repeated"
        return Decision(field, needed, rule("stages"), why)
    if field.endswith(".working_dir"):
        why = f"the commands of `{phase.name}` run where their manifest lies"
        return Decision(field, phase.working_dir, rule("working directory"), why)
    return None


def setting(plan: BuildPlan, field: str) -> str | None:
    """Return the key of buildplan.toml that decides a field of the plan, None when there is none."""
    if field in _SIMPLE or field.startswith("run.labels."):
        return _SIMPLE.get(field, field.removeprefix("run."))
    first, _, rest = field.partition(".")
    if first == "apt":
        return f"apt.{rest.partition('.')[0]}"
    if first == "phases":
        return _phase_setting(plan, rest)
    if first in {"mirrors", "processes"} and rest:
        return f"{first}.{_key(rest)}"
    if first == "variables" and rest:
        return f"variables.{rest}"
    if field.startswith("run.environment."):
        name = field.removeprefix("run.environment.")
        return "port" if name == "PORT" else f"variables.{name}"
    if field.startswith("run.copies"):
        kept = next((item.phase for item in plan.run.copies if item.phase is not None), None)
        return None if kept is None else f"phases.{_key(kept)}.outputs"
    if rest == "version" and first in {*RUNTIMES, *TOOLS}:
        return f"versions.{first}"
    if rest in PROVIDER_OPTIONS.get(first, {}):
        return field
    return None


def _phase_setting(plan: BuildPlan, rest: str) -> str | None:
    phase = next((item for item in plan.phases if rest.startswith(f"{item.name}.")), None)
    if phase is None:
        return None
    part, _, name = rest.removeprefix(f"{phase.name}.").partition(".")
    if part in _PHASE_LISTS:
        return f"phases.{_key(phase.name)}.{part}"
    if part == "environment" and name:
        return f"phases.{_key(phase.name)}.environment.{name}"
    first = next(item for item in plan.phases if item.runtime is not None)
    return "base_images.build" if part == "image" and phase is first else None


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else f'"{name}"'


def change(plan: BuildPlan, decision: Decision) -> str:
    """Return one line: how to get another value."""
    ways = []
    if not decision.origin.path.startswith("<") and decision.origin.path != ".":
        line = "" if decision.origin.line is None else f":{decision.origin.line}"
        ways.append(f"edit {decision.origin.path}{line}")
    if decision.field.startswith("digests."):
        return "`buildplan lock` asks for the newest"
    key = setting(plan, decision.field)
    if key is not None:
        if key.startswith("variables."):
            option: str | None = f"--env {key.removeprefix('variables.')}=VALUE"
        elif key.startswith("versions."):
            option = f"--set {key}=VERSION"
        else:
            option = _OPTIONS.get(key)
        ways.append(f"set `{key}` in buildplan.toml" + (f", or `{option}`" if option else ""))
    return "; or ".join(ways) or _BY_HAND
