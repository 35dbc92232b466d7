"""The phases of a .NET app: what is installed, restored and published.

Packages lie in a cache that may be empty at any time, also when the restored layer is kept. So `dotnet publish` is not
told `--no-restore`: where all is there its own restore does nothing, and where it is not it mends it.
"""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Cache, Input, Phase, Runtime
from buildplan.model.origin import Origin, rule
from buildplan.model.version_ranges import numbers_of

from . import feeds, node_targets, paket, restore_inputs

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .app import App
    from .databases import Bundle
    from .node_targets import Node

OUT = "/out"
_PACKAGES = Cache("nuget", "/root/.nuget/packages")
_ENVIRONMENT = {
    "DOTNET_CLI_TELEMETRY_OPTOUT": ("1", "a build tells nobody about itself"),
    "DOTNET_NOLOGO": ("1", "the welcome text is for people"),
}
_RESTORES_FOR_THIS_SYSTEM = (8, 0)
_WORKLOAD = ("RunAOTCompilation", "WasmBuildNative")
_TOOLS = "dotnet tool restore"
_NATIVE = ("clang", "zlib1g-dev")


def setup(app: App, node: Node | None) -> Phase:
    """Return the phase with the SDK, what machine code is linked with, and Node where the project calls it."""
    names: tuple[str, ...] = _NATIVE if app.publishing.native else ()
    for name in names:
        app.reasons.decide(f"apt.build.{name}", name, app.publishing.origin, "machine code is linked with it")
    commands = node.commands if node is not None else ()
    asked = next((name for name in _WORKLOAD if any(facts.is_true(name) for facts in app.closure)), None)
    if asked is not None:
        place = next(facts.origin(asked) for facts in app.closure if facts.is_true(asked))
        names = (*names, "python3")
        commands = (*commands, "dotnet workload install wasm-tools")
        app.reasons.decide("apt.build.python3", "python3", place, "the compiler to WebAssembly is written in it")
        app.reasons.decide("phases.setup.commands", " && ".join(commands), place, f"`{asked}` needs the workload")
    return Phase(
        "setup",
        comment="Node.js, which the project's own targets call" if node is not None else "",
        runtime=Runtime("dotnet", app.version.sdk, app.version.requested, flavour="full"),
        apt_packages=names,
        inputs=node.inputs if node is not None else (),
        commands=commands,
    )


def install(app: App, tree: SourceTree) -> Phase:
    """Return the phase that restores packages."""
    reasons, project = app.reasons, app.project
    inputs = tuple(Input(path) for path in restore_inputs.find(tree, app.closure, app.version.left_out))
    # An older `dotnet restore` does not know the flag; what it left out, `dotnet publish` restores.
    flags = app.publishing.flags if numbers_of(app.version.sdk) >= _RESTORES_FOR_THIS_SYSTEM else ()
    words = ["dotnet", "restore", project.path, *flags]
    lock = posixpath.join(project.directory, restore_inputs.LOCK)
    place, why = project.facts.root.origin("Sdk"), "the packages of the project and of those it references"
    # A lock file that was not made for a runtime of Linux would refuse one.
    if tree.has(lock) and not app.publishing.specific:
        words.append("--locked-mode")
        place, why = Origin(lock), "the lock file is followed to the letter"
    command = shlex.join(words)
    tool = paket.tool(tree, app.closure)
    if tool is not None:
        command = f"{_TOOLS} && {command}"
        place, why = tool, "Paket fetches the packages, and is a tool to be restored first"
    reasons.decide("phases.install.commands", command, place, why)
    paths = " ".join(item.path for item in inputs)
    reasons.decide("phases.install.inputs", paths, place, "what a restore reads, and nothing else")
    reasons.decide("phases.install.caches", _PACKAGES.target, rule("cache"), "packages are kept between builds")
    needed = feeds.secrets(tree, tuple(item.path for item in inputs), reasons)
    for source in needed:
        reasons.decide("phases.install.secrets", source.value, source.origin, "a package source is asked with it")
    for name, (value, reason) in _ENVIRONMENT.items():
        reasons.decide(f"phases.install.environment.{name}", value, rule("quiet build"), reason)
    return Phase(
        "install",
        comment="Dependencies",
        commands=(command,),
        inputs=inputs,
        caches=(_PACKAGES,),
        secrets=tuple(source.value for source in needed),
        environment=tuple((name, value) for name, (value, _) in _ENVIRONMENT.items()),
        depends_on=("setup",),
    )


def build(app: App, tree: SourceTree, node: Node | None, secrets: tuple[str, ...], bundle: Bundle | None) -> Phase:
    """Return the phase that publishes the app, and makes the program that applies migrations."""
    reasons, project = app.reasons, app.project
    words = ["dotnet", "publish", project.path, "-c", "Release", "-o", OUT]
    target = app.version.target
    if target is not None and project.facts.get("TargetFrameworks") and not project.facts.get("TargetFramework"):
        words += ["-f", target.moniker]
    words += app.publishing.flags
    if app.publishing.specific and not app.publishing.native:
        words += ["--self-contained", "true" if app.publishing.contained else "false"]
    if not app.publishing.specific and project.kind != "wasm":
        # `dotnet App.dll` starts it, so no program of its own is needed.
        words.append("-p:UseAppHost=false")
    command = shlex.join(words)
    if app.publishing.native:
        # Symbols for a debugger are larger than the app.
        command += f" && rm -f {OUT}/*.dbg"
    if paket.tool(tree, app.closure) is not None:
        # The tool lies in the cache of packages, which may be empty.
        command = f"{_TOOLS} && {command}"
    commands = (command,) if bundle is None else (command, bundle.command)
    for name in secrets:
        reasons.decide("phases.build.secrets", name, rule("cache"), "the cache of packages may be empty")
    reasons.decide("phases.build.commands", " && ".join(commands), app.choice.origin, app.choice.rule)
    reasons.decide("phases.build.inputs", ".", rule("source"), "any file may be compiled or embedded")
    caches = (_PACKAGES,) if node is None else (_PACKAGES, node_targets.CACHE)
    targets = ", ".join(cache.target for cache in caches)
    reasons.decide("phases.build.caches", targets, rule("cache"), "packages are kept between builds")
    outputs = f"{OUT}/wwwroot" if project.kind == "wasm" else OUT
    reasons.decide("phases.build.outputs", outputs, app.choice.origin, "what is published, and nothing else")
    return Phase(
        "build",
        comment="Build the app",
        commands=commands,
        inputs=(Input("."),),
        caches=caches,
        secrets=secrets,
        outputs=(outputs,),
        depends_on=("install",),
    )
