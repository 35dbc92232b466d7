"""Which Python a project asks for, and how new it may be for what is locked or pinned."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import runtime
from buildplan.catalogue import versions as catalogue
from buildplan.catalogue.versions import Request
from buildplan.errors import FileError, VersionError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.model.version_ranges import NotUnderstoodError, intervals, numbers_of, shown, span
from buildplan.read import base_image, json_document, toml_document, version_files

from . import manifest as manifests
from . import tables
from .manifest import PIPFILE
from .native_tables import OPTIONAL_EXTENSIONS
from .project_files import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.source import SourceTree

    from .manifest import Project
    from .project_files import Requirement

    Ranges = tuple[Sourced[str], ...]

# What a lock file pins for production: the closure of the declared dependencies, and its wheels.
#
# The formats are written by their tools and always look alike, so that they are read by pattern: a parser takes half a
# second for a megabyte. What cannot be found is not guessed.


_NAME = re.compile(r'^name = "([A-Za-z0-9._-]{1,200})"', re.MULTILINE)
_QUOTED_NAME = re.compile(r'\bname = "([A-Za-z0-9._-]{1,200})"')
_PDM_NAME = re.compile(r'^ *"([A-Za-z0-9][A-Za-z0-9._-]{0,200})', re.MULTILINE)
_KEY = re.compile(r'^"?([A-Za-z0-9][A-Za-z0-9._-]{0,200})"? = ', re.MULTILINE)
_WHEEL = re.compile(
    r'[/"]([A-Za-z0-9_.]{1,200})-[^-"/\s]{1,80}-(?:[0-9][^-"/\s]{0,40}-)?'
    r"((?:cp|py|pp)[0-9.a-z]{1,60})-([a-z0-9_.]{1,60})-([A-Za-z0-9_.]{1,200})\.whl"
)
_FORMATS = ("uv.lock", "poetry.lock", "pdm.lock")


def packages(tree: SourceTree, project: Project) -> frozenset[str]:
    """Return the names of everything that production installs as far as files say it, the declared ones included."""
    declared = frozenset(item.name for item in project.requirements) | project.transitive
    lock = project.governing.lockfile if project.governing is not None else None
    if lock is None:
        return declared
    return declared | tree.memo("python.locked", f"{lock}:{project.directory}", lambda: _closure(tree, lock, declared))


def _closure(tree: SourceTree, lock: str, declared: frozenset[str]) -> frozenset[str]:
    if lock == "Pipfile.lock":
        try:
            return frozenset(normalised(name) for name in json_document.read(tree, lock).table("default"))
        except FileError:
            # pipenv itself says what is wrong with it.
            return frozenset()
    text = tree.text(lock)
    if lock not in _FORMATS:
        return frozenset(normalised(name) for name in _NAME.findall(text))
    edges: dict[str, set[str]] = {}
    for block in text.split("\n[[package]]\n")[1:]:
        name = _NAME.search(block)
        if name is not None:
            edges.setdefault(normalised(name[1]), set()).update(map(normalised, _needed(lock, block)))
    found: set[str] = set()
    waiting = list(declared)
    while waiting:
        name_ = waiting.pop()
        if name_ not in found and name_ in edges:
            found.add(name_)
            waiting.extend(edges[name_])
    return frozenset(found)


def _needed(lock: str, block: str) -> Iterable[str]:
    """Return the names that a package's block says it needs; development's groups are no part of it."""
    if lock == "poetry.lock":
        section = block.partition("\n[package.dependencies]\n")[2]
        return _KEY.findall(section.partition("\n[")[0])
    own = block.partition("\n[package.dev-dependencies]")[0].partition("\n[package.metadata]")[0]
    _, _, listed = own.partition("\ndependencies = [")
    listed = listed.partition("\n]")[0]
    if lock == "pdm.lock":
        return _PDM_NAME.findall(listed)
    _, _, optional = own.partition("\n[package.optional-dependencies]\n")
    return [*_QUOTED_NAME.findall(listed), *_QUOTED_NAME.findall(optional)]


def newest_for_locks(tree: SourceTree, project: Project) -> tuple[int, str] | None:
    """Return the newest minor of Python 3 that every wheel of production runs on, and the package that sets it.

    None when no lock file tells, or nothing is limited.
    """
    optional = OPTIONAL_EXTENSIONS
    found = sorted((max(minors), name) for name, minors in _wheels(tree, project).items() if name not in optional)
    return found[0] if found else None


def compiled(tree: SourceTree, project: Project, python: str) -> tuple[str, ...]:
    """Return the packages of production that have wheels for other versions of Python, and none for this one."""
    minor = numbers_of(python)[1:2]
    optional = OPTIONAL_EXTENSIONS
    return tuple(
        sorted(
            name
            for name, minors in _wheels(tree, project).items()
            if minor and minor[0] not in minors and name not in optional
        )
    )


def _wheels(tree: SourceTree, project: Project) -> dict[str, set[int]]:
    """Return package → minors of Python 3 that the lock file holds wheels for on Linux.

    Only packages whose wheels are made for single versions are there: an older wheel of `abi3` or of pure Python runs
    on newer ones too.
    """
    lock = project.governing.lockfile if project.governing is not None else None
    if lock is None or lock == "Pipfile.lock":
        return {}
    return tree.memo("python.wheels", f"{lock}:{project.directory}", lambda: _wheels_of(tree, project, lock))


def _wheels_of(tree: SourceTree, project: Project, lock: str) -> dict[str, set[int]]:
    wanted = packages(tree, project)
    found: dict[str, set[int]] = {}
    free: set[str] = set()
    for distribution, tags, abi, platform in _WHEEL.findall(tree.text(lock)):
        name = normalised(distribution)
        if name not in wanted or tags.startswith("pp") or not ("linux" in platform or platform == "any"):
            continue
        minors = [int(minor) for minor in re.findall(r"cp3(\d{1,2})", tags)]
        if abi in {"abi3", "none"} or not minors:
            free.add(name)
        found.setdefault(name, set()).update(minors)
    return {name: minors for name, minors in found.items() if name not in free}


def version(tree: SourceTree, project: Project, name: str) -> str | None:
    """Return the version that a lock file or an exact requirement pins, None when nothing does."""
    lock = project.governing.lockfile if project.governing is not None else None
    if lock is not None and lock != "Pipfile.lock":
        match = re.search(rf'^name = "{re.escape(name)}"\nversion = "([^"\n]{{1,60}})"', tree.text(lock), re.MULTILINE)
        if match is not None:
            return match[1]
    wanted = project.requirement(name)
    exact = re.fullmatch(r"===?\s*([0-9][^,*\s]{0,60})", wanted.specifier) if wanted is not None else None
    return exact[1] if exact is not None else None


# How new a Python may be for what a requirements file pins: an old release has no wheels for a Python of later.


_PINNED = re.compile(r"\s*={2,3}\s*([0-9]{1,6}(?:\.[0-9]{1,6}){0,3})(?:\.\*)?\s*")


def newest_for_pins(project: Project) -> tuple[int, Requirement] | None:
    """Return the newest minor of Python 3 for all that is pinned exactly, and what sets it; None for no limit."""
    known: dict[str, list[list[object]]] = tables.read("newest_python")["packages"]
    found: tuple[int, Requirement] | None = None
    for item in project.requirements:
        match = _PINNED.fullmatch(item.specifier)
        if match is None or item.name not in known or item.marker is not None:
            continue
        minor = _minor(known[item.name], match[1])
        if minor is not None and (found is None or minor < found[0]):
            found = (minor, item)
    return found


def _minor(rows: list[list[object]], release: str) -> int | None:
    """Return the newest minor for a release; None for one that is newer than the first row."""
    for index, (minor, first) in enumerate(rows):
        if numbers_of(release) >= numbers_of(str(first)):
            return None if index == 0 else int(str(minor))
    return int(str(rows[-1][0])) - 1


# Which Python a project asks for.
#
# Strongest first: what was configured, `.python-version`, `.tool-versions`, mise, `runtime.txt`, `Pipfile`, the
# image of
# the project's own Dockerfile where the manifest allows it, the range of the manifest. A range and the default stop
# where
# the wheels of the lock file stop, and the releases that a list pins: a newer Python would compile them, or fail.


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
    wheels = newest_for_locks(tree, project)
    lock = project.governing.lockfile if project.governing is not None else None
    if wheels is not None:
        minor, name = wheels
        fix = f"update `{name}` and lock again, or pin the version in `.python-version`"
        return _Limit(minor, Origin(lock or "."), f"`{lock}` holds no wheel of `{name}` for", fix)
    found = newest_for_pins(project) if lock is None else None
    if found is None:
        return None
    minor, item = found
    text = f"`{item.name}{item.specifier.replace(' ', '')}` does not run on"
    fix = f"update `{item.name}`, or pin the version in `.python-version`"
    return _Limit(minor, item.origin, text, fix)


# --- who can ask ----------------------------------------------------------------------------------------------------
def _facts(tree: SourceTree, _: str) -> Ranges:
    return manifests.described(tree, Overrides(), Reasons()).python


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
