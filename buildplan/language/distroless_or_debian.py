"""The last stage of compiled programs: distroless as long as nothing asks for a shell, packages or a writable folder.

Languages say what a program is linked with; what else asks for Debian is the same for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import platforms, versions
from buildplan.model.build_plan import RunnerUp, Runtime
from buildplan.model.origin import Origin, rule
from buildplan.model.requests import Extend, Replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.language.packages import Dependency
    from buildplan.language.runtime_paths import Found
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides

# The user `nonroot` of distroless images, and a number that owns nothing for Debian.
NONROOT = "65532:65532"
USER = "1000:1000"
DEBIAN_OF = {"trixie": "13", "bookworm": "12", "bullseye": "11", "buster": "10"}
_SAME_RELEASE = "the release that the build's image is made of"


class Image(NamedTuple):
    """The image that is shipped; `with_shell` says whether commands can run in it, `init` asks for tini."""

    runtime: Runtime
    user: str
    apt_packages: tuple[str, ...]
    with_shell: bool
    init: bool = False


def asks_for_debian(overrides: Overrides, writes: tuple[Found, ...]) -> tuple[Origin, str] | None:
    """Return what beside the program itself needs a shell, apt or a folder that has to be made, and why."""
    packages = overrides.apt_run
    items = (
        packages.items
        if isinstance(packages, Replace)
        else (*packages.before, *packages.after)
        if isinstance(packages, Extend)
        else ()
    )
    items = (*items, *(item for names in overrides.runtime_packages.values() for item in names))
    if items:
        return items[0].origin, "apt packages are asked for"
    if writes:
        return writes[0].origin, f"the code writes to `{writes[0].path}`, which has to be made for the user"
    if overrides.platform is not None and platforms.platform(overrides.platform.value).shell:
        return overrides.platform.origin, "the platform runs commands in the container"
    if overrides.ca_certificates:
        return overrides.ca_certificates[0].origin, "certificates have to be added to those of the image"
    if overrides.health_check is not None:
        return overrides.health_check.origin, "the health check needs a program that asks"
    return None


class Linked(NamedTuple):
    """What a program is linked with: the flavour of distroless that has it, where the tree says so, and why."""

    flavour: str
    origin: Origin
    why: str


class Debian(NamedTuple):
    """What the Debian image of compiled programs holds, and why.

    `common` are packages of every program with their reasons; `libraries` are those that the program is linked with,
    `why` is the reason for all of them, empty where it is noted elsewhere. `suite` is the release that the build is
    made of, where the libraries have to be the same.
    """

    common: Mapping[str, str]
    libraries: Mapping[str, Dependency] = {}
    why: str = ""
    suite: str | None = None


# TLS connections to others.
CERTIFICATES = {"ca-certificates": "connections to others are checked with it"}
# And times in other zones.
COMMON = {**CERTIFICATES, "tzdata": "times in other zones need it"}


def choose(
    linked: Linked,
    debian: Debian,
    cause: tuple[Origin, str] | None,
    reasons: Reasons,
    *,
    release: Sourced[str | None] | None = None,
    init: bool = False,
    larger: str = "larger by a shell and apt",
) -> Image:
    """Return the image, with the reason for it and for its packages and user.

    `cause` is what takes Debian, None for distroless; `release` that of Debian which distroless has to be of, where the
    newest does not have what the build linked with. `larger` says why Debian lost.
    """
    if cause is None:
        version = versions.resolve("distroless", (), reasons).version
        if release is not None and DEBIAN_OF.get(release.value or "", version) != version:
            version = DEBIAN_OF[release.value or ""]
            reasons.decide("distroless.version", version, release.origin, _SAME_RELEASE)
        shell = RunnerUp("debian", rule("minimal image"), larger)
        reasons.decide("run.base", "distroless", linked.origin, linked.why, (shell,))
        reasons.decide("run.user", NONROOT, rule("non-root"), "the user `nonroot` of the image")
        return Image(Runtime("distroless", version, flavour=linked.flavour), NONROOT, (), with_shell=False, init=init)
    origin, why = cause
    version = versions.resolve("debian", (), reasons).version
    if debian.suite in DEBIAN_OF and DEBIAN_OF[debian.suite] != version:
        # Libraries have to be those that the build linked with.
        version = DEBIAN_OF[debian.suite]
        reasons.decide("debian.version", version, origin, _SAME_RELEASE)
    reasons.decide("run.base", "debian", origin, why, (RunnerUp("distroless", rule("minimal image"), why),))
    reasons.decide("run.user", USER, rule("non-root"), "a fixed number that owns nothing")
    for name, needed in debian.common.items():
        reasons.decide(f"apt.run.{name}", name, rule("minimal image"), needed)
    for name, needs in sorted(debian.libraries.items()) if debian.why else ():
        reasons.decide(f"apt.run.{name}", name, needs.origin, debian.why)
    names = tuple(sorted({*debian.common, *debian.libraries}))
    return Image(Runtime("debian", version), USER, names, with_shell=True, init=init)
