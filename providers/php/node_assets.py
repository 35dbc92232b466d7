"""What Node builds for a PHP app: its bundler writes into the document root.

The provider of Node knows most bundlers and what they write. Where it does not, the document root is taken as it is
after the build. Two things are PHP's own: packages of Composer that bring JavaScript (Symfony UX, Ziggy) or templates
that Tailwind reads, so that `vendor/` has to be there before; and a build script that is called `production`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.build_plan import Diagnostic, Input, Phase, Runtime
from buildplan.contract import PlanContext, Reasons
from buildplan.facts import json_document
from buildplan.overrides import Overrides
from buildplan.provenance import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.build_plan import Decision
    from buildplan.source import SourceTree

    from .project import Project

_NODE = "node"
_MANIFEST = "package.json"
# Laravel Mix and others keep `build` for developers where there is one of these.
_SCRIPTS = ("production", "prod", "build")
_CONFIGS = ("vite.config", "webpack.config", "webpack.mix", "tailwind.config", "postcss.config", "esbuild")
_SOURCES = ("resources/", "assets/", "frontend/", "src/")
_SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".vue", ".tsx", ".jsx", ".css", ".scss", ".sass", ".less")
_MAX_SOURCES = 500
_VENDOR = re.compile(r"['\"(/.]vendor/")


@dataclass(frozen=True, slots=True)
class Assets:
    """Phases of Node, named `node:…`, and what the app gets from them."""

    phases: tuple[Phase, ...]
    inputs: tuple[Input, ...]
    artifacts: tuple[str, ...] = ()


def script(tree: SourceTree) -> str | None:
    """Return the script of package.json that builds for production; raises FileError for a broken file."""
    if not tree.has(_MANIFEST):
        return None
    scripts = json_document.read(tree, _MANIFEST).get("scripts")
    named = scripts if isinstance(scripts, dict) else {}
    return next((name for name in _SCRIPTS if isinstance(named.get(name), str)), None)


def find(project: Project, root: str | None) -> Assets | None:
    """Return what Node builds, None when there is nothing; raises what reading a package.json raises."""
    name = script(project.tree)
    if name is None:
        return None
    asked = Overrides(versions=project.overrides.versions, options=project.overrides.options)
    from buildplan.providers.node import PROVIDER

    own = PROVIDER.plan(project.tree, PlanContext(asked, "assets"))
    if own.assets:
        for decision in own.decisions:
            if decision.field.startswith(("node.", "phases.", "apt.build.")):
                _note(project, decision)
        found = Assets(
            tuple(_renamed(phase) for phase in own.phases),
            tuple(replace(item, phase=f"{_NODE}:{item.phase}") for item in own.assets if item.phase),
            own.artifacts,
        )
        _say(project, own.diagnostics)
    else:
        if not root:
            text = f"it is not known what the script `{name}` makes, so its files are not in the image"
            fix = "say where they are: `output` under `[node]` in buildplan.toml"
            origin = Origin(_MANIFEST, None, f"scripts.{name}")
            project.reasons.report(Diagnostic("BP814", "warning", text, origin, fix))
            return None
        found = _unknown(project, name, root, asked)
    return _with_vendor(project, found)


def _say(project: Project, diagnostics: tuple[Diagnostic, ...]) -> None:
    brought = _installs_vendor(project)
    for diagnostic in diagnostics:
        # A package in `vendor/` is there once Composer has run.
        if not (diagnostic.code == "BP674" and brought is not None):
            project.reasons.report(diagnostic)


def _unknown(project: Project, name: str, root: str, asked: Overrides) -> Assets:
    """Return the phases of a build whose results are not known: whatever is in the document root afterwards."""
    from buildplan.providers.node import install, native, package_manager
    from buildplan.providers.node import project as node_projects

    from buildplan import catalogue

    reasons = Reasons()
    facts = node_projects.read(project.tree, asked, reasons, assets=True)
    suite = catalogue.suite(_NODE, facts.node.version) or "trixie"
    needs = native.needs(facts.tree, facts.installed, facts.manager, facts.node.version, suite)
    for package, why in sorted(needs.build_packages.items()):
        reasons.decide(f"apt.build.{package}", package, why, "a package of Node needs it to be installed")
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
    installed = install.install_phase(facts.manager, facts.tree, facts.installed, reasons)
    origin = Origin(_MANIFEST, None, f"scripts.{name}")
    command = f"{facts.manager.name} run {name}"
    reasons.decide("phases.build.commands", command, origin, "the script that builds for production")
    reasons.decide("phases.build.inputs", ".", origin, "a bundler may read any file")
    build = Phase(
        "build", comment="Build the assets", commands=(command,), inputs=(Input("."),), depends_on=("install",)
    )
    for decision in reasons.decisions:
        if decision.field.startswith(("node.", "phases.", "apt.build.")):
            _note(project, decision)
    _say(project, reasons.diagnostics)
    phases = tuple(_renamed(phase) for phase in (setup, installed, build))
    return Assets(phases, (Input(f"{root}/", f"{_NODE}:build"),))


def _renamed(phase: Phase) -> Phase:
    return replace(
        phase,
        name=f"{_NODE}:{phase.name}",
        provider=_NODE,
        inputs=tuple(replace(item, phase=f"{_NODE}:{item.phase}") if item.phase else item for item in phase.inputs),
        depends_on=tuple(f"{_NODE}:{name}" for name in phase.depends_on),
    )


def _note(project: Project, decision: Decision) -> None:
    field = decision.field
    if field.startswith("phases."):
        field = f"phases.{_NODE}:{field.removeprefix('phases.')}"
    project.reasons.decide(field, decision.value, decision.origin, decision.rule, decision.runners_up)


def _with_vendor(project: Project, found: Assets) -> Assets:
    """Return the phases with the packages of Composer copied to where they are read."""
    if not project.installs:
        return found
    item = Input("vendor/", "install")
    phases = list(found.phases)
    place = _installs_vendor(project)
    wanted = {f"{_NODE}:install": place, f"{_NODE}:build": place or _reads_vendor(project)}
    for index, phase in enumerate(phases):
        origin = wanted.get(phase.name)
        if origin is None:
            continue
        phases[index] = replace(phase, inputs=(*phase.inputs, item))
        shown = " ".join(item.path for item in phases[index].inputs)
        why = "with the packages of Composer, whose files it reads"
        project.reasons.decide(f"phases.{phase.name}.inputs", shown, origin, why)
    return replace(found, phases=tuple(phases))


def _installs_vendor(project: Project) -> Origin | None:
    """Return where package.json names a package that Composer brings."""
    document = json_document.read(project.tree, _MANIFEST)
    for key in ("dependencies", "devDependencies"):
        listed = document.get(key)
        for name, value in listed.items() if isinstance(listed, dict) else ():
            if isinstance(value, str) and re.match(r"(?:file:|link:)?(?:\./)?vendor/", value):
                return document.origin(key, name)
    return None


def _reads_vendor(project: Project) -> Origin | None:
    for path in _sources(project.tree):
        text = project.tree.text_or_none(path)
        match = _VENDOR.search(text) if text is not None else None
        if match is not None and text is not None:
            return Origin(path, text.count("\n", 0, match.start()) + 1)
    return None


def _sources(tree: SourceTree) -> Iterator[str]:
    """Yield the files of bundlers, configurations first."""
    for name in tree.directory().files:
        if name.startswith(_CONFIGS):
            yield name
    count = 0
    for path in tree.with_suffix(*_SUFFIXES):
        if path.startswith(_SOURCES):
            yield path
            count += 1
            if count >= _MAX_SOURCES:
                return
