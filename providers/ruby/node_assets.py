"""Node in the build of a Ruby app: Rails' `assets:precompile` and Hanami's `assets compile` run it themselves.

jsbundling-rails, cssbundling-rails, vite_ruby and Shakapacker hook their own `yarn build` (or npm, pnpm, Bun) into
`assets:precompile`, and what they bundle may come from Ruby: files that a gem brings, routes written as JavaScript. So
Node and its packages go into the stage in which Ruby builds; packages are installed in a stage of Node's own, which
source code does not touch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.build_plan import Input, Phase, Runtime
from buildplan.catalogue import runtime
from buildplan.contract import PlanContext
from buildplan.overrides import Overrides
from buildplan.provenance import Origin, rule

if TYPE_CHECKING:
    from buildplan.build_plan import Decision

    from .project import Project

_NODE = "node"
_PROGRAMS = "/usr/local/bin/"
_MODULES = "/usr/local/lib/node_modules/"


@dataclass(frozen=True, slots=True)
class Node:
    """Phases that make Node and the packages, and what the build copies from them."""

    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    secrets: tuple[str, ...] = ()
    packages: bool = False


def find(project: Project) -> Node | None:
    """Return what the build needs of Node, None when it needs nothing; raises what the Node provider raises."""
    if project.tree.has("package.json"):
        return _with_packages(project)
    place = project.installed("execjs")
    if place is None or project.installed("mini_racer", "therubyracer", "duktape") is not None:
        return None
    version = runtime(_NODE).default
    asked = project.overrides.versions.get(_NODE)
    project.reasons.decide("node.version", version, place, "`execjs` runs JavaScript while assets are built")
    phase = Phase("node", runtime=Runtime(_NODE, version, asked.value if asked is not None else None))
    return Node((phase,), (Input("/usr/local/bin/node", "node", "/usr/local/bin/node"),))


def _with_packages(project: Project) -> Node:
    from buildplan import registry

    provider = registry.named(_NODE, rule("assets"))
    asked = Overrides(versions=project.overrides.versions)
    own = provider.plan(project.tree, PlanContext(asked, "assets"))
    phases = tuple(_renamed(phase) for phase in own.phases if phase.name in {"setup", "install"})
    for decision in own.decisions:
        if decision.field.startswith(("node.", "phases.setup", "phases.install", "apt.build")):
            _note(project, decision)
    for diagnostic in own.diagnostics:
        project.reasons.report(diagnostic)
    last = phases[-1].name
    inputs = [Input(_PROGRAMS, last, _PROGRAMS), Input(_MODULES, last, _MODULES)]
    origin = Origin("package.json")
    packages = any(phase.name == "node:install" for phase in phases)
    if packages:
        inputs.append(Input("node_modules/", last))
    if any("yarn" in command for phase in phases for command in phase.commands) and not _installs_yarn(phases):
        # The image's own Yarn 1 is a link into /opt; nothing else lies there.
        inputs.append(Input("/opt/", last, "/opt/"))
    project.reasons.decide("ruby.node", "node", origin, "the app's own build runs Node")
    return Node(phases, tuple(inputs), own.secrets, packages)


def _installs_yarn(phases: tuple[Phase, ...]) -> bool:
    return any(re.search(r"npm install -g\b.*yarn", command) for phase in phases for command in phase.commands)


def _renamed(phase: Phase) -> Phase:
    return replace(
        phase,
        name=f"{_NODE}:{phase.name}",
        provider=_NODE,
        depends_on=tuple(f"{_NODE}:{name}" for name in phase.depends_on),
    )


def _note(project: Project, decision: Decision) -> None:
    field = decision.field
    if field.startswith("phases."):
        field = f"phases.{_NODE}:{field.removeprefix('phases.')}"
    project.reasons.decide(field, decision.value, decision.origin, decision.rule, decision.runners_up)
