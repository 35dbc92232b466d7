"""Which Debian packages the crates of a program need: to be built, and to run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.language import packages
from buildplan.language.packages import Dependency
from buildplan.model.build_plan import Diagnostic

from .native_tables import IMPLIED, NEEDS, READS_GIT

if TYPE_CHECKING:
    from buildplan.language.packages import Need, Packages
    from buildplan.model.reasons import Reasons

    from .crates import Crates
    from .native_tables import Implied

# Why the build and the image have a package.
WORDS = ("`{}` is built with it", "`{}` is linked with it")


def needs(crates: Crates, suite: str) -> Packages:
    """Return what the crates need on a release of Debian."""
    origins = dict(crates.origins)
    if not crates.locked:
        for row in IMPLIED:
            if row.name in origins and _implied(row, crates):
                origins.setdefault(row.gives, origins[row.name])

    def find(name: str, _row: Need) -> Dependency | None:
        return Dependency(name, origins[name]) if name in origins else None

    return packages.apt(packages.matches(NEEDS, find, app=crates)).on(suite)


def _implied(row: Implied, crates: Crates) -> bool:
    if row.feature and not crates.has(row.name, row.feature):
        return False
    if not row.below:
        return True
    match = re.match(r"[\^=~ ]{0,3}(\d{1,4})\.(\d{1,4})", crates.requirements.get(row.name, ""))
    limit = tuple(int(part) for part in row.below.split("."))
    return match is not None and (int(match[1]), int(match[2])) < limit


def report(crates: Crates, reasons: Reasons) -> None:
    """Report what the build of a crate wants and an image does not have."""
    for name in READS_GIT:
        if name in crates.origins:
            text = f"`{name}` asks git while it is compiled, and the history is not in the build context"
            fix = "let the build script go on without it, or set what it reads as a variable of the build"
            reasons.report(Diagnostic("BP831", "info", text, crates.origins[name], fix))
            return
