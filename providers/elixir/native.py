"""What packages need of the system: the rows of `native.toml` that apply, and Rust for the app's own NIFs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.model.build_plan import Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import Origin, catalogue
from buildplan.read import data_table

if TYPE_CHECKING:
    from .elixir_version import Version
    from .project import Project

# What the virtual machine of the build's image is linked with.
_ERLANG = ("ca-certificates", "libncurses6", "libssl3t64", "libstdc++6")
# The images of later ones are on Debian 11 and newer.
_LAST_ON_BUSTER = 23
_CARGO, _RUSTUP = "/usr/local/cargo", "/usr/local/rustup"


def build_packages(project: Project, version: Version) -> tuple[str, ...]:
    """Return the Debian packages that the build installs, each with a decision."""
    needed: dict[str, Origin] = {}
    for row in data_table.read(__file__, "native")["package"]:
        place = project.dependency(*row["names"])
        if place is None:
            continue
        for package in row.get("build", ()):
            needed.setdefault(package, place)
        if "notice" in row:
            project.reasons.report(Diagnostic("BP625", "warning", f"`{place.key}`: {row['notice']}", place, row["fix"]))
    for package, place in needed.items():
        project.reasons.decide(f"apt.build.{package}", package, place, f"`{place.key}` is compiled with it")
    _report_archived(project, version, needed)
    return tuple(sorted(needed))


def _report_archived(project: Project, version: Version, needed: dict[str, Origin]) -> None:
    """Say that nothing can be installed where the packages of the image's Debian have left the mirrors."""
    if version.otp > _LAST_ON_BUSTER or not needed:
        return
    names = ", ".join(f"`{name}`" for name in needed)
    text = f"the image of Elixir {version.version} is on Debian 10, whose packages are gone, {names} among them"
    place = next(iter(needed.values()))
    project.reasons.report(Diagnostic("BP626", "warning", text, place, "use a supported version"))


def run_packages(project: Project, version: Version, *, on_debian: bool) -> tuple[str, ...]:
    """Return the Debian packages of the shipped image, each with a decision."""
    needed: dict[str, tuple[Origin, str]] = {}
    if on_debian:
        why = "the release holds its own Erlang, which needs it"
        needed = {package: (catalogue("elixir.release"), why) for package in _ERLANG}
    for row in data_table.read(__file__, "native")["package"]:
        place = project.dependency(*row["names"])
        for package in row.get("run", ()) if place is not None else ():
            name = package if version.runs_on_debian else package.removesuffix("t64")
            assert place is not None  # noqa: S101  # for the type checker
            needed.setdefault(name, (place, f"`{place.key}` runs it or loads it"))
    _report_archived(project, version, {package: place for package, (place, _) in needed.items()})
    for package, (place, why) in needed.items():
        project.reasons.decide(f"apt.run.{package}", package, place, why)
    return tuple(sorted(needed))


def rust(project: Project) -> tuple[Phase, tuple[Input, ...], tuple[tuple[str, str], ...], tuple[str, ...]] | None:
    """Return Rust for NIFs that the tree itself holds: its phase, what is copied, variables and folders of programs."""
    place = project.dependency("rustler")
    below = f"{project.directory}/" if project.directory else ""
    crates = [path for path in project.tree.named("Cargo.toml") if path.startswith(below)]
    if place is None or not any("/native/" in f"/{path}" for path in crates):
        return None
    version = versions.resolve("rust", (), project.reasons).version
    why = "`rustler` compiles the NIFs below `native/` with it"
    project.reasons.decide("elixir.rust", version, place, why)
    phase = Phase("rust", runtime=Runtime("rust", version))
    inputs = tuple(Input(f"{folder}/", "rust", f"{folder}/") for folder in (_CARGO, _RUSTUP))
    environment = (("CARGO_HOME", _CARGO), ("RUSTUP_HOME", _RUSTUP))
    for name, value in environment:
        project.reasons.decide(f"phases.deps.environment.{name}", value, place, why)
    return phase, inputs, environment, (f"{_CARGO}/bin",)
