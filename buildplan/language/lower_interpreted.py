"""From the facts of an app that runs as source to its phases and its image: the runtime, its packages, the source.

`setup` has the runtime with what packages are compiled with, `install` the packages, `build` what is made of the
source; the image is the runtime again, with the packages and the source, or with what the build made of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.language import stated
from buildplan.language.stated import Stated
from buildplan.model.build_plan import APP_DIR, Diagnostic, Input
from buildplan.model.origin import Origin, rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.language.rules import Manager
    from buildplan.language.start import Start
    from buildplan.model.build_plan import HealthCheck, Phase, Run, Runtime
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

USER = "1000:1000"


def manager(tree: SourceTree, managers: tuple[Manager, ...]) -> Manager | None:
    """Return the package manager of a tree: the first whose lock file is there, else the last one."""
    return next((item for item in managers if tree.has(item.lock)), managers[-1] if managers else None)


def install(used: Manager, tree: SourceTree, reasons: Reasons, manifest: Origin) -> Phase:
    """Return the phase `install` of a package manager; reports that there is no lock file."""
    locked = tree.has(used.lock)
    place = Origin(used.lock) if locked else manifest
    if not locked and used.fix:
        text = f"there is no {used.lock}, so that each build may get other versions"
        reasons.report(Diagnostic("BP612", "warning", text, manifest, used.fix))
    inputs = tuple(Input(path) for path in used.inputs if tree.has(path) or tree.has_directory(path.rstrip("/")))
    command = used.command if locked else used.unlocked or used.command
    return stated.phase(
        "install",
        reasons,
        Stated("commands", (command,), place, used.why),
        Stated("inputs", inputs, manifest, f"what {used.name} reads, and nothing else"),
        Stated("caches", used.caches, rule("cache"), "downloads are kept between builds"),
        *(Stated("environment", ((name, value),), place, why) for name, value, why in used.environment),
        comment="Dependencies",
        depends_on=("setup",),
    )


def run(
    runtime: Runtime,
    reasons: Reasons,
    copies: Stated,
    environment: Iterable[Stated],
    *,
    writable: Stated | None = None,
    apt: tuple[str, ...] = (),
    user: str = USER,
    health_check: HealthCheck | None = None,
) -> Run:
    """Return the image of the app; `environment` says what its variables are."""
    return stated.run(
        runtime,
        reasons,
        Stated("user", user, rule("non-root"), "a fixed user without rights"),
        copies,
        writable,
        *environment,
        apt=apt,
        health_check=health_check,
    )


def home() -> Stated:
    """Return the variable HOME of an image whose user has no entry of his own."""
    return variable("HOME", APP_DIR, rule("home directory"), "a directory that the user may write to")


def writable(why: str, *folders: str) -> Stated:
    """Return the folders that the user may write to: the app's own, and others in it."""
    return Stated("writable", (".", *folders), rule("home directory"), why)


def variable(name: str, value: str, origin: Origin, why: str) -> Stated:
    """Return one variable of an image."""
    return Stated("environment", ((name, value),), origin, why)


def with_port(image: Run, main: Start, reasons: Reasons) -> Run:
    """Return the image with the port of its main process in `PORT`, which is another one where the owner sets it."""
    why = "the port of the start; `PORT` can change it"
    reasons.decide("port", str(main.port), main.origin, why)
    reasons.decide("run.environment.PORT", str(main.port), main.origin, why)
    return replace(image, environment=(*image.environment, ("PORT", str(main.port))))
