"""Node inside the build of another language's app: Rails, Phoenix, Laravel and MSBuild run npm, Yarn, pnpm or Bun.

Node and its packages are installed in stages of Node's own, which the app's source code does not touch, and are copied
into the stage in which the app is built. What is installed, and how, the provider of Node knows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan import catalogue
from buildplan.catalogue import versions
from buildplan.errors import BuildplanError
from buildplan.language import frontends
from buildplan.language.contract import PlanContext
from buildplan.model.build_plan import Input, Phase, Runtime
from buildplan.model.reasons import Reasons
from buildplan.source.folder import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.catalogue.versions import Request
    from buildplan.language.contract import ProviderPlan
    from buildplan.language.declare import Language
    from buildplan.model.build_plan import Decision, Diagnostic
    from buildplan.model.origin import Origin
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

NAME = "node"
MANIFEST = "package.json"
_BIN = "/usr/local/bin/"
_NODE = f"{_BIN}node"
_MODULES = "/usr/local/lib/node_modules/"
# The Yarn 1 of Node's own image is a link into it; nothing else is there.
_OPT = "/opt/"
# Reasons for values of the phases; those for an app of Node have no place in another app's plan.
_OF_PHASES = ("node.", "phases.", "apt.build.")
# What a plan says of packages that lie in the tree, but not in the repository.
_LOCAL_PACKAGE_IS_MISSING = "BP674"


class Tools(NamedTuple):
    """The phases `node:setup` and, where anything is installed, `node:install`; `manager` installs it.

    `linker` is how the manager lays out the packages (`pnp`: in no folder). `bundled`: the manager comes with the
    image of Node. `folder` is that of package.json.
    """

    phases: tuple[Phase, ...]
    manager: str
    linker: str = ""
    bundled: bool = True
    folder: str = ""

    @property
    def installed(self) -> bool:
        """Whether there are packages: without a dependency there is no folder of them."""
        return len(self.phases) > 1

    @property
    def in_folder(self) -> bool:
        """Whether there is a folder `node_modules`."""
        return self.installed and self.linker != "pnp"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The variables that the registries' configuration reads."""
        return self.phases[-1].secrets

    def inputs(self) -> tuple[Input, ...]:
        """Return what the stage that builds the app copies: the programs and the packages."""
        last = self.phases[-1].name
        found = [Input(_BIN, last, _BIN), Input(_MODULES, last, _MODULES)]
        if self.manager == "yarn" and self.bundled:
            found.append(Input(_OPT, last, _OPT))
        place = f"{self.folder}/" if self.folder else ""
        if self.in_folder:
            found.append(Input(f"{place}node_modules/", last))
        elif self.installed:
            found += [Input(f"{place}.pnp.cjs", last), Input(f"{place}.yarn/", last)]
        return tuple(found)


def tools(
    tree: SourceTree, overrides: Overrides, reasons: Reasons, *, folder: str = "", brought: bool = False
) -> Tools:
    """Return Node and the packages of a package.json, and note why they are so.

    `folder` is where that file lies. `brought`: packages that it takes from a folder of the tree come from the app's
    own package manager. Raises what reading the file raises, with places from the root of the tree.
    """
    own = Reasons()
    try:
        toolchain = _node().toolchain
        assert toolchain is not None  # noqa: S101  # Node has one
        found = toolchain(tree_of(tree, folder), overrides, own)
    except BuildplanError as error:
        raise placed_error(error, folder, tree) from error
    _note(own.decisions, reasons, folder, tree)
    report(own.diagnostics, reasons, folder=folder, tree=tree, brought=brought)
    phases = [frontends.phase(replace(phase, provider=NAME), NAME) for phase in found.phases]
    if len(phases) > 1:
        phases[-1] = replace(phases[-1], comment="Node packages")
    return found._replace(phases=tuple(_placed_phase(phase, folder) for phase in phases), folder=folder)


def assets(tree: SourceTree, overrides: Overrides) -> ProviderPlan:
    """Return Node's own plan for files that another app serves; raises what planning a Node app raises."""
    return _node().plan(tree, PlanContext(overrides, "assets"))


