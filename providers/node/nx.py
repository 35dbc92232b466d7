"""What a project of an Nx repository builds and how that is run, from its `project.json`.

Sources, checked 2026-11-24: the executors' schemas at https://nx.dev (`outputPath`, `main`, `@nx/*` and `@nrwl/*`).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.read import json_document

from .follow import joined

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .manifest import Manifest

# Executor without its package → what comes out; any other makes files that Node may run.
_STATIC = frozenset({"vite", "webpack-browser", "browser", "application", "rspack-browser", "build-storybook"})


class NxBuild(NamedTuple):
    """The target `build` of a project: where it writes, and the file that starts it, from the tree's root.

    `kind`: `node` is run by Node, `next` by Next.js in its output, `static` is served.
    """

    origin: Origin
    output: str
    kind: Literal["node", "next", "static"]
    entry: str | None = None


def build_of(tree: SourceTree, manifest: Manifest) -> NxBuild | None:
    """Return the build of the project in a package's directory; None when there is none that can be understood."""
    path = f"{manifest.directory}/project.json" if manifest.directory else "project.json"
    if not tree.has(path):
        return None
    document = json_document.read(tree, path, comments=True)
    keys = ("targets", "build")
    executor = document.get(*keys, "executor") or document.get(*keys, "builder")
    if not isinstance(executor, str):
        return None
    named = document.get(*keys, "options", "outputPath")
    folder = named if isinstance(named, str) else f"dist/{manifest.directory or manifest.name}"
    output = joined("", folder.replace("{projectRoot}", manifest.directory).replace("{workspaceRoot}/", ""))
    if not output:
        return None
    package, _, name = executor.rpartition(":")
    origin = document.origin(*keys, "options", "outputPath")
    if package.endswith("/next"):
        return NxBuild(origin, output, "next")
    main = document.get(*keys, "options", "main")
    web = package.endswith(("/vite", "/angular", "/web", "/react", "/vue", "build-angular"))
    if web or name in _STATIC or (name == "astro" or package.endswith("astro")):
        return NxBuild(origin, output, "static")
    if not isinstance(main, str):
        return NxBuild(origin, output, "node", posixpath.join(output, "main.js"))
    stem = posixpath.splitext(main)[0]
    if name in {"tsc", "swc"}:
        # These keep the folders below the project.
        inner = stem.removeprefix(f"{manifest.directory}/") if manifest.directory else stem
        return NxBuild(origin, output, "node", posixpath.join(output, inner + ".js"))
    return NxBuild(origin, output, "node", posixpath.join(output, posixpath.basename(stem) + ".js"))
