"""Which PHP: constraints of Composer, and the places where a version is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue import archived_suites, runtime, suite
from buildplan.catalogue import versions as catalogue
from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import (
    ANY,
    END,
    FIRST,
    Interval,
    Intervals,
    NotUnderstoodError,
    after,
    dotted,
    first_of,
    intervals,
    numbers_of,
    shown,
)
from buildplan.read import base_image

from . import php_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Origin, Sourced
    from buildplan.source import SourceTree

    from .php_project import Project

# Composer's version constraints, in the grammar that the version tables read.
#
# Source, checked 2026-11-24: https://getcomposer.org/doc/articles/versions.md#writing-version-constraints


_STABILITY = re.compile(r"(?:-(?:stable|dev|RC|beta|alpha)|@(?:stable|dev|RC|beta|alpha))\b[0-9]{0,2}", re.IGNORECASE)
_HYPHEN = re.compile(r"([0-9][0-9.]{0,20}) - ([0-9][0-9.]{0,20})")
# `~8.2` is below 9 here, as `~=` is in PEP 440; `~8` is `^8`.
_TILDE_ONE = re.compile(r"~ ?v?([0-9]{1,9})(?![0-9.])")
_TILDE = re.compile(r"~ ?v?(?=[0-9])")
_EXACT_PLATFORM = re.compile(r"v?([0-9]{1,4}\.[0-9]{1,4})(?:\.[0-9]{1,4}){0,2}(?:-?[A-Za-z0-9.]{0,20})?", re.ASCII)
_MAX_LENGTH = 256


def translated(text: str) -> str:
    """Return a constraint of Composer in the grammar `pep440`, which knows `^`, `!=`, `||` and wildcards too."""
    plain = text[:_MAX_LENGTH].strip() if len(text) <= _MAX_LENGTH else text
    plain = _STABILITY.sub("", plain)
    plain = _HYPHEN.sub(_range, plain)
    plain = plain.replace("<>", "!=")
    plain = _TILDE_ONE.sub(lambda match: f"^{match[1]}", plain)
    return _TILDE.sub("~=", plain)


def _range(match: re.Match[str]) -> str:
    """Return `8.0 - 8.4` as two bounds: an upper end without a patch holds all its patches."""
    last = numbers_of(match[2])
    upper = f"<={match[2]}" if len(last) > 2 else f"<{dotted(after(last))}"  # noqa: PLR2004  # major, minor, patch
    return f">={match[1]} {upper}"


def allowed_lines(text: str) -> Intervals | None:
    """Return the releases that a constraint allows; None when it cannot be understood."""
    try:
        return intervals(translated(text), "pep440", ("php",))
    except NotUnderstoodError:
        return None


def line_of(text: str) -> str | None:
    """Return `8.2` for the release `8.2.0` that Composer is told to assume; None for what is no release."""
    match = _EXACT_PLATFORM.fullmatch(text.strip())
    return match[1] if match is not None else None


def both(left: Intervals, right: Intervals) -> Intervals:
    """Return what two constraints allow together."""
    return tuple(
        Interval(max(one.low, other.low), min(one.high, other.high))
        for one in left
        for other in right
        if one.overlaps(other)
    )


def lines_written(found: Iterable[Interval]) -> str:
    """Return intervals as a text of the grammar `npm`."""
    parts = []
    for interval in found:
        low = f">={dotted(interval.low)}" if interval.low > FIRST else ""
        high = f"<{dotted(interval.high)}" if interval.high < END else ""
        parts.append(f"{low} {high}".strip() or "*")
    return " || ".join(parts)


# Which PHP runs the app.
#
# Strongest first: what was configured; `.php-version`, `.tool-versions`, mise; the authors' Dockerfile where
# composer.json allows it; the PHP that Composer is told to assume, which is the oldest that packages are chosen for;
# the range of composer.json. What the locked packages do not allow is never chosen by a range: Composer would refuse to
# install them.


# The last part of the names of images that are tagged with PHP's version.
_IMAGES = ("php", "php-nginx", "php-apache", "php-fpm")
# Where authors keep their Dockerfile, the nearest first; those for developers and tests have other names.
_DOCKERFILES = (
    "Dockerfile",
    *(
        f"{folder}/{name}Dockerfile"
        for folder in ("docker", ".docker", "Docker", "build", "deploy")
        for name in ("", "php/", "php-fpm/", "app/", "web/", "production/", "prod/")
    ),
    "php/Dockerfile",
)


def resolve(project: Project) -> Resolution:
    """Return the version of PHP; raises VersionError for a request that cannot be met."""
    requests = list(versions.requests(PHP, Asking(project.tree, project, project.overrides, project.reasons)))
    locked = _locked(project)
    if locked is None:
        return catalogue.resolve("php", requests, project.reasons)
    trial = catalogue.resolve("php", requests, Reasons())
    pinned = bool(requests) and requests[0].grammar in {"exact", "npm"}
    if not pinned and not _fits(trial.version, locked[0]):
        narrowed, place = locked
        own = project.composer.php() if project.composer is not None else None
        wanted = allowed_lines(own.value) if own is not None else None
        together = both(wanted, narrowed) if wanted else narrowed
        if together:
            written = own.value if own is not None else ""
            request = Request(lines_written(together), place, "npm", "range", written)
            return catalogue.resolve("php", [request], project.reasons)
    found = catalogue.resolve("php", requests, project.reasons)
    if not _fits(found.version, locked[0]):
        text = f"a locked package does not run on PHP {found.version}"
        fix = "run `composer update` with that PHP, or ask for another one"
        project.reasons.report(Diagnostic("BP606", "warning", text, locked[1], fix))
    return found


def _of_composer(asking: Asking[Project]) -> Iterator[Request]:
    """Yield the PHP that packages are chosen for, the authors' image where composer.json allows it, and its range.

    Packages that are chosen for an old PHP run on newer ones too; teams put their oldest server's there.
    """
    composer = asking.facts.composer
    platform = composer.platform() if composer is not None else None
    assumed = line_of(platform.value) if platform is not None else None
    wanted = composer.php() if composer is not None else None
    own = allowed_lines(wanted.value) if wanted is not None else None
    image = None if asking.judged else _image(asking.tree)
    runs = image is not None and image.value[0].isdigit() and (own is None or _fits(image.value, own))
    # The oldest PHP that the authors still take care of is no reason to run it when it is out of support.
    old = assumed is not None and own is not None and _has_newer(assumed, own)
    least = Request(f">={assumed}", platform.origin, "npm", "range") if platform is not None and assumed else None
    if runs and image is not None and (assumed is None or numbers_of(image.value) >= numbers_of(assumed)):
        yield Request(image.value, image.origin, "exact", "guess")
        if least is not None:
            yield least
    else:
        if platform is not None and not old:
            text = assumed if assumed is not None else platform.value
            yield Request(text, platform.origin, "exact", "range", works=f">={assumed}" if assumed is not None else "")
        if runs and image is not None:
            yield Request(image.value, image.origin, "exact", "guess")
    if wanted is not None and own is not None:
        yield Request(translated(wanted.value), wanted.origin, "pep440", "range", wanted.value)
        if old and least is not None and image is None:
            yield least
    elif wanted is not None:
        text = f"`{shown(wanted.value)}` cannot be understood as a constraint on PHP"
        asking.reasons.report(Diagnostic("BP605", "warning", text, wanted.origin, 'write one such as `"^8.4"`'))


def _image(tree: SourceTree) -> Sourced[str] | None:
    """Return the version of the image that the authors run the app in."""
    for path in _DOCKERFILES:
        for name in _IMAGES if tree.has(path) else ():
            found = base_image.version(tree, name, path)
            if found is not None:
                return found
    return None


def _has_newer(assumed: str, allowed: Intervals) -> bool:
    """Return whether a line is out of support, or cannot even be built on, and a better one is allowed."""
    table = runtime("php")
    line = table.line(assumed)
    if line is None or table.is_supported(line):
        return False
    better = [one for one in table.lines if table.is_supported(one)]
    if suite("php", line.name) in archived_suites():
        better += [one for one in table.lines if suite("php", one.name) not in archived_suites()]
    return any(_fits(one.name, allowed) for one in better)


def _fits(version: str, allowed: Intervals) -> bool:
    """Return whether the newest release of the version's tag is allowed."""
    line = runtime("php").line(version)
    numbers = numbers_of(version)
    release = line.latest if line is not None and len(numbers) < len(line.latest) else first_of(numbers)
    point = Interval(release, (*release[:2], release[2] + 1))
    return any(point.overlaps(interval) for interval in allowed)


