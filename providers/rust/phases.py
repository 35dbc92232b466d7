"""The phases of a Rust app: the toolchain, the compiled dependencies, the programs.

The registry is a cache mount; what is compiled of it lies in a layer, so that it is kept where only layers are.
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.language import lower_compiled, stated
from buildplan.language.packages import Dependency
from buildplan.language.stated import Stated
from buildplan.model.build_plan import Cache, Diagnostic, Phase, Runtime
from buildplan.model.origin import Origin, rule

from . import cargo_config, dependency_layer, manifests

if TYPE_CHECKING:
    from buildplan.catalogue.versions import Resolution
    from buildplan.language.packages import Packages
    from buildplan.model.origin import Sourced

    from .project import Project
    from .targets import Binary

CACHES = (Cache("cargo-registry", "/usr/local/cargo/registry"), Cache("cargo-git", "/usr/local/cargo/git"))
_KEPT = "downloads are kept between builds"
# What the owner may set that changes how crates are compiled: it has to be there when the dependencies are.
_COMPILES = ("CARGO_", "RUSTFLAGS", "RUSTC", "CC", "CXX", "CFLAGS", "CXXFLAGS", "OPENSSL_", "PKG_CONFIG", "PROTOC")
# rustup would fetch the toolchain that a file names, although the image holds that release already.
_OWN_TOOLCHAIN = 'export RUSTUP_TOOLCHAIN="$RUST_VERSION"'


def setup(project: Project, resolved: Resolution, channel: Sourced[str] | None, needs: Packages) -> Phase:
    """Return the phase with Rust, and with what the crates of C libraries are built with."""
    reasons = project.reasons
    for name, origin in project.config.packages.items():
        needs.add(Dependency(project.config.path or "", origin), build=(name,))
    commands: list[str] = []
    environment: tuple[tuple[str, str], ...] = ()
    if channel is not None:
        commands.append(f"rustup toolchain install {channel.value} --profile minimal")
        environment = (("RUSTUP_TOOLCHAIN", channel.value),)
        why = "images of Rust hold stable releases only"
        reasons.decide("phases.setup.environment.RUSTUP_TOOLCHAIN", channel.value, channel.origin, "the pinned channel")
        reasons.decide("phases.setup.commands", commands[0], channel.origin, why)
    target = project.config.target
    if target is not None:
        origin = Origin(project.config.path or "", key="build.target")
        commands.append(f"rustup target add {target}")
        reasons.decide("phases.setup.commands", " && ".join(commands), origin, "the configured target")
        if target.endswith("-musl"):
            needs.add(Dependency(target, origin), build=("musl-tools",))
    return Phase(
        "setup",
        comment="The toolchain" if commands else "",
        runtime=Runtime("rust", resolved.version, resolved.requested),
        apt_packages=tuple(sorted(needs.build)),
        commands=tuple(commands),
        environment=environment,
    )


def install(project: Project) -> tuple[Phase, ...]:
    """Return the phases that compile the dependencies; none where they cannot be compiled alone."""
    reasons = project.reasons
    layer = dependency_layer.make(project.tree, project.workspace, project.app, project.config, project.lock, reasons)
    if layer is None:
        return ()
    command = " && ".join((*layer.placeholders, *_cargo_build(project, (project.app,)), layer.clean))
    place = project.app.package.document.origin("dependencies")
    compiles = [(name, asked) for name, asked in project.overrides.variables.items() if name.startswith(_COMPILES)]
    made = stated.phase(
        "install",
        reasons,
        Stated("commands", (command,), place, "the dependencies are compiled before the source is there"),
        Stated("inputs", layer.inputs, place, "what decides how dependencies are compiled, and nothing else"),
        Stated("caches", CACHES, rule("cache"), _KEPT),
        *(
            Stated("environment", ((name, asked.value),), asked.origin, "it changes how crates are compiled")
            for name, asked in compiles
        ),
        comment="Dependencies",
        depends_on=("setup",),
    )
    own = replace(made, secrets=_secrets(project))
    return (own,) if layer.gathers is None else (layer.gathers, own)


def build(project: Project, programs: tuple[Binary, ...], after: str) -> Phase:
    """Return the phase that compiles the programs."""
    origin = project.app.origin
    environment = _build_environment(project)
    text = []
    if project.tree.first("rust-toolchain", "rust-toolchain.toml") and not _has_channel(project):
        text.append(_OWN_TOOLCHAIN)
    text += _cargo_build(project, programs)
    made = lower_compiled.build(
        project.reasons,
        Stated("commands", (" && ".join(text),), origin, "Cargo's release build of the program"),
        tuple(path_of(project, item) for item in programs),
        Stated("environment", environment, origin, "", note=False),
        caches=CACHES if dependency_layer.downloads(project.workspace) else (),
        kept=_KEPT,
        after=after,
    )
    return replace(made, secrets=_secrets(project))


def _has_channel(project: Project) -> bool:
    return any(item.field == "phases.setup.environment.RUSTUP_TOOLCHAIN" for item in project.reasons.decisions)


def path_of(project: Project, program: Binary) -> str:
    """Return where Cargo writes a program."""
    folder = f"target/{project.config.target}" if project.config.target else "target"
    return f"{folder}/release/{program.name}"


def _cargo_build(project: Project, programs: tuple[Binary, ...]) -> list[str]:
    """Return the commands that build programs; those of one package are built at once."""
    prefix = "RUSTC_WRAPPER= " if project.config.wrapper is not None else ""
    locked = " --locked" if project.lock is not None else ""
    folder = " --target-dir target" if project.config.target_directory else ""
    by_package: dict[str, list[Binary]] = {}
    for item in programs:
        by_package.setdefault(item.package.directory, []).append(item)
    found = []
    for directory, items in by_package.items():
        package = f" --package {items[0].package.name}" if directory else ""
        features = project.features.arguments if items[0].package is project.app.package else ""
        names = "".join(f" --bin {shlex.quote(item.name)}" for item in items)
        found.append(f"{prefix}cargo build --release{locked}{package}{features}{names}{folder}")
    return found


def _build_environment(project: Project) -> tuple[tuple[str, str], ...]:
    """Return `SQLX_OFFLINE` where queries are checked by files, and report where they are checked by a database."""
    tree, reasons = project.tree, project.reasons
    if not any(name in project.crates.origins for name in ("sqlx", "sqlx-macros")):
        return ()
    if "SQLX_OFFLINE" in project.overrides.variables:
        return ()
    folders = [item.file(".sqlx") for item in project.workspace.packages if tree.has_directory(item.file(".sqlx"))]
    saved = next(iter([".sqlx"] if tree.has_directory(".sqlx") else folders), None) or tree.first("sqlx-data.json")
    if saved is not None:
        reasons.decide("phases.build.environment.SQLX_OFFLINE", "true", Origin(saved), "queries are checked offline")
        return (("SQLX_OFFLINE", "true"),)
    for file in project.files.mentioning(_CHECKED):
        at = next(iter(file.words(_CHECKED)), None)
        if at is not None:
            text = "queries are checked against a database while they are compiled, and the build has none"
            fix = "run `cargo sqlx prepare`, and commit `.sqlx`"
            reasons.report(Diagnostic("BP832", "warning", text, file.origin(file.line_at(at)), fix))
            break
    return ()


_CHECKED = ("query!", "query_as!", "query_scalar!", "query_file!", "query_file_as!")


def _secrets(project: Project) -> tuple[str, ...]:
    """Return the variables with tokens for the registries that the packages in use ask."""
    found: dict[str, Origin] = {}
    for package in project.workspace.packages:
        for item in package.all_dependencies:
            origin = project.config.registries.get(item.registry or "")
            if item.registry is not None and origin is not None:
                found.setdefault(cargo_config.token(item.registry), item.origin)
    for name, place in found.items():
        project.reasons.decide("phases.install.secrets", name, place, "the registry may ask for a token")
        text = f"a crate comes from a registry of its own, so the build is given the secret `{name}`"
        project.reasons.report(Diagnostic("BP623", "info", text, place, f"build with `--secret id={name},env={name}`"))
    return tuple(found)


def report(project: Project) -> None:
    """Report what will stop the build."""
    reasons = project.reasons
    if project.lock is None:
        text = "there is no Cargo.lock, so each build may take other versions"
        reasons.report(Diagnostic("BP612", "warning", text, Origin(manifests.MANIFEST), "commit Cargo.lock"))
    for item in {item.path: item for item in reversed(project.workspace.missing)}.values():
        text = f"`{item.crate}` is taken from `{item.path}`, which holds no package of this tree: the build will stop"
        fix = "plan the folder that holds both, or take the crate from a registry"
        reasons.report(Diagnostic("BP833", "warning", text, item.origin, fix))
    for package in project.workspace.closure(project.app.package):
        for item in package.all_dependencies:
            if item.git is not None and item.git.startswith(("ssh://", "git@")):
                text = f"`{item.crate}` is fetched over SSH, and a build has no key"
                fix = "take it over HTTPS, or from a registry"
                reasons.report(Diagnostic("BP834", "warning", text, item.origin, fix))
