"""Node with its package manager and installed packages, for an app of another language whose own build runs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.language import guest_phases
from buildplan.model.build_plan import Phase, Runtime
from buildplan.model.reasons import Reasons

from . import install, native, package_manager
from . import project as projects

if TYPE_CHECKING:
    from buildplan.model.build_plan import Decision
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .package_manager import PackageManager

NAME = "node"
# Reasons for values of the phases; those for an app of Node have no place in another app's plan.
_OF_PHASES = ("node.", "phases.", "apt.build.")


@dataclass(frozen=True, slots=True)
class Packages:
    """The phases `node:setup` and, where anything is installed, `node:install`; `manager` installs it."""

    phases: tuple[Phase, ...]
    manager: PackageManager

    @property
    def installed(self) -> bool:
        """Whether there are packages: without a dependency there is no folder of them."""
        return len(self.phases) > 1


def packages(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Packages:
    """Return the phases for the package.json at the root, and note why they are so; raises what reading it raises."""
    own = Reasons()
    facts = projects.read(tree, overrides, own, assets=True)
    suite = catalogue.suite(NAME, facts.node.version) or "trixie"
    needs = native.needs(facts.tree, facts.installed, facts.manager, facts.node.version, suite)
    for name, why in sorted(needs.build_packages.items()):
        own.decide(f"apt.build.{name}", name, why, "a package of Node needs it to be installed")
    commands = tuple(package_manager.setup_commands(facts.manager, facts.node.version))
    if commands:
        text = " && ".join(commands)
        own.decide("phases.setup.commands", text, facts.manager.origin, "the package manager, exact")
    setup = Phase(
        "setup",
        comment=package_manager.setup_comment(facts.manager, facts.node.version) if commands else "",
        runtime=Runtime(NAME, facts.node.version, facts.node.requested),
        apt_packages=tuple(sorted(needs.build_packages)),
        commands=commands,
    )
    made = [setup]
    if any(manifest.dependencies or manifest.dev_dependencies for manifest in facts.installed.manifests):
        made.append(install.install_phase(facts.manager, facts.tree, facts.installed, own))
    note(own.decisions, reasons)
    for diagnostic in own.diagnostics:
        reasons.report(diagnostic)
    phases = (replace(phase, provider=NAME) for phase in made)
    return Packages(tuple(guest_phases.phase(phase, NAME) for phase in phases), facts.manager)


def note(decisions: tuple[Decision, ...], reasons: Reasons) -> None:
    """Note the reasons for the values of phases under the names that they have in the app's plan."""
    for own in decisions:
        if own.field.startswith(_OF_PHASES):
            item = guest_phases.decision(own, NAME)
            reasons.decide(item.field, item.value, item.origin, item.rule, item.runners_up)
