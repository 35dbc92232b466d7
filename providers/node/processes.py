"""The processes of the image: the main one, and those that a Procfile names beside it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Literal

from buildplan.catalogue.versions import Request, resolve
from buildplan.language import ports, versions
from buildplan.language.versions import Asking
from buildplan.model.build_plan import APP_DIR, Diagnostic, Process, Runtime
from buildplan.model.origin import Sourced, catalogue

from . import install, listening, manager_version, migrations
from .start import Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import CommandRequest

    from .migrations import Migration
    from .project import Project
    from .start_choice import Choice


def runtime(project: Project, choice: Choice) -> Runtime:
    """Return the runtime of the image: Node, or Bun where the process is one of Bun's."""
    start = choice.start
    if start is not None and start.program in {"bun", "bunx"}:
        said = manager_version.Said(project.workspace.root, None)
        directories = tuple(dict.fromkeys((project.app.directory, "")))
        asking = Asking(project.tree, said, project.overrides, project.reasons, directories)
        requests = list(versions.requests(manager_version.BUN, asking))
        if project.manager.name == "bun" and project.manager.version is not None:
            # The manager's version answers all of these but a configuration.
            asked = requests[: "bun" in project.overrides.versions]
            requests = [*asked, Request(project.manager.version, project.manager.origin)]
        found = resolve("bun", requests, project.reasons)
        return Runtime("bun", found.version, found.requested)
    return Runtime("node", project.node.version, project.node.requested)


def is_bun_alone(project: Project, choice: Choice) -> bool:
    """Return whether Bun installs, builds and runs the app, so that nothing needs Node."""
    start, build = choice.start, project.build
    if project.manager.name != "bun" or start is None or start.program not in {"bun", "bunx"}:
        return False
    return build is None or all(step.command.program in {"bun", "bunx"} for step in build.steps)


def main(project: Project, choice: Choice, port: int | None) -> Process:
    """Return the main process, and note why it is that one."""
    start = choice.start
    assert start is not None  # noqa: S101  # a site has its web server
    name = "worker" if port is None else "web"
    argv, shell = _form(project, start)
    migration = migrations.find(project, choice)
    if migration is not None and migration.at_start:
        argv, shell = (), f"{migration.text} && exec {shlex.join(argv)}"
        _report_sqlite(project, migration)
    process = Process(name, argv, shell, port)
    if port is not None:
        process = ports.forward(process, listening.port_variable(project, choice))
    project.reasons.decide("start", process.text, choice.origin, choice.rule, choice.runners_up)
    return process


def _report_sqlite(project: Project, migration: Migration) -> None:
    text = (
        "the database is an SQLite file in the container: it is lost with the container, and"
        f" `{migration.text}` runs before each start, since a `release` container has another file"
    )
    volume = "mount a volume at the folder of the file (`volumes` in buildplan.toml)"
    server = "set the variables that choose a database server" if migration.offers_server else "use a database server"
    fix = f"{volume}, or {server} and add `release: {migration.text}` to a Procfile"
    severity: Literal["info", "warning"] = "info" if migration.offers_server else "warning"
    project.reasons.report(Diagnostic("BP950", severity, text, migration.origin, fix))


def _form(project: Project, start: Start) -> tuple[tuple[str, ...], str | None]:
    """Return the argv, with what Plug'n'Play needs, or the shell line."""
    argv, manager = start.argv, project.manager
    if not argv or manager.linker != "pnp":
        return argv, start.shell
    if start.program == "node":
        return (argv[0], *install.node_options(manager), *argv[1:]), None
    if manager.vendored is not None:
        return ("node", f"{APP_DIR}/{manager.vendored}", *argv), None
    project.reasons.report(
        Diagnostic(
            "BP627",
            "warning",
            f"`{argv[0]}` is a program of the packages, which only Yarn can start while they are zipped",
            start.origin,
            "set `nodeLinker: node-modules` in `.yarnrc.yml`, or commit a release with `yarn set version`",
        )
    )
    return ("yarn", *argv), None


def others(project: Project, choice: Choice, directory: str) -> Iterator[Process]:
    """Yield the other processes that were asked for; a site's web server can run none of them."""
    for name, asked in sorted(project.overrides.processes.items()):
        if name == "web":  # the main process
            continue
        if choice.start is None:
            _report_lost(project, name, asked)
            continue
        process = _process(project, name, asked, directory)
        project.reasons.decide(f"processes.{name}", process.text, asked.origin, "the process that was asked for")
        yield process
    release = choice.framework.release if choice.framework is not None and choice.own else ""
    if release and "release" not in project.overrides.processes:
        assert choice.framework is not None  # noqa: S101  # it has the release command
        place = catalogue(f"frameworks.{choice.framework.id}")
        project.reasons.decide("processes.release", release, place, f"{choice.framework.title} migrates its database")
        yield Process("release", tuple(release.split()))
        return
    migration = migrations.find(project, choice)
    if migration is not None and not migration.at_start:
        why = "the tables are made and changed once per deployment, not by the server"
        project.reasons.decide("processes.release", migration.text, migration.origin, why)
        yield Process("release", migration.argv)


def _process(project: Project, name: str, asked: Sourced[CommandRequest], directory: str) -> Process:
    found = project.resolver.request(asked, project.workspace.root)
    if not isinstance(found, Start):
        return Process(name, asked.value.argv, asked.value.shell)
    argv, shell = _form(project, found)
    assignments = " ".join(f"{key}={shlex.quote(value)}" for key, value in found.environment)
    if found.directory == directory and not assignments:
        return Process(name, argv, shell)
    line = shell if shell is not None else f"exec {shlex.join(argv)}"
    if assignments:
        line = f"export {assignments} && {line}"
    if found.directory != directory:
        line = f"cd {shlex.quote(f'{APP_DIR}/{found.directory}'.rstrip('/'))} && {line}"
    return Process(name, shell=line)


def _report_lost(project: Project, name: str, asked: Sourced[CommandRequest]) -> None:
    project.reasons.report(
        Diagnostic(
            "BP634",
            "warning",
            f"the process `{name}` cannot run in the image of a site, which holds a web server and files",
            asked.origin,
            "plan it as an app of its own",
        )
    )


def use_packages(project: Project, choice: Choice) -> bool:
    """Return whether a process is a program of the packages, which has to be found on PATH."""
    start = choice.start
    if start is not None and (start.uses_packages or start.shell is not None):
        return True
    for asked in project.overrides.processes.values():
        found = project.resolver.request(asked, project.workspace.root)
        if not isinstance(found, Start) or found.uses_packages or found.shell is not None:
            return True
    if migrations.find(project, choice) is not None:
        return True
    return choice.own and choice.framework is not None and bool(choice.framework.release)
