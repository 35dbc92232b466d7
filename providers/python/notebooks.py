"""The Jupyter notebook that a framework serves as an app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import frameworks
from .candidates import joined
from .entry_points import Entry

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .manifest import Project


def find(tree: SourceTree, project: Project) -> tuple[Entry, bool] | None:
    """Return the notebook to serve, and whether it alone is meant; None when no framework is declared that serves one.

    Where several lie beside the manifest and none has a usual name, the folder is served.
    """
    row = next((item for item in frameworks.declared(project) if item.notebooks), None)
    directory = project.directory
    files = [name for name in tree.directory(directory).files if name.endswith(".ipynb")]
    if row is None or not files:
        return None
    usual = next((name for name in row.files if name in files), files[0] if len(files) == 1 else None)
    path = joined(directory, usual or files[0])
    return Entry(row, "file", path, directory, None, "", 1, base=directory), usual is not None
