"""Node in the build of a Ruby app: Rails' `assets:precompile` and Hanami's `assets compile` run it themselves.

jsbundling-rails, cssbundling-rails, vite_ruby and Shakapacker hook their own `yarn build` (or npm, pnpm, Bun) into
`assets:precompile`, and what they bundle may come from Ruby: files that a gem brings, routes written as JavaScript. So
Node and its packages go into the stage in which Ruby builds; packages are installed in a stage of Node's own, which
source code does not touch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.build_plan import Input, Phase, Runtime
from buildplan.catalogue import runtime
from buildplan.contract import Reasons
from buildplan.overrides import Overrides
from buildplan.provenance import Origin

from . import tables

if TYPE_CHECKING:
    from buildplan.build_plan import Decision

    from .project import Project

_NODE = "node"
_PROGRAMS = "/usr/local/bin/"
_MODULES = "/usr/local/lib/node_modules/"
# Where Sprockets is told to look into the packages.
_SETTINGS = ("config/initializers/assets.rb", "app/assets/config/manifest.js", "config/application.rb")


@dataclass(frozen=True, slots=True)
class Node:
    """Phases that make Node and its packages, and what the build copies; `packages`: `node_modules` is among it."""

    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    secrets: tuple[str, ...] = ()
    packages: bool = False


def find(project: Project) -> Node | None:
    """Return what the build needs of Node, None when it needs nothing; raises what reading a package.json raises."""
    if project.tree.has("package.json"):
        place = project.installed(*tables.read("frameworks")["bundlers"]) or _reads_packages(project)
        if place is not None:
            return _with_packages(project, place)
    place = project.installed("execjs")
    if place is None or project.installed("mini_racer", "therubyracer", "duktape") is not None:
        return None
    version = runtime(_NODE).default
    project.reasons.decide("node.version", version, place, "`execjs` runs JavaScript while assets are built")
    phase = Phase("node", runtime=Runtime(_NODE, version))
    return Node((phase,), (Input("/usr/local/bin/node", "node", "/usr/local/bin/node"),))


def _reads_packages(project: Project) -> Origin | None:
    for path in _SETTINGS:
        if "node_modules" in (project.tree.text_or_none(path) or ""):
            return Origin(path)
    return None


def _with_packages(project: Project, place: Origin) -> Node:
    from buildplan.providers.node import install, native, package_manager
    from buildplan.providers.node import project as node_projects

    from buildplan import catalogue

    reasons = Reasons()
    asked = Overrides(versions=project.overrides.versions)
    facts = node_projects.read(project.tree, asked, reasons, assets=True)
    suite = catalogue.suite(_NODE, facts.node.version) or "trixie"
    needs = native.needs(facts.tree, facts.installed, facts.manager, facts.node.version, suite)
    for name, why in sorted(needs.build_packages.items()):
        reasons.decide(f"apt.build.{name}", name, why, "a package of Node needs it to be installed")
    commands = tuple(package_manager.setup_commands(facts.manager, facts.node.version))
    if commands:
        text = " && ".join(commands)
        reasons.decide("phases.setup.commands", text, facts.manager.origin, "the package manager, exact")
    setup = Phase(
        "setup",
        comment=package_manager.setup_comment(facts.manager, facts.node.version) if commands else "",
        runtime=Runtime(_NODE, facts.node.version, facts.node.requested),
        apt_packages=tuple(sorted(needs.build_packages)),
        commands=commands,
    )
    made = [setup]
    # Without a dependency there is no folder of packages to copy.
    packages = any((item.dependencies or item.dev_dependencies) for item in facts.installed.manifests)
    if packages:
        phase = install.install_phase(facts.manager, facts.tree, facts.installed, reasons)
        made.append(replace(phase, comment="Packages of Node"))
    phases = tuple(_renamed(phase) for phase in made)
    for decision in reasons.decisions:
        if decision.field.startswith(("node.", "phases.setup", "phases.install", "apt.build")):
            _note(project, decision)
    for diagnostic in reasons.diagnostics:
        project.reasons.report(diagnostic)
    last = phases[-1].name
    inputs = [Input(_PROGRAMS, last, _PROGRAMS), Input(_MODULES, last, _MODULES)]
    if facts.manager.name == "yarn" and not any("yarn" in command for command in commands):
        # The image's own Yarn 1 is a link into /opt; nothing else lies there.
        inputs.append(Input("/opt/", last, "/opt/"))
    if packages and facts.manager.linker == "pnp":
        inputs += [Input(".pnp.cjs", last), Input(".yarn/", last)]
    elif packages:
        inputs.append(Input("node_modules/", last))
    project.reasons.decide("ruby.node", _NODE, place, "the app's own build runs Node and reads its packages")
    return Node(phases, tuple(inputs), made[-1].secrets, packages and facts.manager.linker != "pnp")


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
