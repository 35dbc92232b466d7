"""What a Ruby app starts: its web process, its workers, and what is run before a release."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan import data_table
from buildplan.build_plan import Diagnostic, Process
from buildplan.errors import NoStartError
from buildplan.facts.shell_line import parse
from buildplan.provenance import Origin

from . import tokens

if TYPE_CHECKING:
    from buildplan.overrides import CommandRequest

    from .project import Project

DEFAULT_PORT = 3000
# Where the app listens behind Thruster, which listens on PORT.
THRUSTER_TARGET = "3999"
_FILES = ("app.rb", "server.rb", "main.rb", "web.rb", "application.rb")
_PROGRAMS = ("main.rb", "bot.rb", "app.rb", "server.rb", "run.rb")
_SERVES = ("sinatra", "webrick", "socket", "rack", "grape", "roda")
_WITH_RACKUP = (4,)
_LOCAL = ("127.0.0.1", "localhost", "::1")
_THRUST = re.compile(r"(?:exec )?(?:bundle exec thrust|(?:\./)?bin/thrust)\s")
# One command of a server, with its port as a number; or without any port.
_FIXED = re.compile(
    r"(?P<before>bundle exec (?:puma|rackup|rails s(?:erver)?|thin|unicorn)(?: [^;&|\n]{1,300})? (?:-p ?|--port[ =]))"
    r"(?P<port>[0-9]{2,5})(?P<after>(?: [^;&|\n]{0,300})?)"
)
_BARE = re.compile(r"bundle exec (puma|rackup)(?: [\w./-]{1,100}\.ru)?")
_DEVELOPMENT = re.compile(r"\b(?:shotgun|rerun|guard|foreman|overmind|bin/dev)\b")


@dataclass(frozen=True, slots=True)
class Start:
    """A command line, why it is taken, and what its environment holds; `port` is None for what does not listen."""

    line: str
    origin: Origin
    rule: str
    port: int | None = DEFAULT_PORT
    environment: dict[str, str] = field(default_factory=dict)

    def process(self, name: str) -> Process:
        """Return the process: words where no shell is needed."""
        parsed = parse(self.line)
        if parsed is not None and len(parsed.commands) == 1:
            command = parsed.commands[0]
            if not command.assignments and not command.needs_shell and command.program != "cd":
                words = [word.text for word in command.words]
                words = words[1:] if words[0] == "exec" and len(words) > 1 else words
                return Process(name, tuple(words), None, self.port)
        return Process(name, (), self.line.strip(), self.port)


def entry(project: Project) -> Start | None:
    """Return what starts the app by itself: a server, else a worker; None when nothing does."""
    return (
        _rails(project)
        or _rack(project)
        or _hanami(project)
        or _script(project)
        or _lone_worker(project)
        or _program(project)
    )


def main(project: Project) -> tuple[str, Start]:
    """Return the name of the main process and its start; raises NoStartError when nothing says how."""
    asked = project.overrides.start
    own = entry(project)
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
    for other, worker in () if set(project.overrides.processes) - {"release"} else _workers(project):
        found.setdefault(other, worker)
    release = _release(project)
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


def _rails(project: Project) -> Start | None:
    if project.rails is None:
        return None
    tree = project.tree
    program = "bin/rails" if tree.has("bin/rails") else "bundle exec rails"
    if tree.has("config.ru") and project.installed("puma") is None:
        # Rails' own command starts Puma only.
        served = _server(project, "Rails")
        if served is not None:
            return served
    # Whoever gives a start command has chosen the configuration that goes with it.
    address = _puma_address(project) if project.overrides.start is None else None
    line = f"{program} server"
    if address is not None:
        line += " -b 0.0.0.0"
        text = f"`config/puma.rb` binds to `{address.key}`, which nothing outside of a container can reach"
        fix = 'write `port ENV.fetch("PORT", 3000)` instead of `bind`'
        project.reasons.report(Diagnostic("BP649", "warning", text, Origin(address.path, address.line), fix))
    thruster = project.installed("thruster")
    if thruster is not None and tree.has("bin/thrust"):
        environment = {"TARGET_PORT": THRUSTER_TARGET}
        rule = "Thruster serves files and compresses in front of Rails, which the Gemfile asks for"
        return Start(f"HTTP_PORT=${{PORT}} exec bin/thrust {line}", thruster, rule, DEFAULT_PORT, environment)
    return Start(line, project.rails, "the Rails application; its server reads PORT and config/puma.rb")


def _puma_address(project: Project) -> Origin | None:
    """Return where Puma's configuration binds to an address inside the container only."""
    path = "config/puma.rb"
    statements = tokens.statements(project.tree, path)
    if any(statement[0].kind == "name" and statement[0].text == "port" for statement in statements):
        return None
    found: Origin | None = None
    for statement in statements:
        first = statement[0]
        if first.kind != "name" or first.text != "bind":
            continue
        text = next((token.text for token in statement if token.kind == "string"), "")
        if not text.startswith("unix:") and not any(f"//{name}" in text for name in _LOCAL):
            return None
        found = Origin(path, first.line, text[:80])
    return found


def _puma_reads_port(project: Project, path: str) -> bool:
    """Return whether Puma's configuration listens on PORT."""
    for statement in tokens.statements(project.tree, path):
        first = statement[0]
        if first.kind == "name" and first.text in {"port", "bind"}:
            texts = [token.text for token in statement if token.kind == "string"]
            if any(text == "PORT" or "PORT" in text for text in texts):
                return True
    return False


