"""`setup.cfg`, and what `setup.py` says in literals: the file is parsed, never run.

Sources, checked 2026-11-24: https://setuptools.pypa.io/en/latest/references/keywords.html and
…/userguide/declarative_config.html
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from buildplan.errors import FileError
from buildplan.model.origin import Origin, Sourced

from . import source_code
from .pyproject import Declared
from .requirements import is_name, normalised, requirement

if TYPE_CHECKING:
    import configparser
    from collections.abc import Iterable

    from buildplan.source import SourceTree

_MAX_ITEMS = 1000


def setup_cfg(tree: SourceTree, path: str = "setup.cfg") -> Declared:
    """Return what a `setup.cfg` declares; raises FileError for what cannot be parsed."""
    config = sections(tree, path)
    declared = Declared()
    origin = Origin(path)
    name = config.get("metadata", "name", fallback="").strip()
    declared.name = name if is_name(name) else None
    needed = config.get("options", "install_requires", fallback="")
    if needed.strip().startswith("file:"):
        declared.dynamic.add("dependencies")
    else:
        _add(declared, _split(needed), Origin(path, _line(tree, path, "install_requires"), "install_requires"))
    if config.has_section("options.extras_require"):
        for extra, text in config.items("options.extras_require"):
            items = [requirement(item, origin, normalised(extra)) for item in _split(text)]
            declared.extras[normalised(extra)] = [item for item in items if item is not None]
    python = config.get("options", "python_requires", fallback="").strip()
    if python:
        place = Origin(path, _line(tree, path, "python_requires"), "python_requires")
        declared.python.append(Sourced(python, place))
    _scripts(declared, _split(config.get("options.entry_points", "console_scripts", fallback="")), origin)
    return declared


def sections(tree: SourceTree, path: str) -> configparser.ConfigParser:
    """Return a parsed INI file, without interpolation; raises FileError."""
    return tree.memo("python.ini", path, lambda: _sections(tree.text(path), path))


def _sections(text: str, path: str) -> configparser.ConfigParser:
    import configparser

    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        reason = str(error).split("\n")[0]
        raise FileError(
            f"it cannot be parsed: {reason}", origin=Origin(path, line if isinstance(line, int) else None)
        ) from error
    return config


def _line(tree: SourceTree, path: str, key: str) -> int | None:
    match = re.search(rf"(?m)^[ \t]*{key}\b", tree.text(path))
    return None if match is None else tree.text(path).count("\n", 0, match.start()) + 1


def _split(text: str) -> list[str]:
    lines = (re.split(r"(?:^|[ \t])#", line)[0].strip() for line in text.split("\n"))
    return [line for line in lines if line][:_MAX_ITEMS]


def _add(declared: Declared, texts: Iterable[str], origin: Origin) -> None:
    for text in texts:
        item = requirement(text, origin)
        if item is not None:
            declared.main.append(item)


def _scripts(declared: Declared, lines: Iterable[str], origin: Origin) -> None:
    for line in lines:
        name, _, target = (part.strip() for part in line.partition("="))
        if is_name(name) and target:
            declared.scripts[name] = Sourced(target, origin)


# --- setup.py -------------------------------------------------------------------------------------------------------
def setup_py(tree: SourceTree, path: str = "setup.py") -> Declared:
    """Return what the call of `setup()` says in literals; what it computes is in `dynamic`."""
    declared = Declared()
    call, values = setup_call(tree, path)
    if call is None:
        declared.dynamic.add("dependencies")
        return declared
    for keyword in call.keywords:
        origin = Origin(path, keyword.value.lineno, keyword.arg)
        value = literal(keyword.value, values)
        if keyword.arg == "install_requires":
            texts = _texts(value)
            if texts is None:
                declared.dynamic.add("dependencies")
            else:
                _add(declared, texts, origin)
        elif keyword.arg == "extras_require" and isinstance(value, dict):
            _extras(declared, value, origin)
        elif keyword.arg == "python_requires" and isinstance(value, str):
            declared.python.append(Sourced(value, origin))
        elif keyword.arg == "name" and isinstance(value, str) and is_name(value):
            declared.name = value
        elif keyword.arg == "entry_points" and isinstance(value, dict):
            _scripts(declared, _texts(value.get("console_scripts")) or (), origin)
    if any(keyword.arg is None for keyword in call.keywords):
        declared.dynamic.add("dependencies")
    return declared


def _extras(declared: Declared, value: dict[object, object], origin: Origin) -> None:
    for extra, wanted in value.items():
        texts = _texts(wanted)
        # `":python_version<'3'"` is the old way to write a marker.
        if texts is not None and isinstance(extra, str) and is_name(extra):
            items = [requirement(text, origin, normalised(extra)) for text in texts]
            declared.extras[normalised(extra)] = [item for item in items if item is not None]


def setup_call(tree: SourceTree, path: str = "setup.py") -> tuple[ast.Call | None, dict[str, ast.expr]]:
    """Return the call of `setup()` and what names of the module are bound to."""
    code = source_code.read(tree, path)
    if code is None:
        return None, {}
    values: dict[str, ast.expr] = {}
    for node in source_code.iterate(code.body):
        if isinstance(node, ast.Assign):
            values.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            # A text that is put together: `python_requires += ",<3.12"`.
            before, more = values.get(node.target.id), source_code.constant(node.value)
            known = source_code.constant(before)
            if isinstance(known, str) and isinstance(more, str):
                values[node.target.id] = ast.copy_location(ast.Constant(known + more), node)
    names = {"setuptools.setup", "distutils.core.setup", ":setup", "skbuild.setup"}
    found = next((call.node for call in code.calls if call.name in names and call.node is not None), None)
    return found, values


def literal(node: ast.expr, values: dict[str, ast.expr]) -> object:
    """Return the value of a literal, or of a name that is bound to one; None for what is computed."""
    if isinstance(node, ast.Name):
        node = values.get(node.id, node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _texts(value: object) -> list[str] | None:
    if isinstance(value, str):
        return _split(value)
    if isinstance(value, list | tuple | set) and all(isinstance(item, str) for item in value):
        return sorted(value) if isinstance(value, set) else list(value)[:_MAX_ITEMS]
    return None
