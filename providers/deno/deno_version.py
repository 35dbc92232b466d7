"""Which Deno runs the app.

Sources, checked 2026-11-24:
- `.deno-version`: https://github.com/asdf-community/asdf-deno, https://mise.jdx.dev/lang/deno.html
- `.dvmrc`: https://github.com/justjavac/dvm
- `devEngines.runtime`: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#devengines
- `deno upgrade canary`, `deno upgrade pr 123`: https://docs.deno.com/runtime/reference/cli/upgrade/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic
from buildplan.model.version_ranges import shown

from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Kind, Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest

# A build that `deno upgrade` fetches, or one before a release: no image holds it.
_UNRELEASED = re.compile(
    r"canary|pr[ #-]{0,2}[0-9]{1,9}|[0-9a-f]{12,40}"
    r"|(?:deno )?v?[0-9]{1,4}(?:\.[0-9]{1,4}){2}-?(?:rc|alpha|beta)[.0-9]{0,9}"
)


def resolve(tree: SourceTree, read: Manifest, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the version of Deno; raises VersionError for a request that cannot be met, FileError for a broken file."""
    return versions.resolve(DENO, Asking(tree, read, overrides, reasons))


def _released(found: Sourced[str], reasons: Reasons) -> Request | None:
    """Return the request, None for a build that there is no image of."""
    if not _UNRELEASED.fullmatch(found.value.strip()):
        return Request(found.value, found.origin)
    text = f"`{shown(found.value.strip())}` is a build of Deno that there is no image of, so it is left out"
    reasons.report(Diagnostic("BP842", "warning", text, found.origin, "name a release, such as `2.9`"))
    return None


def _of_package(asking: Asking[Manifest]) -> Iterator[Request]:
    """Yield what package.json asks for: `devEngines.runtime`, then `engines`."""
    for kind, found in _engines(asking.facts):
        request = _released(found, asking.reasons)
        if request is not None:
            yield request._replace(kind=kind)


def _engines(read: Manifest) -> Iterator[tuple[Kind, Sourced[str]]]:
    if read.package is None:
        return
    runtime = read.package.get("devEngines", "runtime")
    for index, item in enumerate(runtime if isinstance(runtime, list) else [runtime]):
        if isinstance(item, dict) and item.get("name") == "deno" and isinstance(item.get("version"), str):
            place = ("devEngines", "runtime", index) if isinstance(runtime, list) else ("devEngines", "runtime")
            found = read.package.string(*place, "version")
            if found is not None:
                yield "pin", found
    if isinstance(read.package.get("engines"), dict) and isinstance(read.package.get("engines", "deno"), str):
        found = read.package.string("engines", "deno")
        if found is not None:
            yield "range", found


def _facts(tree: SourceTree, _: str) -> Manifest:
    return manifests.read(tree)


DENO: Versions[Manifest] = Versions(
    "deno",
    (
        versions.configured("deno", understand=_released),
        versions.single_line(".deno-version", understand=_released),
        versions.single_line(".dvmrc", understand=_released),
        versions.tool_versions("deno", understand=_released),
        versions.mise("deno", understand=_released),
        versions.declared(_of_package),
        versions.own_dockerfile("deno", understand=_released),
    ),
    _facts,
    inside=True,
)
VERSIONS = (DENO,)
