"""Where a process listens: its port, the variables that it needs for that, and whether it ends on SIGTERM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import ports
from buildplan.language.javascript import data_folders as data_folders_of
from buildplan.language.javascript import entry_files
from buildplan.language.ports import Found
from buildplan.model.origin import Origin, catalogue, rule

if TYPE_CHECKING:
    from buildplan.language.javascript.entry_files import Listening, Place

    from .project import Project
    from .start_choice import Choice

_DEFAULT_PORT = 3000
_PRODUCTION = "production"


def facts_of(project: Project, choice: Choice) -> tuple[int | None, dict[str, str], bool]:
    """Return the port (None: it listens nowhere), the variables of the image, and whether an init has to come first."""
    start, framework = choice.start, choice.framework
    assert start is not None  # noqa: S101  # a site listens by its web server
    scanned = said_by_code(project, choice)
    environment = {"NODE_ENV": _PRODUCTION}
    reasons = project.reasons
    reasons.decide(
        "run.environment.NODE_ENV", _PRODUCTION, rule("production"), "what packages read to leave out debugging"
    )
    found = _port(choice, scanned)
    port = found.number if found is not None else None
    if found is not None:
        environment["PORT"] = str(port)
        ports.decide(found, reasons)
        reasons.decide(
            "run.environment.PORT", str(port), found.origin, "the port as the app reads it, with its default"
        )
    if framework is not None and (choice.own or framework.kind == "code"):
        for name, value in framework.environment.items():
            environment[name] = value
            place = catalogue(f"frameworks.{framework.id}")
            reasons.decide(f"run.environment.{name}", value, place, f"without it {framework.title} binds to localhost")
    if scanned is not None:
        _about_host(project, choice, scanned, environment)
    for name, value in start.environment:
        if name != "PORT" or port is None:
            environment[name] = value
            reasons.decide(f"run.environment.{name}", value, start.origin, "the start command sets it")
    own_handler = choice.own and framework is not None and framework.sigterm
    handled = own_handler or (scanned is not None and scanned.handles_sigterm)
    return port, environment, not handled


def port_variable(project: Project, choice: Choice) -> str:
    """Return the variable that the code reads its port from; `PORT` where it says no other one."""
    scanned, start = said_by_code(project, choice), choice.start
    if project.overrides.start is not None or start is None or start.port is not None:
        # What the owner starts is taken as it is written.
        return "PORT"
    if scanned is None or scanned.fixed is not None or scanned.variable is None:
        return "PORT"
    return scanned.variable.value


def said_by_code(project: Project, choice: Choice) -> Listening | None:
    """Return what the entry file says; None when a framework's server runs, or the file cannot be told."""
    start = choice.start
    if start is None or choice.own or start.entry is None:
        return None
    source = entry_files.source(project.tree, start.entry)
    return entry_files.scan(project.tree, source) if source is not None else None


def data_folders(project: Project, choice: Choice) -> tuple[Place, ...]:
    """Return the folders that the code of the process writes to, and that nothing makes."""
    start = choice.start
    if start is None or choice.own or start.entry is None:
        return ()
    source = entry_files.source(project.tree, start.entry)
    return data_folders_of.find(project.tree, source, start.directory) if source is not None else ()


def _port(choice: Choice, scanned: Listening | None) -> Found | None:
    start, framework = choice.start, choice.framework
    assert start is not None  # noqa: S101  # the caller looked
    if start.port is not None:
        return Found("PORT", start.port, start.origin, "the start command names it; `PORT` can change it")
    given = dict(start.environment).get("PORT", "")
    if ports.is_port(given):
        return Found("PORT", int(given), start.origin, "the start command sets it")
    listens = scanned is not None and scanned.listens
    worker = framework.kind == "worker" if framework is not None else scanned is not None
    if worker and not listens:
        return None
    usual = Found("usual", _DEFAULT_PORT, rule("port"), "the usual port of Node apps; `PORT` can change it")
    if framework is not None and framework.port is not None:
        place = catalogue(f"frameworks.{framework.id}")
        usual = Found("usual", framework.port, place, f"the default of {framework.title}")
    return usual if scanned is None else _of_code(scanned, usual)


def _of_code(scanned: Listening, usual: Found) -> Found:
    """Return the port that the code falls back to, or is fixed to; `usual` is what it has otherwise."""
    fixed, variable, fallback = scanned.fixed, scanned.variable, scanned.fallback
    if fixed is not None:
        fix = f"write `process.env.PORT || {fixed.value}`"
        place = Origin(fixed.path, fixed.line)
        return Found("fixed", int(fixed.value), place, "the port that is fixed in the code", fix)
    found = usual
    if fallback is not None:
        why = "the port that the code falls back to"
        found = Found("PORT", int(fallback.value), Origin(fallback.path, fallback.line), why)
    if variable is None or variable.value == "PORT":
        return found
    return found._replace(by="variable", variable=variable.value, read_at=Origin(variable.path, variable.line))


def _about_host(project: Project, choice: Choice, scanned: Listening, environment: dict[str, str]) -> None:
    """Bind to all interfaces where a variable can say so, and report where none can."""
    local = scanned.local
    framework = choice.framework
    if local is None and scanned.unhosted is not None and framework is not None and framework.id == "fastify":
        local = scanned.unhosted
    if local is None:
        return
    place = Origin(local.path, local.line)
    if scanned.host_variable is not None:
        environment[scanned.host_variable] = ports.ANYWHERE
        why = f"without it the code binds to {local.value}, which nothing outside of the container reaches"
        project.reasons.decide(f"run.environment.{scanned.host_variable}", ports.ANYWHERE, place, why)
        return
    ports.report_local(local.value, place, "bind to `0.0.0.0`", project.reasons)