def adopt(own: ProviderPlan, reasons: Reasons, *, brought: bool = False) -> tuple[tuple[Phase, ...], tuple[Input, ...]]:
    """Return the phases of Node's plan, and the files that the app gets from them; note why they are so."""
    _note(own.decisions, reasons)
    report(own.diagnostics, reasons, brought=brought)
    phases = tuple(replace(frontends.phase(phase, NAME), provider=NAME) for phase in own.phases)
    return phases, tuple(frontends.result(item, NAME) for item in own.assets if item.phase)


def program(version: str, requested: str | None = None) -> tuple[Phase, Input]:
    """Return a phase that holds nothing but Node, and the program in it."""
    return Phase(NAME, runtime=Runtime(NAME, version, requested)), Input(_NODE, NAME, _NODE)


def with_npm(
    requests: Iterable[Request], manager: str, reasons: Reasons
) -> tuple[str, Phase, tuple[Input, ...], tuple[str, ...]]:
    """Return Node with npm, or with Yarn or pnpm as well, for a build that installs packages itself.

    The version; the phase that holds Node; what a stage copies from it; the commands that make programs of what was
    copied.
    """
    resolved = versions.resolve(NAME, list(requests), reasons)
    phase, _ = program(resolved.version, resolved.requested)
    links = " && ".join(f"ln -s ../lib/node_modules/npm/bin/{name}-cli.js {_BIN}{name}" for name in ("npm", "npx"))
    if manager in {"yarn", "pnpm"}:
        exact = catalogue.tool_version(manager, "latest" if manager == "pnpm" else "1", on=resolved.version)
        links = (
            f"{links} && npm install --global {manager}@{exact}"
            if exact
            else f"{links} && npm install --global {manager}"
        )
    return resolved.version, phase, (Input(_NODE, NAME, _BIN), Input(_MODULES, NAME, _MODULES)), (links,)


def report(
    diagnostics: Iterable[Diagnostic],
    reasons: Reasons,
    *,
    folder: str = "",
    tree: SourceTree | None = None,
    brought: bool = False,
) -> None:
    """Report what Node's provider found, with places from the root of the tree."""
    for item in diagnostics:
        if brought and item.code == _LOCAL_PACKAGE_IS_MISSING:
            continue
        placed = item.origin if item.origin is None or tree is None else _placed(item.origin, folder, tree)
        reasons.report(replace(item, origin=placed))


def _node() -> Language:
    from buildplan.language import registry

    return registry.languages()[NAME]


def _note(decisions: Iterable[Decision], reasons: Reasons, folder: str = "", tree: SourceTree | None = None) -> None:
    """Note the reasons for the values of phases under the names that they have in the app's plan."""
    for own in decisions:
        if own.field.startswith(_OF_PHASES):
            item = frontends.decision(own, NAME)
            if tree is not None:
                losers = tuple(replace(other, origin=_placed(other.origin, folder, tree)) for other in item.runners_up)
                item = replace(item, origin=_placed(item.origin, folder, tree), runners_up=losers)
            reasons.decide(item.field, item.value, item.origin, item.rule, item.runners_up)


def _placed_phase(phase: Phase, folder: str) -> Phase:
    """Return a phase of a folder as one of the whole tree."""
    if not folder:
        return phase
    inputs = tuple(
        item
        if item.phase is not None
        else replace(item, path=f"{folder}/" if item.path == "." else f"{folder}/{item.path}")
        for item in phase.inputs
    )
    return replace(phase, inputs=inputs, working_dir=folder if phase.inputs else "")


def _placed(origin: Origin, folder: str, tree: SourceTree) -> Origin:
    if origin.path.startswith("<") or not folder or not tree.has(f"{folder}/{origin.path}"):
        return origin
    return replace(origin, path=f"{folder}/{origin.path}")


def placed_error(error: BuildplanError, folder: str, tree: SourceTree) -> BuildplanError:
    """Return an error about a file of a folder as one about the tree."""
    if error.origin is None:
        return error
    return type(error)(error.problem, origin=_placed(error.origin, folder, tree), hint=error.hint)
