"""How the app is shipped: as a release, as an escript, or as source that Mix starts.

A release holds the values that the configuration had while it was built. An app that reads its variables in
`config.exs` or `prod.exs`, and has no `runtime.exs`, was made to be started by Mix, which reads them at each start: a
release of it would know nothing of where it runs.

Sources, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Release.html, https://hexdocs.pm/distillery/introduction
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from buildplan.build_plan import Diagnostic, RunnerUp
from buildplan.provenance import Origin, rule

from . import tokens

if TYPE_CHECKING:
    from .elixir_version import Version
    from .project import Project

Kind = Literal["release", "distillery", "escript", "mix"]
_DISTILLERY = "rel/config.exs"
_NAME = re.compile(r"[a-z_][a-zA-Z0-9_]{0,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shipping:
    """What is made, the name of it, and why."""

    kind: Kind
    name: str
    origin: Origin
    why: str


def choose(project: Project, version: Version) -> Shipping:
    """Return how the app is shipped, and note it."""
    found = _choose(project, version)
    words = {"release": "a release", "distillery": "a release of Distillery", "escript": "an escript", "mix": "source"}
    lost = (RunnerUp("a release", project.release.origin, found.why),) if found.kind != "release" else ()
    project.reasons.decide("elixir.shipped", words[found.kind], found.origin, found.why, lost)
    return found


def _choose(project: Project, version: Version) -> Shipping:
    name, config = project.release.value, project.config
    escript = project.main.escript
    if escript is not None and project.main.module is None and not project.listed:
        why = "mix.exs names a `main_module`, and no application that a release would start"
        return Shipping("escript", escript.value, escript.origin, why)
    if project.listed and version.makes_releases:
        return _release(project, "mix.exs lists it")
    made = _of_distillery(project)
    if made is not None:
        place = project.dependency("distillery") or Origin(project.path(_DISTILLERY))
        return Shipping("distillery", made, place, f"`{_DISTILLERY}` lists it")
    if not version.makes_releases:
        return Shipping("mix", name, rule("release"), f"Mix makes releases since Elixir 1.9, and this is {version.version}")
    early = next(iter(config.early), None)
    if config.late_file is None and early is not None and not _has_release_files(project):
        why = f"`{early.name}` is read by the configuration, which a release reads while it is built"
        return Shipping("mix", name, early.origin, why)
    return _release(project, "what Mix makes for production")


def _release(project: Project, why: str) -> Shipping:
    config = project.config
    late = {item.name for item in config.late}
    baked = [item for item in config.early if item.name not in late]
    if baked:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(item.name for item in baked[:12]))
        text = f"{names}: read while the image is built, so that setting it where the app runs changes nothing"
        fix = "read it in config/runtime.exs, or set it as a variable of the build"
        project.reasons.report(Diagnostic("BP863", "info", text, baked[0].origin, fix))
    return Shipping("release", project.release.value, project.release.origin, why)


def _has_release_files(project: Project) -> bool:
    """Return whether the tree holds what only releases use."""
    tree = project.tree
    return tree.has_directory(project.path("rel/overlays")) or tree.first(
        project.path("rel/env.sh.eex"), project.path("rel/vm.args.eex")
    ) is not None


def _of_distillery(project: Project) -> str | None:
    """Return the release that Distillery's configuration names: the default one, the app's, or the first."""
    path = project.path(_DISTILLERY)
    if project.dependency("distillery") is None or not project.tree.has(path):
        return None
    found = tokens.of(project.tree, path)
    names = [
        following.text
        for item, following in zip(found, found[1:], strict=False)
        if item.kind == "word" and item.text == "release" and following.kind == "atom" and _NAME.fullmatch(following.text)
    ]
    default = next(
        (
            following.text
            for item, following in zip(found, found[1:], strict=False)
            if item.kind == "key" and item.text == "default_release" and following.kind == "atom"
        ),
        None,
    )
    wanted = [name for name in (default, project.release.value) if name in names]
    return next(iter((*wanted, *names)), None)
