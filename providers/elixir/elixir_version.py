"""Which Elixir, and which Erlang/OTP with it, builds the app, and that there is an image of the two.

Sources, checked 2026-11-24: https://hexdocs.pm/elixir/compatibility-and-deprecations.html (Elixir and Erlang/OTP),
https://github.com/HashNuke/heroku-buildpack-elixir#version-support (elixir_buildpack.config)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import runtime
from buildplan.catalogue import versions as catalogue
from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import NotUnderstoodError, intervals, numbers_of, shown
from buildplan.read import base_image

from . import mix_project
from .tables import DEBIAN_13_SERVES, LIMITS, RELEASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .mix_project import MixFile, Project

_EXACT = re.compile(
    r"v?([0-9]{1,4}(?:\.[0-9]{1,4}){0,2})(?:-(?:rc|dev|alpha|beta)[\w.]{0,9})?(-otp-[0-9]{2})?", re.ASCII
)
_BRANCH = re.compile(r"(?:main|master)(?:-otp-[0-9]{2})?")
_MAJOR = re.compile(r"(?:OTP-)?([0-9]{2})(?:\.[0-9.]{1,40})?(?:-rc[0-9.]{0,4})?")
_TAGGED = re.compile(r"-(?:erlang|otp)-([0-9]{2})")
_OLDEST_RELEASES = (1, 9)


class Version(NamedTuple):
    """The version as the image's tag has it (`1.17.3-otp-26`), what was asked for, and the OTP that is in it."""

    version: str
    requested: str | None
    otp: int

    @property
    def makes_releases(self) -> bool:
        """Whether Mix itself makes releases."""
        return numbers_of(self.version)[:2] >= _OLDEST_RELEASES

    @property
    def runs_on_debian(self) -> bool:
        """Whether what it builds runs on Debian's current release."""
        return self.otp >= DEBIAN_13_SERVES


def resolve(project: Project) -> Version:
    """Return the version; raises VersionError for a request that cannot be met, FileError for a broken file."""
    tree, overrides, reasons = project.tree, project.overrides, project.reasons
    mix = project.main if project.main.elixir is not None else project.root
    asking = Asking(tree, mix, overrides, reasons, tuple(dict.fromkeys((project.directory, ""))))
    requests = list(versions.requests(ELIXIR, asking))
    ranged = next((request for request in requests if request.kind == "range"), None)
    tagged = next((request for request in requests if request.origin.path == base_image.PATH), None)
    requests = [request for request in requests if request is not ranged and request is not tagged]
    wanted = _otp(asking)
    if not requests and tagged is None and wanted is None:
        ranged = _limited(project, ranged)
    elif not requests and tagged is None and wanted is not None and ranged is not None:
        # A range takes a line that has images with the OTP that is asked for.
        ranged = ranged._replace(text=_narrowed(ranged.text, wanted.value))
    last = [ranged] if ranged is not None else []
    if tagged is not None:
        if ranged is not None and not _overlap(tagged, ranged):
            # Mix refuses a version that mix.exs does not allow: such a Dockerfile builds nothing.
            last.append(tagged)
            wanted = wanted if wanted is not None and wanted.origin != tagged.origin else None
        else:
            last.insert(0, tagged)
    requests += last
    found = catalogue.resolve("elixir", requests, reasons)
    version = _existing(found.version, reasons)
    asked = re.search(r"-otp-([0-9]{2})$", version)
    if asked is not None:
        wanted = Sourced(int(asked[1]), found.origin)
        version = version[: asked.start()]
    version, otp = _with_otp(version, wanted, reasons)
    _note(version, otp, wanted, reasons)
    return Version(version, found.requested, otp)


def _exactly(pin: Sourced[str], _: Reasons) -> Request:
    text = pin.value.strip()
    exact = _EXACT.fullmatch(text)
    if exact is not None:
        # Candidates of a release have no image: the release itself is meant.
        return Request(exact[1] + (exact[2] or ""), pin.origin, "exact")
    return Request("latest", pin.origin) if _BRANCH.fullmatch(text) else Request(text, pin.origin, "gem")


