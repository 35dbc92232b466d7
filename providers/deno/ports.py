"""The port that the app listens on, and how `PORT` reaches a program that does not read it.

Sources, checked 2026-11-24:
- `DENO_SERVE_ADDRESS` (since 2.3) takes the place of the address of the first `Deno.serve`, and of the first server of
  `node:http`, which Express and Fastify are: also of a literal one, and of a host that only the container reaches.
  Tried with Deno 2.3.7, 2.5.6 and 2.9.6; 2.2.12 does not know it. It needs the permission for its own address
- `deno serve --port`: https://docs.deno.com/runtime/reference/cli/serve/ (8000 without it; it does not read `PORT`)
- Fresh 1 reads `PORT`: https://deno.land/x/fresh@1.7.3/src/server/boot.ts
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.origin import Origin
from buildplan.model.version_ranges import numbers_of

from . import entry

if TYPE_CHECKING:
    from buildplan.language.javascript.entry_files import Listening, Place

    from .command import Call
    from .project import Project
    from .tasks import Started

ADDRESS = "DENO_SERVE_ADDRESS"
_ADDRESS_SINCE = (2, 3)
_PORT = 8000


class Port(NamedTuple):
    """A port and why it is that. `reads` is set where the program itself reads `PORT`.

    `given` is how it gets `PORT` otherwise: the flag `--port`, the variable of Deno, one of the app's, or not at all.
    """

    number: int
    origin: Origin
    why: str
    reads: bool = False
    given: str = ""


def find(project: Project, started: Started, scanned: Listening | None, deno: str) -> Port:
    """Return the port of an app that starts so; `scanned` is what its code says, None for a file that is not there."""
    call = started.call
    serves = call is not None and call.verb == "serve"
    flagged = call.value("--port") if serves and call is not None else flag(started, "--port")
    if flagged is not None:
        literal = ports.is_port(flagged)
        number = int(flagged) if literal else _PORT
        return Port(number, started.origin, "the port in the start command", reads=not literal)
    if serves:
        return Port(_PORT, started.origin, "the port that Deno serves on", given="--port")
    number, place, why = _said(scanned, started.origin)
    variable = scanned.variable if scanned is not None else None
    if variable is not None and variable.value == "PORT" and (scanned is None or scanned.local is None):
        return Port(number, place, why, reads=True)
    framework = project.uses("fresh")
    listeners = entry.listeners(project.tree, project.app, started.entry)
    if framework is not None and not listeners.served:
        # Fresh 1 reads `PORT`; Fresh 2 calls `Deno.serve` for the app.
        second = framework.version[:1] >= (2,)
        return Port(number, place, why, reads=not second, given=ADDRESS if second else "")
    alone = listeners.served == 1 and not listeners.others and _may_bind(call)
    if alone and started.is_deno and started.command is not None and numbers_of(deno) >= _ADDRESS_SINCE:
        return Port(number, place, why, given=ADDRESS)
    reads = variable is not None and variable.value == "PORT"
    given = variable.value if variable is not None and not reads and started.command is not None else ""
    if scanned is not None:
        _report(project, scanned, number, place, reads=reads, forwards=bool(given))
    return Port(number, place, why, reads=reads, given=given)


def _may_bind(call: Call | None) -> bool:
    """Return whether the permissions of a start let it listen on all addresses, on any port."""
    if call is None:
        return False
    named = call.value("--allow-net", "-N")
    if named is not None:
        return ports.ANYWHERE in named.split(",")
    return call.allows_all or call.allows("N", "--allow-net")


def _said(scanned: Listening | None, origin: Origin) -> tuple[int, Origin, str]:
    """Return the port that the code names, or the usual one."""
    if scanned is None:
        return _PORT, origin, "the port that Deno serves on"
    if scanned.fallback is not None:
        return int(scanned.fallback.value), _place(scanned.fallback), "the port that the code falls back to"
    if scanned.variable is not None:
        return _PORT, _place(scanned.variable), "the usual port of Deno; the code reads a variable for it"
    if scanned.fixed is not None:
        return int(scanned.fixed.value), _place(scanned.fixed), "the port that is fixed in the code"
    return _PORT, origin, "the port that Deno serves on"


def _place(found: Place) -> Origin:
    return Origin(found.path, found.line)


def _report(project: Project, scanned: Listening, number: int, place: Origin, *, reads: bool, forwards: bool) -> None:
    """Report what keeps a platform from choosing the port, and others from reaching it."""
    framework = project.framework
    local = scanned.local
    if local is None and framework is not None and framework.id == "fastify":
        local = scanned.unhosted
    if local is not None:
        ports.report_local(local.value, _place(local), "bind to `0.0.0.0`", project.reasons)
    variable = scanned.variable
    if variable is not None and not reads:
        other = Found("variable", number, _place(variable), "", variable=variable.value)
        ports.report(other, project.reasons, forwards=forwards)
    elif variable is None and scanned.fixed is not None:
        fix = f'write `Number(Deno.env.get("PORT") ?? {number})`'
        ports.report(Found("fixed", number, place, "", fix), project.reasons)


def flag(started: Started, name: str) -> str | None:
    """Return the value of a flag among all words of the start, None without it."""
    given: tuple[str, ...] = () if started.command is None else started.command.arguments
    for index, text in enumerate(given):
        if text.startswith(f"{name}="):
            return text.partition("=")[2]
        if text == name and index + 1 < len(given):
            return given[index + 1]
    return None
