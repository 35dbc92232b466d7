"""What a project is started with: the image's own word, workers, the main process, the others beside it."""

from __future__ import annotations

import functools
import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError, NoStartError
from buildplan.language import ports
from buildplan.model.build_plan import RunnerUp
from buildplan.model.origin import Origin, Sourced
from buildplan.read import own_dockerfile

from . import django, entry_points, servers, source_code, tables
from .servers import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .django import DjangoProject
    from .entry_points import Entry, Framework
    from .manifest import Project
    from .project_files import Requirement
    from .source_code import Code

# What the Dockerfile of a project starts: its authors' word on which of several things in the tree is the app.
#
# Only the target is taken (`app.main:app`, `bot/main.py`, `-m bot`), never the command: how it is started is for other
# rules. A shell script that the Dockerfile starts is looked into.


_TARGET = re.compile(r"([A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*)(?:\(\))?", re.ASCII)
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_FILE = re.compile(r"(?:\./)?[\w./-]{1,200}\.py", re.ASCII)
_SCRIPT = re.compile(r"[\w./-]{1,200}\.sh|[\w./-]{0,200}(?:entrypoint|start|run)", re.ASCII)
_PYTHON = re.compile(r"python[0-9.]*")
# Programs that are run with `-m` and given an app, or that only prepare a start.
_TOOLS = frozenset({"pip", "venv", "http.server", "compileall", "gunicorn", "uvicorn", "hypercorn", "flask", "alembic"})
# What prepares the start and is not the app.
_HELPERS = frozenset(
    {"manage.py", "setup.py", "update.py", "migrate.py", "init_db.py", "prestart.py", "wait_for_db.py"}
)
_MAX_LINES = 300
_MAX_WORDS = 60


def find_started(tree: SourceTree) -> tuple[Sourced[str], ...]:
    """Return what is started, as the option `python.entry` would name it, the last of each command first."""
    found: list[Sourced[str]] = []
    for command in own_dockerfile.commands(tree):
        argv = command.value.argv
        words = _words(command.value.text if argv is None else " ".join(argv))
        targets = list(_targets(words))
        if not targets:
            targets = [target for path in _scripts(tree, words) for target in _in_script(tree, path)]
        found += [Sourced(target, command.origin) for target in reversed(targets)]
    return tuple(found)


def _words(text: str) -> list[str]:
    """Return the words of a command, split at white space and quotes."""
    return [word for word in re.split(r"[\s\"';&|]+", text) if word][:_MAX_WORDS]


def _targets(words: list[str]) -> Iterator[str]:
    for index, word in enumerate(words):
        target = _TARGET.fullmatch(word)
        following = words[index + 1] if index + 1 < len(words) else ""
        if target is not None and not word.startswith(("unix:", "tcp:", "http:", "https:")):
            yield target[1]
        elif word == "-m" and index and _is_python(words, index):
            if _MODULE.fullmatch(following) and following.partition(".")[0] not in _TOOLS:
                yield following
        elif _FILE.fullmatch(word) and posixpath.basename(word) not in _HELPERS and _runs(words, index):
            yield word.removeprefix("./")


def _is_python(words: list[str], index: int) -> bool:
    """Return whether the word at an index is an option of the interpreter."""
    return any(_PYTHON.fullmatch(posixpath.basename(word)) for word in words[max(0, index - 3) : index])


def _runs(words: list[str], index: int) -> bool:
    """Return whether a file at an index is what is run, and not the argument of an option (`-c gunicorn.conf.py`)."""
    if index == 0:
        return True
    before = words[index - 1]
    return not before.startswith("-") or (before in {"-u", "-O", "-B", "-I", "--"} and _is_python(words, index))


def _scripts(tree: SourceTree, words: list[str]) -> Iterator[str]:
    """Yield the shell scripts of the tree that a command starts, by their path or by the last part of it."""
    for word in words:
        if not _SCRIPT.fullmatch(word):
            continue
        name = posixpath.basename(word)
        inside = posixpath.normpath(word.lstrip("/")) if word.strip("./") else name
        known = tree.first(inside, name) or next(iter(tree.named(name)), None)
        if known is not None:
            yield known


