"""What packages need of the system, and Rust for the app's own NIFs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.language import packages
from buildplan.language.packages import Dependency, Packages
from buildplan.model.build_plan import Diagnostic, Input, Phase, Runtime
from buildplan.model.origin import catalogue

from .native_tables import NEEDS

if TYPE_CHECKING:
    from buildplan.language.packages import Match, Need

    from .elixir_version import Version
    from .project import Project

# What the virtual machine of the build's image is linked with.
_ERLANG = ("ca-certificates", "libncurses6", "libssl3t64", "libstdc++6")
# The images of later ones are on Debian 11 and newer.
_LAST_ON_BUSTER = 23
_CARGO, _RUSTUP = "/usr/local/cargo", "/usr/local/rustup"


def build_packages(project: Project, version: Version) -> tuple[str, ...]:
    """Return the Debian packages that the build installs, each with a decision."""
    found = Packages()
    for need, dependency in _matches(project):
        found.add(dependency, build=need.build)
        if need.notice:
            project.reasons.report(packages.notice(need, dependency))
    build, _ = found.decided(project.reasons, None, ("`{}` is compiled with it", ""))
    _report_archived(project, version, found.build)
    return build


def _matches(project: Project) -> list[Match]:
    def find(name: str, _row: Need) -> Dependency | None:
        place = project.dependency(name)
        return None if place is None else Dependency(str(place.key), place)

    return packages.matches(NEEDS, find, each=False)


def _report_archived(project: Project, version: Version, needed: dict[str, Dependency]) -> None:
    """Say that nothing can be installed where the packages of the image's Debian have left the mirrors."""
    if version.otp > _LAST_ON_BUSTER or not needed:
        return
    names = ", ".join(f"`{name}`" for name in needed)
    text = f"the image of Elixir {version.version} is on Debian 10, whose packages are gone, {names} among them"
    place = next(iter(needed.values())).origin
    project.reasons.report(Diagnostic("BP626", "warning", text, place, "use a supported version"))


def run_packages(project: Project, version: Version, *, on_debian: bool) -> tuple[str, ...]:
    """Return the Debian packages of the shipped image, each with a decision."""
    found = Packages()
    if on_debian:
        found.add(
            Dependency("the release holds its own Erlang, which needs it", catalogue("elixir.release")), run=_ERLANG
        )
    elif version.otp > _LAST_ON_BUSTER:
        why = "the slim image has none, and connections to others are checked with them"
        found.add(Dependency(why, catalogue("elixir.slim")), run=("ca-certificates",))
    for need, dependency in _matches(project):
        found.add(dependency._replace(name=f"`{dependency.name}` runs it or loads it"), run=need.run)
    suite = None if version.runs_on_debian else "bookworm"
    _, run = found.decided(project.reasons, suite, ("", "{}"))
    _report_archived(project, version, {packages.name_on(name, suite): why for name, why in found.run.items()})
    return run


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
