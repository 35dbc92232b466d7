"""Which Go builds the app.

Official images set `GOTOOLCHAIN=local`: they never fetch another Go, so the image itself has to be as new as the `go`
lines ask for. A `go` line with a patch (`go 1.25.0`) is a lower end that `go get` writes; the line's newest patch is
taken. A `toolchain` line is what the authors build with, and is taken as it is.

Sources, checked 2026-11-24:
- https://go.dev/doc/toolchain (before Go 1.21 the line was advisory)
- https://go.dev/doc/go1compat
- https://github.com/docker-library/golang (`GOTOOLCHAIN=local`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue.versions import Request
from buildplan.errors import PlanError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.version_ranges import first_of, numbers_of, shown

from . import modules
from .modules import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.model.version_ranges import Release
    from buildplan.source import SourceTree


_LANGUAGE = re.compile(r"(?:go)?(1\.[0-9]{1,3})(?:\.[0-9]{1,3})?(?:(?:rc|beta)[0-9]{1,2})?")
# From here on Go itself refuses a module whose line is older than those of its requirements.
_KEPT = (1, 21, 0)
_TOOLCHAIN = re.compile(r"(?:go)?(1\.[0-9]{1,3}(?:\.[0-9]{1,3})?)(?:[-+ ].*)?")


def resolve(
    tree: SourceTree,
    workspace: Workspace | None,
    overrides: Overrides,
    reasons: Reasons,
) -> Resolution:
    """Return the version of Go; raises VersionError for a request that cannot be met, FileError for a broken file."""
    return versions.resolve(GO, Asking(tree, workspace, overrides, reasons))


def _toolchains(asking: Asking[Workspace | None]) -> Iterator[Request]:
    workspace = asking.facts
    named = (workspace.toolchain, *(module.toolchain for module in workspace.modules)) if workspace is not None else ()
    for found in named:
        match = _TOOLCHAIN.fullmatch(found.value) if found is not None else None
        if found is not None and match is not None:
            # It is what the authors build with; any later one builds it too.
            yield Request(match[1], found.origin, works=f">={'.'.join(match[1].split('.')[:2])}")


def _minimum(asking: Asking[Workspace | None]) -> Iterator[Request]:
    """Yield the highest of the `go` lines.

    Alone it means its line, from the patch on that it names. Before Go 1.21 the line was advice that nobody kept up to
    date while the requirements got newer, and any later Go builds such a module.
    """
    workspace = asking.facts
    found: tuple[Release, str, Sourced[str]] | None = None
    for source in (workspace.language, *(item.language for item in workspace.all_modules)) if workspace else ():
        match = _LANGUAGE.fullmatch(source.value) if source is not None else None
        if source is None or match is None:
            continue
        # `1.27rc1` came before 1.27.0, and its line is all that an image has.
        text = match[1] if re.search("rc|beta", match[0]) else match[0].removeprefix("go")
        release = first_of(numbers_of(text))
        if found is None or release > found[0]:
            found = (release, text, source)
    if found is None:
        return
    release, text, source = found
    least = Request(f">={text}", source.origin, "npm", "range", source.value, works=f">={text}")
    if release >= _KEPT:
        rule = f"the line of `go {shown(source.value)}`, in its newest patch"
        yield least._replace(text=f"~{text}", rule=rule)
    else:
        yield least._replace(rule=f"`go {shown(source.value)}` is a minimum, and any later Go builds it")


def _facts(tree: SourceTree, directory: str) -> Workspace | None:
    """Return the modules of the root with what replaces others, or the module of a folder."""
    if not directory:
        try:
            return modules.read(tree)
        except PlanError:
            # What it is made of lies outside of the tree; its own line still counts.
            pass
    return Workspace((modules.read_module(tree, directory),))


GO: Versions[Workspace | None] = Versions(
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
