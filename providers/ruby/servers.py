"""The server of a Ruby app: Rails' own, that of a `config.ru`, Hanami's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import data_table

from . import background, puma, scripts
from .start_command import DEFAULT_PORT, THRUSTER_TARGET, Start

if TYPE_CHECKING:
    from .project import Project


def entry(project: Project) -> Start | None:
    """Return what starts the app by itself: a server, else a worker; None when nothing does."""
    return (
        _rails(project)
        or _rack(project)
        or _hanami(project)
        or scripts.server(project)
        or background.alone(project)
        or scripts.program(project)
    )


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
    address = puma.address(project) if project.overrides.start is None else None
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
            elif puma.reads_port(project, configuration):
                line = server["configured"]
        return Start(line, Origin("config.ru"), f"`config.ru` of {title} is served by {server['gem']}, a declared gem")
    return None


def _hanami(project: Project) -> Start | None:
    gem = project.gemfile.gem("hanami") if project.gemfile is not None else None
    if gem is None or not project.tree.has("config/app.rb"):
        return None
    return Start("bundle exec hanami server --host 0.0.0.0 --port ${PORT}", gem.origin, "Hanami's own server")
