"""Generated code that is not committed: templates of templ, whose Go files many projects ignore."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

    from .modules import Module, Workspace
_TEMPL = "github.com/a-h/templ"
_VERSION = re.compile(r"v[0-9]{1,9}(?:\.[0-9]{1,9}){2}[\w.+-]{0,80}", re.ASCII)


def commands(tree: SourceTree, workspace: Workspace | None, reasons: Reasons) -> tuple[str, ...]:
    """Return the commands that write what the code imports and the tree lacks."""
    found = _templates(tree, workspace)
    if found is None:
        return ()
    module, path = found
    if any(tool.startswith(_TEMPL) for tool in module.tools):
        command = "go tool templ generate"
    else:
        version = next(item.version for item in module.requirements if item.path == _TEMPL)
        command = f"go run {_TEMPL}/cmd/templ@{version} generate"
    reasons.decide("go.generate", command, Origin(path), "the templates' Go code is not committed")
    return (command,)


def directories(tree: SourceTree, workspace: Workspace | None) -> frozenset[str]:
    """Return the directories that hold Go code only after the commands have run."""
    if _templates(tree, workspace) is None:
        return frozenset()
    return frozenset(posixpath.dirname(path) for path in tree.with_suffix(".templ"))


def _templates(tree: SourceTree, workspace: Workspace | None) -> tuple[Module, str] | None:
    """Return the module that requires templ and a template without its Go file, or None."""
    if workspace is None:
        return None
    module = next(
        (
            module
            for module in workspace.modules
            for item in module.requirements
            if item.path == _TEMPL and _VERSION.fullmatch(item.version)
        ),
        None,
    )
    if module is None:
        return None
    for path in tree.with_suffix(".templ"):
        if not tree.has(f"{path.removesuffix('.templ')}_templ.go"):
            return module, path
    return None
