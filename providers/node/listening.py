"""Where a process listens: its port, the variables that it needs for that, and whether it ends on SIGTERM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, catalogue, rule

if TYPE_CHECKING:
    from buildplan.language.javascript.entry_files import Listening

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
    port = _port(project, choice, scanned)
    if port is not None:
        environment["PORT"] = str(port[0])
        reasons.decide("port", str(port[0]), port[1], port[2])
        reasons.decide("run.environment.PORT", str(port[0]), port[1], "the port as the app reads it, with its default")
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
    return (port[0] if port is not None else None), environment, not handled


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


def _port(project: Project, choice: Choice, scanned: Listening | None) -> tuple[int, Origin, str] | None:
    start, framework = choice.start, choice.framework
    assert start is not None  # noqa: S101  # the caller looked
    if start.port is not None:
        return start.port, start.origin, "the start command names it; `PORT` can change it"
    given = dict(start.environment).get("PORT", "")
    if given.isdecimal() and 0 < int(given[:6]) < 65536:  # noqa: PLR2004  # TCP
        return int(given), start.origin, "the start command sets it"
    listens = scanned is not None and scanned.listens
    worker = framework.kind == "worker" if framework is not None else scanned is not None
    if worker and not listens:
        return None
    if scanned is not None:
        found = _of_code(project, scanned)
        if found is not None:
            return found
    if framework is not None and framework.port is not None:
        return framework.port, catalogue(f"frameworks.{framework.id}"), f"the default of {framework.title}"
    return _DEFAULT_PORT, rule("port"), "the usual port of Node apps; `PORT` can change it"


def _of_code(project: Project, scanned: Listening) -> tuple[int, Origin, str] | None:
    """Return the port that the code falls back to, or is fixed to."""
    if scanned.fixed is not None:
        place = Origin(scanned.fixed.path, scanned.fixed.line)
        project.reasons.report(
            Diagnostic(
                "BP647",
                "warning",
                f"the port {scanned.fixed.value} is fixed in the code, so a platform cannot choose it",
                place,
                f"write `process.env.PORT || {scanned.fixed.value}`",
            )
        )
        return int(scanned.fixed.value), place, "the port that is fixed in the code"
    variable, fallback = scanned.variable, scanned.fallback
    if variable is not None and variable.value != "PORT":
        project.reasons.report(
            Diagnostic(
                "BP648",
                "info",
                f"the code reads its port from `{variable.value}`, so the start puts the value of `PORT` there",
                Origin(variable.path, variable.line),
                "read `PORT` as well",
            )
        )
    if fallback is None:
        return None
    return int(fallback.value), Origin(fallback.path, fallback.line), "the port that the code falls back to"


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
        environment[scanned.host_variable] = "0.0.0.0"  # noqa: S104  # a container has to be reached from outside
        why = f"without it the code binds to {local.value}, which nothing outside of the container reaches"
        project.reasons.decide(f"run.environment.{scanned.host_variable}", "0.0.0.0", place, why)  # noqa: S104  # as above
        return
    project.reasons.report(
        Diagnostic(
            "BP649",
            "warning",
            f"the app binds to {local.value}, so nothing outside of the container reaches it",
            place,
            "bind to `0.0.0.0`",
        )
    )
