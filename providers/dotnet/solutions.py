"""Which projects a solution names: `.sln` (lines of text) and `.slnx` (XML)."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.read import xml

from .msbuild import inside

if TYPE_CHECKING:
    from buildplan.source import SourceTree

SUFFIXES = (".sln", ".slnx")
PROJECTS = (".csproj", ".fsproj", ".vbproj")
_LINE = re.compile(r'Project\("[^"\n]{0,60}"\)\s{0,9}=\s{0,9}"[^"\n]{0,300}",\s{0,9}"([^"\n]{1,500})"')


def members(tree: SourceTree, path: str) -> tuple[str, ...]:
    """Return the projects of a solution that are in the tree; raises FileError for a solution that cannot be read."""
    if path.endswith(".slnx"):
        found = [item.attributes.get("Path", "") for item in xml.read(tree, path).walk() if item.name == "Project"]
    else:
        found = _LINE.findall(tree.text(path))
    directory = posixpath.dirname(path)
    paths = (inside(name, directory) for name in found)
    known = (item for item in paths if item is not None and item.endswith(PROJECTS) and tree.has(item))
    return tuple(dict.fromkeys(known))
