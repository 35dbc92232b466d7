"""Django's settings, read from the syntax of the module and of those that it pours into itself; never imported."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin, Sourced
from buildplan.model.secrets import FERNET_PLACEHOLDER

from . import modules, path_expressions, source_code
from .path_expressions import constant_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .source_code import Code

_MAX_FILES = 12
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,80}", re.ASCII)
# Functions that read a variable and fail without it: django-environ's `env`, decouple's `config`, people's own.
_STRICT = re.compile(r"(?:env|config|getenv|get_env\w*|get_setting|require_env|env_var|get_secret|secret)", re.ASCII)
_LENIENT = frozenset({"os.environ.get", "os.getenv", "environ.get"})
_KINDS = frozenset(
    {
        "str",
        "bool",
        "int",
        "float",
        "list",
        "tuple",
        "dict",
        "json",
        "url",
        "path",
        "db",
        "cache",
        "db_url",
        "cache_url",
        "email_url",
        "search_url",
        "channels",
        "bytes",
    }
)


class Needed(NamedTuple):
    """A variable that the settings do not load without; `kind` is what it is turned into."""

    name: str
    kind: str
    origin: Origin


class Settings(NamedTuple):
    """The settings module: `files` in the order in which they are read, the module itself last.

    `names` maps a name to what it is bound to last, and in which file. `missing` is a module that is imported and not
    in the tree.
    """

    module: str
    path: str
    directory: str
    files: tuple[Code, ...]
    names: dict[str, tuple[ast.expr, str]]
    missing: Sourced[str] | None = None

    def binding(self, name: str) -> tuple[ast.expr, str] | None:
        """Return what a name is bound to last, and in which file."""
        return self.names.get(name)

    def text(self, name: str) -> Sourced[str] | None:
        """Return a setting that is a literal text."""
        bound = self.binding(name)
        text = constant_text(bound[0]) if bound is not None else None
        return (
            Sourced(text, Origin(bound[1], bound[0].lineno, name)) if bound is not None and text is not None else None
        )

    def directory_of(self, name: str) -> Sourced[str | None] | None:
        """Return the path in the image that a setting means: None inside when only running it would tell."""
        bound = self.binding(name)
        if bound is None or (isinstance(bound[0], ast.Constant) and not bound[0].value):
            return None
        found = path_expressions.value(bound[0], bound[1], self.directory, self.binding)
        return Sourced(found, Origin(bound[1], bound[0].lineno, name))

    def mentions(self, text: str) -> Origin | None:
        """Return where a literal text stands that is, or begins with, the text."""
        for code in self.files:
            for value, line in code.texts:
                if value == text or value.startswith(f"{text}."):
                    return Origin(code.path, line)
        return None

    def needed(self) -> tuple[Needed, ...]:
        """Return the variables that the settings do not load without, each once."""
        found: dict[str, Needed] = {}
        for code in self.files:
            defaults = _defaults(code)
            for node in _expressions(code):
                item = _needed(node, code)
                if item is not None and item.name not in defaults:
                    found.setdefault(item.name, item)
        return tuple(found.values())


def read(tree: SourceTree, module: str, directory: str) -> Settings | None:
    """Return the settings of a module, None when it is not in the tree; `directory` is where manage.py lies."""
    path = file_of(tree, module, directory)
    code = source_code.read(tree, path) if path is not None else None
    if path is None or code is None:
        return None
    files: dict[str, Code] = {}
    missing = _collect(tree, code, directory, files)
    names: dict[str, tuple[ast.expr, str]] = {}
    for item in files.values():
        names.update(_names(item))
    return Settings(module, path, directory, tuple(files.values()), names, missing)


def _names(code: Code) -> Iterator[tuple[str, tuple[ast.expr, str]]]:
    for node in source_code.iterate(code.body):
        if isinstance(node, ast.Assign):
            targets, value = node.targets, node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets, value = [node.target], node.value
        else:
            continue
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, (value, code.path)


def file_of(tree: SourceTree, module: str, directory: str) -> str | None:
    """Return the file of a settings module, None when it is not in the tree."""
    inside = "/".join(part for part in (directory, module.replace(".", "/")) if part)
    return tree.first(f"{inside}.py", f"{inside}/{modules.INIT}")


def _collect(tree: SourceTree, code: Code, directory: str, files: dict[str, Code]) -> Sourced[str] | None:
    """Put what the file pours into itself, and then the file, into `files`; return the first module that is missing."""
    missing: Sourced[str] | None = None
    seen = {code.path}
    order: list[Code] = []

    def visit(current: Code, depth: int) -> None:
        nonlocal missing
        always = {id(node) for node in current.body}
        for node in source_code.iterate(current.body):
            if not isinstance(node, ast.ImportFrom) or depth <= 0:
                continue
            name = "." * node.level + (node.module or "")
            path = modules.locate(tree, name, current, (directory,))
            star = any(alias.name == "*" for alias in node.names)
            if path is None:
                if node.level and star and id(node) in always and missing is None:
                    missing = Sourced(name, Origin(current.path, node.lineno))
                continue
            other = source_code.read(tree, path) if path not in seen and len(seen) < _MAX_FILES else None
            near = path.rpartition("/")[0] == current.path.rpartition("/")[0]
            if other is not None and (star or near):
                seen.add(path)
                visit(other, depth - 1)
        order.append(current)

    visit(code, 4)
    files.update((item.path, item) for item in order)
    return missing


def _expressions(code: Code) -> Iterator[ast.expr]:
    """Yield every expression that is evaluated when the module is loaded in an empty environment."""
    pending: list[ast.AST] = list(reversed(code.body))
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If | ast.IfExp) and _asks_environment(node.test):
            pending.extend(node.orelse if isinstance(node, ast.If) else [node.orelse])
            continue
        if isinstance(node, ast.expr):
            yield node
        pending.extend(ast.iter_child_nodes(node))


def _asks_environment(test: ast.expr) -> bool:
    """Return whether a condition is about a variable of the environment, which is not set while an image is built."""
    names = {getattr(node, "attr", None) or getattr(node, "id", None) for node in ast.walk(test)}
    return not names.isdisjoint({"environ", "getenv", "env", "config"})


def _needed(node: ast.expr, code: Code) -> Needed | None:
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        name = constant_text(node.slice)
        owner = code.dotted(node.value)
        known = owner is not None and (
            owner.removeprefix(":") in {"os.environ", "environ"} or owner.removeprefix(":") == "env"
        )
        return _variable(name, "str", node, code) if known else None
    if not isinstance(node, ast.Call):
        return None
    dotted = code.dotted(node.func)
    if dotted is None:
        return None
    *_, owner, last = ("", *dotted.removeprefix(":").split("."))
    name = constant_text(node.args[0]) if node.args else None
    has_default = len(node.args) > 1 or any(item.arg == "default" for item in node.keywords)
    if dotted.removeprefix(":") in _LENIENT:
        # Django itself refuses an empty key.
        secret = name is not None and "SECRET_KEY" in name and not has_default
        return _variable(name, "str", node, code) if secret else None
    strict = _STRICT.fullmatch(last) is not None or (last in _KINDS and _STRICT.fullmatch(owner) is not None)
    if not strict or has_default:
        return None
    if name is None and last in {"db", "cache"} and not node.args:
        name = {"db": "DATABASE_URL", "cache": "CACHE_URL"}[last]
    cast = next((item.value for item in node.keywords if item.arg == "cast"), None)
    kind = last if last in _KINDS else getattr(cast, "id", "str") if cast is not None else "str"
    return _variable(name, str(kind), node, code)


def _variable(name: str | None, kind: str, node: ast.expr, code: Code) -> Needed | None:
    if name is None or not _NAME.fullmatch(name):
        return None
    return Needed(name, kind, Origin(code.path, node.lineno, name))


def _defaults(code: Code) -> frozenset[str]:
    """Return the variables that `environ.Env(DEBUG=(bool, False))` gives a default."""
    found: set[str] = set()
    for call in code.calls:
        if call.name.rpartition(".")[2] in {"Env", "FileAwareEnv"} and call.node is not None:
            found.update(item.arg for item in call.node.keywords if item.arg and isinstance(item.value, ast.Tuple))
    return frozenset(found)


# By the end of the name: what lets settings be loaded, and is never a secret.
_PLACEHOLDERS = (
    (re.compile(r"DATABASE_URL|DB_URL"), "sqlite:////tmp/build.sqlite3"),
    # Every model asks its database engine for the longest name.
    (re.compile(r".*(?:DB|DATABASE|SQL)_?(?:ENGINE|BACKEND)"), "django.db.backends.sqlite3"),
    (re.compile(r".*EMAIL_BACKEND"), "django.core.mail.backends.dummy.EmailBackend"),
    (re.compile(r".*LOG_?LEVEL"), "INFO"),
    (re.compile(r"TZ|.*TIME_?ZONE"), "UTC"),
    (re.compile(r".*(?:FERNET|ENCRYPTION)_KEY"), FERNET_PLACEHOLDER),
    (re.compile(r"(?>.*?(?:REDIS|BROKER|CELERY|CACHE)).*UR[LI]"), "redis://localhost:6379/0"),
    (re.compile(r".*(?:URL|URI|ORIGINS?)"), "http://localhost"),
    (re.compile(r".*(?:PORT|TIMEOUT|SIZE|COUNT|DAYS|HOURS|MINUTES|SECONDS|_ID|_DB)"), "1"),
    (re.compile(r".*(?:DEBUG|ENABLED|USE_\w+)"), "false"),
    (re.compile(r".*(?:HOSTS?|DOMAIN)"), "localhost"),
)
_BY_KIND = {
    "bool": "false",
    "int": "1",
    "float": "1",
    "json": "{}",
    "db": "sqlite:////tmp/build.sqlite3",
    "db_url": "sqlite:////tmp/build.sqlite3",
    "cache": "locmemcache://",
    "cache_url": "locmemcache://",
    "email_url": "consolemail://",
    "url": "http://localhost",
    "strtobool": "false",
}


def placeholder(needed: Needed) -> str:
    """Return a value for the time of the build: settings load with it, and nothing connects anywhere."""
    if needed.kind in _BY_KIND:
        return _BY_KIND[needed.kind]
    return next((value for pattern, value in _PLACEHOLDERS if pattern.fullmatch(needed.name)), "build")
