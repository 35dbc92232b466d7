"""Apt package names as configurations of other tools write them, for Ubuntu or an older Debian."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from buildplan.config.mistakes import shown
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.read import data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.config.mistakes import Mistakes
    from buildplan.model.requests import Items

# Debian policy 5.6.7 for the name; `=version`, `/suite` and `:architecture` are apt-get's.
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+](?::[a-z0-9]+)?(?:[=/][A-Za-z0-9.+~:*-]+)?")
EXPECTED = "a package name, `ffmpeg` or `ffmpeg=7:7.1*`"
MARKERS = ("...", "@auto")


def table() -> dict[str, Any]:
    """Return the table of renamed, dropped and unavailable names."""
    return data_table.read(__file__, "apt_packages")


def fitted(names: Iterable[Sourced[str]], mistakes: Mistakes) -> tuple[Items, tuple[Diagnostic, ...]]:
    """Return the names that Debian 13 has for these packages, and what was changed.

    An item with blanks or commas in it counts as several; `"..."` is kept. What is no package name is a mistake.
    """
    found: list[Sourced[str]] = []
    diagnostics: list[Diagnostic] = []
    known: dict[str, Any] = {}
    for item in names:
        for name in item.value.replace(",", " ").split():
            if name in MARKERS:
                found.append(Sourced(name, item.origin))
                continue
            if not NAME.fullmatch(name):
                mistakes.add(f"{shown(name)} is no apt package; expected {EXPECTED}", item.origin, "correct the name")
                continue
            known = known or table()
            renamed = known["renamed"].get(name, name)
            diagnostic = _judged(name, renamed, known, item)
            if diagnostic is not None:
                diagnostics.append(diagnostic)
            if name not in known["dropped"]["names"]:
                found.append(Sourced(renamed, item.origin))
    return tuple(found), tuple(diagnostics)


def _judged(name: str, renamed: str, known: dict[str, Any], item: Sourced[str]) -> Diagnostic | None:
    problem = f"Debian 13 has no apt package `{name}`"
    if renamed != name:
        return Diagnostic("BP669", "info", f"{problem}; `{renamed}` is installed", item.origin, f"write `{renamed}`")
    if name in known["dropped"]["names"]:
        return Diagnostic("BP669", "info", f"{problem}, and nothing needs it; it is left out", item.origin, "remove it")
    if name in known["unavailable"]:
        return Diagnostic("BP669", "warning", problem, item.origin, known["unavailable"][name])
    return None
