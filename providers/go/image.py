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

from buildplan.language import distroless_or_debian
from buildplan.language.distroless_or_debian import COMMON, Debian, Linked, asks_for_debian
from buildplan.model.origin import rule

if TYPE_CHECKING:
    from buildplan.language.distroless_or_debian import Image
    from buildplan.language.runtime_paths import Found
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides

    from .native import Needs
    from .processes import Started


def choose(
    needs: Needs,
    started: Started,
    writes: tuple[Found, ...],
    overrides: Overrides,
    suite: str,
    reasons: Reasons,
) -> Image:
    """Return the image, with the reason for it and for its packages and user."""
    linked = Linked("slim", rule("minimal image"), "pure Go needs certificates, time zones and a user, no more")
    if needs.cgo is not None:
        linked = Linked("glibc", needs.cgo, f"the smallest image with glibc: {needs.why}")
    if needs.cxx and needs.cgo is not None:
        linked = Linked("cxx", needs.cgo, f"the smallest image with libstdc++: {needs.why}")
    return distroless_or_debian.choose(
        linked,
        Debian(COMMON, needs.apt.run, "the C code is linked with it", suite if needs.apt.run else None),
        _needs_shell(needs, started, writes, overrides),
        reasons,
        larger='larger by a shell and apt; `shell = "true"` under `[go]` takes it',
    )


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
