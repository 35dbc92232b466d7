"""Which Node version an app asks for: every place that can say so, strongest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue.versions import Request
from buildplan.language import versions
from buildplan.language.versions import Asking, Versions
from buildplan.model.origin import Sourced

from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from buildplan.catalogue.versions import Kind, Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .workspaces import Workspace

    Finder = Callable[[Asking[tuple[Manifest, ...]]], Iterator[Request]]


def resolve(tree: SourceTree, workspace: Workspace, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the Node version; raises VersionError for a request that cannot be met, FileError for a broken file."""
    own = (workspace.app, *(() if workspace.app_is_root else (workspace.root,)))
    directories = tuple(dict.fromkeys((workspace.app.directory, "")))
    return versions.resolve(NODE, Asking(tree, own, overrides, reasons, directories))


def _each(read: Callable[[Manifest], Sourced[str] | None], kind: Kind) -> Finder:
    """Return the finder of what the manifests say, the app's before that of the workspace's root."""

    def find(asking: Asking[tuple[Manifest, ...]]) -> Iterator[Request]:
        for found in map(read, asking.facts):
            if found is not None:
                yield Request(found.value, found.origin, "npm", kind)

    return find


def _volta(manifest: Manifest) -> Sourced[str] | None:
    return _text(manifest, "volta", "node")


def _development_engine(manifest: Manifest) -> Sourced[str] | None:
    """Return `devEngines.runtime`: one table or a list of them."""
    runtime = manifest.document.get("devEngines", "runtime")
    keys: tuple[str | int, ...] = ("devEngines", "runtime")
    entries = list(enumerate(runtime)) if isinstance(runtime, list) else [(None, runtime)]
    for index, entry in entries:
        if isinstance(entry, dict) and entry.get("name") == "node" and isinstance(entry.get("version"), str):
            place = keys if index is None else (*keys, index)
            return Sourced(entry["version"], manifest.origin(*place, "version"))
    return None


def _engine(manifest: Manifest) -> Sourced[str] | None:
    """Return `engines.node`; the old form `engines: ["node >= 8"]` is read as npm reads it."""
    engines = manifest.document.get("engines")
    if isinstance(engines, list):
        for index, entry in enumerate(engines):
            name, _, range_ = entry.partition(" ") if isinstance(entry, str) else ("", "", "")
            if name == "node" and range_.strip():
                return Sourced(range_.strip(), manifest.origin("engines", index))
        return None
    return _text(manifest, "engines", "node")


def _text(manifest: Manifest, *keys: str) -> Sourced[str] | None:
    value = manifest.document.get(*keys)
    return Sourced(value, manifest.origin(*keys)) if isinstance(value, str) and value.strip() else None


def _facts(tree: SourceTree, directory: str) -> tuple[Manifest, ...]:
    return (manifests.read(tree, directory),)


NODE: Versions[tuple[Manifest, ...]] = Versions(
    "node",
    (
        versions.configured("node"),
        versions.single_line(".nvmrc"),
        versions.single_line(".node-version"),
        versions.tool_versions("nodejs", "node"),
        versions.mise("node", "nodejs"),
        versions.declared(_each(_volta, "pin")),
        versions.declared(_each(_development_engine, "pin")),
        versions.declared(_each(_engine, "range")),
        versions.own_dockerfile("node"),
    ),
    _facts,
)
VERSIONS = (NODE,)
