"""Apps for the browser: Trunk's sites, and what Leptos and Dioxus make of one code for the browser and the server.

Their tools are compiled in the image, and fetch more programs themselves (wasm-bindgen, a CSS compiler), which is said.

Sources, checked 2026-11-24: https://trunkrs.dev/configuration/, https://github.com/leptos-rs/cargo-leptos#readme,
https://book.leptos.dev/deployment/ssr.html, https://dioxuslabs.com/learn/0.7/tutorial/deploy
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.catalogue import versions
from buildplan.errors import BuildplanError, FileError, PlanError
from buildplan.language import web_server
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import Diagnostic, Input, Phase, Process, Run, Runtime, Site
from buildplan.model.origin import Origin, rule
from buildplan.model.reasons import Reasons
from buildplan.read import toml_document

from . import manifests, rust_version, tables, targets
from .phases import CACHES

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifests import Workspace
    from .tables import WebTool

_ANYWHERE = "0.0.0.0"  # noqa: S104  # inside of a container
_NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,100}", re.ASCII)
_FOLDER = re.compile(r"(?![-.])[\w./-]{1,200}", re.ASCII)
_PORT = 3000


class Tool(NamedTuple):
    """A tool of the table, and what shows that it builds the app. `settings` are Leptos' own."""

    name: str
    origin: Origin
    settings: dict[str, Any]
    package: str = ""

    @property
    def row(self) -> WebTool:
        """What the table says of it."""
        return tables.WEB_TOOLS[self.name]


def find(tree: SourceTree, overrides: Overrides) -> Tool | None:
    """Return the tool that builds the app, None for one that Cargo builds alone, or whose program was asked for."""
    if overrides.option("rust.bin") is not None:
        return None
    try:
        workspace = manifests.read(tree)
    except BuildplanError:
        return None
    return _leptos(workspace) or _dioxus(tree, workspace) or _trunk(tree, workspace)


def _leptos(workspace: Workspace) -> Tool | None:
    root = workspace.root
    several = root.get("workspace", "metadata", "leptos")
    if isinstance(several, list) and several and isinstance(several[0], dict):
        origin = root.origin("workspace", "metadata", "leptos")
        package = several[0].get("bin-package")
        return Tool("cargo-leptos", origin, several[0], package if isinstance(package, str) else "")
    for item in workspace.members:
        settings = item.document.get("package", "metadata", "leptos")
        if isinstance(settings, dict):
            return Tool("cargo-leptos", item.document.origin("package", "metadata", "leptos"), settings, item.name)
    return None


def _dioxus(tree: SourceTree, workspace: Workspace) -> Tool | None:
    for item in workspace.members:
        dependency = item.dependency("dioxus")
        if dependency is None:
            continue
        words = {*dependency.features, *_feature_words(item)}
        if tree.has(item.file("Dioxus.toml")) or words & {"web", "fullstack", "dioxus/web", "dioxus/fullstack"}:
            fullstack = any("fullstack" in word or "server" in word for word in words)
            version = re.match(r"[\^~= ]{0,3}(0\.\d{1,3})", dependency.requirement)
            settings = {"fullstack": fullstack, "version": version[1] if version else ""}
            return Tool("dioxus", dependency.origin, settings, item.name)
    return None


def _feature_words(package: manifests.Package) -> set[str]:
    table = package.document.get("features")
    lists = (words for words in (table.values() if isinstance(table, dict) else ()) if isinstance(words, list))
    return {word for words in lists for word in words if isinstance(word, str)}


def _trunk(tree: SourceTree, workspace: Workspace) -> Tool | None:
    if any(targets.framework(workspace, item) for item in workspace.members if targets.binaries(tree, item)):
        return None
    if tree.has("Trunk.toml"):
        return Tool("trunk", Origin("Trunk.toml"), {})
    page = tree.text_or_none("index.html") or ""
    browser = {"yew", "leptos", "sycamore", "web-sys", "wasm-bindgen", "seed", "eframe", "bevy"}
    for item in workspace.members:
        used = browser & set(item.dependencies)
        if used and ("data-trunk" in page or (page and used & {"yew", "leptos", "sycamore"})):
            return Tool("trunk", Origin("index.html"), {})
    return None


