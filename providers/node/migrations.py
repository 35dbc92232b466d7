"""What makes the tables of a database: the command of a migration tool, once per deployment or before the server.

Sources, checked 2026-11-24: https://knexjs.org/guide/migrations.html, https://sequelize.org/docs/v6/other-topics/migrations/,
https://www.prisma.io/docs/orm/prisma-client/deployment/deploy-database-changes-with-prisma-migrate,
https://orm.drizzle.team/docs/drizzle-kit-migrate, https://typeorm.io/docs/migrations/executing/
"""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.language.javascript import entry_files, javascript
from buildplan.language.javascript.javascript import at
from buildplan.model.origin import Origin

from . import native, run_files

if TYPE_CHECKING:
    from .project import Project
    from .start_choice import Choice


@dataclass(frozen=True, slots=True)
class _Tool:
    """A tool: its package, the words that migrate, its configuration, and where its migrations lie by default."""

    package: str
    words: tuple[str, ...]
    configuration: tuple[str, ...] = ()
    migrations: tuple[str, ...] = ()


_TOOLS = {
    "knex": _Tool("knex", ("migrate:latest",), ("knexfile.js", "knexfile.cjs", "knexfile.mjs"), ("migrations",)),
    "prisma": _Tool("prisma", ("migrate", "deploy"), migrations=("prisma/migrations",)),
    "drizzle-kit": _Tool(
        "drizzle-kit",
        ("migrate",),
        ("drizzle.config.js", "drizzle.config.mjs", "drizzle.config.ts"),
        ("drizzle/meta", "migrations/meta", "src/db/migrations/meta"),
    ),
    "sequelize": _Tool("sequelize-cli", ("db:migrate",), (".sequelizerc", "config/config.json"), ("migrations",)),
    "sequelize-cli": _Tool("sequelize-cli", ("db:migrate",)),
    "typeorm": _Tool("typeorm", ("migration:run",)),
}
_SCRIPT = re.compile(
    r"(?:(?:db|knex|prisma|typeorm|database):)?migrat(?:e|ions?)(?::(?:latest|deploy|run|up|prod|production))?"
)
_OPERATORS = re.compile(r"[;&|<>$`\n]")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*", re.ASCII)
_TYPESCRIPT = re.compile(r"\S+\.[cm]?tsx?")
_SQLITE = frozenset({"sqlite3", "better-sqlite3", "sqlite", "@libsql/client", "@vscode/sqlite3"})
_SERVERS = frozenset(
    {"pg", "pg-native", "postgres", "mysql", "mysql2", "mariadb", "tedious", "mssql", "oracledb"}
    | {"@neondatabase/serverless", "@planetscale/database", "@vercel/postgres"}
)
_PRISMA_SQLITE = re.compile(r'^\s*provider\s*=\s*"sqlite"', re.MULTILINE)
_MAX_FILES = 8


@dataclass(frozen=True, slots=True)
class Migration:
    """The command; `at_start` when the database is an SQLite file, which another container does not have.

    `offers_server` when a variable can choose a database server instead.
    """

    argv: tuple[str, ...]
    origin: Origin
    at_start: bool
    offers_server: bool

    @property
    def text(self) -> str:
        """The command on one line."""
        return shlex.join(self.argv)


def find(project: Project, choice: Choice) -> Migration | None:
    """Return what migrates the database; None when nothing does, or the process does so by itself."""
    start = choice.start
    if start is None or "release" in project.overrides.processes or start.directory != project.app.directory:
        return None
    found = _script(project) or _configured(project) if "migrat" not in start.text else None
    if found is None or run_files.kept(project, choice).whole is None:
        return None
    argv, tool, origin, configuration = found
    sqlite, server = _database(project, tool, configuration)
    owned = project.overrides.start is not None or start.shell is not None or project.manager.linker == "pnp"
    return Migration(argv, origin, sqlite and not owned, server)


_Found = tuple[tuple[str, ...], _Tool, Origin, str | None]


