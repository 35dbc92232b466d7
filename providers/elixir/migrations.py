"""How the database is migrated before a new version starts: the app's own function, a script, or Ecto's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from .project import Project
    from .shipping import Shipping

# Where the guides put it, and what others call it.
_FILES = ("release.ex", "release_tasks.ex", "releases.ex", "release_task.ex", "release_helper.ex", "migrator.ex")
_SCRIPTS = ("migrate", "migrate.sh")
_MIGRATES = re.compile(
    r"^[ \t]{0,20}def (migrate|run_migrations|migrate_all)\b(?!\()|^[ \t]{0,20}def (migrate)\(\)", re.MULTILINE
)
_MODULE = re.compile(r"^defmodule ([A-Z][\w.]{0,200}) do", re.MULTILINE | re.ASCII)
_EVALUATED = re.compile(r"\beval[ \t]+[\"']?([A-Z][\w.]{0,200}\.[a-z_]\w{0,60})(?:\(\))?[\"']?", re.ASCII)
_APP = re.compile(r"[a-z_]\w{0,100}", re.ASCII)


class Migration(NamedTuple):
    """The expression that a release evaluates, where it comes from, and why."""

    expression: str
    origin: Origin
    why: str


def find(project: Project) -> Migration | None:
    """Return what migrates the database in a release; None where nothing does."""
    return _script(project) or _function(project) or _ecto(project)


def argv(shipping: Shipping, found: Migration) -> tuple[str, ...]:
    """Return the command of a release, or Mix's own where the source is shipped."""
    if shipping.kind == "mix":
        return ("mix", "ecto.migrate")
    name = shipping.name
    return (f"/app/bin/{name}", "eval", found.expression)


def _script(project: Project) -> Migration | None:
    for folder in ("rel/overlays/bin", f"rel/overlays/{project.release.value}/bin", "rel/commands"):
        for name in _SCRIPTS:
            path = project.path(f"{folder}/{name}")
            text = project.tree.text_or_none(path)
            match = _EVALUATED.search(text) if text is not None else None
            if text is not None and match is not None:
                origin = Origin(path, text.count("\n", 0, match.start()) + 1)
                return Migration(match[1], origin, "what the release's own script evaluates")
    return None


def _function(project: Project) -> Migration | None:
    below = f"{project.directory}/" if project.directory else ""
    for name in _FILES:
        for path in project.tree.named(name):
            if not path.startswith(below) or "/test/" in f"/{path}" or path.startswith(f"{below}deps/"):
                continue
            text = project.tree.text_or_none(path) or ""
            module, function = _MODULE.search(text), _MIGRATES.search(text)
            if module is not None and function is not None:
                origin = Origin(path, text.count("\n", 0, function.start()) + 1)
                called = function[1] or function[2]
                return Migration(f"{module[1]}.{called}", origin, "the app's function for migrations in a release")
    return None


def _ecto(project: Project) -> Migration | None:
    """Return what the guides write into such a function, where the app has migrations and no function."""
    origin = project.dependency("ecto_sql", "phoenix_ecto", "ecto")
    has_any = any(path.endswith("/migrations") for path in project.tree.listing.directories if "/priv/" in f"/{path}/")
    app = next((name for name in project.config.repos if _APP.fullmatch(name)), None)
    if origin is None or app is None or not has_any:
        return None
    run = "fn repo -> Ecto.Migrator.run(repo, :up, all: true) end"
    each = f"for repo <- Application.fetch_env!(:{app}, :ecto_repos), do: Ecto.Migrator.with_repo(repo, {run})"
    why = "Ecto's own, since no module of the app has a function `migrate`"
    return Migration(f"Application.load(:{app}); {each}", project.config.repos[app], why)
