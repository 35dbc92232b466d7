"""Node in the build of a Ruby app: Rails' `assets:precompile` and Hanami's `assets compile` run it themselves.

jsbundling-rails, cssbundling-rails, vite_ruby and Shakapacker hook their own `yarn build` (or npm, pnpm, Bun) into
`assets:precompile`, and what they bundle may come from Ruby: files that a gem brings, routes written as JavaScript. So
Node and its packages go into the stage in which Ruby builds; packages are installed in a stage of Node's own, which
source code does not touch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import runtime
from buildplan.language import node_tools
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.read import data_table

if TYPE_CHECKING:
    from buildplan.model.build_plan import Input, Phase

    from .project import Project

# Where Sprockets is told to look into the packages.
_SETTINGS = ("config/initializers/assets.rb", "app/assets/config/manifest.js", "config/application.rb")


class Node(NamedTuple):
    """Phases that make Node and its packages, and what the build copies.

    `installed`: there are packages. `packages`: they lie in `node_modules`.
    """

    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    secrets: tuple[str, ...] = ()
    installed: bool = False
    packages: bool = False


# Gem, and the variable that keeps its task from installing the packages again, without the cache and the registry's
# secrets: https://github.com/rails/jsbundling-rails (lib/tasks/jsbundling/build.rake) and
# https://vite-ruby.netlify.app/config/#environment-variables, read 2026-11-24.
_SKIPS = {
    "jsbundling-rails": ("SKIP_YARN_INSTALL", "1"),
    "cssbundling-rails": ("SKIP_YARN_INSTALL", "1"),
    "vite_ruby": ("VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL", "true"),
    "vite_rails": ("VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL", "true"),
    "vite_hanami": ("VITE_RUBY_SKIP_ASSETS_PRECOMPILE_INSTALL", "true"),
}


def skips(project: Project) -> dict[str, str]:
    """Return the variables that keep the build from installing again what is installed."""
    return dict(variable for gem, variable in _SKIPS.items() if project.installed(gem) is not None)


def find(project: Project) -> Node | None:
    """Return what the build needs of Node, None when it needs nothing; raises what reading a package.json raises."""
    if project.tree.has("package.json"):
        place = project.installed(*data_table.read(__file__, "frameworks")["bundlers"]) or _reads_packages(project)
        if place is not None:
            return _with_packages(project, place)
    place = project.installed("execjs")
    if place is None or project.installed("mini_racer", "therubyracer", "duktape") is not None:
        return None
    version = runtime(node_tools.NAME).default
    project.reasons.decide("node.version", version, place, "`execjs` runs JavaScript while assets are built")
    phase, copied = node_tools.program(version)
    return Node((phase,), (copied,))


def _reads_packages(project: Project) -> Origin | None:
    for path in _SETTINGS:
        if "node_modules" in (project.tree.text_or_none(path) or ""):
            return Origin(path)
    return None


def _with_packages(project: Project, place: Origin) -> Node:
    asked = Overrides(versions=project.overrides.versions)
    found = node_tools.tools(project.tree, asked, project.reasons)
    project.reasons.decide("ruby.node", node_tools.NAME, place, "the app's own build runs Node and reads its packages")
    return Node(found.phases, found.inputs(), found.secrets, found.installed, found.in_folder)
