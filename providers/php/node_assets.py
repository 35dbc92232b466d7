"""What Node builds for a PHP app: its bundler writes into the document root.

The provider of Node knows most bundlers and what they write. Where it does not, the document root is taken as it is
after the build. Two things are PHP's own: packages of Composer that bring JavaScript (Symfony UX, Ziggy) or templates
that Tailwind reads, so that `vendor/` has to be there before; and a build script that is called `production`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import node_tools
from buildplan.model.build_plan import Diagnostic, Input, Phase
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.read import json_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .project import Project

_NODE = node_tools.NAME
_MANIFEST = node_tools.MANIFEST
# Laravel Mix and others keep `build` for developers where there is one of these.
_SCRIPTS = ("production", "prod", "build")
_CONFIGS = ("vite.config", "webpack.config", "webpack.mix", "tailwind.config", "postcss.config", "esbuild")
_SOURCES = ("resources/", "assets/", "frontend/", "src/")
_SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".vue", ".tsx", ".jsx", ".css", ".scss", ".sass", ".less")
_MAX_SOURCES = 500
_VENDOR = re.compile(r"['\"(/.]vendor/")


class Assets(NamedTuple):
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
    own = node_tools.assets(project.tree, asked)
    if own.assets:
        found = Assets(*node_tools.adopt(own, project.reasons, brought=_brings(project)), own.artifacts)
    else:
        if not root:
            text = f"it is not known what the script `{name}` makes, so its files are not in the image"
            fix = "say where they are: `output` under `[node]` in buildplan.toml"
            origin = Origin(_MANIFEST, None, f"scripts.{name}")
            project.reasons.report(Diagnostic("BP814", "warning", text, origin, fix))
            return None
        found = _unknown(project, name, root, asked)
    return _with_vendor(project, found)


def _brings(project: Project) -> bool:
    """Return whether a package in `vendor/` is there once Composer has run."""
    return _installs_vendor(project) is not None


def _unknown(project: Project, name: str, root: str, asked: Overrides) -> Assets:
    """Return the phases of a build whose results are not known: whatever is in the document root afterwards."""
    found = node_tools.tools(project.tree, asked, project.reasons, brought=_brings(project))
    origin = Origin(_MANIFEST, None, f"scripts.{name}")
    build = Phase(
        f"{_NODE}:build",
        provider=_NODE,
        comment="Build the assets",
        commands=(f"{found.manager} run {name}",),
        inputs=(Input("."),),
        depends_on=(found.phases[-1].name,),
    )
    field = f"phases.{build.name}"
    project.reasons.decide(f"{field}.commands", build.commands[0], origin, "the script that builds for production")
    project.reasons.decide(f"{field}.inputs", ".", origin, "a bundler may read any file")
    return Assets((*found.phases, build), (Input(f"{root}/", build.name),))


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
    return found._replace(phases=tuple(phases))


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
