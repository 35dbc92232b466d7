"""Which Go builds the app.

Official images set `GOTOOLCHAIN=local`: they never fetch another Go, so the image itself has to be as new as the `go`
lines ask for. A `go` line with a patch (`go 1.25.0`) is a lower end that `go get` writes; the line's newest patch is
taken. A `toolchain` line is what the authors build with, and is taken as it is.

Sources, checked 2026-11-24:
- https://go.dev/doc/toolchain
- https://github.com/docker-library/golang (`GOTOOLCHAIN=local`)
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Sourced
from buildplan.model.version_ranges import NotUnderstoodError, first_of, intervals, numbers_of, shown
from buildplan.read import base_image, data_table, version_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.model.version_ranges import Release
    from buildplan.source import SourceTree

    from .modules import Workspace
    from .packages import Package

_LANGUAGE = re.compile(r"(?:go)?(1\.[0-9]{1,3})(?:\.[0-9]{1,3})?(?:(?:rc|beta)[0-9]{1,2})?")
_TOOLCHAIN = re.compile(r"(?:go)?(1\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?:[-+ ].*)?")


@dataclass(frozen=True, slots=True)
class _Minimum:
    release: Release
    text: str
    source: Sourced[str]
    rule: str


@functools.cache
def _since() -> dict[str, str]:

    data = data_table.read(__file__, "standard_library")
    return dict(data["since"])


def resolve(
    tree: SourceTree,
    workspace: Workspace | None,
    closure: tuple[Package, ...],
    overrides: Overrides,
    reasons: Reasons,
) -> Resolution:
    """Return the version of Go; raises VersionError for a request that cannot be met, FileError for a broken file."""
    minimum = _minimum(workspace, closure)
    requests = []
    too_old: list[RunnerUp] = []
    for found in _pins(tree, workspace, overrides):
        if minimum is not None and _is_below(found.value, minimum.release):
            why = f"`{minimum.source.value}` in {minimum.source.origin} needs Go {minimum.text}"
            too_old.append(RunnerUp(shown(found.value), found.origin, why))
            _report_too_old(found, minimum, reasons)
        else:
            requests.append(Request(found.value, found.origin, "npm"))
    if minimum is not None:
        # Alone it means its line, from the patch on that it names; beside a pin it is a lower end.
        sign = ">=" if requests else "~"
        requests.append(Request(f"{sign}{minimum.text}", minimum.source.origin, "npm"))
    resolution = versions.resolve("go", requests, reasons)
    if minimum is not None and resolution.origin == minimum.source.origin:
        resolution = replace(resolution, requested=minimum.source.value)
        _say(resolution, minimum.rule, reasons)
    if too_old:
        decision = next(item for item in reasons.decisions if item.field == "go.version")
        losers = (*decision.runners_up, *too_old)
        reasons.decide("go.version", decision.value, decision.origin, decision.rule, losers)
    return resolution


def _say(resolution: Resolution, rule: str, reasons: Reasons) -> None:
    decision = next(item for item in reasons.decisions if item.field == "go.version")
    reasons.decide("go.version", resolution.version, decision.origin, rule, decision.runners_up)


def _report_too_old(found: Sourced[str], minimum: _Minimum, reasons: Reasons) -> None:
    text = (
        f"`{shown(found.value)}` asks for a Go that cannot build this: `{shown(minimum.source.value)}` in "
        f"{minimum.source.origin} needs Go {minimum.text}"
    )
    reasons.report(Diagnostic("BP606", "warning", text, found.origin, f"write {minimum.text} or newer"))


def _pins(tree: SourceTree, workspace: Workspace | None, overrides: Overrides) -> Iterator[Sourced[str]]:
    asked = overrides.versions.get("go")
    if asked is not None:
        yield asked
    files = (
        version_files.single_line(tree, ".go-version"),
        version_files.tool_versions(tree, "golang", "go"),
        version_files.mise(tree, "go", "golang"),
    )
    yield from (found for found in files if found is not None)
    named = (workspace.toolchain, *(module.toolchain for module in workspace.modules)) if workspace is not None else ()
    for found in named:
        match = _TOOLCHAIN.fullmatch(found.value) if found is not None else None
        if found is not None and match is not None:
            yield Sourced(match[1], found.origin)
    # A Dockerfile of the authors says more than a `go` line, which is only a lower end.
    written = base_image.version(tree, "golang")
    if written is not None:
        yield written


def _minimum(workspace: Workspace | None, closure: tuple[Package, ...]) -> _Minimum | None:
    """Return the highest of the `go` lines, or what the code imports when that is newer still."""
    found: _Minimum | None = None
    if workspace is not None:
        for source in (workspace.language, *(module.language for module in workspace.all_modules)):
            match = _LANGUAGE.fullmatch(source.value) if source is not None else None
            if source is None or match is None:
                continue
            text = match[0].removeprefix("go")
            # `1.27rc1` came before 1.27.0, and its line is all that an image has.
            text = match[1] if re.search("rc|beta", text) else text
            release = first_of(numbers_of(text))
            if found is None or release > found.release:
                rule = f"the line of `go {shown(source.value)}`, in its newest patch"
                found = _Minimum(release, text, Sourced(source.value, source.origin), rule)
    if found is None or found.release >= first_of((1, 21)):
        return found
    since = _since()
    for package in closure:
        for file, item in package.imports:
            text = since.get(item.text, "")
            release = first_of(numbers_of(text))
            if text and release > found.release:
                rule = f"the code imports `{item.text}`, which came with Go {text}"
                found = _Minimum(release, text, Sourced(text, file.origin(item.line, item.text)), rule)
    return found


def _is_below(text: str, minimum: Release) -> bool:
    try:
        allowed = intervals(text, "npm", ("go", "golang"))
    except NotUnderstoodError:
        return False
    return bool(allowed) and allowed[-1].high <= minimum
