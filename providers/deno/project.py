"""What is known of a Deno app before anything is decided: its manifests, the app of a workspace, entry, frameworks.

Sources, checked 2026-11-24:
- `.deno-version`: https://github.com/asdf-community/asdf-deno, https://mise.jdx.dev/lang/deno.html
- `.dvmrc`: https://github.com/justjavac/dvm
- `devEngines.runtime`: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#devengines
- `deno upgrade canary`, `deno upgrade pr 123`: https://docs.deno.com/runtime/reference/cli/upgrade/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.catalogue.versions import Request
from buildplan.errors import PlanError
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.version_ranges import shown

from . import code, tasks
from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Kind, Resolution
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .code import Graph, Match
    from .manifest import Manifest


# --- the project ------------------------------------------------------------------------------------------------------

# Names of folders that are likelier the app than others.
_NAMES = ("server", "backend", "api", "app", "web", "www", "frontend", "site")
_SHOWN_MEMBERS = 20


class Project(NamedTuple):
    """`root` is the manifest at the top, `app` the one that is built and started: the root, or a member.

    `file` is the conventional entry file of the app, None without one.
    """

    tree: SourceTree
    overrides: Overrides
    reasons: Reasons
    root: Manifest
    app: Manifest
    file: str | None
    matches: tuple[Match, ...]

    @property
    def framework(self) -> Match | None:
        """The framework that the app is about."""
        return self.matches[0] if self.matches else None

    def uses(self, name: str) -> Match | None:
        """Return the match of a framework, None where it is not the first."""
        return self.framework if self.framework is not None and self.framework.id == name else None

    def graph(self, file: str | None) -> Graph:
        """Return what a file reaches."""
        return code.read_graph(self.tree, self.app, file)


def read_project(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Project:
    """Return the facts; raises FileError for a broken file, PlanError for a member that is not there."""
    root = manifests.read_manifest(tree)
    app = _app(tree, root, overrides, reasons)
    file = code.find_entry(tree, app, configured=app.document is not None and app.package is None)
    return Project(
        tree, overrides, reasons, root, app, file, code.find_frameworks(app, code.read_graph(tree, app, file))
    )


def _app(tree: SourceTree, root: Manifest, overrides: Overrides, reasons: Reasons) -> Manifest:
    """Return the root, or the member that is asked for, or that starts something where the root does not."""
    asked = overrides.option("deno.app")
    known = [
        _member(tree, root, folder) for folder in root.members if manifests.manifest_path(tree, folder) is not None
    ]
    if asked is not None:
        wanted = asked.value.strip().removeprefix("./").rstrip("/")
        found = next((item for item in (root, *known) if wanted in (item.directory or ".", item.name)), None)
        if found is None:
            listed = ", ".join(f"`{item.directory}`" for item in known[:_SHOWN_MEMBERS])
            problem = f"`{shown(wanted)}` is not a member of the workspace"
            fix = f"name one of {listed}" if listed else "leave the option out: deno.json names no `workspace`"
            raise PlanError(problem, origin=asked.origin, hint=fix)
        reasons.decide("deno.app", found.directory or ".", asked.origin, "as it was asked for")
        return found
    if not known or overrides.start is not None or starts(tree, root):
        return root
    able = [item for item in known if starts(tree, item)]
    if not able:
        return root
    able.sort(key=_likely)
    app, *others = able
    runners_up = tuple(RunnerUp(item.directory, item.origin, "it comes later") for item in others)
    why = "the member that starts something; the root does not"
    reasons.decide("deno.app", app.directory, app.origin, why, runners_up)
    if others:
        listed = ", ".join(f"`{item.directory}`" for item in able[:_SHOWN_MEMBERS])
        text = f"several members could be the app: {listed}; `{app.directory}` is taken"
        reasons.report(Diagnostic("BP670", "warning", text, app.origin, 'choose one: `app = "…"` in buildplan.toml'))
    return app


def _member(tree: SourceTree, root: Manifest, folder: str) -> Manifest:
    """Return a member's manifest, with the imports that it has from the root."""
    found = manifests.read_manifest(tree, folder)
    return found._replace(imports=root.imports | found.imports)


def _likely(item: Manifest) -> tuple[int, str]:
    name = item.directory.rpartition("/")[2]
    return (_NAMES.index(name) if name in _NAMES else len(_NAMES), item.directory)


def starts(tree: SourceTree, manifest: Manifest) -> bool:
    """Return whether a folder says how it starts, or holds a server."""
    follower = tasks.Follower(tree)
    for name in tasks.START_TASKS:
        found = follower.task(manifest, name)
        if found is not None and found.is_deno:
            return True
    return code.find_entry(tree, manifest, configured=manifest.document is not None) is not None


# --- its version ------------------------------------------------------------------------------------------------------

# A build that `deno upgrade` fetches, or one before a release: no image holds it.
_UNRELEASED = re.compile(
    r"canary|pr[ #-]{0,2}[0-9]{1,9}|[0-9a-f]{12,40}"
    r"|(?:deno )?v?[0-9]{1,4}(?:\.[0-9]{1,4}){2}-?(?:rc|alpha|beta)[.0-9]{0,9}"
)


def resolve_version(tree: SourceTree, read: Manifest, overrides: Overrides, reasons: Reasons) -> Resolution:
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
    return manifests.read_manifest(tree)


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
