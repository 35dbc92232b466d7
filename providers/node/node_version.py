"""Which Node version an app asks for: every place that can say so, strongest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import versions
from buildplan.catalogue.versions import Request
from buildplan.model.origin import Sourced
from buildplan.read import base_image, version_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.catalogue.versions import Resolution
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Manifest
    from .workspaces import Workspace


def resolve(tree: SourceTree, workspace: Workspace, overrides: Overrides, reasons: Reasons) -> Resolution:
    """Return the Node version; raises VersionError for a request that cannot be met, FileError for a broken file."""
    return versions.resolve("node", _requests(tree, workspace, overrides), reasons)


def _requests(tree: SourceTree, workspace: Workspace, overrides: Overrides) -> Iterator[Request]:
    asked = overrides.versions.get("node")
    if asked is not None:
        yield _request(asked)
    directories = tuple(dict.fromkeys((workspace.app.directory, "")))
    for directory in directories:
        for found in _files(tree, directory):
            if found is not None:
                yield _request(found)
    manifests = (workspace.app,) if workspace.app_is_root else (workspace.app, workspace.root)
    for read in (_volta, _development_engine, _engine):
        for manifest in manifests:
            found = read(manifest)
            if found is not None:
                yield _request(found)
    # What the authors build on themselves is worth more than a default of ours.
    found = base_image.version(tree, "node")
    if found is not None:
        yield _request(found)


def _files(tree: SourceTree, directory: str) -> Iterator[Sourced[str] | None]:
    prefix = f"{directory}/" if directory else ""
    yield version_files.single_line(tree, f"{prefix}.nvmrc")
    yield version_files.single_line(tree, f"{prefix}.node-version")
    yield version_files.tool_versions(tree, "nodejs", "node", directory=directory)
    yield version_files.mise(tree, "node", "nodejs", directory=directory)


def _request(found: Sourced[str]) -> Request:
    return Request(found.value, found.origin, "npm")


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