def _overlap(one: Request, other: Request) -> bool:
    try:
        found = [intervals(request.text, request.grammar) for request in (one, other)]
    except NotUnderstoodError:
        return True
    return any(left.overlaps(right) for left in found[0] for right in found[1])


def _range(asking: Asking[MixFile]) -> Iterator[Request]:
    """Yield what mix.exs allows: `~> 1.15 and < 1.18`, `~> 1.14 or ~> 1.15`."""
    found = asking.facts.elixir
    if found is not None:
        text = re.sub(r"\band\b", ",", re.sub(r"\bor\b", "||", found.value))
        yield Request(text, found.origin, "gem", "range")


def _otp(asking: Asking[MixFile]) -> Sourced[int] | None:
    for request in versions.requests(ERLANG, asking):
        match = _MAJOR.fullmatch(request.text.strip())
        if match is not None:
            return Sourced(int(match[1]), request.origin)
    return None


def _of_image(asking: Asking[MixFile]) -> Iterator[Request]:
    """Yield the OTP in the tag of the authors' image of Elixir."""
    image = None if asking.judged else base_image.tag(asking.tree, "elixir")
    match = _TAGGED.search(image.value) if image is not None else None
    if image is not None and match is not None:
        yield Request(match[1], image.origin)


def _buildpack(key: str) -> Callable[[SourceTree, str], Sourced[str] | None]:
    """Return the reader of a version in the configuration of Heroku's buildpack."""

    def read(tree: SourceTree, directory: str) -> Sourced[str] | None:
        path = versions.inside(directory, "elixir_buildpack.config")
        for number, line in enumerate((tree.text_or_none(path) or "").split("\n"), 1):
            name, equals, value = line.partition("=")
            text = value.partition("#")[0].strip().strip("\"'()")
            if equals and name.strip() == key and text:
                # `elixir_version=(branch main)` is what only the buildpack can build.
                return None if text.startswith("branch") else Sourced(text, Origin(path, number, key))
        return None

    return read


def _otps(row: tuple[int, tuple[int, ...]]) -> set[int]:
    return {row[0], *row[1]}


def _narrowed(text: str, otp: int) -> str:
    """Return the range within the lines that have images with this OTP; as it was where no line has."""
    lines = [line.name for line in runtime("elixir").lines]
    having = [name for name in lines if otp in _otps(RELEASES[name])]
    newest = lines.index(having[0]) if having else 0
    if "||" in text or newest == 0:
        return text
    narrowed = f"{text} < {lines[newest - 1]}.0"
    return narrowed if _allows(narrowed) else text


def _limited(project: Project, ranged: Request | None) -> Request | None:
    """Return the range below what locked packages run on; as it was where they allow all of it, or nothing."""
    for row in LIMITS:
        locked = project.locked.get(row.package)
        if locked is None or locked.version is None or numbers_of(locked.version) >= numbers_of(row.below):
            continue
        request = ranged or Request(">= 1.3.0", locked.origin, "gem")
        text = f"{request.text} < {row.elixir}.0"
        if "||" in request.text or not _allows(text):
            continue
        told = f"`{row.package}` {locked.version} is locked, and {row.why}: Elixir stays below {row.elixir}"
        fix = f"run `mix deps.update {row.package}`"
        project.reasons.report(Diagnostic("BP867", "warning", told, locked.origin, fix))
        return request._replace(text=text)
    return ranged


def _allows(text: str) -> bool:
    try:
        return bool(intervals(text, "gem"))
    except NotUnderstoodError:
        return False


