"""Programs that work through a queue: which of them an app has, and how each is started."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

from . import candidates, modules, source_code, tables
from .launch import Launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree

    from .django import DjangoProject
    from .manifest import Project
    from .requirements import Requirement
    from .source_code import Code

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


def declared(project: Project) -> Requirement | None:
    """Return the requirement of the first queue that production declares, or None."""
    rows = (row for row in _table() if project.has(*row.packages))
    names = (name for row in rows for name in row.packages)
    return next((item for name in names if (item := project.requirement(name)) is not None), None)


def find(
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
        place = modules.place(tree, code)
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
    folders = list(candidates.folders(tree, project))
    if django is not None:
        package = django.module.value.partition(".")[0]
        folders.insert(0, "/".join(part for part in (django.directory, package) if part))
    folders += [f"{folder}/{name}" if folder else name for folder in list(folders) for name in _FOLDERS]
    usual = [
        f"{folder}/{name}.py" if folder else f"{name}.py"
        for folder in folders
        for name in (*row.files, modules.INIT[:-3])
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
        if path in seen or path.count("/") > _DEEPEST or not candidates.SKIPPED_FOLDERS.isdisjoint(path.split("/")):
            continue
        if any(word and word in (tree.text_or_none(path) or "") for word in words):
            count += 1
            yield path
        if count > _MOST_FILES:
            return
