"""Django: its settings, the files that they name, what a server runs, static files, migrations."""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import runtime_paths
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.model.secrets import FERNET_PLACEHOLDER

from . import entry_points, servers, source_code
from .entry_points import Entry
from .source_code import TREE, constant_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Items, Overrides
    from buildplan.source import SourceTree

    from .manifest import Project
    from .source_code import Code

# Django's settings, read from the syntax of the module and of those that it pours into itself; never imported.


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
        found = source_code.value(bound[0], bound[1], self.directory, self.binding)
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


def read_settings(tree: SourceTree, module: str, directory: str) -> Settings | None:
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
    return tree.first(f"{inside}.py", f"{inside}/{source_code.INIT}")


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
            path = source_code.locate(tree, name, current, (directory,))
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


# The files that Django's settings name and Django opens at once: SQLite databases and log files.
#
# Neither SQLite nor `logging` makes the folder of a file, so one that git does not hold has to be made.
# Sources: https://docs.djangoproject.com/en/5.2/ref/settings/#databases,
# https://docs.python.org/3/library/sqlite3.html,
# https://docs.python.org/3/library/logging.handlers.html


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


def report_files(settings: Settings, volumes: Items, reasons: Reasons) -> None:
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
        engine = source_code.text(items.get("ENGINE"), file, settings.directory, settings.binding)
        if engine is None or not engine.endswith(_SQLITE):
            return None
        named = source_code.text(items.get("NAME"), file, settings.directory, settings.binding)
        if not named or ":" in named:  # `:memory:`, `file:…?mode=memory`
            return None
        return source_code.value(items.get("NAME"), file, settings.directory, settings.binding)
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
        url = source_code.text(node, file, settings.directory, settings.binding)
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
    return source_code.value(items.get("filename"), file, settings.directory, settings.binding)


