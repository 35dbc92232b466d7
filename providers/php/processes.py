"""What runs beside the main process: workers, the scheduler, and what is run before a release."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Process
from buildplan.model.origin import Origin

from . import server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

_SCHEDULES = (
    ("routes/console.php", "Schedule::"),
    ("bootstrap/app.php", "withSchedule"),
    ("app/Console/Kernel.php", "$schedule->"),
)


def others(project: Project, main: str) -> tuple[Process, ...]:
    """Return the processes beside the main one; notes a decision for each."""
    found: dict[str, Process] = {}
    # Whoever lists processes lists all workers.
    listed = set(project.overrides.processes) - {"release"}
    for name, line, origin, rule in (*(() if listed else _workers(project)), *_release(project)):
        process = Process(name, tuple(shlex.split(line)))
        found[name] = process
        project.reasons.decide(f"processes.{name}", process.text, origin, rule)
    for name, request in project.overrides.processes.items():
        process = server.process_of(name, request.value)
        found[name] = process
        rule = "the process that was asked for"
        project.reasons.decide(f"processes.{name}", process.text, request.origin, rule)
    found.pop(main, None)
    return tuple(found.values())


def _workers(project: Project) -> Iterator[tuple[str, str, Origin, str]]:
    tree = project.tree
    if project.is_like("laravel"):
        horizon = project.has_package("laravel/horizon")
        jobs = next((path for path in tree.with_suffix(".php") if path.startswith("app/Jobs/")), None)
        if horizon is not None:
            yield "worker", "php artisan horizon", horizon, "Laravel Horizon works through the queues"
        elif jobs is not None:
            yield "worker", "php artisan queue:work", Origin(jobs), "there are jobs for a queue"
        for path, word in _SCHEDULES:
            line = _line_with(tree.text_or_none(path), word)
            if line is not None:
                yield "scheduler", "php artisan schedule:work", Origin(path, line), "there are scheduled tasks"
                break
        reverb = project.has_package("laravel/reverb")
        if reverb is not None:
            yield "reverb", "php artisan reverb:start", reverb, "Laravel Reverb serves web sockets"
    messenger = project.has_package("symfony/messenger") if project.is_like("symfony") else None
    if messenger is not None:
        path = "config/packages/messenger.yaml"
        line = _line_with(tree.text_or_none(path), "async:")
        if line is not None:
            command = "php bin/console messenger:consume async"
            yield "worker", command, Origin(path, line), "a transport of messages is configured"


def _line_with(text: str | None, word: str) -> int | None:
    """Return the number of the first line that holds the word and is no comment."""
    for number, line in enumerate(text.split("\n") if text is not None else (), 1):
        if word in line and not line.lstrip().startswith(("//", "#", "*", "/*")):
            return number
    return None


def _release(project: Project) -> Iterator[tuple[str, str, Origin, str]]:
    row, tree = project.framework, project.tree
    folder = row.get("migrations")
    migrations = any(name.endswith(".php") for name in tree.directory(folder).files) if folder else True
    migrator = row.get("migrator")
    place = project.has_package(migrator) if migrator is not None else project.place
    if "release" in row and migrations and place is not None:
        yield "release", row["release"], place, "migrations are run once for each release"
        return
    bundle = project.has_package("doctrine/doctrine-migrations-bundle")
    if bundle is not None and any(name.endswith(".php") for name in tree.directory("migrations").files):
        command = "php bin/console doctrine:migrations:migrate --no-interaction --allow-no-migration"
        yield "release", command, bundle, "migrations are run once for each release"
        return
    phinx = project.has_package("robmorgan/phinx")
    if phinx is not None and tree.first("phinx.php", "phinx.yml", "phinx.yaml", "phinx.json") is not None:
        yield "release", "php vendor/bin/phinx migrate", phinx, "migrations are run once for each release"
