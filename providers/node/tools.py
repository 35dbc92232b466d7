"""Node with its package manager and installed packages, for an app of another language whose own build runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import suite as suite_of
from buildplan.language.node_tools import Tools
from buildplan.model.build_plan import Phase, Runtime

from . import install, native, package_manager
from . import project as projects

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

NAME = "node"


def tools(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Tools:
    """Return the phases for the package.json at the root, and note why they are so; raises what reading it raises."""
    facts = projects.read(tree, overrides, reasons, assets=True)
    suite = suite_of(NAME, facts.node.version) or "trixie"
    needs = native.needs(facts.tree, facts.installed, facts.manager, facts.node.version, suite)
    for name, why in sorted(needs.apt.build.items()):
        reasons.decide(f"apt.build.{name}", name, why.origin, "a package of Node needs it to be installed")
    commands = tuple(package_manager.setup_commands(facts.manager, facts.node.version))
    if commands:
        text = " && ".join(commands)
        reasons.decide("phases.setup.commands", text, facts.manager.origin, "the package manager, exact")
    setup = Phase(
        "setup",
        comment=package_manager.setup_comment(facts.manager, facts.node.version) if commands else "",
        runtime=Runtime(NAME, facts.node.version, facts.node.requested),
        apt_packages=tuple(sorted(needs.apt.build)),
        commands=commands,
    )
    made = [setup]
    if any(manifest.dependencies or manifest.dev_dependencies for manifest in facts.installed.manifests):
        made.append(install.install_phase(facts.manager, facts.tree, facts.installed, reasons))
    bundled = not any("yarn" in command for command in commands)
    return Tools(tuple(made), facts.manager.name, facts.manager.linker, bundled)