def _in_script(tree: SourceTree, path: str) -> Iterator[str]:
    text = tree.text_or_none(path)
    for line in (text or "").split("\n", _MAX_LINES)[:_MAX_LINES]:
        if not line.lstrip().startswith("#"):
            yield from _targets(_words(line))


# The entry that the Dockerfile of a project starts, found in its tree.


# Calls that do nothing but to serve an app.
_SERVING = frozenset({"uvicorn.run", "waitress.serve", "hypercorn.run"})


def find_shipped(tree: SourceTree, project: Project) -> tuple[Entry, Origin] | None:
    """Return the entry that the project's own Dockerfile starts, and where it says so; None when it says none."""
    for named in find_started(tree):
        entry = entry_points.asked(tree, project, named.value)
        if entry is not None and (entry.kind != "file" or ":" not in named.value):
            return entry, named.origin
        script = entry_points.named_script(tree, project, named.value)
        if script is not None:
            return script, named.origin
    return None


def handed_over(tree: SourceTree, project: Project, script: Entry, inner: Entry | None) -> Entry | None:
    """Return the app that a script only hands to a server: that server can be started itself, on `$PORT`.

    `inner` is the app that the script imports, if it does.
    """
    code = source_code.read(tree, script.path)
    for call in code.calls if code is not None else ():
        if call.name not in _SERVING:
            continue
        text = source_code.constant(call.argument("app", 0))
        entry = entry_points.asked(tree, project, text) if isinstance(text, str) else inner
        if entry is not None and entry.kind != "file":
            return entry
    return None


# Programs that work through a queue: which of them an app has, and how each is started.


# Where people put what their worker runs, beside the files that the table names.
_FOLDERS = ("core", "config", "worker", "workers", "tasks", "jobs", "celery_app", "services", "background")
_SCHEDULE = (
    "beat_schedule",
    "CELERY_BEAT_SCHEDULE",
    "CELERYBEAT_SCHEDULE",
    "CELERY_BEAT_SCHEDULER",
    "add_periodic_task",
)
_MOST_FILES = 60
_DEEPEST = 4


class Row(NamedTuple):
    """One row of the table; texts may hold `{app}`, `{module}`, `{name}`."""

    id: str
    title: str
    packages: tuple[str, ...]
    start: tuple[str, ...]
    unless: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    suffix: str = ""
    files: tuple[str, ...] = ()
    django: bool = False
    django_app: str = ""
    django_start: tuple[str, ...] = ()

    @property
    def searches(self) -> bool:
        """Whether its app object has to be found in the code."""
        return bool(self.makes or self.marks or self.classes or self.suffix)


class Worker(NamedTuple):
    """A process of an app, and why it is there."""

    name: str
    launch: Launch
    origin: Origin
    rule: str


class _Object(NamedTuple):
    """The app object of a queue."""

    code: Code
    root: str
    module: str
    name: str
    line: int


@functools.cache
def _table() -> tuple[Row, ...]:
    data = tables.read("workers")
    return tuple(Row(key, **tables.row(value)) for key, value in data.items() if isinstance(value, dict))


def declared_queue(project: Project) -> Requirement | None:
    """Return the requirement of the first queue that production declares, or None."""
    rows = (row for row in _table() if project.has(*row.packages))
    names = (name for row in rows for name in row.packages)
    return next((item for name in names if (item := project.requirement(name)) is not None), None)


def find_workers(
    tree: SourceTree, project: Project, django: DjangoProject | None
) -> tuple[tuple[Worker, ...], tuple[Row, ...]]:
    """Return the workers of an app, and the rows that are declared and whose app object was not found."""
    found: list[Worker] = []
    unclear: list[Row] = []
    for row in _table():
        if not project.has(*row.packages) or (row.unless and project.has(*row.unless)):
            continue
        workers = tuple(_of(tree, project, row, django))
        found += workers
        if not workers and not row.django:
            unclear.append(row)
    return _named(found), tuple(unclear)


