"""Where gunicorn's configuration file, which is Python, makes it listen."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from . import source_code
from .listening import Listening

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_ADDRESS = re.compile(r"(?:(\[[^\]]*\]|[^:/]*):)?(\d{1,5})")


def bind(tree: SourceTree, path: str) -> Listening | None:
    """Return the literal `bind` of the file; None when there is no file, or it leaves the address to PORT."""
    code = source_code.read(tree, path) if tree.has(path) else None
    if code is None:
        return None
    for node in source_code.iterate(code.body):
        if not isinstance(node, ast.Assign) or not any(
            isinstance(target, ast.Name) and target.id == "bind" for target in node.targets
        ):
            continue
        value = node.value.elts[0] if isinstance(node.value, ast.List) and node.value.elts else node.value
        text = source_code.constant(value)
        match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
        if match is not None:
            return Listening(int(match[2]), host=(match[1] or "").strip("[]"), line=node.lineno)
    return None