def plan(tree: SourceTree, tool: Tool, context: PlanContext) -> ProviderPlan:
    """Return the plan; raises FileError for settings that cannot be used, VersionError for a Rust that there is not."""
    reasons = Reasons()
    workspace = manifests.read(tree)
    package = workspace.named(tool.package) or next(iter(workspace.members), None)
    if package is None:
        raise PlanError("no package of the workspace is built", origin=tool.origin, hint="plan the folder of the app")
    resolved, channel = rust_version.resolve(tree, package, context.overrides, reasons)
    row = tool.row
    version = tool.settings.get("version") or row.version
    commands = [f"rustup target add {tables.WEB_TARGET}"]
    environment: tuple[tuple[str, str], ...] = ()
    if channel is not None:
        commands = [f"rustup toolchain install {channel.value} --profile minimal --target {tables.WEB_TARGET}"]
        environment = (("RUSTUP_TOOLCHAIN", channel.value),)
        reasons.decide("phases.setup.environment.RUSTUP_TOOLCHAIN", channel.value, channel.origin, "the pinned channel")
    commands.append(f"cargo install {row.package} --version {version} --locked")
    reasons.decide("phases.setup.commands", " && ".join(commands), tool.origin, f"{row.title} builds the app")
    apt = ("g++", "libssl-dev", "make", "perl", "pkg-config")
    for name in apt:
        reasons.decide(f"apt.build.{name}", name, tool.origin, f"`{row.package}` is compiled with it")
    setup = Phase(
        "setup",
        comment=f"The browser's target, and {row.title}'s tool",
        runtime=Runtime("rust", resolved.version, resolved.requested),
        apt_packages=apt,
        commands=tuple(commands),
        environment=environment,
    )
    text = f"`{row.package}` {version} is compiled in the image, and fetches more programs itself; this was not tried"
    reasons.report(Diagnostic("BP835", "info", text, tool.origin, "build the image once before you rely on it"))
    locked = (
        []
        if channel or not tree.first("rust-toolchain", "rust-toolchain.toml")
        else ['export RUSTUP_TOOLCHAIN="$RUST_VERSION"']
    )
    make = {"trunk": _site, "cargo-leptos": _leptos_server, "dioxus": _dioxus_app}[tool.name]
    build, copies, process, values = make(tree, tool, package, reasons)
    command = " && ".join([*locked, build])
    reasons.decide("phases.build.commands", command, tool.origin, f"the build of {row.title}")
    reasons.decide("phases.build.inputs", ".", rule("source"), "any file may be compiled or embedded")
    caches = CACHES
    reasons.decide(
        "phases.build.caches", ", ".join(item.target for item in caches), rule("cache"), "kept between builds"
    )
    outputs = tuple(item.path for item in copies)
    reasons.decide("phases.build.outputs", " ".join(outputs), tool.origin, f"what {row.title} has written")
    reasons.decide("run.copies", " ".join(outputs), tool.origin, f"what {row.title} has written, and nothing else")
    phases = (
        setup,
        Phase(
            "build",
            comment="Build the app",
            commands=(command,),
            inputs=(Input("."),),
            caches=caches,
            outputs=outputs,
            depends_on=("setup",),
        ),
    )
    if process is None:
        run, process = web_server.run(Site(fallback="index.html"), copies, reasons, tool.origin)
    else:
        run = _server(copies, values, tool, reasons)
        reasons.decide("start", process.text, tool.origin, f"the server that {row.title} builds")
        reasons.decide("port", str(_PORT), rule("port"), "`PORT` decides; this is what is taken without it")
    is_app = context.role == "app"
    return ProviderPlan(
        phases=phases,
        run=run if is_app else None,
        processes=(process,) if is_app else (),
        assets=() if is_app else copies,
        artifacts=("target/",),
        run_only_variables=("PORT",),
        frameworks=("leptos" if tool.name == "cargo-leptos" else tool.name,),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


_Made = tuple[str, tuple[Input, ...], "Process | None", dict[str, str]]


def _site(tree: SourceTree, tool: Tool, package: manifests.Package, reasons: Reasons) -> _Made:  # noqa: ARG001
    folder = "dist"
    if tree.has("Trunk.toml"):
        asked = toml_document.read(tree, "Trunk.toml").string("build", "dist")
        if asked is not None:
            folder = posixpath.normpath(asked.value)
            if not _FOLDER.fullmatch(folder):
                raise FileError(
                    "`build.dist` is no folder of the tree", origin=asked.origin, hint='write `dist = "dist"`'
                )
    return tool.row.build, (Input(f"{folder}/", phase="build", dest=""),), None, {}


def _leptos_server(tree: SourceTree, tool: Tool, package: manifests.Package, reasons: Reasons) -> _Made:  # noqa: ARG001
    def setting(key: str, default: str, pattern: re.Pattern[str]) -> str:
        value = tool.settings.get(key)
        text = posixpath.normpath(value) if isinstance(value, str) and value else default
        if not pattern.fullmatch(text):
            raise FileError(
                f"`{key}` of Leptos is no usable name", origin=tool.origin, hint=f'write `{key} = "{default}"`'
            )
        return text

    output = setting("output-name", package.name, _NAME)
    program = setting("bin-exe-name", tool.package or package.name, _NAME)
    site = setting("site-root", "target/site", _FOLDER)
    copies = (
        Input(f"target/release/{program}", phase="build", dest="bin/"),
        Input(f"{site}/", phase="build", dest="site"),
    )
    line = f'LEPTOS_SITE_ADDR="{_ANYWHERE}:$PORT" exec /app/bin/{program}'
    process = Process("web", shell=line, port=_PORT)
    return tool.row.build, copies, process, {"LEPTOS_OUTPUT_NAME": output, "LEPTOS_SITE_ROOT": "site"}


def _dioxus_app(tree: SourceTree, tool: Tool, package: manifests.Package, reasons: Reasons) -> _Made:  # noqa: ARG001
    flag = f" --package {package.name}" if package.directory else ""
    folder = f"target/dx/{package.name}/release/web"
    build = f"{tool.row.build}{flag}"
    if not tool.settings.get("fullstack"):
        return build, (Input(f"{folder}/public/", phase="build", dest=""),), None, {}
    process = Process("web", argv=("/app/web/server",), port=_PORT)
    return build, (Input(f"{folder}/", phase="build", dest="web"),), process, {"IP": _ANYWHERE}


def _server(copies: tuple[Input, ...], values: dict[str, str], tool: Tool, reasons: Reasons) -> Run:
    version = versions.resolve("debian", (), reasons).version
    reasons.decide(
        "apt.run.ca-certificates", "ca-certificates", rule("minimal image"), "connections are checked with it"
    )
    reasons.decide("run.user", "1000:1000", rule("non-root"), "a fixed number that owns nothing")
    reasons.decide("run.init", "tini", rule("init"), "a program without a handler ignores SIGTERM as process 1")
    for name, value in values.items():
        reasons.decide(f"run.environment.{name}", value, tool.origin, f"the server of {tool.row.title} reads it")
    return Run(
        runtime=Runtime("debian", version),
        copies=copies,
        apt_packages=("ca-certificates",),
        environment=(("PORT", str(_PORT)), *values.items()),
        init=True,
    )
