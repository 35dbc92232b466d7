"""The processes of the image: their ports, migrations, the files and packages that they need."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.catalogue.versions import Request, resolve
from buildplan.language import ports, versions
from buildplan.language.javascript import data_folders as data_folders_of
from buildplan.language.javascript import entry_files, javascript
from buildplan.language.javascript.javascript import at
from buildplan.language.ports import Found
from buildplan.language.versions import Asking
from buildplan.model.build_plan import APP_DIR, Diagnostic, Input, Process, Runtime
from buildplan.model.origin import Origin, Sourced, catalogue, rule

from . import command_lines, frameworks, install, package_manager
from .command_lines import Start
from .project import copied

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.language.javascript.entry_files import Listening, Place
    from buildplan.model.requests import CommandRequest
    from buildplan.source import SourceTree

    from .project import Project
    from .start_choice import Choice

# Where a process listens: its port, the variables that it needs for that, and whether it ends on SIGTERM.


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
    found = _port(choice, scanned)
    port = found.number if found is not None else None
    if found is not None:
        environment["PORT"] = str(port)
        ports.decide(found, reasons)
        reasons.decide(
            "run.environment.PORT", str(port), found.origin, "the port as the app reads it, with its default"
        )
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
    return port, environment, not handled


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


def data_folders(project: Project, choice: Choice) -> tuple[Place, ...]:
    """Return the folders that the code of the process writes to, and that nothing makes."""
    start = choice.start
    if start is None or choice.own or start.entry is None:
        return ()
    source = entry_files.source(project.tree, start.entry)
    return data_folders_of.find(project.tree, source, start.directory) if source is not None else ()


def _port(choice: Choice, scanned: Listening | None) -> Found | None:
    start, framework = choice.start, choice.framework
    assert start is not None  # noqa: S101  # the caller looked
    if start.port is not None:
        return Found("PORT", start.port, start.origin, "the start command names it; `PORT` can change it")
    given = dict(start.environment).get("PORT", "")
    if ports.is_port(given):
        return Found("PORT", int(given), start.origin, "the start command sets it")
    listens = scanned is not None and scanned.listens
    worker = framework.kind == "worker" if framework is not None else scanned is not None
    if worker and not listens:
        return None
    usual = Found("usual", _DEFAULT_PORT, rule("port"), "the usual port of Node apps; `PORT` can change it")
    if framework is not None and framework.port is not None:
        place = catalogue(f"frameworks.{framework.id}")
        usual = Found("usual", framework.port, place, f"the default of {framework.title}")
    return usual if scanned is None else _of_code(scanned, usual)


def _of_code(scanned: Listening, usual: Found) -> Found:
    """Return the port that the code falls back to, or is fixed to; `usual` is what it has otherwise."""
    fixed, variable, fallback = scanned.fixed, scanned.variable, scanned.fallback
    if fixed is not None:
        fix = f"write `process.env.PORT || {fixed.value}`"
        place = Origin(fixed.path, fixed.line)
        return Found("fixed", int(fixed.value), place, "the port that is fixed in the code", fix)
    found = usual
    if fallback is not None:
        why = "the port that the code falls back to"
        found = Found("PORT", int(fallback.value), Origin(fallback.path, fallback.line), why)
    if variable is None or variable.value == "PORT":
        return found
    return found._replace(by="variable", variable=variable.value, read_at=Origin(variable.path, variable.line))


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
        environment[scanned.host_variable] = ports.ANYWHERE
        why = f"without it the code binds to {local.value}, which nothing outside of the container reaches"
        project.reasons.decide(f"run.environment.{scanned.host_variable}", ports.ANYWHERE, place, why)
        return
    ports.report_local(local.value, place, "bind to `0.0.0.0`", project.reasons)


# What makes the tables of a database: the command of a migration tool, once per deployment or before the server.
#
# Sources, checked 2026-11-24: https://knexjs.org/guide/migrations.html, https://sequelize.org/docs/v6/other-
# topics/migrations/,
# https://www.prisma.io/docs/orm/prisma-client/deployment/deploy-database-changes-with-prisma-migrate,
# https://orm.drizzle.team/docs/drizzle-kit-migrate, https://typeorm.io/docs/migrations/executing/


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
    if found is None or kept(project, choice).whole is None:
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
        schema = install.prisma_schema(project.tree, project.app)
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


# What the image keeps: the build's outputs and what is read beside them, or the whole tree when that is not known.
#
# Nothing is left out on a guess: a file is left out when it is source that was compiled, or when its name says that
# only
# people and tools read it.


# Read by tools and people only.
_TOOL_FILES = re.compile(
    r"\..*"
    r"|(?:README|LICEN[CS]E|CHANGELOG|CONTRIBUTING|CODE_OF_CONDUCT|SECURITY|AUTHORS|NOTICE|HISTORY|TODO|COPYING|CODEOWNERS)"
    r"(?:[._-].*)?"
    r"|.*\.(?:md|markdown|log|iml|sh|lock|lockb|tgz|png|jpe?g|gif|svg|toml|code-workspace|tsbuildinfo)"
    r"|package(?:-lock)?\.json|npm-shrinkwrap\.json|pnpm-(?:lock|workspace)\.yaml|yarn\.lock|bun\.lockb?"
    r"|[jt]sconfig.*\.json|nest-cli\.json|nodemon\.json|angular\.json|tslint\.json|jsdoc.*\.json|typedoc\.json"
    r"|turbo\.jsonc?|nx\.json|lerna\.json|renovate\.json|biome\.jsonc?|components\.json|vercel\.json|app\.json|cypress\.json"
    r"|railway\.json|railpack\.json|nixpacks\.json|static\.json|skaffold\.ya?ml|render\.ya?ml|codecov\.ya?ml"
    r"|(?:docker-)?compose.*\.ya?ml|Dockerfile.*|Procfile.*|Makefile|Jenkinsfile|Vagrantfile|Tiltfile|justfile"
    r"|(?:eslint|prettier|jest|vitest|vite|webpack|rollup|babel|tsup|tsdown|tailwind|postcss|stylelint|commitlint|lint-staged"
    r"|playwright|cypress|karma|svelte|astro|nuxt|next|react-router|remix|esbuild|drizzle|prisma|typedoc|release|cz)"
    r"[._-].*\.(?:[cm]?[jt]s|json)"
    r"|env\.d\.ts|.*\.d\.ts|gulpfile\..*|Gruntfile\..*",
    re.IGNORECASE | re.ASCII,
)
_TOOL_DIRECTORIES = frozenset(
    {"test", "tests", "__tests__", "spec", "specs", "e2e", "cypress", "playwright", "__mocks__", "mocks", "fixtures"}
    | {"docs", "doc", "documentation", "examples", "example", "coverage", "node_modules", "patches", "tools", "scripts"}
    | {
        "docker",
        "deploy",
        "deployment",
        "kubernetes",
        "k8s",
        "helm",
        "chart",
        "charts",
        "terraform",
        "infra",
        "stories",
    }
    | {"screenshots", "benchmarks", "benchmark", "bench", "types", "typings", "storybook"}
)
_CODE = re.compile(r".*\.(?:[cm]?[jt]sx?|map|vue|svelte|astro|css|scss|sass|less|styl|snap)|\..*", re.IGNORECASE)
# In a bundler's sources pictures and fonts become part of the bundle.
_BUNDLED = re.compile(
    r".*\.(?:png|jpe?g|gif|svg|webp|avif|ico|woff2?|eot|mp[34]|webm)|(?:app|error|index)\.html", re.IGNORECASE
)
_NOT_READ = re.compile(
    r"(?:README|LICENSE|CHANGELOG).*|[jt]sconfig.*\.json|package\.json|.*\.(?:test|spec|stories)\..*"
)
_MAX_EXTRAS = 10
_MAX_IMPORTED = 20


class Kept(NamedTuple):
    """What the image keeps of the build and of the tree; `whole` is why everything is, None when it is not."""

    from_build: tuple[Input, ...] = ()
    from_tree: tuple[str, ...] = ()
    whole: str | None = None


def kept(project: Project, choice: Choice) -> Kept:
    """Return what the image of a process keeps, packages aside."""
    framework = choice.framework
    build = project.build
    assert choice.start is not None  # noqa: S101  # a site keeps its output
    if choice.own and framework is not None and not framework.packages_at_run:
        return _own_output(project, choice)
    reason = None
    if not project.workspace.app_is_root or project.workspace.members:
        reason = "the packages of a workspace are linked to each other's folders"
    elif choice.start.shell is not None:
        reason = "a shell line may read any file"
    elif build is None:
        reason = "there is no build"
    elif choice.own and framework is not None and framework.whole:
        reason = f"{framework.title} reads its project's files at run time"
    if reason is None and choice.own:
        return _own_output(project, choice)
    if reason is None and build is not None:
        return _compiled(project, choice)
    return Kept(whole=reason)


def _own_output(project: Project, choice: Choice) -> Kept:
    """Return the files of a framework's own server."""
    framework, build = choice.framework, project.build
    assert framework is not None  # noqa: S101  # it is its own server
    assert build is not None  # noqa: S101  # it has an output
    path = build.output.path if build.output is not None else project.path(framework.output)
    pairs = copied(project.app, framework, path) or ((path, None),)
    inputs = []
    for source, target in pairs:
        is_build = source == path or source.startswith(f"{path}/") or not project.tree.has_directory(source)
        if is_build and source.rpartition("/")[2] == "public" and source != path:
            continue  # the tree has no such folder
        destination = target if target is None or not project.app.directory else _nested(project, choice, target)
        inputs.append(Input(f"{source}/", dest=destination if destination != source else None))
    if not framework.packages_at_run:
        return Kept(tuple(inputs))
    found = list(_named_files(project, framework.keeps))
    if framework.config_at_run:
        imported = _imported_by_config(project, choice)
        if imported is None:
            return Kept(whole=f"the configuration of {framework.title} loads files of the app")
        found.extend(imported)
    extras = _data(project, [item.path.rstrip("/") for item in inputs], bundled=True)
    if extras is None:
        return Kept(whole="many files beside the build may be read at run time")
    return Kept(tuple(inputs), tuple(dict.fromkeys((*found, *extras))))


