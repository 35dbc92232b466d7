"""The files that Django's settings name and Django opens at once: SQLite databases and log files.

Neither SQLite nor `logging` makes the folder of a file, so one that git does not hold has to be made.
Sources: https://docs.djangoproject.com/en/5.2/ref/settings/#databases, https://docs.python.org/3/library/sqlite3.html,
https://docs.python.org/3/library/logging.handlers.html
"""

from __future__ import annotations

import ast
import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.language import runtime_paths
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced

from . import path_expressions
from .path_expressions import TREE, constant_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Items
    from buildplan.source import SourceTree

    from .django_settings import Settings

_SQLITE = ("sqlite3", "spatialite")
_URL = re.compile(r"s(?:qlite|patialite):///([\w./@+ -]{1,200})(?:\?.*)?", re.ASCII)
_FOR_PEOPLE = re.compile(r"(?:\w*_)?(?:DEBUG|TEST|TESTING|argv)(?:_\w*)?")
_SERVER = re.compile(r"(?:postgresql(?:_psycopg2)?|postgis|mysql|oracle|mssql)$")


def databases(settings: Settings) -> tuple[Sourced[str], ...]:
    """Return the absolute paths of the SQLite files that a server opens when no variable names another database."""
    found: dict[str, Sourced[str]] = {}
    for node, file in _at_run(settings):
        path = _database(settings, node, file)
        if path is not None:
            found.setdefault(path, Sourced(path, Origin(file, node.lineno)))
    return tuple(found.values())


def folders(tree: SourceTree, settings: Settings) -> tuple[Sourced[str], ...]:
    """Return the folders to make: those of databases and log files that neither the tree nor the settings make.

    They are relative to the app's directory, or absolute outside of it.
    """
    files = list(databases(settings))
    made = set()
    for node, file in _at_run(settings):
        log = _log_file(settings, node, file)
        if log is not None:
            files.append(Sourced(log, Origin(file, node.lineno)))
        made.add(_made_by(settings, node, file))
    found: dict[str, Sourced[str]] = {}
    for item in files:
        directory = posixpath.dirname(item.value)
        name = runtime_paths.writable(directory)
        if name is None or name == "." or directory in made or tree.has_directory(name):
            continue
        found.setdefault(name, Sourced(name, item.origin))
    return tuple(found.values())


def report(settings: Settings, volumes: Items, reasons: Reasons) -> None:
    """Say that a database lies in the container, unless it is in one of the volumes."""
    kept = tuple(f"{item.value.rstrip('/')}/" for item in volumes)
    for item in databases(settings):
        folder = posixpath.dirname(item.value)
        if f"{folder}/".startswith(kept):
            continue
        shown = item.value.removeprefix(f"{TREE}/")
        text = f"the SQLite database `{shown}` is a file in the container: it is lost with the container"
        text += ", and a `release` container migrates a file of its own"
        where = f'mount a volume at `{folder}` in every container of the app (`volumes = ["{folder}"]`)'
        if folder == TREE:
            where = "move it to a folder of its own and mount a volume there"
        another = _offers_another(settings)
        server = "set the variables that choose a database server" if another else "use a database server"
        reasons.report(
            Diagnostic("BP950", "info" if another else "warning", text, item.origin, f"{where}, or {server}")
        )


def _at_run(settings: Settings) -> Iterator[tuple[ast.expr, str]]:
    """Yield the expressions that a server evaluates in an empty environment, each with its file."""
    for code in settings.files:
        pending: list[ast.AST] = list(reversed(code.body))
        while pending:
            node = pending.pop()
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            if isinstance(node, ast.If | ast.IfExp):
                pending.extend(_branches(node))
                continue
            if isinstance(node, ast.expr):
                yield node, code.path
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def _branches(node: ast.If | ast.IfExp) -> list[ast.AST]:
    """Return the branches that a server takes: not those for debugging, for tests, or for a variable that is set."""
    body: list[ast.AST] = list(node.body) if isinstance(node, ast.If) else [node.body]
    other: list[ast.AST] = list(node.orelse) if isinstance(node, ast.If) else [node.orelse]
    test, negated = node.test, False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, not negated
    names = {getattr(part, "attr", None) or getattr(part, "id", None) or "" for part in ast.walk(test)}
    unset = not names.isdisjoint({"environ", "getenv", "env", "config"})
    if unset or any(_FOR_PEOPLE.fullmatch(name) for name in names):
        return body if negated else other
    return [*reversed(other), *reversed(body)]


def _database(settings: Settings, node: ast.expr, file: str) -> str | None:
    if isinstance(node, ast.Dict):
        items = _items(node)
        engine = path_expressions.text(items.get("ENGINE"), file, settings.directory, settings.binding)
        if engine is None or not engine.endswith(_SQLITE):
            return None
        named = path_expressions.text(items.get("NAME"), file, settings.directory, settings.binding)
        if not named or ":" in named:  # `:memory:`, `file:…?mode=memory`
            return None
        return path_expressions.value(items.get("NAME"), file, settings.directory, settings.binding)
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        url = path_expressions.text(node, file, settings.directory, settings.binding)
        match = _URL.fullmatch(url) if url is not None else None
        if match is not None:
            return posixpath.normpath(posixpath.join(TREE, settings.directory, match[1]))
    return None


def _log_file(settings: Settings, node: ast.expr, file: str) -> str | None:
    if not isinstance(node, ast.Dict):
        return None
    items = _items(node)
    kind = constant_text(items.get("class")) or constant_text(items.get("()")) or ""
    if not kind.endswith("FileHandler"):
        return None
    return path_expressions.value(items.get("filename"), file, settings.directory, settings.binding)


def _made_by(settings: Settings, node: ast.expr, file: str) -> str | None:
    """Return the folder that a call makes, None for any other expression."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in {"makedirs", "mkdir"}:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_os = isinstance(owner, ast.Name) and owner.id == "os"
        target = node.args[0] if node.args and (is_os or owner is None) else owner
        return path_expressions.value(target, file, settings.directory, settings.binding)
    return None


def _items(node: ast.Dict) -> dict[str, ast.expr]:
    return {name: value for key, value in zip(node.keys, node.values, strict=True) if (name := constant_text(key))}


def _offers_another(settings: Settings) -> bool:
    """Return whether the settings hold a database of a server too, or a variable can name one."""
    return any(_is_another(node) for code in settings.files for part in code.body for node in ast.walk(part))


def _is_another(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict):
        engine = _items(node).get("ENGINE")
        text = constant_text(engine)
        return _SERVER.search(text) is not None if text is not None else isinstance(engine, ast.Call)
    if isinstance(node, ast.Name | ast.alias):
        return (node.id if isinstance(node, ast.Name) else node.name) == "dj_database_url"
    return isinstance(node, ast.Attribute) and node.attr in {"db", "db_url"}
