"""The plan of an Elixir app: dependencies, a release, and the image that ships it.

A release holds its own Erlang, which is linked with the C library and OpenSSL of the image that built it; the tags of
the official image name no distribution, so the slim image of the same tag is shipped. The start script of a release
`exec`s the virtual machine, which ends in order on SIGTERM.

Sources, checked 2026-11-24: https://hexdocs.pm/mix/Mix.Tasks.Release.html, https://hexdocs.pm/phoenix/releases.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.build_plan import Diagnostic, Input, Phase, Process, Run, Runtime
from buildplan.contract import PlanContext, ProviderPlan, Reasons
from buildplan.errors import NoStartError
from buildplan.provenance import Origin, Sourced, rule

from . import elixir_version, mix_file

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .mix_file import MixFile

_PORT = 4000
_RAISES = re.compile(r"environment variable ([A-Z][A-Z0-9_]{1,60}) is missing|fetch_env!\(\"([A-Z][A-Z0-9_]{1,60})\"\)")
_MIGRATES = re.compile(r"^[ \t]{0,20}def migrate\b", re.MULTILINE)
_MODULE = re.compile(r"^defmodule ([A-Z][\w.]{0,200}) do", re.MULTILINE | re.ASCII)
_ENVIRONMENT = (("MIX_ENV", "prod"), ("LANG", "C.UTF-8"))


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan; raises FileError, VersionError, and NoStartError for an umbrella without a release."""
    reasons, overrides = Reasons(), context.overrides
    mix = mix_file.parse(tree.text(mix_file.PATH))
    release = _release(mix)
    version = elixir_version.resolve(tree, mix, overrides, reasons)
    phases = _phases(tree, mix, release, Runtime("elixir", version.version, version.requested, flavour="full"), reasons)
    run_environment = [("LANG", "C.UTF-8")]
    reasons.decide("run.environment.LANG", "C.UTF-8", rule("utf-8"), "Erlang reads file names as Latin-1 without it")
    if "phoenix" in mix.dependencies:
        run_environment.append(("PHX_SERVER", "true"))
        why = "Phoenix starts its server in a release only with it"
        reasons.decide("run.environment.PHX_SERVER", "true", mix.dependencies["phoenix"], why)
    listens = bool(mix.frameworks) or overrides.port is not None or _reads_port(tree)
    if listens:
        run_environment.append(("PORT", str(_PORT)))
        reasons.decide("port", str(_PORT), rule("port"), "the port that Phoenix has by custom; PORT changes it")
    _report_variables(tree, reasons)
    reasons.decide("run.user", "1000:1000", rule("non-root"), "a fixed number that owns nothing else")
    reasons.decide("run.copies", f"_build/prod/rel/{release.value}/", release.origin, "the release, and nothing else")
    reasons.decide("run.writable", "tmp", rule("release"), "a release writes its evaluated configuration there")
    is_app = context.role == "app"
    run = Run(
        runtime=Runtime("elixir", version.version, version.requested),
        copies=(Input(f"_build/prod/rel/{release.value}/", phase="build", dest=""),),
        environment=tuple(run_environment),
        writable=("tmp",),
    )
    return ProviderPlan(
        phases=phases,
        run=run if is_app else None,
        processes=_processes(tree, release, context, _PORT if listens else None, reasons) if is_app else (),
        artifacts=("_build", "deps"),
        run_only_variables=("PORT", "PHX_SERVER", "PHX_HOST", "RELEASE_NAME"),
        build_only_variables=("MIX_ENV",),
        frameworks=mix.frameworks,
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _release(mix: MixFile) -> Sourced[str]:
    found = mix.release or (mix.app if mix.apps_path is None else None)
    if found is None:
        raise NoStartError(
            "mix.exs names neither an `app` nor `releases`, so nothing says which release to build",
            origin=Origin(mix_file.PATH),
            hint="write `releases: [name: [applications: [app: :permanent]]]` in `project` of mix.exs",
        )
    return found


def _phases(
    tree: SourceTree, mix: MixFile, release: Sourced[str], runtime: Runtime, reasons: Reasons
) -> tuple[Phase, ...]:
    apt: tuple[str, ...] = ()
    commands = ["mix compile"]
    deploy = mix.aliases.get("assets.deploy")
    if deploy is not None:
        if tree.has("assets/package.json"):
            apt = ("nodejs", "npm")
            for name in apt:
                origin = Origin("assets/package.json")
                reasons.decide(f"apt.build.{name}", name, origin, "the assets' packages are installed with it")
            install = "ci" if tree.has("assets/package-lock.json") else "install"
            commands.insert(0, f"npm {install} --prefix assets")
        commands.append("mix assets.deploy")
        tool = next((name for name in ("tailwind", "esbuild", "dart_sass") if name in mix.dependencies), None)
        if tool is not None:
            text = f"`mix assets.deploy` downloads the program of `{tool}` while the image is built"
            fix = "let the build reach the network, or set its `path` in config"
            reasons.report(Diagnostic("BP860", "info", text, mix.dependencies[tool], fix))
    # Mix knows a release by name only where mix.exs lists releases.
    commands.append("mix release" if mix.release is None else f"mix release {release.value}")
    for name, value in _ENVIRONMENT:
        for phase in ("install", "build"):
            reasons.decide(
                f"phases.{phase}.environment.{name}", value, rule("production"), "what a release is built with"
            )
    inputs = _manifests(tree, mix)
    umbrella = any(tree.named(mix_file.PATH)[1:]) and mix.apps_path is not None
    phases = [Phase("setup", runtime=runtime, apt_packages=apt)]
    fetched = mix.fetched or (Origin("mix.lock") if tree.has("mix.lock") and umbrella else None)
    if fetched is not None:
        fetch = ("mix local.hex --force && mix local.rebar --force", "mix deps.get --only prod", "mix deps.compile")
        reasons.decide("phases.install.commands", " && ".join(fetch), fetched, "the dependencies of mix.exs")
        text = " ".join(item.path for item in inputs)
        reasons.decide("phases.install.inputs", text, Origin(mix_file.PATH), "what fetching and compiling them reads")
        phases.append(
            Phase(
                "install",
                comment="Dependencies",
                commands=fetch,
                inputs=inputs,
                environment=_ENVIRONMENT,
                depends_on=("setup",),
            )
        )
    reasons.decide("phases.build.commands", " && ".join(commands), release.origin, "a release of the app")
    reasons.decide("phases.build.inputs", ".", rule("source"), "any file may be compiled or shipped")
    phases.append(
        Phase(
            "build",
            comment="Build the release",
            commands=tuple(commands),
            inputs=(Input("."),),
            environment=_ENVIRONMENT,
            depends_on=(phases[-1].name,),
        )
    )
    return tuple(phases)


def _manifests(tree: SourceTree, mix: MixFile) -> tuple[Input, ...]:
    found = [path for path in ("mix.exs", "mix.lock") if tree.has(path)]
    # config.exs imports others by computed names; what is read at run time must not compile everything again.
    late = {"runtime.exs", "releases.exs", "dev.exs", "test.exs"}
    found += [f"config/{name}" for name in tree.directory("config").files if name.endswith(".exs") and name not in late]
    if mix.apps_path is not None:
        folder = mix.apps_path.value.strip("/")
        found += [path for path in tree.named(mix_file.PATH) if path.startswith(f"{folder}/") and path.count("/") == 2]  # noqa: PLR2004  # apps/one/mix.exs
    for text in mix.strings:
        # `File.read!("VERSION")` in mix.exs, and path dependencies.
        if tree.has(text):
            found.append(text)
        elif text and mix.apps_path is None and tree.has(f"{text.strip('/')}/{mix_file.PATH}"):
            found.append(f"{text.strip('/')}/")
    return tuple(Input(path) for path in dict.fromkeys(found))


def _reads_port(tree: SourceTree) -> bool:
    paths = (
        *tree.with_suffix(".ex"),
        *(path for path in ("config/runtime.exs", "config/config.exs") if tree.has(path)),
    )
    return any('"PORT"' in (tree.text_or_none(path) or "") for path in paths[:2000])


def _report_variables(tree: SourceTree, reasons: Reasons) -> None:
    path = "config/runtime.exs"
    text = tree.text_or_none(path) or ""
    names = sorted({match[1] or match[2] for match in _RAISES.finditer(text)})
    if names:
        listed = ", ".join(f"`{name}`" for name in names[:12])
        reasons.report(
            Diagnostic(
                "BP633", "info", f"the app does not start without {listed}", Origin(path), "set them where it runs"
            )
        )


def _processes(
    tree: SourceTree, release: Sourced[str], context: PlanContext, port: int | None, reasons: Reasons
) -> tuple[Process, ...]:
    overrides = context.overrides
    name = "web" if port is not None else "worker"
    program = f"/app/bin/{release.value}"
    start = Process(name, argv=(program, "start"), port=port)
    asked = overrides.start
    if asked is not None and re.match(
        r"(?:MIX_ENV=\w+ )?(?:elixir .{0,200})?(?:-S )?mix (?:phx\.server|phoenix\.server|run)\b", asked.value.text
    ):
        text = "mix is not in the image: the release is started instead"
        reasons.report(Diagnostic("BP645", "info", text, asked.origin, f"write `bin/{release.value} start`"))
        asked = None
    if asked is not None:
        start = Process(name, argv=asked.value.argv, shell=asked.value.shell, port=port)
        reasons.decide("start", start.text, asked.origin, "as it was asked for")
    else:
        reasons.decide("start", start.text, release.origin, "the start script of the release")
    found = [start]
    migration = _migration(tree)
    if migration is not None and "release" not in overrides.processes:
        module, origin = migration
        process = Process("release", argv=(program, "eval", f"{module}.migrate"))
        found.append(process)
        reasons.decide("processes.release", process.text, origin, "the app's module for migrations in a release")
    for key, command in overrides.processes.items():
        if key != name:
            found.append(Process(key, argv=command.value.argv, shell=command.value.shell))
            reasons.decide(f"processes.{key}", command.value.text, command.origin, "as it was asked for")
    return tuple(found)


def _migration(tree: SourceTree) -> tuple[str, Origin] | None:
    for path in tree.named("release.ex"):
        text = tree.text_or_none(path) or ""
        module = _MODULE.search(text)
        if module is not None and _MIGRATES.search(text):
            return module[1], Origin(path, text.count("\n", 0, module.start()) + 1)
    return None
