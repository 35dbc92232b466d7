"""The plan of an Elixir app, assembled from its facts.

A release holds its own Erlang, which is linked with the C library, OpenSSL and ncurses of the image that built it: it
is shipped on Debian's current release where that serves it, else on the image of the same tag. Its start script
`exec`s the virtual machine, which ends in order on SIGTERM.

The cookie of a release is made by chance in each build, and lies in the image: nodes of one image form a cluster by
it. `RELEASE_COOKIE` takes its place at run time; it is never set here, since a variable of an image is public.

Sources, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Release.html, https://hexdocs.pm/phoenix/releases.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.errors import PlanError
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import APP_DIR, Diagnostic, Input, Run, Runtime
from buildplan.model.origin import Origin, rule

from . import elixir_version, listening, native, node_assets, phases, processes, shipping
from . import project as projects

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .elixir_version import Version
    from .project import Project
    from .shipping import Shipping

_USER = "1000:1000"
_RUN_ONLY = ("PORT", "PHX_SERVER", "PHX_HOST", "RELEASE_NAME", "RELEASE_NODE", "RELEASE_DISTRIBUTION", "ERL_ZFLAGS")
_CLUSTERS = ("libcluster", "dns_cluster", "peerage", "horde", "swarm", "partisan", "libcluster_postgres")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Elixir app in a tree.

    Raises FileError for a broken file, VersionError for a version that cannot be met, NoStartError for an umbrella
    without an app, ConfigError for an option that names none, PlanError for the role `assets`, which Elixir has not.
    """
    if context.role == "assets":
        raise PlanError(
            "Elixir builds no files for the app of another language",
            origin=rule("roles"),
            hint='name it first, `providers = ["elixir", …]`, or leave it out',
        )
    project = projects.read(tree, context.overrides)
    version = elixir_version.resolve(project)
    how = shipping.choose(project, version)
    made, secrets = phases.make(project, version, how)
    heard = listening.find(project, how)
    _report_cookie(project, how)
    _report_node_name(project, how)
    run = _run(project, version, how, heard.environment)
    return ProviderPlan(
        phases=made,
        run=run,
        processes=processes.main(project, how, heard),
        secrets=secrets,
        artifacts=_artifacts(project),
        run_only_variables=_RUN_ONLY,
        build_only_variables=("MIX_ENV",) if how.kind != "mix" else (),
        own_assets=("node",),
        frameworks=tuple(name.replace("_", "-") for name in project.frameworks),
        decisions=project.reasons.decisions,
        diagnostics=project.reasons.diagnostics,
    )


def _run(project: Project, version: Version, how: Shipping, environment: tuple[tuple[str, str], ...]) -> Run:
    reasons = project.reasons
    on_debian = how.kind in {"release", "distillery"} and version.runs_on_debian
    if on_debian:
        why = "the release holds Erlang, and all that it is linked with is in this Debian"
        runtime = Runtime("debian", versions.resolve("debian", (), reasons).version)
    else:
        why = "it holds the libraries that the build was linked with" if how.kind != "mix" else "Mix starts the app"
        runtime = Runtime("elixir", version.version, version.requested)
    reasons.decide("run.base", runtime.name, how.origin, why)
    reasons.decide("run.user", _USER, rule("non-root"), "a fixed number that owns nothing else")
    copies, writable = _copies(project, how)
    text = " ".join(item.path for item in copies)
    why = "the app, compiled, with Mix" if how.kind == "mix" else "what was built, and nothing else"
    reasons.decide("run.copies", text, how.origin, why)
    if writable:
        reasons.decide("run.writable", " ".join(writable), rule("release"), "what is written while the app runs")
    values = list(environment)
    if how.kind == "mix":
        for name, value, why in (
            ("MIX_ENV", "prod", "the app runs for its users"),
            ("MIX_HOME", phases.MIX_HOME, "where Hex is, which Mix looks for"),
            ("HOME", APP_DIR, "a directory that the user may write to"),
        ):
            if name == "MIX_HOME" and phases.fetched(project) is None:
                continue
            values.append((name, value))
            reasons.decide(f"run.environment.{name}", value, how.origin, why)
    if how.kind == "distillery":
        values.append(("REPLACE_OS_VARS", "true"))
        reasons.decide("run.environment.REPLACE_OS_VARS", "true", how.origin, "variables in its configuration are read")
    return Run(
        runtime=runtime,
        copies=copies,
        apt_packages=native.run_packages(project, version, on_debian=on_debian),
        environment=tuple(values),
        user=_USER,
        writable=writable,
    )


def _copies(project: Project, how: Shipping) -> tuple[tuple[Input, ...], tuple[str, ...]]:
    if how.kind == "escript":
        path = f"{project.main.directory}/{how.name}" if project.main.directory else how.name
        return (Input(path, phase="build", dest=how.name),), ()
    if how.kind == "mix":
        return (Input(f"{project.directory}/" if project.directory else ".", phase="build", dest=""),), (".",)
    path = project.path(f"_build/prod/rel/{how.name}/")
    return (Input(path, phase="build", dest=""),), ("tmp",) if how.kind == "release" else ("tmp", "var")


def _artifacts(project: Project) -> tuple[str, ...]:
    """Return what Mix and Node make in the tree; `deps` stays where the tree itself holds a dependency there."""
    found = ["_build", "deps", ".elixir_ls", "erl_crash.dump"]
    place = node_assets.folder(project)
    used = [
        text
        for file in project.all_files
        for item in file.dependencies.values()
        for text in item.options.get("path", ())
    ]
    if any(text.strip("./").partition("/")[0] == "deps" for text in used):
        found.remove("deps")
    modules = () if place is None else (f"{place}/node_modules" if place else "node_modules",)
    return (*(project.path(name) for name in found), *modules)


def _report_cookie(project: Project, how: Shipping) -> None:
    """Say that the cookie is in the image, where nodes talk to each other by it."""
    written = next((file.cookie for file in project.all_files if file.cookie is not None), None)
    if written is not None:
        text = "the cookie of the release is written down: who reads it may run code in the app"
        fix = "leave `cookie` out, and set RELEASE_COOKIE where the app runs"
        project.reasons.report(Diagnostic("BP622", "warning", text, written, fix))
    place = project.dependency(*_CLUSTERS)
    if how.kind != "release" or place is None:
        return
    text = "the release's cookie lies in the image: who has it, and reaches the node's port, may run code in the app"
    fix = "set RELEASE_COOKIE where it runs, and publish no port but the app's"
    project.reasons.report(Diagnostic("BP862", "info", text, place, fix))


def _report_node_name(project: Project, how: Shipping) -> None:
    """Say that the node's name is made of variables of one platform: elsewhere it is no name, and nothing starts."""
    path = project.path("rel/env.sh.eex")
    lines = (project.tree.text_or_none(path) or "").split("\n") if how.kind == "release" else []
    for number, line in enumerate(lines, 1):
        # What is indented stands behind a condition.
        if line.startswith("export RELEASE_NODE=") and "FLY_" in line:
            text = "the node is named by variables that only Fly.io sets: elsewhere the release does not start"
            fix = 'name it only `if [ -n "$FLY_APP_NAME" ]`, or set FLY_APP_NAME and FLY_PRIVATE_IP where it runs'
            project.reasons.report(Diagnostic("BP868", "warning", text, Origin(path, number), fix))
            return