def _named(found: list[Worker]) -> tuple[Worker, ...]:
    """Give a second worker the name of what it is."""
    result: list[Worker] = []
    for worker in found:
        taken = any(other.name == worker.name for other in result)
        name = f"worker-{len(result) + 1}" if taken else worker.name
        result.append(Worker(name, worker.launch, worker.origin, worker.rule))
    return tuple(result)


def _of(tree: SourceTree, project: Project, row: Row, django: DjangoProject | None) -> Iterator[Worker]:
    requirement = next((item for name in row.packages if (item := project.requirement(name)) is not None), None)
    origin = requirement.origin if requirement is not None else Origin(".")
    if row.django or row.django_start:
        settings = django.settings if django is not None else None
        used = settings.mentions(row.django_app) if settings is not None and row.django_app else None
        if django is not None and (used is not None or (row.django and not row.django_app)):
            words = row.django_start or row.start
            yield Worker(
                "worker",
                Launch(words, directory=django.directory),
                used or origin,
                f"{row.title} works through its queue",
            )
            return
    if row.django:
        return
    if not row.searches:
        shell = " ".join(row.start) if any("$" in word for word in row.start) else None
        launch = Launch(() if shell else row.start, shell)
        yield Worker("worker", launch, origin, f"{row.title} works through its queue")
        return
    place = _object(tree, project, row, django)
    if place is None:
        return
    app = _celery_app(place) if row.id == "celery" else ""
    fill = {"{app}": app, "{module}": place.module, "{name}": place.name}
    words = tuple(functools.reduce(lambda text, pair: text.replace(*pair), fill.items(), word) for word in row.start)
    directory = place.root if django is not None and place.root == django.directory else project.directory
    where = Origin(place.code.path, place.line, place.name or None)
    path = None if place.root == directory else place.root
    launch = Launch(words, directory=directory, import_path=path)
    yield Worker("worker", launch, where, f"{row.title} works through its queue")
    schedule = _schedule(tree, project, place, django) if row.id == "celery" else None
    if schedule is not None:
        yield _beat(app, directory, path, schedule, project)


def _celery_app(place: _Object) -> str:
    """Return what `--app` takes: the package is enough where the app lies in its `celery.py`, else module and name."""
    if place.module.endswith(".celery"):
        return place.module.removesuffix(".celery")
    return place.module if place.name in {"app", "celery"} else f"{place.module}:{place.name}"


def _beat(app: str, directory: str, path: str | None, schedule: Origin, project: Project) -> Worker:
    """Return the process that puts scheduled tasks into the queue; there must be one of it only."""
    words: tuple[str, ...] = ("celery", "--app", app, "beat", "--loglevel", "INFO")
    if project.has("django-celery-beat"):
        words += ("--scheduler", "django_celery_beat.schedulers:DatabaseScheduler")
    else:
        words += ("--schedule", "/tmp/celerybeat-schedule")  # noqa: S108  # inside of the container
    return Worker("beat", Launch(words, directory=directory, import_path=path), schedule, "Celery has a schedule")


def _schedule(tree: SourceTree, project: Project, place: _Object, django: DjangoProject | None) -> Origin | None:
    requirement = project.requirement("django-celery-beat")
    if requirement is not None:
        return requirement.origin
    paths = [place.code.path, *(code.path for code in (django.settings.files if django and django.settings else ()))]
    for path in paths:
        text = tree.text_or_none(path) or ""
        for number, line in enumerate(text.split("\n"), 1):
            if any(word in line for word in _SCHEDULE) and not line.lstrip().startswith("#"):
                return Origin(path, number)
    return None


def _object(tree: SourceTree, project: Project, row: Row, django: DjangoProject | None) -> _Object | None:
    for path in _files(tree, project, row, django):
        code = source_code.read(tree, path)
        if code is None:
            continue
        found = _in(code, row)
        place = source_code.place(tree, code)
        if found is not None and place.module is not None:
            name, line = found
            return _Object(code, place.root, place.module, name, line)
    return None