def _existing(version: str, reasons: Reasons) -> str:
    """Return the version, or the next release of its line where it never had an image."""
    number, dash, rest = version.partition("-")
    numbers = numbers_of(number)
    rows = RELEASES
    line = ".".join(map(str, numbers[:2]))
    if number in rows or line not in rows or number == line:
        return version
    known = sorted(
        numbers_of(name) for name in rows if name.startswith(f"{line}.") and numbers_of(name)[:2] == numbers[:2]
    )
    later = next((name for name in known if name > numbers), None)
    if later is None:
        # Newer than the table: it was reported, and is taken as it is.
        return version
    taken = ".".join(map(str, later))
    decision = next(item for item in reasons.decisions if item.field == "elixir.version")
    text = f"there never was an image of Elixir {number}: {taken} is taken, the next of its line"
    reasons.report(Diagnostic("BP861", "info", text, decision.origin, f"move to {taken}, or set `base_images`"))
    return taken + dash + rest


def _with_otp(version: str, wanted: Sourced[int] | None, reasons: Reasons) -> tuple[str, int]:
    """Return the version as its tag has it, and the OTP."""
    row = RELEASES.get(version)
    line = runtime("elixir").line(version)
    suffix = line.suffix if line is not None else runtime("elixir").default_line.suffix
    usual = int(suffix[-2:]) if suffix else int(row[0]) if row is not None else 0
    if wanted is None:
        return version, usual
    if row is None or wanted.value in row[1]:
        return f"{version}-otp-{wanted.value}", wanted.value
    if wanted.value == row[0] and not suffix:
        return version, wanted.value
    near = min(sorted(_otps(row)), key=lambda otp: abs(otp - wanted.value))
    text = f"there is no image of Elixir {version} with Erlang/OTP {wanted.value}: OTP {near} is taken"
    having = [name for name, other in RELEASES.items() if name.count(".") == 1 and wanted.value in _otps(other)]
    fix = f"Elixir {', '.join(having)} have images with it" if having else "set `base_images`"
    reasons.report(Diagnostic("BP861", "warning", text, wanted.origin, fix))
    return (f"{version}-otp-{near}" if near in row[1] else version), near


def _note(version: str, otp: int, wanted: Sourced[int] | None, reasons: Reasons) -> None:
    decision = next(item for item in reasons.decisions if item.field == "elixir.version")
    rule = decision.rule
    runners_up: tuple[RunnerUp, ...] = decision.runners_up
    if wanted is not None and wanted.origin != decision.origin:
        if wanted.value == otp:
            rule = f"{rule}; Erlang/OTP {otp} is asked for in {wanted.origin}"
        else:
            lost = RunnerUp(shown(f"Erlang/OTP {wanted.value}"), wanted.origin, "there is no image with it")
            runners_up = (*runners_up, lost)
    if (version, rule, runners_up) != (decision.value, decision.rule, decision.runners_up):
        reasons.decide("elixir.version", version, decision.origin, rule, runners_up)


def _facts(tree: SourceTree, directory: str) -> MixFile:
    return mix_project.read_mix(tree, versions.inside(directory, mix_project.MANIFEST))


ELIXIR: Versions[MixFile] = Versions(
    "elixir",
    (
        versions.configured("elixir", understand=_exactly),
        versions.single_line(".elixir-version", understand=_exactly),
        versions.tool_versions("elixir", understand=_exactly),
        versions.mise("elixir", understand=_exactly),
        versions.located(_buildpack("elixir_version"), understand=_exactly),
        versions.own_dockerfile("elixir", understand=_exactly),
        versions.declared(_range),
    ),
    _facts,
)
ERLANG: Versions[MixFile] = Versions(
    "erlang",
    (
        versions.configured("erlang"),
        versions.single_line(".erlang-version"),
        versions.tool_versions("erlang"),
        versions.mise("erlang"),
        versions.located(_buildpack("erlang_version")),
        versions.declared(_of_image),
    ),
    _facts,
)
VERSIONS = (ELIXIR, ERLANG)
