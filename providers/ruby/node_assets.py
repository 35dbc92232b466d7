"""Node in the build of a Ruby app: Rails' `assets:precompile` and Hanami's `assets compile` run it themselves.

jsbundling-rails, cssbundling-rails, vite_ruby and Shakapacker hook their own `yarn build` (or npm, pnpm, Bun) into
`assets:precompile`, and what they bundle may come from Ruby: files that a gem brings, routes written as JavaScript. So
Node and its packages go into the stage in which Ruby builds; packages are installed in a stage of Node's own, which
source code does not touch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.catalogue import runtime
from buildplan.model.build_plan import Input, Phase, Runtime
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.read import data_table

if TYPE_CHECKING:
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
        place = project.installed(*data_table.read(__file__, "frameworks")["bundlers"]) or _reads_packages(project)
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
    from buildplan.providers.node import packages_for_others

    asked = Overrides(versions=project.overrides.versions)
    found = packages_for_others.packages(project.tree, asked, project.reasons)
    manager, setup, last = found.manager, found.phases[0], found.phases[-1]
    phases = (setup, replace(last, comment="Packages of Node")) if found.installed else (setup,)
    inputs = [Input(_PROGRAMS, last.name, _PROGRAMS), Input(_MODULES, last.name, _MODULES)]
    if manager.name == "yarn" and not any("yarn" in command for command in setup.commands):
        # The image's own Yarn 1 is a link into /opt; nothing else lies there.
        inputs.append(Input("/opt/", last.name, "/opt/"))
    in_folder = found.installed and manager.linker != "pnp"
    if in_folder:
        inputs.append(Input("node_modules/", last.name))
    elif found.installed:
        inputs += [Input(".pnp.cjs", last.name), Input(".yarn/", last.name)]
    project.reasons.decide("ruby.node", _NODE, place, "the app's own build runs Node and reads its packages")
    return Node(phases, tuple(inputs), last.secrets, in_folder)
