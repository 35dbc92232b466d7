"""Whether a tree is a .NET app, how strong the evidence is, and what `--app` may name in it."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from buildplan.language.contract import Detection, Strength
from buildplan.language.members import Member
from buildplan.model.build_plan import Evidence
from buildplan.model.origin import Origin

from . import projects

if TYPE_CHECKING:
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

_SOLUTIONS = (".sln", ".slnx")
_PROJECTS = (".csproj", ".fsproj", ".vbproj")
# Beside a solution these say at the root that the tree is about .NET.
_ROOT_FILES = ("Directory.Build.props", "Directory.Packages.props", "global.json")
_WEB = ("Microsoft.NET.Sdk.Web", "Microsoft.NET.Sdk.BlazorWebAssembly", "Microsoft.AspNetCore.App")
_NEAR = 4
_MOST_READ = 200


def detect(tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree; None when it holds no project near its root."""
    names = tree.directory().files
    root = next((name for name in names if name.endswith((*_SOLUTIONS, *_PROJECTS))), None)
    found = [path for path in tree.with_suffix(*_PROJECTS) if path.count("/") <= _NEAR]
    if not found:
        return None
    asked = overrides.option("dotnet.project")
    if asked is not None and asked.value in found:
        found = [asked.value]
        root = root if root is None or root.endswith(_SOLUTIONS) else asked.value
    if root is None:
        root = next((name for name in _ROOT_FILES if name in names), None)
    web = next((path for path in found[:_MOST_READ] if _is_web(tree, path)), None)
    place = Origin(root or found[0])
    evidence = [Evidence(f"there is `{root or found[0]}`", place)]
    if web is not None:
        evidence.insert(0, Evidence(f"`{web}` is a web app", Origin(web)))
    if root is None:
        # A project below the root weighs less than anything that is at the root.
        strength = Strength.SITE if web is not None and found[0].count("/") <= _NEAR // 2 else Strength.STRAY
    else:
        strength = Strength.APP if web is not None else Strength.MANIFEST
    return Detection(strength, tuple(evidence), frameworks=("aspnetcore",) if web is not None else ())


def _is_web(tree: SourceTree, path: str) -> bool:
    if any(word in path.lower() for word in ("test", "sample", "example")):
        return False
    text = tree.text_or_none(path) or ""
    return any(word in text for word in _WEB)


_MOST = 200


def members(tree: SourceTree) -> tuple[Member, ...]:
    """Return the projects, whatever they are: what cannot be the app is an error that says why."""
    paths = tree.with_suffix(*projects.PROJECTS)[:_MOST]
    names = ((path, posixpath.splitext(posixpath.basename(path))[0]) for path in paths)
    return tuple(Member(name, posixpath.dirname(path), Origin(path), path) for path, name in names)
