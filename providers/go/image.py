"""Which image is shipped: the smallest one that has all that the app needs.

A program of pure Go needs nothing but certificates, time zones and a user: the distroless `static` image, without a
shell. C code needs glibc: `base`, or `cc` with libstdc++. Debian is taken where something needs a shell or packages: a
start command, apt packages, a directory that has to be made, or the owner's wish (`go.shell`).

Go ends on SIGTERM as process 1 too: its runtime installs a handler for every signal, so the kernel does not hold the
signal back; without a handler of the app's own the exit code is 2, with Go 1.27 143. No init is needed.

Sources, checked 2026-11-24:
- https://github.com/GoogleContainerTools/distroless/blob/main/base/README.md
- signals: `dieFromSignal` in runtime/signal_unix.go; tried in a container
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.language.distroless_or_debian import DEBIAN_OF, NONROOT, USER, Image, asks_for_debian
from buildplan.model.build_plan import RunnerUp, Runtime
from buildplan.model.origin import Origin, rule

if TYPE_CHECKING:
    from buildplan.language.runtime_paths import Found
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides

    from .native import Needs
    from .processes import Started

# What every program may need: TLS connections out, and times in other zones.
_COMMON = {"ca-certificates": "connections to others are checked with it", "tzdata": "times in other zones need it"}


def choose(
    needs: Needs,
    started: Started,
    writes: tuple[Found, ...],
    overrides: Overrides,
    suite: str,
    reasons: Reasons,
) -> Image:
    """Return the image, with the reason for it and for its packages and user."""
    cause = _needs_shell(needs, started, writes, overrides)
    if cause is None:
        return _distroless(needs, reasons)
    origin, why = cause
    version = versions.resolve("debian", (), reasons).version
    if needs.apt.run and suite in DEBIAN_OF and DEBIAN_OF[suite] != version:
        # Libraries have to be those that the build linked with.
        version = DEBIAN_OF[suite]
        reasons.decide("debian.version", version, origin, "the release that the build's image is made of")
    reasons.decide("run.base", "debian", origin, why, (RunnerUp("distroless", rule("minimal image"), why),))
    reasons.decide("run.user", USER, rule("non-root"), "a fixed number that owns nothing")
    packages = dict(_COMMON)
    for name, why_common in packages.items():
        reasons.decide(f"apt.run.{name}", name, rule("minimal image"), why_common)
    for name, why_linked in sorted(needs.apt.run.items()):
        reasons.decide(f"apt.run.{name}", name, why_linked.origin, "the C code is linked with it")
    names = tuple(sorted({*packages, *needs.apt.run}))
    return Image(Runtime("debian", version), USER, names, with_shell=True)


def _distroless(needs: Needs, reasons: Reasons) -> Image:
    version = versions.resolve("distroless", (), reasons).version
    flavour, origin, why = "slim", rule("minimal image"), "pure Go needs certificates, time zones and a user, no more"
    if needs.cgo is not None:
        flavour, origin, why = "glibc", needs.cgo, f"the smallest image with glibc: {needs.why}"
    if needs.cxx and needs.cgo is not None:
        flavour, why = "cxx", f"the smallest image with libstdc++: {needs.why}"
    shell = RunnerUp(
        "debian", rule("minimal image"), 'larger by a shell and apt; `shell = "true"` under `[go]` takes it'
    )
    reasons.decide("run.base", "distroless", origin, why, (shell,))
    reasons.decide("run.user", NONROOT, rule("non-root"), "the user `nonroot` of the image")
    return Image(Runtime("distroless", version, flavour=flavour), NONROOT, (), with_shell=False)


def _needs_shell(
    needs: Needs, started: Started, writes: tuple[Found, ...], overrides: Overrides
) -> tuple[Origin, str] | None:
    asked = overrides.option("go.shell")
    if asked is not None and asked.value.strip().lower() in {"1", "true", "yes", "on"}:
        return asked.origin, "a shell is asked for"
    if started.shell is not None:
        return started.shell, "the start command needs a shell or programs of the system"
    if needs.apt.run:
        return next(iter(needs.apt.run.values())).origin, "the C code needs libraries that are apt packages"
    return asks_for_debian(overrides, writes)
