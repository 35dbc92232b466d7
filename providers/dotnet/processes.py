"""From start commands, whoever wrote them, to what is published.

ASP.NET reads its ports from `ASPNETCORE_HTTP_PORTS` (since .NET 8) or `ASPNETCORE_URLS`, and no platform sets those:
they set `PORT`. Neither fills in a variable, so a shell does, and gives its place to the app.

Sources, checked 2026-11-24:
- https://learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/endpoints
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.build_plan import Diagnostic, Process
from buildplan.model.origin import rule

from . import listening

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.requests import CommandRequest
    from buildplan.source import SourceTree

    from .app import App

PORT = 8080
_PORTS = (8, 0)
_CHANGED = re.compile(r"cd\s+[\w./$+-]{1,200}\s*(?:&&|;)\s*(?=\S)", re.ASCII)
_COMPLEX = re.compile(r"[$`;&|<>()*?\n]")


class Started(NamedTuple):
    """The processes and the variables that they read."""

    processes: tuple[Process, ...]
    environment: tuple[tuple[str, str], ...]


def find(tree: SourceTree, app: App) -> Started:
    """Return the processes of the app."""
    reasons = app.reasons
    start = app.overrides.start
    web = app.project.kind == "web" or (start is not None and start.origin.path == "Procfile")
    port = PORT if web or app.overrides.port is not None else None
    found = listening.find(tree, app)
    environment: tuple[tuple[str, str], ...] = ()
    if port is not None:
        port = found.fixed or port
        origin = found.origin or rule("port")
        why = "the code listens there" if found.fixed else "a port that needs no privilege; `$PORT` changes it"
        reasons.decide("port", str(port), origin, why)
        # A health check asks on `$PORT`, also where the app's own port is fixed.
        asked = not found.fixed or app.overrides.health_check is not None
        environment = (("PORT", str(port)),) if asked else ()
    name = "web" if port is not None else "worker"
    if start is not None:
        processes = [_asked(app, name, start, port)]
        reasons.decide("start", processes[0].text, start.origin, "the published app that it means")
    else:
        processes = [_own(app, name, port, found)]
        why = app.choice.rule
        if processes[0].shell is not None:
            why = f"{why}; a shell fills in `$PORT`, and the app takes its place"
        reasons.decide("start", processes[0].text, app.choice.origin, why, app.choice.runners_up)
    for other, command in app.overrides.processes.items():
        if other != name:
            processes.append(_asked(app, other, command, None))
            reasons.decide(f"processes.{other}", processes[-1].text, command.origin, "the published app that it means")
    return Started(tuple(processes), environment)


def program(app: App) -> tuple[str, ...]:
    """Return what starts the app."""
    name = app.project.assembly
    return (f"./{name}",) if app.publishing.specific else ("dotnet", f"{name}.dll")


def _own(app: App, name: str, port: int | None, found: listening.Listening) -> Process:
    argv = program(app)
    if port is None or found.fixed or found.reads_port:
        return Process(name, argv=argv, port=port)
    variable = found.variable
    if variable is None or found.also:
        target = app.version.target
        new = target is None or target.numbers >= _PORTS
        own = 'ASPNETCORE_HTTP_PORTS="$PORT"' if new else 'ASPNETCORE_URLS="http://+:$PORT"'
        variable = own if variable is None else f"{variable} {own}"
    line = f"{variable} exec {shlex.join(argv)}"
    return Process(name, shell=line, port=port)


def _asked(app: App, name: str, command: Sourced[CommandRequest], port: int | None) -> Process:
    text = _CHANGED.sub("", command.value.text.strip(), count=1)
    if command.value.shell is None and command.value.argv:
        words = list(command.value.argv)
    else:
        try:
            words = shlex.split(text)
        except ValueError:
            return Process(name, shell=command.value.text, port=port)
    leading = []
    while words and re.fullmatch(r"\w+=\S*", words[0], re.ASCII):
        leading.append(words.pop(0))
    if words[:1] == ["exec"]:
        words = words[1:]
    meant = _meant(app, words)
    if meant is None:
        return Process(name, shell=command.value.text, port=port)
    if words[:2] in (["dotnet", "run"], ["dotnet", "watch"]):
        problem = f"`{' '.join(words[:2])}` builds the app when it starts; the image starts what was published"
        fix = f"write `{shlex.join(program(app))}`, or remove the line"
        app.reasons.report(Diagnostic("BP640", "info", problem, command.origin, fix))
    argv = (*program(app), *meant)
    if command.value.shell is None or not (leading or any(_COMPLEX.search(word) for word in meant)):
        return Process(name, argv=argv, port=port)
    if _COMPLEX.search(text.replace("$PORT", "").replace("${PORT}", "").replace("*", "")):
        return Process(name, shell=command.value.text, port=port)
    line = " ".join((*(_shell_word(word) for word in leading), "exec", *(_shell_word(word) for word in argv)))
    return Process(name, shell=line, port=port)


def _shell_word(word: str) -> str:
    """Return a word in double quotes where a shell has to fill in `$PORT`, else quoted whole."""
    if "$" not in word:
        return shlex.quote(word)
    key, equals, value = word.partition("=") if re.match(r"\w+=", word, re.ASCII) else ("", "", word)
    escaped = re.sub(r'(["\\`])', r"\\\1", value)
    return f'{key}{equals}"{escaped}"'


def _meant(app: App, words: list[str]) -> tuple[str, ...] | None:
    """Return the arguments after the app's own program, None when something else is started."""
    if not words:
        return None
    names = {app.project.assembly.lower(), app.project.name.lower()}
    if words[0] == "dotnet" and len(words) > 1:
        if words[1] in {"run", "watch"}:
            return tuple(words[words.index("--") + 1 :]) if "--" in words else ()
        stem, ending = posixpath.splitext(posixpath.basename(words[1]))
        if ending.lower() == ".dll" and stem.lower() in names:
            return tuple(words[2:])
        return None
    return tuple(words[1:]) if posixpath.basename(words[0]).lower() in names else None