def _in(code: Code, row: Row) -> tuple[str, int] | None:
    """Return the name and the line of the app object of a file; an empty name where the module is enough."""
    for binding in code.bindings:
        last = binding.value.rpartition(".")[2]
        made = any(_same(binding.value, known) for known in row.makes)
        if binding.called and (made or (row.suffix and last.endswith(row.suffix))):
            return binding.name, binding.line
    for name in row.classes:
        if name in code.classes:
            return name, 1
    for call in code.calls if row.marks else ():
        if any(_same(call.name, known) for known in row.marks):
            return "", call.line
    return None


def _same(name: str, known: str) -> bool:
    return name.partition(".")[0] == known.partition(".")[0] and name.rpartition(".")[2] == known.rpartition(".")[2]


def _files(tree: SourceTree, project: Project, row: Row, django: DjangoProject | None) -> Iterator[str]:
    """Yield the files that may hold the app object, the likeliest first, then any that holds the words."""
    folders = list(entry_points.folders(tree, project))
    if django is not None:
        package = django.module.value.partition(".")[0]
        folders.insert(0, "/".join(part for part in (django.directory, package) if part))
    folders += [f"{folder}/{name}" if folder else name for folder in list(folders) for name in _FOLDERS]
    usual = [
        f"{folder}/{name}.py" if folder else f"{name}.py"
        for folder in folders
        for name in (*row.files, source_code.INIT[:-3])
    ]
    seen: set[str] = set()
    words = tuple(name.rpartition(".")[2] for name in (*row.makes, *row.marks)) or (*row.classes, row.suffix)
    for path in usual:
        if path not in seen and tree.has(path):
            seen.add(path)
            if any(word and word in (tree.text_or_none(path) or "") for word in words):
                yield path
    count = 0
    for path in tree.with_suffix(".py"):
        if path in seen or path.count("/") > _DEEPEST or not entry_points.SKIPPED_FOLDERS.isdisjoint(path.split("/")):
            continue
        if any(word and word in (tree.text_or_none(path) or "") for word in words):
            count += 1
            yield path
        if count > _MOST_FILES:
            return


# What a project is started with: the main process, the others beside it, and what all of them need.


_MAX_SHOWN = 12


class Chosen(NamedTuple):
    """A launch, where it comes from, and what it beat."""

    launch: Launch
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...] = ()
    framework: Framework | None = None
    installs_project: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """Everything about how a project runs; `name` is the main process, `others` are those beside it."""

    name: str
    main: Chosen
    others: tuple[tuple[str, Chosen], ...]
    frameworks: tuple[str, ...]
    django: DjangoProject | None = None
    entry: Entry | None = None
    searched: tuple[str, ...] = field(default=())


def find_application(
    tree: SourceTree, project: Project, python: str, overrides: Overrides, reasons: Reasons
) -> Application:
    """Return how the project is started.

    Raises NoStartError, naming what was looked at, when nothing says how; ConfigError for an entry that is not there.
    """
    return _Finder(tree, project, python, overrides, reasons).application()


