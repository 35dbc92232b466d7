"""Which image is shipped: the smallest one that has all that the app needs.

A Rust program needs glibc and the unwinder of GCC: the distroless `cc` image, which also has certificates and time
zones. Debian is taken where something needs a shell or packages: a start command, libraries, a directory that has to be
made, an init.

A Rust program without a handler ignores SIGTERM as process 1, so an init stands before it; frameworks with a handler,
and code with one, need none.

Sources, checked 2026-11-24: https://github.com/GoogleContainerTools/distroless/blob/main/cc/README.md; signals: tried
in containers
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.language.distroless_or_debian import DEBIAN_OF, NONROOT, USER, Image, asks_for_debian
from buildplan.model.build_plan import RunnerUp, Runtime
from buildplan.model.origin import Origin, rule

if TYPE_CHECKING:
    from buildplan.language.packages import Packages
    from buildplan.language.runtime_paths import Found

    from .project import Project

_DISTROLESS = frozenset({"trixie", "bookworm"})
_HANDLERS = (
    "SignalKind::terminate", "SIGTERM", "TERM_SIGNALS", "ctrlc::set_handler", "Signals::new",
    "shutdown_on_unix_signals",
)  # fmt: skip


def choose(project: Project, needs: Packages, shell: Origin | None, writes: tuple[Found, ...], suite: str) -> Image:
    """Return the image, with the reason for it and for its packages and user; `shell` is what needs one."""
    reasons = project.reasons
    init = not _ends_by_itself(project)
    if init:
        why = "a program without a handler ignores SIGTERM as process 1"
        reasons.decide("run.init", "tini", rule("init"), why)
    cause = _needs_debian(project, needs, shell, writes, suite, init=init)
    if cause is None:
        return _distroless(project, suite)
    origin, why = cause
    version = versions.resolve("debian", (), reasons).version
    if suite in DEBIAN_OF and DEBIAN_OF[suite] != version:
        # Libraries have to be those that the build linked with.
        version = DEBIAN_OF[suite]
        reasons.decide("debian.version", version, origin, "the release that the build's image is made of")
    reasons.decide("run.base", "debian", origin, why, (RunnerUp("distroless", rule("minimal image"), why),))
    reasons.decide("run.user", USER, rule("non-root"), "a fixed number that owns nothing")
    certificates = "connections to others are checked with it"
    reasons.decide("apt.run.ca-certificates", "ca-certificates", rule("minimal image"), certificates)
    names = tuple(sorted({"ca-certificates", *needs.run}))
    return Image(Runtime("debian", version), USER, names, with_shell=True, init=init)


def _distroless(project: Project, suite: str) -> Image:
    reasons = project.reasons
    version = versions.resolve("distroless", (), reasons).version
    if suite == "bookworm":
        version = "12"
        reasons.decide(
            "distroless.version", version, project.app.origin, "the release that the build's image is made of"
        )
    why = "the smallest image with glibc and GCC's unwinder, which Rust programs are linked with"
    shell = RunnerUp("debian", rule("minimal image"), "larger by a shell and apt")
    reasons.decide("run.base", "distroless", rule("minimal image"), why, (shell,))
    reasons.decide("run.user", NONROOT, rule("non-root"), "the user `nonroot` of the image")
    return Image(Runtime("distroless", version, flavour="cxx"), NONROOT, (), with_shell=False, init=False)


def _ends_by_itself(project: Project) -> bool:
    """Return whether a handler of the framework or of the code ends the app on SIGTERM."""
    if project.files.says(_HANDLERS):
        return True
    if project.framework is None or not project.framework[0].signals:
        return False
    if project.files.says((".disable_signals",)):
        return False
    row = project.framework[0]
    if not row.signals_since:
        return True
    asked = re.match(r"[\^=~> ]{0,4}(\d{1,4})\.(\d{1,4})", project.crates.requirements.get(row.crate, ""))
    since = tuple(int(part) for part in row.signals_since.split("."))
    return asked is None or (int(asked[1]), int(asked[2])) >= since


def _needs_debian(
    project: Project, needs: Packages, shell: Origin | None, writes: tuple[Found, ...], suite: str, *, init: bool
) -> tuple[Origin, str] | None:
    overrides = project.overrides
    if shell is not None:
        return shell, "the start command needs a shell or programs of the system"
    if needs.run:
        return next(iter(needs.run.values())).origin, "the program is linked with libraries that are apt packages"
    asked = asks_for_debian(overrides, writes)
    if asked is not None:
        return asked
    if suite not in _DISTROLESS:
        return rule("minimal image"), "there is no distroless image of the release that the build is made of"
    return (rule("init"), "it has an init as a package") if init else None
