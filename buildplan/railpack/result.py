"""A plan of ours as Railpack reports one: its `info` result, and the steps of its plan.

Source: shared/reference/railpack.md sections 2 and 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from buildplan import __version__
from buildplan.image.stages import ordered

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan, Phase

_PROVIDERS = {"static": "staticfile", "go": "golang"}
_LEVELS = {"error": "error", "warning": "warn", "info": "info"}


def plan_tables(plan: BuildPlan) -> dict[str, Any]:
    """Return the plan as steps and a deployment."""
    process = plan.process(plan.start)
    deploy: dict[str, Any] = {"base": {"image": plan.run.runtime.image}}
    if process is not None:
        deploy["startCommand"] = process.text
    values = {
        **dict(plan.run.environment),
        **{item.name: item.value for item in plan.variables if item.scope != "build"},
    }
    if values:
        deploy["variables"] = dict(sorted(values.items()))
    if plan.run.apt_packages:
        deploy["aptPackages"] = sorted(plan.run.apt_packages)
    deploy["inputs"] = [
        {"step": item.phase, "include": [item.path]} if item.phase else {"local": True, "include": [item.path]}
        for item in plan.run.copies
    ]
    caches = {
        cache.id: {"directory": cache.target, "type": "shared"} for phase in plan.phases for cache in phase.caches
    }
    result: dict[str, Any] = {"steps": [_step(phase) for phase in ordered(plan.phases)], "deploy": deploy}
    if caches:
        result["caches"] = dict(sorted(caches.items()))
    if plan.secrets:
        result["secrets"] = sorted(plan.secrets)
    return result


def _step(phase: Phase) -> dict[str, Any]:
    inputs: list[dict[str, Any]] = [{"image": phase.runtime.image}] if phase.runtime is not None else []
    inputs += [{"step": name} for name in phase.depends_on]
    commands: list[dict[str, Any]] = [
        {"src": item.path, "dest": item.dest or item.path} for item in phase.inputs if item.phase is None
    ]
    commands += [{"cmd": command} for command in phase.commands]
    step: dict[str, Any] = {"name": phase.name, "inputs": inputs, "commands": commands}
    if phase.environment:
        step["variables"] = dict(phase.environment)
    if phase.caches:
        step["caches"] = [cache.id for cache in phase.caches]
    step["secrets"] = list(phase.secrets)
    return step


def result_tables(plan: BuildPlan | None, problem: str) -> dict[str, Any]:
    """Return the whole result; without a plan it says why there is none."""
    if plan is None:
        logs = [{"Level": "error", "Msg": problem}]
        return {"railpackVersion": f"buildplan {__version__}", "logs": logs, "success": False}
    packages = {}
    for phase in plan.phases:
        if phase.runtime is not None:
            runtime = phase.runtime
            decision = plan.decision(f"{runtime.name}.version")
            packages[runtime.name] = {
                "name": runtime.name,
                "requestedVersion": runtime.requested or runtime.version,
                "resolvedVersion": runtime.version,
                "source": str(decision.origin) if decision is not None else "default",
            }
    names = [_PROVIDERS.get(use.name, use.name) for use in plan.providers]
    return {
        "railpackVersion": f"buildplan {__version__}",
        "plan": plan_tables(plan),
        "resolvedPackages": packages,
        "metadata": {"providers": ",".join(names)},
        "detectedProviders": names[:1],
        "logs": [{"Level": _LEVELS[item.severity], "Msg": str(item)} for item in plan.diagnostics],
        "success": True,
    }
