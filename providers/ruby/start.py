"""What a Ruby app starts: its web process as it was asked for or found, and the processes beside it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.errors import NoStartError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import data_table

from . import background, puma, servers
from .start_command import DEFAULT_PORT, THRUSTER_TARGET, Start

if TYPE_CHECKING:
    from buildplan.model.requests import CommandRequest

    from .project import Project

_THRUST = re.compile(r"(?:exec )?(?:bundle exec thrust|(?:\./)?bin/thrust)\s")
# One command of a server, with its port as a number; or without any port.
_FIXED = re.compile(
    r"(?P<before>bundle exec (?:puma|rackup|rails s(?:erver)?|thin|unicorn)(?: [^;&|\n]{1,300})? (?:-p ?|--port[ =]))"
    r"(?P<port>[0-9]{2,5})(?P<after>(?: [^;&|\n]{0,300})?)"
)
_BARE = re.compile(r"bundle exec (puma|rackup)(?: [\w./-]{1,100}\.ru)?")
_DEVELOPMENT = re.compile(r"\b(?:shotgun|rerun|guard|foreman|overmind|bin/dev)\b")


def main(project: Project) -> tuple[str, Start]:
    """Return the name of the main process and its start; raises NoStartError when nothing says how."""
    asked = project.overrides.start
    own = servers.entry(project)
    if asked is not None:
        return "web", _asked(project, asked.value, asked.origin, own)
    if own is not None:
        return ("web" if own.port is not None else "worker"), own
    if any(name == "worker" for name in project.overrides.processes):
        found = project.overrides.processes["worker"]
        return "worker", Start(_with_bundler(_text(found.value)), found.origin, "the process that was asked for", None)
    manifest = project.gemfile.path if project.gemfile is not None else "."
    raise NoStartError(
        "nothing says how to start this Ruby app: no Rails application, no `config.ru`, no worker",
        origin=Origin(manifest),
        hint="write a `config.ru`, or a line `web: bundle exec ruby app.rb` into a Procfile",
    )


def _asked(project: Project, request: CommandRequest, origin: Origin, own: Start | None) -> Start:
    port = own.port if own is not None and own.port is not None else DEFAULT_PORT
    line = _with_bundler(_text(request))
    fixed = _FIXED.fullmatch(line)
    bare = _BARE.fullmatch(line)
    if fixed is not None and 0 < int(fixed["port"]) < 65536:  # noqa: PLR2004  # TCP
        port = int(fixed["port"])
        line = f"{fixed['before']}${{PORT}}{fixed['after']}"
        text = f"the port {port} was fixed in the start command; it is the default now, and `PORT` changes it"
        project.reasons.report(Diagnostic("BP647", "info", text, origin, "write `-p $PORT`"))
    elif bare is not None and not (bare[1] == "puma" and project.tree.has("config/puma.rb")):
        # Without a word they listen on 9292, whatever PORT is.
        line += " -p ${PORT}"
    variable = puma.variable(project, line)
    if variable is not None:
        line = f"{variable}=${{PORT}} exec {line.removeprefix('exec ')}"
    environment = {}
    if _THRUST.match(line):
        # Thruster listens on HTTP_PORT, and tells the app another port than its own.
        line = f"HTTP_PORT=${{PORT}} exec {line.removeprefix('exec ')}"
        environment = {"TARGET_PORT": THRUSTER_TARGET}
    return Start(line, origin, "the start command that was asked for", port, environment)


def _text(request: CommandRequest) -> str:
    return request.shell if request.shell is not None else shlex.join(request.argv)


def _with_bundler(text: str) -> str:
    """Return a command with `bundle exec` before the program of a gem, which is not on the path without it."""
    line = text.strip()
    own = line.removeprefix("exec ").lstrip()
    program = own.split(maxsplit=1)[0] if own else ""
    if program not in data_table.read(__file__, "frameworks")["programs"]:
        return line
    return f"bundle exec {own}"


def others(project: Project, name: str) -> dict[str, Start]:
    """Return the processes beside the main one."""
    found: dict[str, Start] = {}
    # Whoever lists processes lists all workers.
    for other, worker in () if set(project.overrides.processes) - {"release"} else background.workers(project):
        found.setdefault(other, worker)
    release = background.release(project)
    if release is not None:
        found["release"] = release
    for other, request in project.overrides.processes.items():
        found[other] = Start(
            _with_bundler(_text(request.value)), request.origin, "the process that was asked for", None
        )
    found.pop(name, None)
    return found


def report(project: Project, start: Start) -> None:
    """Say what is odd about a start command that somebody wrote."""
    match = _DEVELOPMENT.search(start.line)
    if match is not None:
        text = f"`{match[0]}` is for a developer's machine"
        fix = "start the server itself: `bundle exec puma -C config/puma.rb`"
        project.reasons.report(Diagnostic("BP640", "warning", text, start.origin, fix))
    if re.search(r"db:(?:migrate|prepare|setup)", start.line) and start.port is not None:
        text = "the database is migrated each time the app starts, in front of it"
        fix = "move it to a line `release: bundle exec rails db:migrate` of a Procfile"
        project.reasons.report(Diagnostic("BP642", "info", text, start.origin, fix))
