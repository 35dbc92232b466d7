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
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue import versions as catalogue
from buildplan.catalogue.versions import Request
from buildplan.errors import PlanError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.version_ranges import first_of, numbers_of, shown
from buildplan.read import data_table

from . import modules
from .modules import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .packages import Package

_LANGUAGE = re.compile(r"(?:go)?(1\.[0-9]{1,3})(?:\.[0-9]{1,3})?(?:(?:rc|beta)[0-9]{1,2})?")
_TOOLCHAIN = re.compile(r"(?:go)?(1\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?:[-+ ].*)?")


class Built(NamedTuple):
    """What is built: modules, None without any, and the packages of the command."""

    workspace: Workspace | None
    closure: tuple[Package, ...] = ()


@functools.cache
def _since() -> dict[str, str]:
    return dict(data_table.read(__file__, "standard_library")["since"])


def resolve(
    tree: SourceTree,
    workspace: Workspace | None,
    closure: tuple[Package, ...],
    overrides: Overrides,
    reasons: Reasons,
) -> Resolution:
    """Return the version of Go; raises VersionError for a request that cannot be met, FileError for a broken file."""
    found = list(versions.requests(GO, Asking(tree, Built(workspace, closure), overrides, reasons)))
    minimum = next((request for request in found if request.kind == "range"), None)
    pins = [request for request in found if request is not minimum]
    too_old: list[RunnerUp] = []
    if minimum is not None:
        least = numbers_of(minimum.works.removeprefix(">="))
        needs = f"`{minimum.words}` in {minimum.origin} needs Go {'.'.join(map(str, least))}"
        for pin in [pin for pin in pins if _is_below(pin, least)]:
            pins.remove(pin)
            too_old.append(RunnerUp(pin.words, pin.origin, needs))
            text = f"`{pin.words}` asks for a Go that cannot build this: {needs}"
            fix = f"write {minimum.works.removeprefix('>=')} or newer"
            reasons.report(Diagnostic("BP606", "warning", text, pin.origin, fix))
        # Alone it means its line, from the patch on that it names; beside a pin it is a lower end.
        pins.append(replace(minimum, text=minimum.works) if pins else minimum)
    resolution = catalogue.resolve("go", pins, reasons)
    if too_old:
        decision = next(item for item in reasons.decisions if item.field == "go.version")
        losers = (*decision.runners_up, *too_old)
        reasons.decide("go.version", decision.value, decision.origin, decision.rule, losers)
    return resolution


def _is_below(pin: Request, least: tuple[int, ...]) -> bool:
    allowed = catalogue.allowed("go", pin)
    return allowed is not None and allowed[-1].high <= first_of(least)


def _toolchains(asking: Asking[Built]) -> Iterator[Request]:
    workspace = asking.facts.workspace
    named = (workspace.toolchain, *(module.toolchain for module in workspace.modules)) if workspace is not None else ()
    for found in named:
        match = _TOOLCHAIN.fullmatch(found.value) if found is not None else None
        if found is not None and match is not None:
            # It is what the authors build with; any later one builds it too.
            yield Request(match[1], found.origin, works=f">={'.'.join(match[1].split('.')[:2])}")


def _minimum(asking: Asking[Built]) -> Iterator[Request]:
    """Yield the highest of the `go` lines, or what the code imports when that is newer still."""
    workspace, closure = asking.facts
    found: Request | None = None
    release = first_of(())
    for source in (workspace.language, *(item.language for item in workspace.all_modules)) if workspace else ():
        match = _LANGUAGE.fullmatch(source.value) if source is not None else None
        if source is None or match is None:
            continue
        text = match[0].removeprefix("go")
        # `1.27rc1` came before 1.27.0, and its line is all that an image has.
        text = match[1] if re.search("rc|beta", text) else text
        if found is None or first_of(numbers_of(text)) > release:
            release = first_of(numbers_of(text))
            why = f"the line of `go {shown(source.value)}`, in its newest patch"
            found = _least(text, source.origin, source.value, why)
    if found is not None and release < first_of((1, 21)):
        for package in closure:
            for file, item in package.imports:
                text = _since().get(item.text, "")
                if text and first_of(numbers_of(text)) > release:
                    release = first_of(numbers_of(text))
                    why = f"the code imports `{item.text}`, which came with Go {text}"
                    found = _least(text, file.origin(item.line, item.text), text, why)
    if found is not None:
        yield found


def _least(text: str, origin: Origin, written: str, rule: str) -> Request:
    return Request(f"~{text}", origin, "npm", "range", written, rule, works=f">={text}")


def _facts(tree: SourceTree, directory: str) -> Built:
    """Return the modules of the root with what replaces others, or the module of a folder."""
    if not directory:
        try:
            return Built(modules.read(tree))
        except PlanError:
            # What it is made of lies outside of the tree; its own line still counts.
            pass
    return Built(Workspace((modules.read_module(tree, directory),)))


GO: Versions[Built] = Versions(
    "go",
    (
        versions.configured("go"),
        versions.single_line(".go-version"),
        versions.tool_versions("golang", "go"),
        versions.mise("go", "golang"),
        versions.declared(_toolchains),
        # A Dockerfile of the authors says more than a `go` line, which is only a lower end.
        versions.own_dockerfile("golang"),
        versions.declared(_minimum),
    ),
    _facts,
)
VERSIONS = (GO,)