def _script(project: Project) -> _Found | None:
    """Return the command of a script that does nothing but run a tool."""
    for name, text in sorted(project.app.scripts.items(), key=lambda pair: (len(pair[0]), pair[0])):
        words = _words(text) if _SCRIPT.fullmatch(name) else ()
        tool = _TOOLS.get(words[0]) if words else None
        if tool is None or not _installed(project, tool) or words[1 : 1 + len(tool.words)] != tool.words:
            continue
        if not any(_TYPESCRIPT.fullmatch(word) for word in words):
            return words, tool, project.app.origin("scripts", name), _configuration(project, tool)
    return None


def _words(text: str) -> tuple[str, ...]:
    """Return the words of one plain command, without what only sets variables or looks the program up."""
    if _OPERATORS.search(text):
        return ()
    try:
        words = shlex.split(text)
    except ValueError:
        return ()
    while words and (words[0] in {"npx", "cross-env", "env"} or _ASSIGNMENT.fullmatch(words[0])):
        words.pop(0)
    return tuple(words)


def _configured(project: Project) -> _Found | None:
    """Return the command of a tool whose configuration and migrations are in the tree."""
    for program, tool in _TOOLS.items():
        if not tool.migrations or not _installed(project, tool):
            continue
        path = _configuration(project, tool)
        if path is None and tool.configuration:
            continue
        folders = [project.path(name) for name in tool.migrations]
        if path is not None:
            folders += _named(project, path)
        place = next((name for name in folders if project.tree.has_directory(name)), None)
        if place is not None:
            return (program, *tool.words), tool, Origin(path or place), path
    return None


def _installed(project: Project, tool: _Tool) -> bool:
    """Return whether the image has the tool: it is no development dependency."""
    return any(tool.package in manifest.dependencies for manifest in (project.app, project.workspace.root))


def _configuration(project: Project, tool: _Tool) -> str | None:
    return project.tree.first(*(project.path(name) for name in tool.configuration))


def _named(project: Project, path: str) -> list[str]:
    """Return the texts of a configuration that may be the folder of its migrations."""
    texts = [token.text for token in javascript.read(project.tree, path) if token.kind == "string"]
    return [project.path(posixpath.normpath(text)) for text in texts if "migrations" in text and ".." not in text]


def _database(project: Project, tool: _Tool, configuration: str | None) -> tuple[bool, bool]:
    """Return whether the database is an SQLite file by default, and whether it can be a server's."""
    if tool.package == "prisma":
        schema = native.prisma_schema(project.tree, project.app)
        text = project.tree.text_or_none(schema) if schema is not None else None
        return text is not None and _PRISMA_SQLITE.search(text) is not None, False
    drivers = project.app.dependencies.keys() | project.workspace.root.dependencies.keys()
    if drivers.isdisjoint(_SQLITE):
        return False, True
    if drivers.isdisjoint(_SERVERS):
        return True, False
    return configuration is not None and _defaults_to_sqlite(project, configuration), True


def _defaults_to_sqlite(project: Project, configuration: str) -> bool:
    """Return whether a configuration, or a file that it loads, falls back to SQLite: `default: "better-sqlite3"`."""
    pending, seen = [configuration], set[str]()
    while pending and len(seen) < _MAX_FILES:
        path = pending.pop(0)
        seen.add(path)
        tokens = javascript.read(project.tree, path)
        for index, token in enumerate(tokens):
            if token.kind != "string" or not index:
                continue
            before = tokens[index - 1]
            fallback = before.is_("||", "??") or (before.is_(":") and index > 1 and tokens[index - 2].is_("default"))
            if fallback and token.text in _SQLITE:
                return True
            if token.text.startswith(".") and before.is_("(", "from") and not at(tokens, index + 1).is_("+"):
                base = posixpath.normpath(posixpath.join(posixpath.dirname(path), token.text))
                found = entry_files.find(project.tree, base) if not base.startswith("..") else None
                if found is not None and found not in seen:
                    pending.append(found)
    return False
