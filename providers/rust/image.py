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

from buildplan.language import distroless_or_debian
from buildplan.language.distroless_or_debian import CERTIFICATES, Debian, Linked, asks_for_debian
from buildplan.model.origin import Sourced, rule

if TYPE_CHECKING:
    from buildplan.language.distroless_or_debian import Image
    from buildplan.language.packages import Packages
    from buildplan.language.runtime_paths import Found
    from buildplan.model.origin import Origin

    from .project import Project

_DISTROLESS = frozenset({"trixie", "bookworm"})
_HANDLERS = (
    "SignalKind::terminate", "SIGTERM", "TERM_SIGNALS", "ctrlc::set_handler", "Signals::new",
    "shutdown_on_unix_signals",
)  # fmt: skip


def choose(project: Project, needs: Packages, shell: Origin | None, writes: tuple[Found, ...], suite: str) -> Image:
    """Return the image, with the reason for it and for its packages and user; `shell` is what needs one."""
    init = not _ends_by_itself(project)
    if init:
        why = "a program without a handler ignores SIGTERM as process 1"
        project.reasons.decide("run.init", "tini", rule("init"), why)
    why = "the smallest image with glibc and GCC's unwinder, which Rust programs are linked with"
    return distroless_or_debian.choose(
        Linked("cxx", rule("minimal image"), why),
        Debian(CERTIFICATES, needs.run, suite=suite),
        _needs_debian(project, needs, shell, writes, suite, init=init),
        project.reasons,
        release=Sourced(suite, project.app.origin),
        init=init,
    )


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