def _nested(project: Project, choice: Choice, target: str) -> str:
    """Return a destination in a workspace, where the output repeats the app's directory."""
    nested = choice.framework is not None and choice.framework.nested_start
    return posixpath.join(project.app.directory, target) if nested and target else target


def _named_files(project: Project, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name.endswith("/"):
            if project.tree.has_directory(project.path(name)):
                yield project.path(name)
        else:
            path = frameworks.config_path(project.tree, project.app, name)
            if path is not None:
                yield path


def _imported_by_config(project: Project, choice: Choice) -> tuple[str, ...] | None:
    """Return the files that the configuration loads from beside it; None when they lead into the app's sources."""
    framework = choice.framework
    assert framework is not None  # noqa: S101  # the caller has one
    pending = [path for name in framework.config if (path := frameworks.config_path(project.tree, project.app, name))]
    found: list[str] = []
    seen = set(pending)
    while pending:
        path = pending.pop()
        for name in frameworks.read_config(project.tree, path).imports():
            if not name.startswith("."):
                continue
            base = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            target = entry_files.source(project.tree, base) if not base.startswith("..") else None
            if target is None or len(seen) > _MAX_IMPORTED:
                return None
            if target not in seen:
                seen.add(target)
                found.append(target)
                pending.append(target)
    return tuple(found)


def _compiled(project: Project, choice: Choice) -> Kept:
    """Return the files of an app that runs what its build wrote."""
    start, build = choice.start, project.build
    assert start is not None  # noqa: S101  # the caller looked
    assert build is not None  # noqa: S101  # the caller looked
    written = build.compiled
    if not written.known:
        return Kept(whole="a command of the build may write anywhere")
    if start.entry is None or not written.holds(posixpath.normpath(start.entry)):
        return Kept(whole="what is started is not in the build's output")
    extras = _data(project, list(written.outputs), bundled=False)
    if extras is None:
        return Kept(whole="files beside the build may be read at run time")
    outputs = [path for path in written.outputs if not _is_below(path, written.outputs)]
    files = ("package.json",) if project.tree.has("package.json") else ()
    return Kept(tuple(Input(f"{path}/") for path in outputs), (*files, *extras))


def _is_below(path: str, others: tuple[str, ...]) -> bool:
    return any(path.startswith(f"{other}/") for other in others)


def _data(project: Project, outputs: list[str], *, bundled: bool) -> tuple[str, ...] | None:
    """Return the files and folders at the top that may be read at run time; None when they are many, or among sources.

    `bundled`: a bundler took pictures and styles along; folders that hold only those and code are not needed.
    """
    tree = project.tree
    top = tree.directory()
    extras: list[str] = []
    tops = {path.split("/")[0] for path in outputs}
    for name in top.directories:
        if name in tops or name.startswith(".") or name.lower() in _TOOL_DIRECTORIES:
            continue
        if bundled and name == "public":
            continue  # its own row says whether it is needed
        sources = _is_source(project, name, bundled=bundled)
        if sources and not _holds_data(tree, name, bundled=bundled):
            continue
        if sources and not bundled:
            return None
        extras.append(f"{name}/")
    sources_at_top = (".ts", ".tsx", ".mts", ".cts", *((".html",) if bundled else ()))
    extras.extend(name for name in top.files if not _TOOL_FILES.fullmatch(name) and not name.endswith(sources_at_top))
    return tuple(extras) if len(extras) <= _MAX_EXTRAS else None


def _is_source(project: Project, directory: str, *, bundled: bool) -> bool:
    """Return whether a folder holds what was compiled."""
    if bundled:
        return True
    build = project.build
    roots = [item.source for item in build.compiled.compilations] if build is not None else []
    if directory in {"src", "source"} or any(root is not None and root.split("/")[0] == directory for root in roots):
        return True
    return _only(project.tree, directory, re.compile(r".*\.(?:[cm]?tsx?|d\.ts)|\..*"))


def _holds_data(tree: SourceTree, directory: str, *, bundled: bool) -> bool:
    """Return whether a folder holds files that code may read when it runs."""
    for name in _names(tree, directory):
        if _CODE.fullmatch(name) or _NOT_READ.fullmatch(name):
            continue
        if bundled and _BUNDLED.fullmatch(name):
            continue
        return True
    return False


def _only(tree: SourceTree, directory: str, pattern: re.Pattern[str]) -> bool:
    return all(pattern.fullmatch(name) or _NOT_READ.fullmatch(name) for name in _names(tree, directory))


def _names(tree: SourceTree, directory: str) -> Iterator[str]:
    """Yield the file names below a folder."""
    pending = [directory]
    while pending:
        path = pending.pop()
        found = tree.directory(path)
        yield from found.files
        pending.extend(f"{path}/{name}" for name in found.directories if name.lower() not in _TOOL_DIRECTORIES)


# Which development dependencies a process needs when it runs: then they cannot be pruned.


_TYPESCRIPT_ENDINGS = (".ts", ".mts", ".cts", ".tsx")


def reason(project: Project, choice: Choice) -> Sourced[str] | None:
    """Return why development dependencies stay in the image, None when they do not; each reason is reported."""
    mode = project.overrides.variables.get("NODE_ENV")
    if mode is not None and mode.value != "production" and mode.scope != "build":
        return _reported(project, Sourced(f"`NODE_ENV` is `{mode.value}`", mode.origin), "set it to `production`")
    framework = choice.framework
    if choice.own and framework is not None and framework.development_at_run:
        place = Origin("<catalogue>", key=f"frameworks.{framework.id}")
        return Sourced(f"{framework.title} is started by its development tools", place)
    for name, place in _needed(project, choice):
        manifest = choice.start.manifest if choice.start is not None else project.app
        tables = (manifest.dependencies, manifest.optional_dependencies)
        if name in manifest.dev_dependencies and not any(name in table for table in tables):
            text = f"`{name}` is needed at run time, but it is a development dependency"
            return _reported(project, Sourced(text, place), f"move `{name}` to `dependencies`")
    return None


def _reported(project: Project, found: Sourced[str], fix: str) -> Sourced[str]:
    project.reasons.report(
        Diagnostic(
            "BP646", "warning", f"{found.value}, so all development dependencies stay in the image", found.origin, fix
        )
    )
    return found


def _needed(project: Project, choice: Choice) -> Iterator[tuple[str, Origin]]:
    """Yield the packages that the process needs, each with the place that says so."""
    start = choice.start
    if start is None:
        return
    for name in start.packages:
        yield name, start.origin
    if start.shell is not None:
        for word in start.shell.split():
            package = command_lines.package_of(word)
            if start.manifest.has(package):
                yield package, start.origin
    framework = choice.framework
    if choice.own and framework is not None and framework.config_at_run:
        yield from _by_configuration(project, choice)
    if start.entry is not None and not choice.own:
        yield from _by_entry(project, start.entry)


def _by_configuration(project: Project, choice: Choice) -> Iterator[tuple[str, Origin]]:
    """Yield what a configuration that is read at run time imports; one in TypeScript needs the compiler too."""
    framework = choice.framework
    assert framework is not None  # noqa: S101  # the caller has one
    for name in framework.config:
        path = frameworks.config_path(project.tree, project.app, name)
        if path is None:
            continue
        if path.endswith(_TYPESCRIPT_ENDINGS):
            yield "typescript", Origin(path)
        for imported in frameworks.read_config(project.tree, path).imports(types=False):
            parts = imported.split("/")
            yield ("/".join(parts[:2]) if imported.startswith("@") else parts[0]), Origin(path)


def _by_entry(project: Project, entry: str) -> Iterator[tuple[str, Origin]]:
    """Yield what the entry file and its neighbours import; imports of compiled files may be of types only."""
    source = entry_files.find(project.tree, entry)
    if source is None:
        return
    for place in entry_files.scan(project.tree, source).packages:
        yield place.value, Origin(place.path, place.line)


# The processes of the image: the main one, and those that a Procfile names beside it.


def runtime(project: Project, choice: Choice) -> Runtime:
    """Return the runtime of the image: Node, or Bun where the process is one of Bun's."""
    start = choice.start
    if start is not None and start.program in {"bun", "bunx"}:
        said = package_manager.Said(project.workspace.root, None)
        directories = tuple(dict.fromkeys((project.app.directory, "")))
        asking = Asking(project.tree, said, project.overrides, project.reasons, directories)
        requests = list(versions.requests(package_manager.BUN, asking))
        if project.manager.name == "bun" and project.manager.version is not None:
            # The manager's version answers all of these but a configuration.
            asked = requests[: "bun" in project.overrides.versions]
            requests = [*asked, Request(project.manager.version, project.manager.origin)]
        found = resolve("bun", requests, project.reasons)
        return Runtime("bun", found.version, found.requested)
    return Runtime("node", project.node.version, project.node.requested)


def is_bun_alone(project: Project, choice: Choice) -> bool:
    """Return whether Bun installs, builds and runs the app, so that nothing needs Node."""
    start, build = choice.start, project.build
    if project.manager.name != "bun" or start is None or start.program not in {"bun", "bunx"}:
        return False
    return build is None or all(step.command.program in {"bun", "bunx"} for step in build.steps)


def main(project: Project, choice: Choice, port: int | None) -> Process:
    """Return the main process, and note why it is that one."""
    start = choice.start
    assert start is not None  # noqa: S101  # a site has its web server
    name = "worker" if port is None else "web"
    argv, shell = _form(project, start)
    migration = find(project, choice)
    if migration is not None and migration.at_start:
        argv, shell = (), f"{migration.text} && exec {shlex.join(argv)}"
        _report_sqlite(project, migration)
    process = Process(name, argv, shell, port)
    if port is not None:
        process = ports.forward(process, port_variable(project, choice))
    project.reasons.decide("start", process.text, choice.origin, choice.rule, choice.runners_up)
    return process


def _report_sqlite(project: Project, migration: Migration) -> None:
    text = (
        "the database is an SQLite file in the container: it is lost with the container, and"
        f" `{migration.text}` runs before each start, since a `release` container has another file"
    )
    volume = "mount a volume at the folder of the file (`volumes` in buildplan.toml)"
    server = "set the variables that choose a database server" if migration.offers_server else "use a database server"
    fix = f"{volume}, or {server} and add `release: {migration.text}` to a Procfile"
    severity: Literal["info", "warning"] = "info" if migration.offers_server else "warning"
    project.reasons.report(Diagnostic("BP950", severity, text, migration.origin, fix))


def _form(project: Project, start: Start) -> tuple[tuple[str, ...], str | None]:
    """Return the argv, with what Plug'n'Play needs, or the shell line."""
    argv, manager = start.argv, project.manager
    if not argv or manager.linker != "pnp":
        return argv, start.shell
    if start.program == "node":
        return (argv[0], *install.node_options(manager), *argv[1:]), None
    if manager.vendored is not None:
        return ("node", f"{APP_DIR}/{manager.vendored}", *argv), None
    project.reasons.report(
        Diagnostic(
            "BP627",
            "warning",
            f"`{argv[0]}` is a program of the packages, which only Yarn can start while they are zipped",
            start.origin,
            "set `nodeLinker: node-modules` in `.yarnrc.yml`, or commit a release with `yarn set version`",
        )
    )
    return ("yarn", *argv), None


def others(project: Project, choice: Choice, directory: str) -> Iterator[Process]:
    """Yield the other processes that were asked for; a site's web server can run none of them."""
    for name, asked in sorted(project.overrides.processes.items()):
        if name == "web":  # the main process
            continue
        if choice.start is None:
            _report_lost(project, name, asked)
            continue
        process = _process(project, name, asked, directory)
        project.reasons.decide(f"processes.{name}", process.text, asked.origin, "the process that was asked for")
        yield process
    release = choice.framework.release if choice.framework is not None and choice.own else ""
    if release and "release" not in project.overrides.processes:
        assert choice.framework is not None  # noqa: S101  # it has the release command
        place = catalogue(f"frameworks.{choice.framework.id}")
        project.reasons.decide("processes.release", release, place, f"{choice.framework.title} migrates its database")
        yield Process("release", tuple(release.split()))
        return
    migration = find(project, choice)
    if migration is not None and not migration.at_start:
        why = "the tables are made and changed once per deployment, not by the server"
        project.reasons.decide("processes.release", migration.text, migration.origin, why)
        yield Process("release", migration.argv)


def _process(project: Project, name: str, asked: Sourced[CommandRequest], directory: str) -> Process:
    found = project.resolver.request(asked, project.workspace.root)
    if not isinstance(found, Start):
        return Process(name, asked.value.argv, asked.value.shell)
    argv, shell = _form(project, found)
    assignments = " ".join(f"{key}={shlex.quote(value)}" for key, value in found.environment)
    if found.directory == directory and not assignments:
        return Process(name, argv, shell)
    line = shell if shell is not None else f"exec {shlex.join(argv)}"
    if assignments:
        line = f"export {assignments} && {line}"
    if found.directory != directory:
        line = f"cd {shlex.quote(f'{APP_DIR}/{found.directory}'.rstrip('/'))} && {line}"
    return Process(name, shell=line)


def _report_lost(project: Project, name: str, asked: Sourced[CommandRequest]) -> None:
    project.reasons.report(
        Diagnostic(
            "BP634",
            "warning",
            f"the process `{name}` cannot run in the image of a site, which holds a web server and files",
            asked.origin,
            "plan it as an app of its own",
        )
    )


def use_packages(project: Project, choice: Choice) -> bool:
    """Return whether a process is a program of the packages, which has to be found on PATH."""
    start = choice.start
    if start is not None and (start.uses_packages or start.shell is not None):
        return True
    for asked in project.overrides.processes.values():
        found = project.resolver.request(asked, project.workspace.root)
        if not isinstance(found, Start) or found.uses_packages or found.shell is not None:
            return True
    if find(project, choice) is not None:
        return True
    return choice.own and choice.framework is not None and bool(choice.framework.release)
