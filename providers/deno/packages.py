"""What the owner should know of the packages that `deno install` fetches.

Sources, checked 2026-11-24:
- https://docs.deno.com/runtime/fundamentals/node/#npm-lifecycle-scripts (none runs unless it is allowed, and only with
  a `node_modules` beside the code)
- https://docs.deno.com/runtime/fundamentals/configuration/ (`allowScripts`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.language.javascript import build_scripts
from buildplan.model.build_plan import Diagnostic

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

    from .manifest import Manifest
    from .project import Project

_NPM = re.compile(r"npm:/?(@[a-z0-9._~-]{1,100}/[a-z0-9._~-]{1,100}|[a-z0-9._~-]{1,100})", re.ASCII)


def report(project: Project) -> None:
    """Report that nothing holds the versions, and packages whose install scripts Deno does not run."""
    read, reasons = project.root, project.reasons
    if read.lock is None:
        text = "there is no lock file, so a build may get other versions than the authors used"
        fix = "run `deno install` and commit deno.lock"
        reasons.report(Diagnostic("BP612", "warning", text, read.origin, fix))
    if any(item.document is not None and item.document.get("allowScripts") for item in (project.app, read)):
        return
    found = names(project.app) | names(read)
    for name in build_scripts.needing_builds(frozenset(found)):
        text = f"`{name}` does not work without its install script, which Deno does not run unless it is allowed"
        fix = f'write `"allowScripts": ["npm:{name}"]` and `"nodeModulesDir": "auto"` into deno.json'
        reasons.report(Diagnostic("BP620", "warning", text, found[name], fix))


def names(manifest: Manifest) -> dict[str, Origin]:
    """Return the packages of npm that a manifest declares, and where."""
    found = {}
    for item in manifest.imports.values():
        match = _NPM.match(item.value)
        if match is not None:
            found[match[1]] = item.origin
    package = manifest.package
    if package is None:
        return found
    dependencies = package.get("dependencies")
    for name in dependencies if isinstance(dependencies, dict) else ():
        found[name] = package.origin("dependencies", name)
    return found