def _rack(project: Project) -> Start | None:
    if not project.tree.has("config.ru") or project.gemfile is None:
        return None
    row = project.framework
    title = row["title"] if row is not None else "Rack"
    served = _server(project, title)
    if served is not None:
        return served
    text = "no server for production is declared"
    fix = "run `bundle add puma` and commit the lock file"
    project.reasons.report(Diagnostic("BP800", "warning", text, Origin("config.ru"), fix))
    return Start("bundle exec rackup -o 0.0.0.0 -p ${PORT}", Origin("config.ru"), f"`config.ru` of {title}")


def _server(project: Project, title: str) -> Start | None:
    """Return the first declared server for a `config.ru`."""
    for server in data_table.read(__file__, "frameworks")["server"]:
        if project.installed(server["gem"]) is None:
            continue
        line = server["command"]
        configuration = server.get("configuration", "")
        if configuration and project.tree.has(configuration):
            if "always" in server:
                line = server["always"]
            elif _puma_reads_port(project, configuration):
                line = server["configured"]
        return Start(line, Origin("config.ru"), f"`config.ru` of {title} is served by {server['gem']}, a declared gem")
    return None


def _hanami(project: Project) -> Start | None:
    gem = project.gemfile.gem("hanami") if project.gemfile is not None else None
    if gem is None or not project.tree.has("config/app.rb"):
        return None
    return Start("bundle exec hanami server --host 0.0.0.0 --port ${PORT}", gem.origin, "Hanami's own server")


def _script(project: Project) -> Start | None:
    """Return a file that requires something that serves."""
    for path in _FILES:
        if not project.tree.has(path):
            continue
        required, fixed = _required(project, path)
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
            text, fix = f"the port {port} is fixed in the code", 'write `set :port, ENV.fetch("PORT", 4567)`'
            project.reasons.report(Diagnostic("BP647", "info", text, Origin(path, fixed[1]), fix))
        return Start(line, Origin(path), "the file that serves", port)
    return None


def _report_rackup(project: Project, path: str) -> None:
    if project.installed("rackup") is not None:
        return
    text = "Sinatra 4 starts a server only with the gem `rackup`, which is not declared"
    fix = "run `bundle add rackup` and commit the lock file"
    project.reasons.report(Diagnostic("BP800", "warning", text, Origin(path), fix))


def _required(project: Project, path: str) -> tuple[list[str], tuple[int, int] | None]:
    """Return what a file requires, and the port that Sinatra is told there, with its line."""
    required: list[str] = []
    fixed: tuple[int, int] | None = None
    for statement in tokens.statements(project.tree, path):
        words = [token.text for token in statement]
        if words[0] == "require" and len(statement) > 1 and statement[1].kind == "string":
            required.append(words[1])
        elif words[:2] == ["set", "port"] and statement[-1].kind == "number" and "ENV" not in words:
            number = statement[-1].text
            if number.isdecimal() and 0 < int(number) < 65536:  # noqa: PLR2004  # TCP
                fixed = (int(number), statement[0].line)
    return required, fixed


def _workers(project: Project) -> list[tuple[str, Start]]:
    found = []
    for row in data_table.read(__file__, "frameworks")["worker"]:
        gem = project.gemfile.gem(row["gem"]) if project.gemfile is not None else None
        if gem is None or ("needs" in row and not project.tree.has(row["needs"])):
            continue
        line = row["command"]
        if "file" in row and project.tree.has(row["file"]):
            line = row["file"]
        if row["gem"] == "sidekiq" and project.rails is None:
            script = project.tree.first("config/boot.rb", "config/environment.rb", "worker.rb", "app.rb", "main.rb")
            if script is None:
                continue
            line += f" -r ./{script}"
        found.append((row["name"], Start(line, gem.origin, f"{row['gem']} works through its queue", None)))
    return found


def _lone_worker(project: Project) -> Start | None:
    found = _workers(project) if project.rails is None else []
    return found[0][1] if found else None


def _program(project: Project) -> Start | None:
    """Return a file with a program's usual name, in a tree whose gems are no web framework: a bot, a job."""
    path = project.tree.first(*_PROGRAMS)
    if path is None or project.rails is not None:
        return None
    program = "bundle exec ruby" if project.gemfile is not None else "ruby"
    return Start(f"{program} {path}", Origin(path), "the program at the root", None)


def _release(project: Project) -> Start | None:
    """Return what prepares the database; in a Rails app with several databases that loads their schemas too."""
    tree = project.tree
    migrations = tree.has_directory("db/migrate") or tree.has("db/schema.rb") or tree.has("db/structure.sql")
    if not migrations:
        return None
    if project.rails is not None:
        program = "bin/rails" if tree.has("bin/rails") else "bundle exec rails"
        several = any(tree.has(f"db/{name}_schema.rb") for name in ("queue", "cache", "cable"))
        task = "db:prepare" if several else "db:migrate"
        return Start(f"{program} {task}", Origin("db"), "the database is prepared before a release", None)
    gem = project.gemfile.gem("sinatra-activerecord") if project.gemfile is not None else None
    if gem is not None and tree.has("Rakefile"):
        return Start("bundle exec rake db:migrate", gem.origin, "the database is prepared before a release", None)
    return None
