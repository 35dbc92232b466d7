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

from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.build_plan import Diagnostic
from buildplan.model.version_ranges import shown
from buildplan.read import base_image, version_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
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
_IMAGE = "deno"


def resolve(tree: SourceTree, read: Manifest, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the version of Deno; raises VersionError for a request that cannot be met, FileError for a broken file."""
    found = [
        overrides.versions.get("deno"),
        version_files.single_line(tree, ".deno-version"),
        version_files.single_line(tree, ".dvmrc"),
        version_files.tool_versions(tree, "deno"),
        version_files.mise(tree, "deno"),
        *_of_package(read),
        base_image.version(tree, _IMAGE),
    ]
    requests = []
    for item in found:
        if item is None:
            continue
        if _UNRELEASED.fullmatch(item.value.strip()):
            text = f"`{shown(item.value.strip())}` is a build of Deno that there is no image of, so it is left out"
            reasons.report(Diagnostic("BP842", "warning", text, item.origin, "name a release, such as `2.9`"))
            continue
        requests.append(Request(item.value, item.origin, "npm"))
    return versions.resolve("deno", requests, reasons)


def _of_package(read: Manifest) -> Iterator[Sourced[str]]:
    """Yield what package.json asks for: `devEngines.runtime`, then `engines`."""
    if read.package is None:
        return
    runtime = read.package.get("devEngines", "runtime")
    for index, item in enumerate(runtime if isinstance(runtime, list) else [runtime]):
        if isinstance(item, dict) and item.get("name") == "deno" and isinstance(item.get("version"), str):
            place = ("devEngines", "runtime", index) if isinstance(runtime, list) else ("devEngines", "runtime")
            found = read.package.string(*place, "version")
            if found is not None:
                yield found
    if isinstance(read.package.get("engines"), dict) and isinstance(read.package.get("engines", "deno"), str):
        found = read.package.string("engines", "deno")
        if found is not None:
            yield found
