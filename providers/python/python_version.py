"""Which Python a project asks for.

Strongest first: what was configured, `.python-version`, `.tool-versions`, mise, `runtime.txt`, `Pipfile`, the image of
the project's own Dockerfile where the manifest allows it, the range of the manifest. A range and the default stop where
the wheels of the lock file stop, and the releases that a list pins: a newer Python would compile them, or fail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import runtime
from buildplan.catalogue import versions as catalogue
from buildplan.catalogue.versions import Request
from buildplan.errors import VersionError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import NotUnderstoodError, intervals, numbers_of, shown, span
from buildplan.read import base_image, toml_document, version_files

from . import locked, manifest, pinned
from .governing import PIPFILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.source import SourceTree

    from .manifest import Project

    Ranges = tuple[Sourced[str], ...]

_RELEASE = re.compile(r"[0-9]+(?:\.(?:[0-9]+|[xX*]))*")
_OTHER = re.compile(r"(pypy|graalpy|graalpython|miniconda|anaconda|miniforge|mambaforge|jython|ironpython)[0-9-]?.*")


def resolve(tree: SourceTree, project: Project, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the Python version: what was asked for, as strong as it was asked, else the default.

    Raises VersionError for a configured version or a range of the manifest that cannot be met.
    """
    directories = tuple(dict.fromkeys((project.directory, "")))
    found = list(versions.requests(PYTHON, Asking(tree, project.python, overrides, reasons, directories)))
    if len(found) == len(project.python):
        # Nothing but the manifest asks.
        limited = _limited(tree, project, found, reasons)
        if limited is not None:
            return limited
    return catalogue.resolve("python", found, reasons)


def _image(asking: Asking[Ranges]) -> Iterator[Request]:
    """Yield the version of the Dockerfile's base image, nothing when it says none or the manifest forbids it.

    Most projects pin Python nowhere else; a range is what the code might run on, the image what it does run on.
    """
    found = base_image.version(asking.tree, "python")
    if found is None or "." not in found.value:
        return
    for request in _ranges(asking):
        try:
            allowed = intervals(request.text, "pep440")
        except NotUnderstoodError:
            continue
        if not any(interval.overlaps(span(numbers_of(found.value))) for interval in allowed):
            return
    yield Request(found.value, found.origin, "exact", "guess")


def _ranges(asking: Asking[Ranges]) -> Iterator[Request]:
    for item in asking.facts:
        yield Request(item.value, item.origin, "pep440", "range")


def _runtime_txt(tree: SourceTree, directory: str) -> Sourced[str] | None:
    """Return Heroku's file, when it is about Python."""
    found = version_files.single_line(tree, versions.inside(directory, "runtime.txt"))
    return found if found is not None and re.match(r"python|pypy|[0-9]", found.value, re.IGNORECASE) else None


def _pipfile(tree: SourceTree, directory: str) -> Sourced[str] | None:
    path = versions.inside(directory, PIPFILE)
    if not tree.has(path):
        return None
    document = toml_document.read(tree, path)
    found = document.string("requires", "python_full_version") or document.string("requires", "python_version")
    return None if found is None or found.value.strip() == "*" else found


def _understood(found: Sourced[str], reasons: Reasons) -> Request | None:
    """Return the request that a version file means; other implementations and odd words are noted.

    pyenv's files hold names of virtual environments too, which say nothing about a version.
    """
    text = found.value.strip()
    if re.match(r"[<>=!~^]", text):
        return Request(text, found.origin, "pep440")
    plain = re.sub(r"^(?:c?python)[-@]?(?=[0-9])", "", text.lower().removeprefix("latest:").removeprefix("prefix:"))
    release = _RELEASE.match(plain)
    other = _OTHER.match(plain)
    if other is not None:
        digits = re.search(r"(?<=py)[0-9]\.[0-9]+", plain)
        _note(f"`{shown(text)}` is not CPython, and only CPython's images are known", found.origin, reasons)
        return Request(digits[0], found.origin, "exact") if digits else None
    if release is None:
        if plain == "latest":
            return Request(plain, found.origin)
        if plain not in {"system", ""}:
            _note(f"`{shown(text)}` is no version of Python", found.origin, reasons)
        return None
    rest = plain[release.end() :]
    if rest in {"t", "-dev", "t-dev"} or rest.startswith(("+freethreaded", "t-")):
        _note(
            f"`{shown(text)}` is a special build of Python, which has no image; the usual one is taken",
            found.origin,
            reasons,
        )
    elif rest and not re.fullmatch(r"(?:a|b|rc)[0-9]+|[-+](?:linux|macos|darwin|windows).*", rest):
        _note(f"`{shown(text)}` is no version of Python", found.origin, reasons)
        return None
    suffix = rest if re.fullmatch(r"(?:a|b|rc)[0-9]+", rest) else ""
    return Request(release[0].replace("*", "x") + suffix, found.origin, "exact")


