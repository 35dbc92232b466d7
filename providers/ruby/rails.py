"""Rails: how assets are built, which variables it wants, and whether it answers to health checks.

Sources, checked 2026-11-24:
- https://guides.rubyonrails.org/asset_pipeline.html
- https://guides.rubyonrails.org/configuring.html
- the Dockerfile that `rails new` writes (Rails 7.1 and newer)
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin

from . import tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

# What hooks into `assets:precompile`; without one of these there is no such task.
_PIPELINES = ("propshaft", "sprockets-rails", "sprockets", "vite_rails", "vite_ruby", "shakapacker", "webpacker")
_DUMMY = (7, 1)
_PRODUCTION = "config/environments/production.rb"
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,80}", re.ASCII)
_FETCH = re.compile(r"ENV\.fetch\(\s?[\"']([A-Z][A-Z0-9_]{0,80})[\"']\s?\)(?!\s{0,3}(?:\{|do\b))", re.ASCII)
# What Rails and its servers set or know themselves.
_KNOWN = frozenset({"RAILS_ENV", "RACK_ENV", "PORT", "SECRET_KEY_BASE", "HOME", "PATH", "RAILS_MAX_THREADS"})
_MOST_FILES = 60


def precompile(project: Project) -> tuple[str, Origin] | None:
    """Return the command that builds assets and its reason, None in a Rails app without any."""
    place = project.installed(*_PIPELINES)
    if place is None or not any(project.tree.has_directory(name) for name in ("app/assets", "app/javascript", "app")):
        return None
    program = "bin/rails" if project.tree.has("bin/rails") else "bundle exec rails"
    values: dict[str, str] = {}
    if "SECRET_KEY_BASE" not in project.overrides.variables:
        version = project.version("rails") or project.version("railties")
        values["SECRET_KEY_BASE_DUMMY" if not version or version >= _DUMMY else "SECRET_KEY_BASE"] = "1"
    for name in _wanted(project):
        if name not in project.overrides.variables:
            values[name] = "postgresql://localhost/placeholder" if name == "DATABASE_URL" else "placeholder"
    assignments = "".join(f"{name}={shlex.quote(value)} " for name, value in values.items())
    return f"{assignments}{program} assets:precompile", place


def _wanted(project: Project) -> list[str]:
    """Return the variables that the configuration reads without a default, so that Rails does not load without them."""
    found: dict[str, None] = {}
    for path in _configuration(project):
        for statement in tokens.statements(project.tree, path):
            words = [token.text for token in statement]
            for index in range(len(statement) - 4):
                if words[index : index + 4] != ["ENV", ".", "fetch", "("] or statement[index + 4].kind != "string":
                    continue
                after = statement[index + 5 : index + 7]
                bare = bool(after) and after[0].is_operator(")")
                block = len(after) > 1 and (after[1].is_operator("{") or after[1].text == "do")
                name = words[index + 4]
                if bare and not block and _VARIABLE.fullmatch(name) and name not in _KNOWN:
                    found.setdefault(name)
    text = project.tree.text_or_none("config/database.yml") or ""
    for line in text.split("\n"):
        if not line.lstrip().startswith("#"):
            found.update(dict.fromkeys(name for name in _FETCH.findall(line[:500]) if name not in _KNOWN))
    return list(found)


def _configuration(project: Project) -> Iterator[str]:
    for path in ("config/boot.rb", "config/application.rb", _PRODUCTION):
        if project.tree.has(path):
            yield path
    names = project.tree.directory("config/initializers").files
    yield from (f"config/initializers/{name}" for name in names[:_MOST_FILES] if name.endswith(".rb"))


def environment(project: Project) -> dict[str, tuple[str, Origin]]:
    """Return what older production configurations want to hear: logs on stdout, files served by Rails."""
    text = project.tree.text_or_none(_PRODUCTION) or ""
    names = ("RAILS_LOG_TO_STDOUT", "RAILS_SERVE_STATIC_FILES")
    return {name: ("1", Origin(_PRODUCTION, key=name)) for name in names if name in text}


def health(project: Project) -> Origin | None:
    """Return where the route of Rails' own health check stands, None when there is none or hosts are limited."""
    path = "config/routes.rb"
    for statement in tokens.statements(project.tree, _PRODUCTION):
        words = [token.text for token in statement]
        if words[:3] == ["config", ".", "hosts"]:
            return None
    for statement in tokens.statements(project.tree, path) if project.tree.has(path) else ():
        texts = [token.text for token in statement]
        if "rails/health#show" in texts and texts[0] == "get" and "up" in texts:
            return Origin(path, statement[0].line, "up")
    return None


def report(project: Project) -> None:
    """Say what has to be set where the container runs, and what stops the build of assets."""
    for statement in tokens.statements(project.tree, _PRODUCTION):
        words = [token.text for token in statement]
        if words[:3] == ["config", ".", "require_master_key"] and words[-1] == "true":
            origin = Origin(_PRODUCTION, statement[0].line, "require_master_key")
            text = "`require_master_key` is set, and the build of assets has no key"
            fix = "remove the line: credentials that are missed fail anyway when they are read"
            project.reasons.report(Diagnostic("BP801", "warning", text, origin, fix))
    credentials = project.tree.first("config/credentials/production.yml.enc", "config/credentials.yml.enc")
    name = "RAILS_MASTER_KEY" if credentials is not None else "SECRET_KEY_BASE"
    if name not in project.overrides.variables and project.rails is not None:
        place = Origin(credentials) if credentials is not None else project.rails
        text = f"the app does not start without the variable `{name}`"
        fix = f"give it when the container runs: `docker run --env {name} …`"
        project.reasons.report(Diagnostic("BP633", "info", text, place, fix))
