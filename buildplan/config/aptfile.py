"""`Aptfile`: apt packages for the build and for the image, a line each, as Heroku's and Railway's buildpacks read it.

Source, read 2026-11-24: https://github.com/heroku/heroku-buildpack-apt (README: names, addresses of `.deb` files,
`:repo:` lines, `#` before a comment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.config import apt_packages
from buildplan.config.mistakes import Mistakes, shown
from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.requests import Extend, Overrides

if TYPE_CHECKING:
    from buildplan.source import SourceTree

PATH = "Aptfile"
_FIX = "install it in a phase of your own in buildplan.toml, or take the package of Debian by its name"


def read(tree: SourceTree) -> Overrides:
    """Return the packages that the file names, for the build and the image; a line of another kind is a diagnostic."""
    try:
        text = tree.text(PATH)
    except FileError as error:
        return Overrides(diagnostics=(_left_out(f"the file cannot be read ({error.problem})", Origin(PATH)),))
    names: list[Sourced[str]] = []
    diagnostics: list[Diagnostic] = []
    for number, line in enumerate(text.split("\n"), 1):
        origin = Origin(PATH, number)
        # A `#` in an address is not a comment.
        content = line.partition(" #")[0].strip()
        if not content or content.startswith("#"):
            continue
        words = content.split()
        if content.startswith(":repo:"):
            diagnostics.append(_left_out("another package repository is not added to the image", origin))
        elif content.endswith(".deb") or "://" in content:
            diagnostics.append(_left_out(f"{shown(content)} is not a package of Debian, so it is left out", origin))
        elif not all(apt_packages.NAME.fullmatch(word) for word in words):
            diagnostics.append(_left_out(f"{shown(content)} is not the name of an apt package", origin))
        else:
            names += [Sourced(word, origin) for word in words]
    items, changed = apt_packages.fitted(names, Mistakes())
    apt = Extend(after=tuple(items)) if items else None
    return Overrides(apt_build=apt, apt_run=apt, diagnostics=(*diagnostics, *changed))


def _left_out(text: str, origin: Origin) -> Diagnostic:
    return Diagnostic("BP910", "warning", text, origin, _FIX)