def _of_pipfile(found: Sourced[str], reasons: Reasons) -> Request | None:
    request = _understood(found, reasons)
    # Pipenv refuses another one, so that it is more than what developers use.
    return None if request is None else request._replace(kind="range")


def _note(problem: str, origin: Origin, reasons: Reasons) -> None:
    reasons.report(Diagnostic("BP605", "warning", problem, origin, "write a version of CPython, such as `3.13`"))


# --- the wheels of the lock file ------------------------------------------------------------------------------------
def _limited(tree: SourceTree, project: Project, ranges: list[Request], reasons: Reasons) -> Resolution | None:
    """Return a resolution that stays below the first Python that what is locked or pinned does not run on."""
    plain = catalogue.resolve("python", ranges, Reasons())
    limit = _limit(tree, project)
    if limit is None or numbers_of(plain.version)[:2] <= (3, limit.minor):
        return None
    oldest = min(line.numbers for line in runtime("python").lines if line.numbers[0] == 3)  # noqa: PLR2004  # Python 3
    if (3, limit.minor) < oldest:
        return None
    origin = ranges[0].origin if ranges else limit.origin
    bounded = ",".join((*(item.text for item in ranges[:1]), f"<3.{limit.minor + 1}"))
    try:
        found = catalogue.resolve("python", (Request(bounded, origin, "pep440"),), own := Reasons())
    except VersionError:
        return None
    decision = own.decisions[0]
    reasons.decide(
        decision.field, decision.value, origin, f"{decision.rule}; {limit.text} a newer one", decision.runners_up
    )
    for diagnostic in own.diagnostics:
        reasons.report(diagnostic)
    text = f"{limit.text} Python {plain.version}, so Python {found.version} is used"
    reasons.report(Diagnostic("BP698", "info", text, origin, limit.fix))
    return found._replace(requested=ranges[0].text if ranges else None)


class _Limit(NamedTuple):
    """The newest minor of Python 3, where it comes from, and how to say it."""

    minor: int
    origin: Origin
    text: str
    fix: str


def _limit(tree: SourceTree, project: Project) -> _Limit | None:
    wheels = locked.newest_python(tree, project)
    lock = project.governing.lockfile if project.governing is not None else None
    if wheels is not None:
        minor, name = wheels
        fix = f"update `{name}` and lock again, or pin the version in `.python-version`"
        return _Limit(minor, Origin(lock or "."), f"`{lock}` holds no wheel of `{name}` for", fix)
    found = pinned.newest_python(project) if lock is None else None
    if found is None:
        return None
    minor, item = found
    text = f"`{item.name}{item.specifier.replace(' ', '')}` does not run on"
    fix = f"update `{item.name}`, or pin the version in `.python-version`"
    return _Limit(minor, item.origin, text, fix)


# --- who can ask ----------------------------------------------------------------------------------------------------
def _facts(tree: SourceTree, _: str) -> Ranges:
    return manifest.described(tree, Overrides(), Reasons()).python


PYTHON: Versions[Ranges] = Versions(
    "python",
    (
        versions.configured("python", "pep440"),
        versions.single_line(".python-version", understand=_understood),
        versions.tool_versions("python", understand=_understood),
        versions.mise("python", understand=_understood),
        versions.located(_runtime_txt, understand=_understood),
        versions.located(_pipfile, understand=_of_pipfile),
        versions.otherwise(_image),
        versions.declared(_ranges),
    ),
    _facts,
    inside=True,
)
VERSIONS = (PYTHON,)
