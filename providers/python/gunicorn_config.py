"""Where gunicorn's configuration file, which is Python, makes it listen."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from buildplan.language import ports

from . import source_code
from .listening import Listening

if TYPE_CHECKING:
    from buildplan.source import SourceTree

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,60}", re.ASCII)
_ADDRESS = re.compile(r"(?:(\[[^\]]*\]|[^:/]*):)?(\d{1,5})")


def bind(tree: SourceTree, path: str) -> Listening | None:
    """Return where the file binds, as text or by a variable with a default; None where it says nothing of it."""
    code = source_code.read(tree, path) if tree.has(path) else None
    if code is None:
        return None
    values: dict[str, ast.expr] = {}
    found: ast.Assign | None = None
    for node in source_code.iterate(code.body):
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            values.update(dict.fromkeys(names, node.value))
            found = node if "bind" in names else found
    if found is None:
        return None
    value = found.value.elts[0] if isinstance(found.value, ast.List) and found.value.elts else found.value
    return _listening(value, values, found.lineno)


def _listening(value: ast.expr, values: dict[str, ast.expr], line: int) -> Listening | None:
    text = source_code.constant(value)
    if isinstance(text, str) and text.startswith("unix:"):
        return Listening(None, host=text, line=line)
    match = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
    if match is not None:
        return Listening(int(match[2]), host=(match[1] or "").strip("[]"), line=line)
    read = _variable(value, values)
    if read is not None:
        # The variable holds all of it.
        name, default = read
        match = _ADDRESS.fullmatch(default)
        port = int(match[2]) if match is not None else None
        host = match[1] if match is not None else None
        return Listening(port, reads_port=name == "PORT", host=host, line=line, variable=name, takes_address=True)
    parts = _parts(value)
    read = _variable(parts[-1], values) if parts else None
    if read is None:
        return None
    name, default = read
    port = int(default) if ports.is_port(default) else None
    first = source_code.constant(parts[0])
    host = first.partition(":")[0] if isinstance(first, str) else None
    if name == "PORT":
        return Listening(port, reads_port=True, host=host, line=line)
    return Listening(port, host=host, line=line, variable=name)


def _parts(value: ast.expr) -> list[ast.expr]:
    """Return the parts of a text that is put together: `f"0.0.0.0:{port}"`, `"0.0.0.0:" + port`, `"…".format(port)`."""
    if isinstance(value, ast.JoinedStr):
        return [part.value if isinstance(part, ast.FormattedValue) else part for part in value.values]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Mod):
        right = value.right.elts[-1] if isinstance(value.right, ast.Tuple) and value.right.elts else value.right
        return [*(_parts(value.left) or [value.left]), right]
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "format":
        return [value.func.value, *value.args]
    return []


def _variable(node: ast.expr, values: dict[str, ast.expr], hops: int = 4) -> tuple[str, str] | None:
    """Return the variable that an expression reads, and what it is without it."""
    if hops <= 0:
        return None
    if isinstance(node, ast.Name) and node.id in values:
        return _variable(values[node.id], values, hops - 1)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        read = _variable(node.values[0], values, hops - 1)
        return None if read is None else (read[0], read[1] or str(source_code.constant(node.values[-1]) or ""))
    if isinstance(node, ast.Subscript):
        name = source_code.constant(node.slice)
        return (name, "") if isinstance(name, str) and _NAME.fullmatch(name) else None
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called = ast.unparse(node.func).rpartition(".")[2]
    if called in {"int", "str"}:
        return _variable(node.args[0], values, hops - 1)
    name = source_code.constant(node.args[0])
    if called not in {"get", "getenv"} or not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    given = [*node.args[1:], *(item.value for item in node.keywords if item.arg == "default")]
    return name, str(source_code.constant(given[0]) or "") if given else ""
