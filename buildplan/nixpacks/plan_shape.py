"""A plan of ours in Nixpacks' shape: the keys that platforms read and edit, and a record of how the plan was made.

The record is what lets an edited plan come back: `read_back` plans the tree with it again and sees what was edited.
Source of the shape: shared/reference/nixpacks.md section 6; what platforms read of it: users.md section 2.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from buildplan import __version__
from buildplan.config.mistakes import shown
from buildplan.config.options import Options
from buildplan.image.stages import ordered
from buildplan.model.secret_spans import referenced
from buildplan.nixpacks import provider_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.model.build_plan import BuildPlan, Phase
    from buildplan.nixpacks.arguments import Given
    from buildplan.nixpacks.lenient_plan import Planned
    from buildplan.source import SourceTree

RECORD = "buildplan"
METADATA = "NIXPACKS_METADATA"
# Coolify sets the document root and the fallback of Laravel apps when it finds this one.
_LARAVEL = "IS_LARAVEL"


def tables(planned: Planned, tree: SourceTree, options: Options, given: Given | None = None) -> dict[str, Any]:
    """Return the plan as the tables that Nixpacks prints, with our record under a key that it does not know.

    `given` are the variables of the call; they go back to the caller whether the image holds them or not.
    """
    plan = planned.plan
    result: dict[str, Any] = {"providers": []}
    if plan is not None and plan.phases:
        runtime = next((phase.runtime for phase in plan.phases if phase.runtime is not None), None)
        if runtime is not None:
            result["buildImage"] = runtime.image
    result["variables"] = _variables(plan, tree, options.env if given is None else {**options.env, **given.values})
    result["phases"] = {} if plan is None else _phases(plan)
    process = None if plan is None else plan.process(options.process or plan.start)
    result["start"] = {"cmd": process.text} if process is not None and planned.starts else {}
    result[RECORD] = _record(planned, options, () if given is None else given.refused)
    return result


def _variables(plan: BuildPlan | None, tree: SourceTree, given: Mapping[str, str]) -> dict[str, str]:
    values: dict[str, str] = {}
    if plan is not None:
        values.update(plan.run.environment)
        values.update({variable.name: variable.value for variable in plan.variables})
        values[METADATA] = provider_names.metadata(plan.providers, tree)
        if any("laravel" in use.frameworks for use in plan.providers):
            values[_LARAVEL] = "yes"
    # Settings too: a platform reads its own variables from the plan.
    values.update(given)
    return {name: values[name] for name in sorted(values) if values[name] != ""}


def _phases(plan: BuildPlan) -> dict[str, Any]:
    result = {phase.name: _phase(phase) for phase in sorted(ordered(plan.phases), key=lambda phase: phase.name)}
    setup = result.setdefault("setup", {})
    if "nixPkgs" not in setup:
        package = provider_names.of_runtime(plan.run.runtime)
        if package is not None:
            setup["nixPkgs"] = [package]
    # Nixpacks ships the stage that it builds in: its plans do not tell packages of the build from those of the image.
    apt = {*plan.run.apt_packages, *(name for phase in plan.phases for name in phase.apt_packages)}
    if apt:
        setup["aptPkgs"] = sorted(apt)
    return dict(sorted(result.items()))


def _phase(phase: Phase) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    if phase.depends_on:
        entry["dependsOn"] = list(phase.depends_on)
    package = None if phase.runtime is None else provider_names.of_runtime(phase.runtime)
    if package is not None:
        entry["nixPkgs"] = [package]
    if phase.commands:
        entry["cmds"] = list(phase.commands)
    files = [item.path for item in phase.inputs if item.phase is None]
    if files and "." not in files:
        entry["onlyIncludeFiles"] = files
    if phase.caches:
        entry["cacheDirectories"] = [cache.target for cache in phase.caches]
    if phase.paths:
        entry["paths"] = list(phase.paths)
    return entry


def _record(planned: Planned, options: Options, refused: tuple[str, ...]) -> dict[str, Any]:
    """Return how the plan was made; values of variables are not repeated, the table of variables has them."""
    default = Options()
    asked: dict[str, Any] = {}
    for field in fields(Options):
        value = getattr(options, field.name)
        if field.name == "env":
            if value:
                asked["env"] = sorted(value)
        elif value != getattr(default, field.name):
            safe = [referenced(text, {}) for text in value] if isinstance(value, tuple) else referenced(value, {})
            asked[field.name] = safe
    record: dict[str, Any] = {"version": __version__}
    if asked:
        record["options"] = asked
    notes = [] if planned.plan is None else [str(item) for item in planned.plan.diagnostics if item.severity != "info"]
    if planned.problem:
        notes.insert(0, planned.problem)
    notes += [
        f"the variable {shown(name)} is left out: an image cannot hold a variable of that name" for name in refused
    ]
    if notes:
        record["notes"] = notes
    return record