def _locked(project: Project) -> tuple[Intervals, Origin] | None:
    """Return what all locked packages allow together, and the place of the one that says most; None without any."""
    if project.composer is None or project.vendored:
        return None
    together: Intervals = ANY
    place: Sourced[str] | None = None
    default = runtime("php").default
    for found in project.composer.locked_constraints():
        allowed = allowed_lines(found.value)
        narrowed = both(together, allowed) if allowed else ()
        if not narrowed:
            continue
        if place is None or (allowed and not _fits(default, allowed)):
            place = found
        together = narrowed
    return (together, place.origin) if place is not None else None


def _of_locked(asking: Asking[Project]) -> Iterator[Request]:
    """Yield the least and the newest PHP that locked packages run on: Composer refuses to install them on another.

    A plan narrows its own range by all of them.
    """
    if not asking.judged or asking.facts.composer is None or asking.facts.vendored:
        return
    known = [(found, allowed_lines(found.value)) for found in asking.facts.composer.locked_constraints()]
    told = [(found, allowed) for found, allowed in known if allowed]
    if told:
        oldest = max(told, key=lambda item: item[1][0].low)[0]
        newest = min(told, key=lambda item: item[1][-1].high)[0]
        for found in dict.fromkeys((oldest, newest)):
            yield Request(translated(found.value), found.origin, "pep440", "range", found.value)


def _facts(tree: SourceTree, _: str) -> Project:
    return php_project.read_project(tree, Overrides())


PHP: Versions[Project] = Versions(
    "php",
    (
        versions.configured("php"),
        versions.single_line(".php-version"),
        versions.single_line(".phpenv-version"),
        versions.tool_versions("php"),
        versions.mise("php"),
        versions.declared(_of_composer),
        versions.declared(_of_locked),
    ),
    _facts,
    inside=True,
)
VERSIONS = (PHP,)