def _made_by(settings: Settings, node: ast.expr, file: str) -> str | None:
    """Return the folder that a call makes, None for any other expression."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in {"makedirs", "mkdir"}:
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_os = isinstance(owner, ast.Name) and owner.id == "os"
        target = node.args[0] if node.args and (is_os or owner is None) else owner
        return source_code.value(target, file, settings.directory, settings.binding)
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


# Django: the project, its settings module, what a server runs, static files, migrations.


_MANAGE = "manage.py"
_VARIABLE = "DJANGO_SETTINGS_MODULE"
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_DEEPEST = 3
_MOST_SHOWN = 6
# What makes the application of any project whose settings are known.
DEFAULT_APPLICATION = ("django.core.wsgi", "get_wsgi_application")
# Names of settings modules that are for a developer, and those that are for a server, the best first.
_DEVELOPMENT = frozenset({"dev", "develop", "development", "local", "test", "testing"})
_PRODUCTION = ("production", "prod", "deploy", "live", "heroku", "docker")
_SERVES_STATIC = ("whitenoise", "servestatic", "dj_static", "blacknoise")


class DjangoProject(NamedTuple):
    """A Django project; `directory` is where manage.py lies, `default` the settings that its own files name."""

    manage: str
    directory: str
    module: Sourced[str]
    default: str | None
    settings: Settings | None
    others: tuple[RunnerUp, ...] = ()


class StaticFiles(NamedTuple):
    """How static files are collected; `output` is where they land, None when only running it would tell."""

    command: str
    output: str | None
    origin: Origin


def find_django(tree: SourceTree, project: Project, overrides: Overrides) -> DjangoProject | None:
    """Return the Django project of the tree, None when there is none."""
    manage = _manage(tree, project, overrides)
    if manage is None:
        return None
    code = source_code.read(tree, manage)
    if code is None:
        return None
    directory = manage.rpartition("/")[0]
    default = _named_settings(code)
    asked = overrides.variables.get(_VARIABLE)
    if asked is not None and _MODULE.fullmatch(asked.value):
        module: Sourced[str] | None = Sourced(asked.value, asked.origin)
    else:
        module = default or _guessed(tree, directory)
    if module is None:
        return None
    others: tuple[RunnerUp, ...] = ()
    own = default.value if default is not None else None
    if asked is None:
        module, others, own = _for_production(tree, directory, module, own)
    settings = read_settings(tree, module.value, directory)
    return DjangoProject(manage, directory, module, own, settings, others)


def _manage(tree: SourceTree, project: Project, overrides: Overrides) -> str | None:
    asked = overrides.option("python.django_app")
    found = []
    for path in tree.named(_MANAGE):
        if path.count("/") > _DEEPEST or not path.startswith(f"{project.directory}/" if project.directory else ""):
            continue
        text = tree.text_or_none(path)
        if text is not None and "django" in text and (_VARIABLE in text or "execute_from_command_line" in text):
            found.append(path)
    if asked is not None:
        name = asked.value.partition(".")[0]
        inside = [path for path in found if tree.has_directory("/".join(filter(None, (path.rpartition("/")[0], name))))]
        found = inside or found
    # One whose settings lie beside it: another changes the search path first, which a server does not do.
    return next((path for path in found if _finds_settings(tree, path)), found[0] if found else None)


def _finds_settings(tree: SourceTree, manage: str) -> bool:
    code = source_code.read(tree, manage)
    named = _named_settings(code) if code is not None else None
    return named is not None and file_of(tree, named.value, manage.rpartition("/")[0]) is not None


def _named_settings(code: Code) -> Sourced[str] | None:
    """Return the module that a file puts into DJANGO_SETTINGS_MODULE."""
    for call in code.calls:
        if call.name.rpartition(".")[2] not in {"setdefault", "putenv"} or call.node is None:
            continue
        arguments = call.node.args
        if len(arguments) > 1 and constant_text(arguments[0]) == _VARIABLE:
            value = constant_text(arguments[1])
            if value is not None and _MODULE.fullmatch(value):
                return Sourced(value, Origin(code.path, call.line, _VARIABLE))
    return None


def _guessed(tree: SourceTree, directory: str) -> Sourced[str] | None:
    prefix = f"{directory}/" if directory else ""
    for name in tree.directory(directory).directories:
        for candidate in ("settings", *(f"settings/{item}" for item in ("base", *_PRODUCTION))):
            path = f"{prefix}{name}/{candidate}.py"
            if tree.has(path) and _MODULE.fullmatch(name):
                return Sourced(f"{name}.{candidate.replace('/', '.')}", Origin(path))
    return None


def _for_production(
    tree: SourceTree, directory: str, module: Sourced[str], own: str | None
) -> tuple[Sourced[str], tuple[RunnerUp, ...], str | None]:
    """Return the settings for a server: what wsgi.py names, or `production` beside `dev`."""
    last = module.value.rpartition(".")[2]
    wsgi = _server_file(tree, directory, module.value.partition(".")[0], "wsgi")
    named = _named_settings(wsgi) if wsgi is not None else None
    lost = RunnerUp(module.value, module.origin, "for a developer")
    if named is not None and named.value != module.value:
        if file_of(tree, named.value, directory) is None:
            return named, (), named.value
        return _beside(tree, directory, named, (lost,), own)
    chosen, others, own = _beside(tree, directory, module, (), own)
    if chosen.value != module.value:
        return chosen, others, own
    # `settings/__init__.py` that holds nothing is a folder of settings.
    folder = "/".join(filter(None, (directory, module.value.replace(".", "/"))))
    text = tree.text_or_none(f"{folder}/__init__.py")
    if last == "settings" and text is not None and not text.strip():
        for name in (*_PRODUCTION, "base"):
            if tree.has(f"{folder}/{name}.py"):
                return Sourced(f"{module.value}.{name}", Origin(f"{folder}/{name}.py")), (lost,), own
    return module, (), own


def _beside(
    tree: SourceTree, directory: str, module: Sourced[str], lost: tuple[RunnerUp, ...], own: str | None
) -> tuple[Sourced[str], tuple[RunnerUp, ...], str | None]:
    package, _, last = module.value.rpartition(".")
    words = re.split(r"[_.]", last)
    if not _DEVELOPMENT.intersection(words):
        return module, lost, own
    folder = "/".join(filter(None, (directory, package.replace(".", "/"))))
    for name in _PRODUCTION:
        candidate = "_".join(name if word in _DEVELOPMENT else word for word in words)
        path = f"{folder}/{candidate}.py"
        if tree.has(path):
            loser = RunnerUp(module.value, module.origin, "for a developer, and there is one for a server")
            return Sourced(f"{package}.{candidate}", Origin(path)), (*lost, loser), own
    return module, lost, own


def _server_file(tree: SourceTree, directory: str, package: str, name: str) -> Code | None:
    folder = "/".join(filter(None, (directory, package)))
    path = tree.first(
        f"{folder}/{name}.py",
        f"{folder}/{name}/__init__.py",
        f"{folder}/config/{name}.py",
        f"{directory}/{name}.py" if directory else f"{name}.py",
    )
    return source_code.read(tree, path) if path is not None else None


def entry(
    tree: SourceTree, found: DjangoProject, project: Project, overrides: Overrides, reasons: Reasons
) -> Entry | None:
    """Return what a server runs: the ASGI application when the project declares what that is for, else the WSGI one."""
    row = entry_points.framework_named("django")
    asked = overrides.option("python.django_app")
    name = asked.value.replace(":", ".").removesuffix(".application") if asked is not None else ""
    path = "/".join(filter(None, (found.directory, f"{name.replace('.', '/')}.py")))
    if _MODULE.fullmatch(name) and tree.has(path):
        return Entry(row, "app", path, found.directory, name, "application", 1, base=found.directory)
    if asked is not None and "." in name:
        text = f"`{asked.origin.key or 'django_app'}` has no effect: there is no module `{name[:60]}`"
        fix = f"name one that is there, such as `{(found.module.value).rpartition('.')[0] or 'project'}.wsgi`"
        reasons.report(Diagnostic("BP664", "warning", text, asked.origin, fix))
    asgi = _application(tree, found, "asgi")
    if asgi is not None and _wants_asgi(found, project):
        return asgi._replace(framework=replace(row, kind="asgi"))
    wsgi = _application(tree, found, "wsgi")
    if wsgi is None and asgi is not None:
        return asgi._replace(framework=replace(row, kind="asgi"))
    # Without a file of its own for servers, Django's function makes the application of the settings.
    return wsgi or Entry(row, "factory", found.manage, found.directory, *DEFAULT_APPLICATION, 1, base=found.directory)


def _wants_asgi(found: DjangoProject, project: Project) -> bool:
    if project.has("channels", "daphne"):
        return True
    named = found.settings is not None and found.settings.text("ASGI_APPLICATION") is not None
    asgi = project.has("uvicorn", "uvicorn-worker", "hypercorn")
    if asgi and (named or project.has("uvicorn-worker")):
        return True
    wsgi = any(project.has(*servers.program_row(name).packages) for name in ("gunicorn", "uwsgi", "waitress-serve"))
    return asgi and not wsgi


def _application(tree: SourceTree, found: DjangoProject, kind: str) -> Entry | None:
    row = entry_points.framework_named("django")
    setting = found.settings.text(f"{kind.upper()}_APPLICATION") if found.settings is not None else None
    if setting is not None and _MODULE.fullmatch(setting.value) and "." in setting.value:
        module, _, attribute = setting.value.rpartition(".")
        path = "/".join(filter(None, (found.directory, module.replace(".", "/"))))
        file = tree.first(f"{path}.py", f"{path}/__init__.py")
        if file is not None:
            return Entry(row, "app", file, found.directory, module, attribute, 1, base=found.directory)
    code = _server_file(tree, found.directory, found.module.value.partition(".")[0], kind) or _anywhere(
        tree, found, kind
    )
    if code is None:
        return None
    bound = next((item for item in code.bindings if item.called or item.name == "application"), None)
    last = code.binding("application") or bound
    if last is None:
        return None
    inside = code.path[len(found.directory) + 1 if found.directory else 0 :].removesuffix(".py")
    module = inside.removesuffix("/__init__").replace("/", ".")
    return Entry(row, "app", code.path, found.directory, module, last.name, last.line, base=found.directory)


def _anywhere(tree: SourceTree, found: DjangoProject, kind: str) -> Code | None:
    prefix = f"{found.directory}/" if found.directory else ""
    near = [path for path in tree.with_suffix(".py") if f"{kind}/" in path.removeprefix(prefix)]
    for path in (*tree.named(f"{kind}.py"), *near):
        text = tree.text_or_none(path) if path.startswith(prefix) and path.count("/") <= _DEEPEST else None
        if text is not None and f"get_{kind}_application" in text:
            return source_code.read(tree, path)
    return None


def static_files(found: DjangoProject, overrides: Overrides, reasons: Reasons) -> StaticFiles | None:
    """Return how static files are collected while the image is built; None where that cannot work, with the reason."""
    settings = found.settings
    off = overrides.variables.get("DISABLE_COLLECTSTATIC")
    if settings is None:
        name = found.module.value
        text = f"there is no settings module `{name}` in the tree, so neither the app nor its migrations start"
        fix = f'make the file in the build, or name another module: `variables = {{{_VARIABLE} = "…"}}`'
        reasons.report(Diagnostic("BP953", "error", text, found.module.origin, fix))
        return None
    if off is not None and off.value not in {"", "0"}:
        return None
    app = settings.mentions("django.contrib.staticfiles")
    if app is None:
        return None
    place = settings.directory_of("STATIC_ROOT")
    where = Origin(settings.path)
    if place is None:
        text = "static files are not collected: the settings have no `STATIC_ROOT`"
        fix = 'write `STATIC_ROOT = BASE_DIR / "staticfiles"`'
        reasons.report(Diagnostic("BP691", "warning", text, where, fix))
        return None
    if settings.missing is not None:
        text = (
            f"static files are not collected: the settings import `{settings.missing.value}`, which is not in the tree"
        )
        fix = "import it inside of `try`, or collect static files when the container starts"
        reasons.report(Diagnostic("BP691", "warning", text, settings.missing.origin, fix))
        return None
    if not any(settings.mentions(name) for name in _SERVES_STATIC):
        text = "static files are collected, and nothing in the settings serves them in production"
        fix = "add `whitenoise` to the dependencies and `whitenoise.middleware.WhiteNoiseMiddleware` to MIDDLEWARE"
        reasons.report(Diagnostic("BP692", "info", text, place.origin, fix))
    values = {needed.name: placeholder(needed) for needed in settings.needed()}
    for name in [name for name in values if name in overrides.variables]:
        del values[name]
    if found.default != found.module.value and _VARIABLE not in overrides.variables:
        values[_VARIABLE] = found.module.value
    assignments = "".join(f"{name}={shlex.quote(value)} " for name, value in values.items())
    return StaticFiles(f"{assignments}python manage.py collectstatic --noinput", _output(place.value), place.origin)


def _output(path: str | None) -> str | None:
    """Return a directory that can be copied: below the app, or absolute; never the app itself."""
    if path is None or not re.fullmatch(r"/[\w./@+-]+", path, re.ASCII) or path == TREE or TREE.startswith(f"{path}/"):
        return None
    return path.removeprefix(f"{TREE}/") if path.startswith(f"{TREE}/") else path


def migrates(found: DjangoProject) -> Origin | None:
    """Return where the settings name a database, None when they do not: then there is nothing to migrate."""
    bound = found.settings.binding("DATABASES") if found.settings is not None else None
    return None if bound is None else Origin(bound[1], bound[0].lineno, "DATABASES")


def report_django(found: DjangoProject, overrides: Overrides, reasons: Reasons) -> None:
    """Say what a person would stumble over when the image runs."""
    needed = [] if found.settings is None else found.settings.needed()
    missing = [item for item in needed if item.name not in overrides.variables]
    if missing:
        # A value of ours would be worse than none: a secret that everybody knows, a database that nobody keeps.
        listed = ", ".join(f"`{item.name[:60]}`" for item in missing[:_MOST_SHOWN])
        more = f" and {len(missing) - _MOST_SHOWN} more" if len(missing) > _MOST_SHOWN else ""
        text = f"the settings do not load without the variables {listed}{more}"
        fix = f"give them when the container runs: `docker run --env {missing[0].name} …`"
        reasons.report(Diagnostic("BP633", "info", text, missing[0].origin, fix))
    if found.others:
        reasons.decide(
            f"run.environment.{_VARIABLE}",
            found.module.value,
            found.module.origin,
            "the settings for a server, not for a developer",
            found.others,
        )
    settings = found.settings
    if settings is not None:
        report_files(settings, overrides.volumes, reasons)
    hosts = settings.binding("ALLOWED_HOSTS") if settings is not None else None
    if hosts is not None and getattr(hosts[0], "elts", None) == []:
        text = "`ALLOWED_HOSTS` is empty, so every request from outside is answered with status 400"
        fix = 'write `ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "*").split(",")`'
        reasons.report(Diagnostic("BP693", "warning", text, Origin(hosts[1], hosts[0].lineno, "ALLOWED_HOSTS"), fix))
