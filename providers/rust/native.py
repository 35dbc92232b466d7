"""Which Debian packages the crates of a program need: to be built, and to run."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan.model.build_plan import Diagnostic
from buildplan.read import data_table

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

    from .crates import Crates


@dataclass(slots=True)
class Needs:
    """Packages of the system: names to the crate's name and place."""

    build: dict[str, tuple[str, Origin]] = field(default_factory=dict)
    run: dict[str, tuple[str, Origin]] = field(default_factory=dict)

    def add(self, names: tuple[str, ...] | list[str], crate: str, origin: Origin) -> None:
        """Add packages that the build needs."""
        for name in names:
            self.build.setdefault(name, (crate, origin))

    def note(self, reasons: Reasons) -> None:
        """Note the reason for every package."""
        for name, (crate, origin) in sorted(self.build.items()):
            reasons.decide(f"apt.build.{name}", name, origin, f"`{crate}` is built with it")
        for name, (crate, origin) in sorted(self.run.items()):
            reasons.decide(f"apt.run.{name}", name, origin, f"`{crate}` is linked with it")


def needs(crates: Crates, suite: str) -> Needs:
    """Return what the crates need on a release of Debian."""
    table = data_table.read(__file__, "native")
    found = Needs()
    origins = dict(crates.origins)
    if not crates.locked:
        for row in table["implied"]:
            if row["name"] in origins and _implied(row, crates):
                origins.setdefault(row["gives"], origins[row["name"]])
    for row in table["crate"]:
        name = row["name"]
        origin = origins.get(name)
        if origin is None or (crates.users.get(name) and crates.users[name] <= set(row.get("not_for", ()))):
            continue
        if _is_unused(row, crates):
            continue
        if _is_bundled(row, crates):
            found.add(row.get("bundled_build", ()), name, origin)
            continue
        found.add(row["build"], name, origin)
        shipped = row.get("bookworm", row.get("run", ())) if suite == "bookworm" else row.get("run", ())
        for package in shipped:
            found.run.setdefault(package, (name, origin))
    return found


def _implied(row: dict[str, Any], crates: Crates) -> bool:
    feature = row.get("feature")
    if feature is not None and not crates.has(row["name"], feature):
        return False
    below = row.get("below")
    if below is None:
        return True
    match = re.match(r"[\^=~ ]{0,3}(\d{1,4})\.(\d{1,4})", crates.requirements.get(row["name"], ""))
    limit = tuple(int(part) for part in below.split("."))
    return match is not None and (int(match[1]), int(match[2])) < limit


def _is_unused(row: dict[str, Any], crates: Crates) -> bool:
    """Return whether the crate is only in the lock file: Cargo locks what a weak feature could ask for."""
    if row.get("unused_by") is None or crates.users.get(row["name"]) != {row["unused_by"]}:
        return False
    return not any(row["used_with"] in feature for asked in crates.features.values() for feature in asked)


def _is_bundled(row: dict[str, Any], crates: Crates) -> bool:
    """Return whether the library is compiled in.

    A member that asks for it proves that, and so does the lock file, as long as no member asks for it under a
    feature of its own: that would be in the lock file too, whether it is on or off.
    """
    askers = {row["name"], *row.get("bundled_by", ())}
    words = tuple(row.get("bundled_words", ()))
    if any(_names(words, feature) for crate in askers for feature in crates.features.get(crate, ())):
        return True
    if any(crate in askers and _names(words, feature) for crate, feature in crates.possible):
        return False
    locked = crates.locked.get(row["name"])
    inside = row.get("bundled_with")
    if inside is not None and locked is not None and locked.depends_on(inside):
        return True
    return row.get("bundled") in crates.origins


def _names(words: tuple[str, ...], feature: str) -> bool:
    return any(word in feature for word in words)


def report(crates: Crates, reasons: Reasons) -> None:
    """Report what the build of a crate wants and an image does not have."""
    for name in data_table.read(__file__, "native")["reads_git"]:
        if name in crates.origins:
            text = f"`{name}` asks git while it is compiled, and the history is not in the build context"
            fix = "let the build script go on without it, or set what it reads as a variable of the build"
            reasons.report(Diagnostic("BP831", "info", text, crates.origins[name], fix))
            return