class _Finder:
    def __init__(self, tree: SourceTree, project: Project, python: str, overrides: Overrides, reasons: Reasons) -> None:
        self._tree = tree
        self._project = project
        self._python = python
        self._overrides = overrides
        self._reasons = reasons
        self._django = django.find_django(tree, project, overrides)
        self._found: entry_points.Found | None = None
        self._entry: Entry | None = None
        self._shipped = find_shipped(tree, project)

    def application(self) -> Application:
        main = self._main()
        generated, unclear = find_workers(self._tree, self._project, self._django)
        if main is None:
            main = self._first_asked()
        if main is None and generated:
            main = Chosen(generated[0].launch, generated[0].origin, generated[0].rule)
            generated = generated[1:]
        main = main or self._script()
        if main is None:
            raise self._nothing(unclear)
        name = "web" if main.launch.port is not None else "worker"
        others = dict(self._asked(name))
        beside = {key for key in self._overrides.processes if key != "release"}
        if not beside:
            for worker in generated:
                own = worker.name if worker.name != name else f"{worker.name}-2"
                others.setdefault(own, Chosen(worker.launch, worker.origin, worker.rule))
        release = self._release()
        if release is not None and "release" not in others:
            others["release"] = release
        return Application(
            name=name,
            main=main,
            others=tuple((key, value) for key, value in others.items() if key != name),
            frameworks=self._names(main),
            django=self._django,
            entry=self._entry,
        )

    # --- the main process -------------------------------------------------------------------------------------------

    def _main(self) -> Chosen | None:
        asked = self._overrides.start
        if asked is not None:
            started = servers.resolve("web", asked, self._situation())
            return Chosen(started, asked.origin, "the start command that was asked for", framework=self._row())
        named = self._overrides.option("python.entry")
        if named is not None:
            return self._named(named)
        declared = self._declared_entry()
        if declared is not None:
            return declared
        if self._django is not None:
            found = django.entry(self._tree, self._django, self._project, self._overrides, self._reasons)
            if found is not None:
                return self._served(found, Origin(self._django.manage), "Django's own application object")
        discovered = self._discovered()
        if discovered is not None and not self._project.sources:
            return self._with_imports(discovered, self._entries().entries[0])
        return discovered or self._notebook() or self._console()

    def _named(self, named: Sourced[str]) -> Chosen:
        entry = entry_points.asked(self._tree, self._project, named.value)
        if entry is not None:
            return self._served(entry, named.origin, "the configured entry")
        path = named.value.removeprefix("./")
        if self._tree.has(path) and path.endswith(".py"):
            found = next((item for item in entry_points.files(self._tree, self._project) if item.path == path), None)
            code = source_code.read(self._tree, path)
            if found is None and code is not None:
                found = entry_points.Entry(
                    entry_points.SCRIPT, "file", path, "", None, "", 1, base=self._project.directory
                )
            if found is not None:
                return self._run(found, named.origin, "the configured entry")
        raise ConfigError(
            f"there is no app `{named.value[:80]}` in the tree",
            origin=named.origin,
            hint="write `module:name`, as in `app.main:app`, or the file to run",
        )

    def _declared_entry(self) -> Chosen | None:
        """Return the entry that `[tool.fastapi]` names."""
        document = self._project.document
        named = document.string("tool", "fastapi", "entrypoint") if document is not None else None
        entry = entry_points.asked(self._tree, self._project, named.value) if named is not None else None
        return (
            self._served(entry, named.origin, "the entry point that pyproject.toml names") if named and entry else None
        )

    def _discovered(self) -> Chosen | None:
        ranked = self._entries().entries
        if self._shipped is not None and self._shipped[0].framework is entry_points.SCRIPT:
            return self._shipped_script(*self._shipped)
        if not ranked:
            return self._conventional()
        entry = ranked[0]
        if entry_points.console(self._project) is not None and (
            not entry.framework.packages
            or (
                entry.kind == "app"
                and entry.attribute not in entry_points.ATTRIBUTES
                and entry_points.is_named_as_the_project(self._project)
            )
        ):
            return None
        if not entry.declared and "/" in entry.path:
            script = entry_points.guarded(self._tree, self._project)
            if script is not None:
                lost = RunnerUp(entry.target, entry.origin, f"no manifest declares {entry.framework.title}")
                return self._run(script, script.origin, "the script at the root", (lost,))
        if entry.kind == "file" and entry.framework.start[:1] == ("python",):
            runner = entry_points.runner(self._tree, self._project, entry)
            if runner is not None:
                lost = RunnerUp(entry.target, entry.origin, "it is imported, not run")
                text = f"it runs the {entry.framework.title} of its package"
                return self._run(runner, runner.origin, text, (lost,), behind=entry.path)
        launcher = entry_points.launcher(self._tree, self._project, entry)
        if launcher is not None:
            lost = RunnerUp(entry.target, entry.origin, "a script at the root starts its package")
            return self._run(launcher, launcher.origin, "the script that starts the package", (lost,), entry.framework)
        others = [other for other in ranked[1:] if entry_points.equal(entry, other, self._project)]
        if others:
            servers.ambiguous(entry, others[0], self._reasons)
        if not entry.declared and self._project.sources:
            servers.undeclared(entry, self._reasons)
        text = f"{entry.framework.title} is declared, and this is its best entry"
        return self._served(entry, entry.origin, text, self._runners_up(entry))

    def _conventional(self) -> Chosen | None:
        """Return the application of a `wsgi.py` or `asgi.py` whose maker is not known; its name is the convention."""
        entry = entry_points.conventional(self._tree, self._project)
        return None if entry is None else self._served(entry, entry.origin, "its file is named for servers")

    def _shipped_script(self, script: Entry, origin: Origin) -> Chosen:
        """Return how the script is run that the Dockerfile runs; the server that it imports says its port."""
        text = "the project's own Dockerfile runs it"
        lost = self._runners_up(script)
        inner = next(
            (item for item in self._entries().entries if entry_points.leads_to(self._tree, script, item)), None
        )
        served = handed_over(self._tree, self._project, script, inner)
        if served is not None:
            return self._served(served, origin, "the project's own Dockerfile runs a script that serves it", lost)
        if inner is None:
            return self._run(script, origin, text, lost)
        row = inner.framework
        if row.start[:1] == ("python",):
            script = script._replace(framework=row)
        return self._run(script, origin, text, lost, row, behind=inner.path)

    def _notebook(self) -> Chosen | None:
        """Return how the notebook is served, or the folder where several lie and none has a usual name."""
        found = entry_points.find_notebook(self._tree, self._project)
        if found is None:
            return None
        entry, alone = found
        started = servers.of_entry(entry, self._project, self._python)
        if not alone:
            started = replace(started, words=started.words[:-1])
        return Chosen(started, Origin(entry.path), f"{entry.framework.title} serves it", (), entry.framework)

    def _with_imports(self, chosen: Chosen, entry: Entry) -> Chosen:
        """Return what is started with the packages that its source imports, as no manifest declares any."""
        found = entry_points.find_imported(self._tree, entry)
        if found.packages or found.unknown:
            servers.imports(found, entry, self._reasons)
        wanted = tuple(dict.fromkeys((*chosen.launch.requirements, *found.packages)))
        return chosen._replace(launch=replace(chosen.launch, requirements=wanted))

    def _runners_up(self, entry: Entry) -> tuple[RunnerUp, ...]:
        lost = [
            RunnerUp(other.target, other.origin, f"`{entry.target}` ranks higher")
            for other in self._entries().entries
            if other != entry
        ]
        name = entry_points.console(self._project)
        if name is not None:
            script = self._project.scripts[name]
            lost.append(RunnerUp(name, script.origin, "a server for production is better than a script"))
        return tuple(lost[:_MAX_SHOWN])

    def _console(self) -> Chosen | None:
        name = entry_points.console(self._project)
        if name is None:
            return None
        script = self._project.scripts[name]
        code = entry_points.target(self._tree, self._project, name)
        found = servers.find_listening(code) if code is not None else None
        port: int | None = None
        options: tuple[str, ...] = ()
        if found is not None and code is not None:
            servers.listens(found, code.path, self._reasons)
            port, options = found.port or servers.DEFAULT_PORT, found.options
        started = Launch((name, *options), port=port, sigterm=False, directory=self._project.directory)
        return Chosen(started, script.origin, "the project's own console script", installs_project=True)

    def _script(self) -> Chosen | None:
        found = entry_points.files(self._tree, self._project)
        if not found:
            return None
        best, *rest = found
        other = entry_points.several(self._tree, self._project, best)
        if other is not None:
            servers.ambiguous(best, other, self._reasons)
        lost = tuple(RunnerUp(other.target, other.origin, f"`{best.path}` ranks higher") for other in rest)
        chosen = self._run(best, best.origin, "no framework is declared; this is the file to run", lost[:_MAX_SHOWN])
        return chosen if self._project.sources else self._with_imports(chosen, best)

    # --- how an entry is started ------------------------------------------------------------------------------------

    def _served(self, entry: Entry, origin: Origin, text: str, lost: tuple[RunnerUp, ...] = ()) -> Chosen:
        """Return how an entry is started, with the port that its code says."""
        if entry.kind == "file":
            return self._run(entry, origin, text, lost, entry.framework)
        self._entry = entry
        return Chosen(self._production(entry), origin, text, lost, entry.framework)

    def _production(self, entry: Entry) -> Launch:
        started = servers.of_entry(entry, self._project, self._python)
        if started.requirements:
            servers.say_server(started.requirements[0], entry.origin, self._reasons)
        if started.words[:1] == ("gunicorn",):
            started = replace(started, words=self._socket_words(started.words))
            path = "/".join(part for part in (started.directory, "gunicorn.conf.py") if part)
            bound = servers.bind(self._tree, path)
            if bound is not None and not bound.reads_port and not bound.variable:
                # The command line wins over the file: https://docs.gunicorn.org/en/stable/configure.html
                bound = bound._replace(host=None, options=("--bind", f"{ports.ANYWHERE}:${{PORT}}"))
            if bound is not None:
                servers.listens(bound, path, self._reasons)
                started = replace(
                    started,
                    words=(started.words[0], *bound.options, *started.words[1:]),
                    port=bound.port or started.port,
                    own_variable=bound.variable,
                    own_address=bound.takes_address,
                )
        return started

    def _socket_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words for Flask-SocketIO, whose clients have to meet the same process again."""
        if not self._project.has("flask-socketio"):
            return words
        if self._project.has("gevent"):
            return (words[0], "--worker-class", "gevent", "--workers", "1", *words[1:])
        return (words[0], "--workers", "1", "--threads", "100", *words[1:])

    def _run(
        self,
        entry: Entry,
        origin: Origin,
        text: str,
        lost: tuple[RunnerUp, ...] = (),
        row: Framework | None = None,
        behind: str = "",
    ) -> Chosen:
        """Return how a file is run; what it listens on is what its code says, or that of the file `behind` it."""
        started = servers.of_entry(entry, self._project, self._python)
        code = source_code.read(self._tree, entry.path)
        found = servers.find_listening(code) if code is not None else None
        if found is None and behind:
            inner = source_code.read(self._tree, behind)
            found = servers.find_listening(inner) if inner is not None else None
            entry = entry if found is None else entry._replace(path=behind)
        kind = entry.framework
        if kind.kind == "bot":
            return Chosen(replace(started, port=None), origin, text, lost, kind)
        if kind.transports and code is not None:
            if servers.transports(code).isdisjoint(kind.transports):
                return Chosen(
                    replace(started, port=None), origin, f"{text}; it talks over its standard input", lost, kind
                )
        elif kind.kind == "command" or (kind.port_variable and not (found and (found.port or found.reads_port))):
            return Chosen(started, origin, text, lost, kind)
        if found is None and kind.port is not None:
            found = servers.Listening(kind.port, line=entry.line)
        if found is not None:
            servers.listens(found, entry.path, self._reasons)
            port = found.port or kind.port or servers.DEFAULT_PORT
            words = (*started.words, *found.options)
            started = replace(started, words=words, port=port, port_variable="", own_variable=found.variable)
        elif row is not None and row.port is not None:
            started = replace(started, port=row.port)
        return Chosen(started, origin, text, lost, row or kind)

    def _situation(self) -> servers.Situation:
        def production(framework: str, wanted: str | None) -> Launch | None:
            entry = entry_points.asked(self._tree, self._project, wanted) if wanted else None
            if entry is None and framework == "django" and self._django is not None:
                entry = django.entry(self._tree, self._django, self._project, self._overrides, self._reasons)
            if entry is None:
                found = [item for item in self._entries().entries if item.kind != "file"]
                entry = next((item for item in found if item.framework.id == framework), next(iter(found), None))
            if entry is None:
                return None
            self._entry = entry
            return self._production(entry)

        variables = frozenset(self._overrides.variables)
        return servers.Situation(self._tree, self._project, self._python, self._reasons, production, variables)

    def _entries(self) -> entry_points.Found:
        if self._found is None:
            wanted = self._overrides.variables.get("FLASK_APP")
            named = wanted.value if wanted is not None else _flask_variable(self._tree, self._project)
            first = entry_points.asked(self._tree, self._project, named) if named else None
            if first is None and self._shipped is not None and self._shipped[0].framework is not entry_points.SCRIPT:
                first = self._shipped[0]
            self._found = entry_points.discover(self._tree, self._project)
            if first is not None:
                rest = tuple(item for item in self._found.entries if item != first)
                self._found = self._found._replace(entries=(first, *rest))
        return self._found

    # --- the processes beside it ------------------------------------------------------------------------------------

    def _asked(self, main: str) -> dict[str, Chosen]:
        found = {}
        for name, request in sorted(self._overrides.processes.items()):
            if name != main:
                started = servers.resolve(name, request, self._situation())
                found[name] = Chosen(started, request.origin, "the process that was asked for")
        return found

    def _first_asked(self) -> Chosen | None:
        names = [name for name in ("worker", *sorted(self._overrides.processes)) if name != "release"]
        name = next((item for item in names if item in self._overrides.processes), None)
        if name is None:
            return None
        request = self._overrides.processes[name]
        return Chosen(
            servers.resolve(name, request, self._situation()), request.origin, "the process that was asked for"
        )

    def _release(self) -> Chosen | None:
        """Return what migrates the database: a process of its own, never part of the start."""
        project = self._project
        if self._django is not None:
            where = django.migrates(self._django)
            words: tuple[str, ...] = ("python", "manage.py", "migrate", "--noinput")
            directory = self._django.directory
            return Chosen(Launch(words, directory=directory), where, "Django migrates its database") if where else None
        base = f"{project.directory}/" if project.directory else ""
        entry = self._entry
        folder = f"{base}migrations/env.py"
        if project.has("flask-migrate") and self._tree.has(folder) and entry is not None and entry.module:
            words = ("flask", "--app", entry.target, "db", "upgrade")
            started = Launch(words, directory=entry.directory, import_path=entry.import_path)
            return Chosen(started, Origin(folder), "Flask-Migrate migrates the database")
        if project.has("alembic") and self._tree.has(f"{base}alembic.ini"):
            started = Launch(("alembic", "upgrade", "head"), directory=project.directory)
            return Chosen(started, Origin(f"{base}alembic.ini"), "Alembic migrates the database")
        return None

    # --- what is said about it --------------------------------------------------------------------------------------

    def _row(self) -> Framework | None:
        if self._django is not None:
            return entry_points.framework_named("django")
        return self._entry.framework if self._entry is not None else None

    def _names(self, main: Chosen) -> tuple[str, ...]:
        rows = [main.framework] if main.framework is not None and main.framework is not entry_points.SCRIPT else []
        rows += [entry_points.framework_named("django")] if self._django is not None else []
        rows += entry_points.declared_frameworks(self._project)
        return tuple(dict.fromkeys(row.id for row in rows))

    def _nothing(self, unclear: tuple[Row, ...]) -> NoStartError:
        found = self._entries()
        looked = [f"`{path}`" for path in found.looked[:_MAX_SHOWN]]
        shown = ", ".join(looked) + (", …" if len(found.looked) > _MAX_SHOWN else "") if looked else "no Python file"
        text = f"nothing says how to start this app; looked at {shown}"
        if found.stumbled:
            place = found.stumbled[0]
            text += f"; line {place.line} of `{place.path}` could not be read"
        hint = (
            'write `start = "gunicorn module:app"` in buildplan.toml, a `web:` line in a Procfile, or add a `main.py`'
        )
        if unclear:
            hint = f"name the app object of {unclear[0].title}: `start` in buildplan.toml"
        origin = Origin(self._project.sources[0] if self._project.sources else ".")
        return NoStartError(text, origin=origin, hint=hint)


def _flask_variable(tree: SourceTree, project: Project) -> str | None:
    """Return FLASK_APP of a committed `.flaskenv`, which Flask's own command reads."""
    path = f"{project.directory}/.flaskenv" if project.directory else ".flaskenv"
    for line in (tree.text_or_none(path) or "").split("\n"):
        name, _, value = line.strip().removeprefix("export ").partition("=")
        if name.strip() == "FLASK_APP":
            return value.strip().strip("\"'") or None
    return None
