"""How the app is shipped: as a release, as an escript, or as source that Mix starts.

A release holds the values that the configuration had while it was built. An app that reads its variables in
`config.exs` or `prod.exs`, and has no `runtime.exs`, was made to be started by Mix, which reads them at each start: a
release of it would know nothing of where it runs.

Sources, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Release.html, https://hexdocs.pm/distillery/introduction
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, rule

from . import tokens

if TYPE_CHECKING:
    from .config_files import Read
    from .elixir_version import Version
    from .project import Project

Kind = Literal["release", "distillery", "escript", "mix"]
_DISTILLERY = "rel/config.exs"
_BY_MIX = re.compile(r"\bmix (?:phx\.server|phoenix\.server|run)\b")
_NAME = re.compile(r"[a-z_][a-zA-Z0-9_]{0,100}", re.ASCII)


class Shipping(NamedTuple):
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
    if project.server_task is not None:
        return Shipping(
            "mix", name, Origin(project.main.path), f"its framework is started by `mix {project.server_task}`"
        )
    if project.listed and version.makes_releases:
        return _release(project, "mix.exs lists it")
    made = _of_distillery(project)
    if made is not None:
        place = project.dependency("distillery") or Origin(project.path(_DISTILLERY))
        return Shipping("distillery", made, place, f"`{_DISTILLERY}` lists it")
    if not version.makes_releases:
        return Shipping(
            "mix", name, rule("release"), f"Mix makes releases since Elixir 1.9, and this is {version.version}"
        )
    others = project.left_out
    if others:
        names = ", ".join(f"`{item.directory}`" for item in others[:4])
        why = f"the umbrella lists no releases, and a release of `{project.main.directory}` would not hold {names}"
        return Shipping("mix", name, Origin(project.root.path), why)
    early = next(iter(config.early), None)
    if config.late_file is None and early is not None and not _has_release_files(project):
        why = f"`{early.name}` is read by the configuration, which a release reads while it is built"
        return Shipping("mix", name, early.origin, why)
    start, baked = project.overrides.start, _baked(project)
    if baked and start is not None and _BY_MIX.search(start.value.text) and not _has_release_files(project):
        why = f"Mix is asked to start it, and `{baked[0].name}` is read by the configuration of the build"
        return Shipping("mix", name, start.origin, why)
    return _release(project, "what Mix makes for production")


def _release(project: Project, why: str) -> Shipping:
    baked = _baked(project)
    if baked:
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(item.name for item in baked[:12]))
        text = f"{names}: read while the image is built, so that setting it where the app runs changes nothing"
        fix = "read it in config/runtime.exs, or set it as a variable of the build"
        project.reasons.report(Diagnostic("BP863", "info", text, baked[0].origin, fix))
    return Shipping("release", project.release.value, project.release.origin, why)


def _baked(project: Project) -> list[Read]:
    """Return the variables that only the configuration of the build reads."""
    late = {item.name for item in project.config.late}
    return [item for item in project.config.early if item.name not in late]


def _has_release_files(project: Project) -> bool:
    """Return whether the tree holds what only releases use."""
    tree = project.tree
    return (
        tree.has_directory(project.path("rel/overlays"))
        or tree.first(project.path("rel/env.sh.eex"), project.path("rel/vm.args.eex")) is not None
    )


def _of_distillery(project: Project) -> str | None:
    """Return the release that Distillery's configuration names: the default one, the app's, or the first."""
    path = project.path(_DISTILLERY)
    if project.dependency("distillery") is None or not project.tree.has(path):
        return None
    found = tokens.of(project.tree, path)
    names = [
        following.text
        for item, following in pairwise(found)
        if item.kind == "word"
        and item.text == "release"
        and following.kind == "atom"
        and _NAME.fullmatch(following.text)
    ]
    default = next(
        (
            following.text
            for item, following in pairwise(found)
            if item.kind == "key" and item.text == "default_release" and following.kind == "atom"
        ),
        None,
    )
    wanted = [name for name in (default, project.release.value) if name in names]
    return next(iter((*wanted, *names)), None)
