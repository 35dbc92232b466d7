"""What the platform that builds the image needs in the plan; what it gives up for that is a decision of the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.catalogue import platforms

if TYPE_CHECKING:
    from buildplan.catalogue.platforms import Platform
    from buildplan.model.build_plan import Phase, Process, Run
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides

# Phases of a language's own commands: no variable of the owner's is for them.
_INSTALLING = {"setup", "install", "prune", "server"}


def met(
    phases: tuple[Phase, ...], run: Run, processes: tuple[Process, ...], overrides: Overrides, reasons: Reasons
) -> tuple[tuple[Phase, ...], Run, tuple[Process, ...]]:
    """Return the plan's parts as the platform needs them; raises ConfigError for a platform that is not known."""
    assert overrides.platform is not None  # noqa: S101  # the caller asked
    origin = overrides.platform.origin
    platform = platforms.platform(overrides.platform.value, origin)
    reasons.decide("platform", platform.name, origin, f"{platform.title} builds the image")
    run = _with_packages(run, platform, origin, reasons)
    run = _writable(run, platform, origin, reasons)
    run, processes = _port(run, processes, platform, overrides, reasons)
    if not platform.arguments:
        phases = _with_secrets(phases, overrides, reasons)
    return phases, run, processes


def _with_packages(run: Run, platform: Platform, origin: Origin, reasons: Reasons) -> Run:
    # The web server's image has a shell and `wget`.
    if not platform.probe or run.site is not None or "curl" in run.apt_packages:
        return run
    reasons.decide("apt.run.curl", "curl", origin, f"{platform.title} checks the container's health with it")
    return replace(run, apt_packages=(*run.apt_packages, "curl"))


def _writable(run: Run, platform: Platform, origin: Origin, reasons: Reasons) -> Run:
    added = tuple(path for path in platform.writable if path not in run.writable)
    if not added or run.site is not None:
        return run
    why = f"{platform.title} adds a program to the image as the image's own user; the user stays one without privileges"
    reasons.decide("run.writable", " ".join((*run.writable, *added)), origin, why)
    return replace(run, writable=(*run.writable, *added))


def _port(
    run: Run, processes: tuple[Process, ...], platform: Platform, overrides: Overrides, reasons: Reasons
) -> tuple[Run, tuple[Process, ...]]:
    asked = overrides.port is not None or "PORT" in overrides.variables
    if platform.port is None or asked or "PORT" not in dict(run.environment) or overrides.platform is None:
        return run, processes
    port = platform.port
    environment = tuple((name, str(port) if name == "PORT" else value) for name, value in run.environment)
    reasons.decide("port", str(port), overrides.platform.origin, f"{platform.title} asks this port unless told another")
    listening = tuple(replace(item, port=port) if item.port else item for item in processes)
    return replace(run, environment=environment), listening


def _with_secrets(phases: tuple[Phase, ...], overrides: Overrides, reasons: Reasons) -> tuple[Phase, ...]:
    """Let the owner's own build steps read the owner's secrets, each mounted for the step only."""
    names = tuple(item.value for item in overrides.secrets)
    if not names:
        return phases
    done = []
    for phase in phases:
        last = phase.name.rpartition(":")[2]
        if phase.commands and last not in _INSTALLING:
            secrets = tuple(dict.fromkeys((*phase.secrets, *names)))
            origin = overrides.secrets[0].origin
            reasons.decide(f"phases.{phase.name}.secrets", ", ".join(secrets), origin, "given for the build")
            done.append(replace(phase, secrets=secrets))
        else:
            done.append(phase)
    return tuple(done)
