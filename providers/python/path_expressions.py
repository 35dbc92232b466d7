"""Paths that a settings file writes as expressions: `BASE_DIR / "static"`, `os.path.join(BASE_DIR, "static")`.

Only what is a path for certain has a value; everything else is None. Nothing is evaluated beyond joining names.
"""

from __future__ import annotations

import ast
import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_DEPTH = 30
# Names may be bound to each other in circles, and more than once in each.
_MAX_STEPS = 300
_SAME = frozenset(
    {"Path", "PurePath", "PosixPath", "PurePosixPath", "str", "abspath", "realpath", "normpath", "fspath", "expanduser"}
)
_UNCHANGED = frozenset({"resolve", "absolute", "as_posix", "expanduser"})
_ENVIRONMENT = frozenset({"get", "getenv", "env", "config", "str", "path"})
TREE = "/app"


def value(
    node: ast.expr | None, path: str, directory: str, lookup: Callable[[str], tuple[ast.expr, str] | None]
) -> str | None:
    """Return the path in the image that an expression of a file means, or None.

    `path` is the file, `directory` where the process runs; `lookup` returns what a name of the settings is bound to,
    and in which file.
    """
    return _Evaluator(directory, lookup).path(node, path, 0)


def text(
    node: ast.expr | None, path: str, directory: str, lookup: Callable[[str], tuple[ast.expr, str] | None]
) -> str | None:
    """Return the text that an expression means, paths in it as they are in the image, or None."""
    return _Evaluator(directory, lookup).text(node, path)


def constant_text(node: ast.expr | None) -> str | None:
    """Return a literal text, or None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


class _Evaluator:
    def __init__(self, directory: str, lookup: Callable[[str], tuple[ast.expr, str] | None]) -> None:
        self._directory = posixpath.join(TREE, directory) if directory else TREE
        self._lookup = lookup
        self._steps = 0

    def path(self, node: ast.expr | None, file: str, depth: int) -> str | None:
        """Return the absolute path of an expression."""
        found = self._value(node, file, depth)
        return None if found is None else posixpath.normpath(posixpath.join(self._directory, found))

    def text(self, node: ast.expr | None, file: str) -> str | None:
        """Return what an expression means as it is written, not as a path."""
        return self._value(node, file, 0)

    def _value(self, node: ast.expr | None, file: str, depth: int) -> str | None:
        depth += 1
        self._steps += 1
        if node is None or depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return None
        text = constant_text(node)
        if text is not None:
            return text
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return posixpath.join(TREE, file)
            bound = self._lookup(node.id)
            return None if bound is None else self._value(bound[0], bound[1], depth)
        if isinstance(node, ast.BinOp):
            return self._operation(node, file, depth)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            return self._above(node.value, file, depth, 1)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            index = node.slice.value if isinstance(node.slice, ast.Constant) else None
            return self._above(node.value.value, file, depth, index + 1) if isinstance(index, int) else None
        if isinstance(node, ast.JoinedStr):
            return self._joined_text(node, file, depth)
        return self._call(node, file, depth) if isinstance(node, ast.Call) else None

    def _operation(self, node: ast.BinOp, file: str, depth: int) -> str | None:
        left = self._value(node.left, file, depth)
        if left is None:
            return None
        if isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
            return _up(left, node.right.value)
        right = self._value(node.right, file, depth)
        if right is None:
            return None
        if isinstance(node.op, ast.Div):
            return posixpath.join(left, right)
        return left + right if isinstance(node.op, ast.Add) else None

    def _joined_text(self, node: ast.JoinedStr, file: str, depth: int) -> str | None:
        parts = []
        for item in node.values:
            part = self._value(item.value if isinstance(item, ast.FormattedValue) else item, file, depth)
            if part is None:
                return None
            parts.append(part)
        return "".join(parts)

    def _call(self, node: ast.Call, file: str, depth: int) -> str | None:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in {"getcwd", "cwd"}:
            return self._directory
        if name in _UNCHANGED and isinstance(function, ast.Attribute) and not node.args:
            return self._value(function.value, file, depth)
        if name in _ENVIRONMENT and constant_text(node.args[0] if node.args else None) is not None:
            return self._default(node, file, depth)
        if name in _SAME and node.args:
            return self._joined(node.args, file, depth)
        if name == "dirname" and node.args:
            return self._above(node.args[0], file, depth, 1)
        if name == "join":
            return self._joined(node.args, file, depth)
        if name == "joinpath" and isinstance(function, ast.Attribute):
            return self._joined([function.value, *node.args], file, depth)
        if isinstance(function, ast.Name) and self._lookup(name) is not None:
            # `root = environ.Path(__file__) - 2`, then `root("static")`.
            return self._joined([function, *node.args], file, depth)
        return None

    def _default(self, node: ast.Call, file: str, depth: int) -> str | None:
        named = next((item.value for item in node.keywords if item.arg == "default"), None)
        default = named if named is not None else (node.args[1] if len(node.args) > 1 else None)
        return self._value(default, file, depth)

    def _joined(self, nodes: list[ast.expr], file: str, depth: int) -> str | None:
        parts = [self._value(node, file, depth) for node in nodes]
        known = [part for part in parts if part is not None]
        return posixpath.join(*known) if known and len(known) == len(parts) else None

    def _above(self, node: ast.expr, file: str, depth: int, count: int) -> str | None:
        found = self._value(node, file, depth)
        return None if found is None else _up(found, count)


def _up(path: str, count: int) -> str | None:
    if not 0 <= count <= _MAX_DEPTH:
        return None
    for _ in range(count):
        path = posixpath.dirname(path)
    return path
