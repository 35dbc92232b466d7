"""Which .NET the app runs on, and which SDK builds it.

A target framework names the runtime: `net8.0` runs on 8.0 and, unless it says otherwise, on no later one. `global.json`
names the SDK. Images are tagged by line and hold the newest SDK of it, while `latestPatch`, which is the default of
`rollForward`, stays in a feature band (`8.0.1xx`): then the build would be refused, so the file is left out of it.

Sources, checked 2026-11-24:
- https://learn.microsoft.com/dotnet/core/tools/global-json
- roll forward: https://learn.microsoft.com/dotnet/core/versions/selection#framework-dependent-apps-roll-forward
- images hold one feature band: https://github.com/dotnet/dotnet-docker/issues/4597
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import runtime
from buildplan.catalogue import versions as catalogue
from buildplan.catalogue.versions import Request
from buildplan.errors import FileError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read import json_document

from . import msbuild, projects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin, Sourced
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .msbuild import Facts
    from .projects import Project, Target

FILE = "global.json"
_SDK = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})(?:\.(?:[0-9]{1,4}|[xX*]))?(?:-[\w.-]{1,60})?", re.ASCII)
_WITHIN_BAND = {"", "patch", "latestpatch", "disable"}
_ANY_MAJOR = {"major", "latestmajor"}
_ANY_MINOR = {"minor", "latestminor"}


class DotNet(NamedTuple):
    """The versions: `runtime` ships, `sdk` builds. `target` is the framework to publish for, None when it is not known.

    `left_out` is the place of a `global.json` that would refuse the image's SDK.
    """

    runtime: str
    sdk: str
    requested: str | None
    target: Target | None
    left_out: str | None


class Built(NamedTuple):
    """What is built: the facts of projects, and their folder."""

    projects: tuple[Facts, ...]
    directory: str


def resolve(tree: SourceTree, project: Project, overrides: Overrides, reasons: Reasons) -> DotNet:
    """Return the versions; raises VersionError for what cannot be met, FileError for a broken global.json."""
    found = projects.targets(project.facts)
    target = found[0] if found else None
    asking = Asking(tree, Built((project.facts,), project.directory), overrides, reasons)
    sdks = list(versions.requests(SDK, asking))
    pinned, policy, path = _global_json(tree, project.directory)
    requests = list(_targets(asking)) if target is not None else sdks
    if target is None:
        _report_unknown(project, reasons)
    resolution = catalogue.resolve("dotnet", requests, reasons)
    sdk, origin, rule = resolution.version, resolution.origin, "the SDK of the same line"
    lost: tuple[RunnerUp, ...] = ()
    if sdks:
        wanted, text = sdks[0], _with_images(sdks[0].works or sdks[0].text)
        own = Reasons()
        result = catalogue.resolve("dotnet", [wanted._replace(text=text)], own).version
        fits = text.startswith((">=", "^")) and numbers_of(text.lstrip(">=^")) <= numbers_of(sdk)
        fits = fits and (text.startswith(">=") or numbers_of(sdk)[:1] == numbers_of(text.lstrip("^"))[:1])
        if fits:
            rule = f"`{wanted.words}` allows the SDK of the target framework's line"
        elif target is not None and numbers_of(result) < target.numbers:
            lost = (RunnerUp(wanted.words, wanted.origin, f"it cannot build `{target.moniker}`"),)
            problem = f"`{wanted.words}` asks for an SDK that cannot build `{target.moniker}` ({target.origin})"
            reasons.report(Diagnostic("BP606", "warning", problem, wanted.origin, f"ask for {target.version} or newer"))
        else:
            sdk, origin, rule = result, wanted.origin, f"the line of `{wanted.words}`"
            for diagnostic in own.diagnostics:
                if diagnostic.code != "BP604" and sdk != resolution.version:
                    reasons.report(diagnostic)
    reasons.decide("dotnet.sdk", sdk, origin, rule, lost)
    left_out = None
    if pinned is not None and path is not None and (policy in _WITHIN_BAND or lost or _line(pinned.value) != sdk):
        allowed = policy not in _WITHIN_BAND and not lost and _allows(_range(pinned.value, policy), sdk)
        left_out = None if allowed else _leave_out(tree, path, pinned, policy, reasons)
    return DotNet(resolution.version, sdk, resolution.requested, target, left_out)


def _with_images(line: str) -> str:
    """Return a line, or, where there are no images of it, the range of it and the later minor ones.

    An app runs on the next minor line, since its runtime rolls forward that far by itself, and an SDK builds for
    the lines before its own.
    """
    table, numbers = runtime("dotnet"), numbers_of(line)
    later = any(known.numbers[:1] == numbers[:1] and known.numbers > numbers for known in table.lines)
    return f"^{line}" if table.line(line) is None and later and _SDK.fullmatch(line) else line


def _allows(text: str, sdk: str) -> bool:
    low = numbers_of(text.lstrip(">=^~"))
    if text.startswith(">="):
        return numbers_of(sdk) >= low
    if text.startswith("^"):
        return numbers_of(sdk) >= low and numbers_of(sdk)[:1] == low[:1]
    return numbers_of(sdk) == low


def _understood(found: Sourced[str], _: Reasons) -> Request:
    # An SDK builds what another one runs.
    return Request(_line(found.value), found.origin, written=found.value, runs="*")


def _of_global_json(asking: Asking[Built]) -> Iterator[Request]:
    pinned, policy, _ = _global_json(asking.tree, asking.facts.directory)
    if pinned is not None:
        works = _range(pinned.value, policy)
        yield Request(_line(pinned.value), pinned.origin, "npm", "range", pinned.value, works=works, runs="*")


def _targets(asking: Asking[Built]) -> Iterator[Request]:
    """Yield the newest target framework of each project.

    An SDK builds for older releases too, but no other release runs the result, unless it may roll forward.
    """
    for facts in asking.facts.projects:
        found = projects.targets(facts)
        if found:
            works = f">={found[0].version}"
            alone = len(asking.facts.projects) == 1 and not facts.get("RollForward")
            runs = " || ".join(f"^{target.version}" for target in found) if alone else works
            text = _with_images(found[0].version)
            yield Request(text, found[0].origin, "npm", "range", works=works, runs=runs)


def _line(text: str) -> str:
    """Return `8.0` for the SDK `8.0.404`: SDKs count their releases otherwise than the tables' runtimes do."""
    match = _SDK.fullmatch(text.strip())
    return f"{match[1]}.{match[2]}" if match else text


