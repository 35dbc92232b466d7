"""Django: the project, its settings module, what a server runs, static files, migrations."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced

from . import django_files, django_settings, frameworks, servers, source_code
from .entry_points import Entry
from .path_expressions import TREE, constant_text

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .django_settings import Settings
    from .manifest import Project
    from .source_code import Code

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


def find(tree: SourceTree, project: Project, overrides: Overrides) -> DjangoProject | None:
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
    settings = django_settings.read(tree, module.value, directory)
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
    return named is not None and django_settings.file_of(tree, named.value, manage.rpartition("/")[0]) is not None


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
        if django_settings.file_of(tree, named.value, directory) is None:
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
    row = frameworks.named("django")
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
    wsgi = any(project.has(*servers.program(name).packages) for name in ("gunicorn", "uwsgi", "waitress-serve"))
    return asgi and not wsgi


def _application(tree: SourceTree, found: DjangoProject, kind: str) -> Entry | None:
    row = frameworks.named("django")
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
    values = {needed.name: django_settings.placeholder(needed) for needed in settings.needed()}
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


def report(found: DjangoProject, overrides: Overrides, reasons: Reasons) -> None:
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
        django_files.report(settings, overrides.volumes, reasons)
    hosts = settings.binding("ALLOWED_HOSTS") if settings is not None else None
    if hosts is not None and getattr(hosts[0], "elts", None) == []:
        text = "`ALLOWED_HOSTS` is empty, so every request from outside is answered with status 400"
        fix = 'write `ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "*").split(",")`'
        reasons.report(Diagnostic("BP693", "warning", text, Origin(hosts[1], hosts[0].lineno, "ALLOWED_HOSTS"), fix))
