"""The packages of a workspace: the patterns that its root names, and the manifests they match.

Sources, checked 2026-11-24:
- npm: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#workspaces
- pnpm: https://pnpm.io/pnpm-workspace_yaml
- Yarn: https://yarnpkg.com/configuration/manifest#workspaces
- Nx: https://nx.dev/reference/project-configuration
- Lerna: https://lerna.js.org/docs/api-reference/configuration
"""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown
from buildplan.read import json_document, yaml_document

from . import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

    from .manifest import Manifest

Kind = Literal["npm", "pnpm", "yarn"]
_BRACES = re.compile(r"\{([^{}]*)\}")
_MAX_ALTERNATIVES = 64
_MAX_PATTERNS = 1000
_SKIPPED = ("node_modules", "bower_components")


class Patterns(NamedTuple):
    """What a root says about its packages: patterns with their places, and whose file says it."""

    kind: Kind
    items: tuple[Sourced[str], ...]


def patterns(tree: SourceTree, root: Manifest, reasons: Reasons) -> Patterns | None:
    """Return the patterns of a workspace, or None where the root names none.

    Raises FileError for patterns of a wrong type.
    """
    if tree.has("pnpm-workspace.yaml"):
        document = yaml_document.read(tree, "pnpm-workspace.yaml")
        items = _texts(document, ("packages",), document.get("packages"))
        if items:
            return Patterns("pnpm", _inside(items, reasons))
    value = root.document.get("workspaces")
    keys: tuple[Key, ...] = ("workspaces",)
    if isinstance(value, dict):
        keys = ("workspaces", "packages")
        value = value.get("packages")
    items = _texts(root.document, keys, value)
    if items:
        return Patterns("yarn" if tree.has("yarn.lock") else "npm", _inside(items, reasons))
    return None


