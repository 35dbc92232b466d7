"""A Ruby file that is started by itself: one that serves, or a program such as a bot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic, Process
from buildplan.model.origin import Origin
from buildplan.read import data_table

from . import tokens
from .start_command import DEFAULT_PORT, Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

_FILES = ("app.rb", "server.rb", "main.rb", "web.rb", "application.rb")
_PROGRAMS = ("main.rb", "bot.rb", "app.rb", "server.rb", "run.rb")
_SERVES = ("sinatra", "webrick", "socket", "rack", "grape", "roda")
_WITH_RACKUP = (4,)
# More scripts than this at the root are a collection of programs.
_MAX_SCRIPTS = 50
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,80}", re.ASCII)


def server(project: Project) -> Start | None:
    """Return a file that requires something that serves: of a usual name, else the one that requires Sinatra."""
    for path in (*(name for name in _FILES if project.tree.has(name)), *_only_sinatra(project)):
        required, fixed, variable = _required(project, path)
        if not any(name.partition("/")[0] in _SERVES for name in required):
            continue
        sinatra = project.version("sinatra")
        if project.installed("sinatra") is not None and (not sinatra or sinatra >= _WITH_RACKUP):
            _report_rackup(project, path)
        program = "bundle exec ruby" if project.gemfile is not None else "ruby"
        line = f"{program} {path}"
        port = DEFAULT_PORT
        if fixed is not None:
            port = fixed[0]
            fix = 'write `set :port, ENV.fetch("PORT", 4567)`'
            ports.report(Found("fixed", port, Origin(path, fixed[1]), "", fix), project.reasons)
        elif variable is not None:
            name, place = variable
            ports.report(Found("variable", port, Origin(path, place), "", variable=name), project.reasons)
            line = ports.forward(Process("web", tuple(line.split())), name).text
        _report_local(project, path)
        return Start(line, Origin(path), "the file that serves", port)
    return None


def _only_sinatra(project: Project) -> Iterator[str]:
    """Yield the one script at the root that requires Sinatra, whatever its name; nothing where there are several."""
    if project.installed("sinatra") is None:
        return
    scripts = [name for name in project.tree.directory().files if name.endswith(".rb")]
    texts = ((name, project.tree.text_or_none(name) or "") for name in scripts[:_MAX_SCRIPTS])
    named = [name for name, text in texts if "sinatra" in text]
    serving = [
        name for name in named if any(item.partition("/")[0] == "sinatra" for item in _required(project, name)[0])
    ]
    if len(serving) == 1:
        yield serving[0]


def _report_rackup(project: Project, path: str) -> None:
    if project.installed("rackup") is not None:
        return
    text = "Sinatra 4 starts a server only with the gem `rackup`, which is not declared"
    fix = "run `bundle add rackup` and commit the lock file"
    project.reasons.report(Diagnostic("BP800", "warning", text, Origin(path), fix))


def _required(project: Project, path: str) -> tuple[list[str], tuple[int, int] | None, tuple[str, int] | None]:
    """Return what a file requires, and the port or the variable that Sinatra is told there, with its line."""
    required: list[str] = []
    fixed: tuple[int, int] | None = None
    variable: tuple[str, int] | None = None
    for statement in tokens.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[0] == "require" and len(statement) > 1 and statement[1].kind == "string":
            required.append(words[1])
        elif words[:2] == ["set", "port"] and statement[-1].kind == "number" and "ENV" not in words:
            number = statement[-1].text
            if ports.is_port(number):
                fixed = (int(number), statement[0].line)
        elif words[:2] == ["set", "port"] and "ENV" in words and "PORT" not in words:
            name = next((token.text for token in statement if token.kind == "string"), "")
            variable = (name, statement[0].line) if _VARIABLE.fullmatch(name) else None
    return required, fixed, variable


def _report_local(project: Project, path: str) -> None:
    """Report that Sinatra is told to listen inside of the container only."""
    for statement in tokens.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[:2] == ["set", "bind"] and words[-1] in ports.LOCAL:
            fix = 'write `set :bind, "0.0.0.0"`'
            ports.report_local(words[-1], Origin(path, statement[0].line), fix, project.reasons)


def program(project: Project) -> Start | None:
    """Return a file with a program's usual name, in a tree whose gems are no web framework: a bot, a job."""
    path = project.tree.first(*_PROGRAMS) or _bot(project)
    if path is None or project.rails is not None:
        return None
    program = "bundle exec ruby" if project.gemfile is not None else "ruby"
    return Start(f"{program} {path}", Origin(path), "the program at the root", None)


def _bot(project: Project) -> str | None:
    """Return the one script at the root of an app that talks to a chat: such an app has no usual name for it."""
    if project.installed(*data_table.read(__file__, "frameworks")["bots"]) is None:
        return None
    scripts = [name for name in project.tree.directory().files if name.endswith(".rb")]
    named = [name for name in scripts if "bot" in name]
    return next((found[0] for found in (named, scripts) if len(found) == 1), None)