def _range(text: str, policy: str) -> str:
    line = _line(text)
    return f">={line}" if policy in _ANY_MAJOR else f"^{line}" if policy in _ANY_MINOR else line


def _global_json(tree: SourceTree, directory: str) -> tuple[Sourced[str] | None, str, str | None]:
    """Return the SDK that the file above a folder names, its policy in lower case, and the file's path."""
    path = msbuild.above(tree, FILE, directory)
    if path is None:
        return None, "", None
    document = json_document.read(tree, path, comments=True)
    document.table("sdk")
    version = document.string("sdk", "version")
    policy = document.string("sdk", "rollForward")
    if version is not None and not _SDK.fullmatch(version.value.strip()):
        raise FileError(
            f"`{shown(version.value)}` is no version of an SDK",
            origin=version.origin,
            hint="write a version with three numbers, such as `10.0.100`",
        )
    return version, policy.value.strip().lower() if policy is not None else "", path


def _leave_out(tree: SourceTree, path: str, pinned: Sourced[str], policy: str, reasons: Reasons) -> str | None:
    document = json_document.read(tree, path, comments=True)
    why = f"`rollForward` is `{shown(policy)}`" if policy else "`rollForward` is not set"
    text = f"`{shown(pinned.value)}` allows only its own feature band ({why}), and images hold the newest SDK of a line"
    fix = 'write `"rollForward": "latestFeature"` beside the version'
    if document.get("msbuild-sdks") is not None:
        reasons.report(Diagnostic("BP850", "warning", f"{text}: the build may be refused", pinned.origin, fix))
        return None
    reasons.report(Diagnostic("BP850", "info", f"{text}: `{path}` is left out of the build", pinned.origin, fix))
    return path


def _report_unknown(project: Project, reasons: Reasons) -> None:
    place: Origin = project.facts.origin("TargetFramework")
    text = f"the target framework of `{project.path}` cannot be told without MSBuild"
    fix = "write it into the project: `<TargetFramework>net10.0</TargetFramework>`"
    reasons.report(Diagnostic("BP851", "warning", text, place, fix))


def _facts(tree: SourceTree, directory: str) -> Built:
    names = (name for name in tree.directory(directory).files if name.endswith((".csproj", ".fsproj", ".vbproj")))
    return Built(tuple(msbuild.read(tree, versions.inside(directory, name)) for name in names), directory)


SDK: Versions[Built] = Versions(
    "dotnet",
    (
        versions.configured("dotnet", understand=_understood),
        versions.tool_versions("dotnet", "dotnet-core", "dotnet-sdk", understand=_understood),
        versions.mise("dotnet", "dotnet-core", understand=_understood),
        versions.declared(_of_global_json),
    ),
    _facts,
)
DOTNET: Versions[Built] = Versions("dotnet", (versions.declared(_targets), *SDK.sources), _facts)
VERSIONS = (DOTNET,)