def _texts(document: Document, keys: tuple[Key, ...], value: Any) -> tuple[Sourced[str], ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise document.wrong_type(keys, value, "a list of patterns")
    if len(value) > _MAX_PATTERNS:
        raise FileError(f"it holds more than {_MAX_PATTERNS} patterns", origin=document.origin(*keys))
    for index, item in enumerate(value):
        if not isinstance(item, str):
            raise document.wrong_type((*keys, index), item, "a pattern")
    return tuple(Sourced(item, document.origin(*keys, index)) for index, item in enumerate(value))


def _inside(items: tuple[Sourced[str], ...], reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the patterns that stay inside the tree, without `./` and a slash at the end."""
    kept = []
    for item in items:
        mark = "!" if item.value.startswith("!") else ""
        path = item.value.removeprefix("!").replace("\\", "/").strip()
        if path.startswith("/") or ".." in path.split("/"):
            reasons.report(
                Diagnostic(
                    "BP671",
                    "warning",
                    f"the workspace pattern `{shown(item.value)}` leaves the source tree; it is ignored",
                    item.origin,
                    "plan the directory that holds all packages, or remove the pattern",
                )
            )
            continue
        segments = [segment for segment in path.split("/") if segment not in {"", "."}]
        if segments:
            kept.append(Sourced(mark + "/".join(segments), item.origin))
    return tuple(kept)


def matched(tree: SourceTree, found: Patterns, reasons: Reasons) -> tuple[Manifest, ...]:
    """Return the manifests that the patterns match, sorted by directory.

    A manifest that cannot be read is reported and left out, and so is a second package of the same name. Raises
    FileError for a pattern with too many alternatives.
    """
    directories = [
        path
        for path, directory in tree.listing.directories.items()
        if path and "package.json" in directory.files and not any(part in _SKIPPED for part in path.split("/"))
    ]
    chosen: set[str] = set()
    for item in found.items:
        globs = [_Glob(text) for text in _alternatives(item)]
        tree.budget.spend(12 * len(globs) * len(directories), item.origin.path)
        hits = {path for path in directories if any(glob.matches(path) for glob in globs)}
        if item.value.startswith("!"):
            chosen -= hits
            continue
        if not hits and item.value != "**":
            reasons.report(
                Diagnostic(
                    "BP672",
                    "info",
                    f"the workspace pattern `{shown(item.value)}` matches no package",
                    item.origin,
                    "remove the pattern, or check that the packages are committed and not ignored",
                )
            )
        chosen |= hits
    return tuple(_readable(tree, sorted(chosen), reasons))


def _readable(tree: SourceTree, directories: list[str], reasons: Reasons) -> Iterator[Manifest]:
    names: dict[str, Manifest] = {}
    for directory in directories:
        try:
            manifest = manifests.read(tree, directory)
        except FileError as error:
            reasons.report(
                Diagnostic("BP677", "warning", f"{error.problem}; the package is left out", error.origin, error.hint)
            )
            continue
        first = names.setdefault(manifest.name, manifest) if manifest.name else manifest
        if first is not manifest:
            reasons.report(
                Diagnostic(
                    "BP675",
                    "warning",
                    f"two packages of the workspace are called `{shown(manifest.label)}`: "
                    f"`{first.directory}` and `{directory}`; the second is left out",
                    manifest.origin("name"),
                    "give one of them another name",
                )
            )
            continue
        yield manifest


def _alternatives(item: Sourced[str]) -> list[str]:
    """Return the patterns that one with braces stands for: `{a,b}/*` is `a/*` and `b/*`."""
    pending = [item.value.removeprefix("!")]
    done: list[str] = []
    while pending:
        text = pending.pop()
        match = _BRACES.search(text)
        if match is None:
            done.append(text)
        else:
            pending.extend(f"{text[: match.start()]}{part}{text[match.end() :]}" for part in match[1].split(","))
        if len(pending) + len(done) > _MAX_ALTERNATIVES:
            raise FileError(
                f"the workspace pattern `{shown(item.value)}` has more than {_MAX_ALTERNATIVES} alternatives",
                origin=item.origin,
                hint="write `*` in place of the braces",
            )
    return done


class _Glob:
    """A path pattern: `*` within one directory name, `**` over any number of them, as in shells."""

    def __init__(self, text: str) -> None:
        self._segments = [
            None if segment == "**" else (segment.startswith("."), re.compile(translate(segment)))
            for segment in text.split("/")
        ]

    def matches(self, path: str) -> bool:
        reached = {0}
        for name in path.split("/"):
            reached = set(self._step(reached, name))
            if not reached:
                return False
        end = len(self._segments)
        return any(all(segment is None for segment in self._segments[at:end]) for at in reached)

    def _step(self, reached: set[int], name: str) -> Iterator[int]:
        """Return the positions in the pattern after one more name of the path."""
        pending = sorted(reached)
        while pending:
            at = pending.pop()
            if at >= len(self._segments):
                continue
            segment = self._segments[at]
            if segment is None:
                if at + 1 not in pending:
                    pending.append(at + 1)
                if not name.startswith("."):
                    yield at
            elif segment[1].match(name) and (segment[0] or not name.startswith(".")):
                yield at + 1


def nx_projects(tree: SourceTree) -> tuple[Manifest, ...]:
    """Return the projects of an Nx repository that have a `project.json` and no `package.json`, as empty manifests.

    Libraries and end-to-end tests are no apps and are left out.
    """
    result = []
    for path in tree.named("project.json"):
        directory = path.rpartition("/")[0]
        if not directory or "node_modules" in directory.split("/") or tree.has(f"{directory}/package.json"):
            continue
        document = json_document.read(tree, path, comments=True)
        name = document.string("name")
        own = name.value if name else directory.rpartition("/")[2]
        if document.get("projectType") == "library" or own.endswith("-e2e"):
            continue
        result.append(manifests.absent(directory, path, own))
    return tuple(result)


def lerna_patterns(tree: SourceTree) -> Origin | None:
    """Return where `lerna.json` names packages of its own, outside of any package manager's workspace."""
    if not tree.has("lerna.json"):
        return None
    document = json_document.read(tree, "lerna.json", comments=True)
    return document.origin("packages") if document.get("packages") else None
