"""The last stage of compiled programs: distroless as long as nothing asks for a shell, packages or a writable folder.

Languages say what a program is linked with; what else asks for Debian is the same for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import platforms
from buildplan.model.requests import Extend, Replace

if TYPE_CHECKING:
    from buildplan.language.runtime_paths import Found
    from buildplan.model.build_plan import Runtime
    from buildplan.model.origin import Origin
    from buildplan.model.requests import Overrides

# The user `nonroot` of distroless images, and a number that owns nothing for Debian.
NONROOT = "65532:65532"
USER = "1000:1000"
DEBIAN_OF = {"trixie": "13", "bookworm": "12", "bullseye": "11", "buster": "10"}


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
