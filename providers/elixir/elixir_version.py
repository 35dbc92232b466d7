"""Which Elixir, and which Erlang/OTP with it, builds the app, and that there is an image of the two.

Sources, checked 2026-11-24: https://hexdocs.pm/elixir/compatibility-and-deprecations.html (Elixir and Erlang/OTP),
https://github.com/HashNuke/heroku-buildpack-elixir#version-support (elixir_buildpack.config)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from buildplan import catalogue
from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import NotUnderstoodError, intervals, numbers_of, shown
from buildplan.read import base_image, data_table, version_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .mix_file import MixFile
    from .project import Project

_BUILDPACK = "elixir_buildpack.config"
_EXACT = re.compile(
    r"v?([0-9]{1,4}(?:\.[0-9]{1,4}){0,2})(?:-(?:rc|dev|alpha|beta)[\w.]{0,9})?(-otp-[0-9]{2})?", re.ASCII
)
_BRANCH = re.compile(r"(?:main|master)(?:-otp-[0-9]{2})?")
_MAJOR = re.compile(r"(?:OTP-)?([0-9]{2})(?:\.[0-9.]{1,40})?(?:-rc[0-9.]{0,4})?")
_TAGGED = re.compile(r"-(?:erlang|otp)-([0-9]{2})")
_OLDEST_RELEASES = (1, 9)


@dataclass(frozen=True, slots=True)
class Version:
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
        return self.otp >= int(data_table.read(__file__, "images")["debian_13_serves"])


def resolve(project: Project) -> Version:
    """Return the version; raises VersionError for a request that cannot be met, FileError for a broken file."""
    tree, overrides, reasons = project.tree, project.overrides, project.reasons
    mix = project.main if project.main.elixir is not None else project.root
    requests = list(_pinned(tree, project.directory, overrides))
    tagged = base_image.version(tree, "elixir")
    wanted = _otp(tree, project.directory, overrides)
    ranged = _range(mix)
    if not requests and tagged is None and wanted is None:
        ranged = _limited(project, ranged)
    elif not requests and tagged is None and wanted is not None and ranged is not None:
        # A range takes a line that has images with the OTP that is asked for.
        ranged = replace(ranged, text=_narrowed(ranged.text, wanted.value))
    last = [ranged] if ranged is not None else []
    if tagged is not None:
        request = _exactly(tagged)
        if ranged is not None and not _overlap(request, ranged):
            # Mix refuses a version that mix.exs does not allow: such a Dockerfile builds nothing.
            last.append(request)
            wanted = wanted if wanted is not None and wanted.origin != tagged.origin else None
        else:
            last.insert(0, request)
    requests += last
    found = versions.resolve("elixir", requests, reasons)
    version = _existing(found.version, reasons)
    asked = re.search(r"-otp-([0-9]{2})$", version)
    if asked is not None:
        wanted = Sourced(int(asked[1]), found.origin)
        version = version[: asked.start()]
    version, otp = _with_otp(version, wanted, reasons)
    _note(version, otp, wanted, reasons)
    return Version(version, found.requested, otp)


def _pinned(tree: SourceTree, directory: str, overrides: Overrides) -> Iterator[Request]:
    for pin in (overrides.versions.get("elixir"), *_pins(tree, directory, "elixir")):
        if pin is not None:
            yield _exactly(pin)


def _exactly(pin: Sourced[str]) -> Request:
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


def _range(mix: MixFile) -> Request | None:
    """Return what mix.exs allows: `~> 1.15 and < 1.18`, `~> 1.14 or ~> 1.15`."""
    if mix.elixir is None:
        return None
    text = re.sub(r"\band\b", ",", re.sub(r"\bor\b", "||", mix.elixir.value))
    return Request(text, mix.elixir.origin, "gem")


def _pins(tree: SourceTree, directory: str, tool: str) -> Iterator[Sourced[str] | None]:
    """Yield what the files of the project pin, then those of the root above it, strongest first."""
    for place in dict.fromkeys((directory, "")):
        prefix = f"{place}/" if place else ""
        yield version_files.single_line(tree, f"{prefix}.{tool}-version")
        yield version_files.tool_versions(tree, tool, directory=place)
        yield version_files.mise(tree, tool, directory=place)
        yield _buildpack(tree, f"{prefix}{_BUILDPACK}", f"{tool}_version")


def _otp(tree: SourceTree, directory: str, overrides: Overrides) -> Sourced[int] | None:
    for pin in (overrides.versions.get("erlang"), *_pins(tree, directory, "erlang")):
        match = _MAJOR.fullmatch(pin.value.strip()) if pin is not None else None
        if pin is not None and match is not None:
            return Sourced(int(match[1]), pin.origin)
    image = base_image.tag(tree, "elixir")
    match = _TAGGED.search(image.value) if image is not None else None
    return Sourced(int(match[1]), image.origin) if image is not None and match is not None else None


def _buildpack(tree: SourceTree, path: str, key: str) -> Sourced[str] | None:
    for number, line in enumerate((tree.text_or_none(path) or "").split("\n"), 1):
        name, equals, value = line.partition("=")
        text = value.partition("#")[0].strip().strip("\"'()")
        if equals and name.strip() == key and text:
            # `elixir_version=(branch main)` is what only the buildpack can build.
            return None if text.startswith("branch") else Sourced(text, Origin(path, number, key))
    return None


def _releases() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = data_table.read(__file__, "images")["releases"]
    return found


def _otps(row: dict[str, Any]) -> set[int]:
    return {row["plain"], *row["otp"]}


def _narrowed(text: str, otp: int) -> str:
    """Return the range within the lines that have images with this OTP; as it was where no line has."""
    lines = [line.name for line in catalogue.runtime("elixir").lines]
    having = [name for name in lines if otp in _otps(_releases()[name])]
    newest = lines.index(having[0]) if having else 0
    if "||" in text or newest == 0:
        return text
    narrowed = f"{text} < {lines[newest - 1]}.0"
    return narrowed if _allows(narrowed) else text


def _limited(project: Project, ranged: Request | None) -> Request | None:
    """Return the range below what locked packages run on; as it was where they allow all of it, or nothing."""
    for row in data_table.read(__file__, "images")["limits"]:
        locked = project.locked.get(row["package"])
        if locked is None or locked.version is None or numbers_of(locked.version) >= numbers_of(row["below"]):
            continue
        request = ranged or Request(">= 1.3.0", locked.origin, "gem")
        text = f"{request.text} < {row['elixir']}.0"
        if "||" in request.text or not _allows(text):
            continue
        told = f"`{row['package']}` {locked.version} is locked, and {row['why']}: Elixir stays below {row['elixir']}"
        fix = f"run `mix deps.update {row['package']}`"
        project.reasons.report(Diagnostic("BP867", "warning", told, locked.origin, fix))
        return replace(request, text=text)
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
    rows = _releases()
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
    row = _releases().get(version)
    line = catalogue.runtime("elixir").line(version)
    suffix = line.suffix if line is not None else catalogue.runtime("elixir").default_line.suffix
    usual = int(suffix[-2:]) if suffix else int(row["plain"]) if row is not None else 0
    if wanted is None:
        return version, usual
    if row is None or wanted.value in row["otp"]:
        return f"{version}-otp-{wanted.value}", wanted.value
    if wanted.value == row["plain"] and not suffix:
        return version, wanted.value
    near = min(sorted(_otps(row)), key=lambda otp: abs(otp - wanted.value))
    text = f"there is no image of Elixir {version} with Erlang/OTP {wanted.value}: OTP {near} is taken"
    having = [name for name, other in _releases().items() if name.count(".") == 1 and wanted.value in _otps(other)]
    fix = f"Elixir {', '.join(having)} have images with it" if having else "set `base_images`"
    reasons.report(Diagnostic("BP861", "warning", text, wanted.origin, fix))
    return (f"{version}-otp-{near}" if near in row["otp"] else version), near


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
