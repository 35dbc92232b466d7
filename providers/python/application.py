"""What a project is started with: the main process, the others beside it, and what all of them need."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError, NoStartError
from buildplan.language import ports
from buildplan.model.build_plan import RunnerUp
from buildplan.model.origin import Origin, Sourced

from . import (
    candidates,
    commands,
    django,
    entry_points,
    frameworks,
    gunicorn_config,
    imported,
    launch,
    listening,
    notebooks,
    notices,
    scripts,
    shipped,
    source_code,
    workers,
)
from .launch import Launch

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .django import DjangoProject
    from .entry_points import Entry
    from .frameworks import Framework
    from .manifest import Project

_MAX_SHOWN = 12


class Chosen(NamedTuple):
    """A launch, where it comes from, and what it beat."""

    launch: Launch
    origin: Origin
    rule: str
    runners_up: tuple[RunnerUp, ...] = ()
    framework: Framework | None = None
    installs_project: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """Everything about how a project runs; `name` is the main process, `others` are those beside it."""

    name: str
    main: Chosen
    others: tuple[tuple[str, Chosen], ...]
    frameworks: tuple[str, ...]
    django: DjangoProject | None = None
    entry: Entry | None = None
    searched: tuple[str, ...] = field(default=())


def find(tree: SourceTree, project: Project, python: str, overrides: Overrides, reasons: Reasons) -> Application:
    """Return how the project is started.

    Raises NoStartError, naming what was looked at, when nothing says how; ConfigError for an entry that is not there.
    """
    return _Finder(tree, project, python, overrides, reasons).application()


class _Finder:
    def __init__(self, tree: SourceTree, project: Project, python: str, overrides: Overrides, reasons: Reasons) -> None:
        self._tree = tree
        self._project = project
        self._python = python
        self._overrides = overrides
        self._reasons = reasons
        self._django = django.find(tree, project, overrides)
        self._found: entry_points.Found | None = None
        self._entry: Entry | None = None
        self._shipped = shipped.find(tree, project)

    def application(self) -> Application:
        main = self._main()
        generated, unclear = workers.find(self._tree, self._project, self._django)
        if main is None:
            main = self._first_asked()
        if main is None and generated:
            main = Chosen(generated[0].launch, generated[0].origin, generated[0].rule)
            generated = generated[1:]
        main = main or self._script()
        if main is None:
            raise self._nothing(unclear)
        name = "web" if main.launch.port is not None else "worker"
        others = dict(self._asked(name))
        beside = {key for key in self._overrides.processes if key != "release"}
        if not beside:
            for worker in generated:
                own = worker.name if worker.name != name else f"{worker.name}-2"
                others.setdefault(own, Chosen(worker.launch, worker.origin, worker.rule))
        release = self._release()
        if release is not None and "release" not in others:
            others["release"] = release
        return Application(
            name=name,
            main=main,
            others=tuple((key, value) for key, value in others.items() if key != name),
            frameworks=self._names(main),
            django=self._django,
            entry=self._entry,
        )

    # --- the main process -------------------------------------------------------------------------------------------

    def _main(self) -> Chosen | None:
        asked = self._overrides.start
        if asked is not None:
            started = commands.resolve("web", asked, self._situation())
            return Chosen(started, asked.origin, "the start command that was asked for", framework=self._row())
        named = self._overrides.option("python.entry")
        if named is not None:
            return self._named(named)
        declared = self._declared_entry()
        if declared is not None:
            return declared
        if self._django is not None:
            found = django.entry(self._tree, self._django, self._project, self._overrides, self._reasons)
            if found is not None:
                return self._served(found, Origin(self._django.manage), "Django's own application object")
        discovered = self._discovered()
        if discovered is not None and not self._project.sources:
            return self._with_imports(discovered, self._entries().entries[0])
        return discovered or self._notebook() or self._console()

    def _named(self, named: Sourced[str]) -> Chosen:
        entry = entry_points.asked(self._tree, self._project, named.value)
        if entry is not None:
            return self._served(entry, named.origin, "the configured entry")
        path = named.value.removeprefix("./")
        if self._tree.has(path) and path.endswith(".py"):
            found = next((item for item in scripts.files(self._tree, self._project) if item.path == path), None)
            code = source_code.read(self._tree, path)
            if found is None and code is not None:
                found = entry_points.Entry(scripts.SCRIPT, "file", path, "", None, "", 1, base=self._project.directory)
            if found is not None:
                return self._run(found, named.origin, "the configured entry")
        raise ConfigError(
            f"there is no app `{named.value[:80]}` in the tree",
            origin=named.origin,
            hint="write `module:name`, as in `app.main:app`, or the file to run",
        )

    def _declared_entry(self) -> Chosen | None:
        """Return the entry that `[tool.fastapi]` names."""
        document = self._project.document
        named = document.string("tool", "fastapi", "entrypoint") if document is not None else None
        entry = entry_points.asked(self._tree, self._project, named.value) if named is not None else None
        return (
            self._served(entry, named.origin, "the entry point that pyproject.toml names") if named and entry else None
        )

    def _discovered(self) -> Chosen | None:
        ranked = self._entries().entries
        if self._shipped is not None and self._shipped[0].framework is scripts.SCRIPT:
            return self._shipped_script(*self._shipped)
        if not ranked:
            return self._conventional()
        entry = ranked[0]
        if scripts.console(self._project) is not None and (
            not entry.framework.packages
            or (
                entry.kind == "app"
                and entry.attribute not in candidates.ATTRIBUTES
                and scripts.is_named_as_the_project(self._project)
            )
        ):
            return None
        if not entry.declared and "/" in entry.path:
            script = scripts.guarded(self._tree, self._project)
            if script is not None:
                lost = RunnerUp(entry.target, entry.origin, f"no manifest declares {entry.framework.title}")
                return self._run(script, script.origin, "the script at the root", (lost,))
        if entry.kind == "file" and entry.framework.start[:1] == ("python",):
            runner = scripts.runner(self._tree, self._project, entry)
            if runner is not None:
                lost = RunnerUp(entry.target, entry.origin, "it is imported, not run")
                text = f"it runs the {entry.framework.title} of its package"
                return self._run(runner, runner.origin, text, (lost,), behind=entry.path)
        launcher = scripts.launcher(self._tree, self._project, entry)
        if launcher is not None:
            lost = RunnerUp(entry.target, entry.origin, "a script at the root starts its package")
            return self._run(launcher, launcher.origin, "the script that starts the package", (lost,), entry.framework)
        others = [other for other in ranked[1:] if entry_points.equal(entry, other, self._project)]
        if others:
            notices.ambiguous(entry, others[0], self._reasons)
        if not entry.declared and self._project.sources:
            notices.undeclared(entry, self._reasons)
        text = f"{entry.framework.title} is declared, and this is its best entry"
        return self._served(entry, entry.origin, text, self._runners_up(entry))

    def _conventional(self) -> Chosen | None:
        """Return the application of a `wsgi.py` or `asgi.py` whose maker is not known; its name is the convention."""
        entry = entry_points.conventional(self._tree, self._project)
        return None if entry is None else self._served(entry, entry.origin, "its file is named for servers")

    def _shipped_script(self, script: Entry, origin: Origin) -> Chosen:
        """Return how the script is run that the Dockerfile runs; the server that it imports says its port."""
        text = "the project's own Dockerfile runs it"
        lost = self._runners_up(script)
        inner = next((item for item in self._entries().entries if scripts.leads_to(self._tree, script, item)), None)
        served = shipped.handed_over(self._tree, self._project, script, inner)
        if served is not None:
            return self._served(served, origin, "the project's own Dockerfile runs a script that serves it", lost)
        if inner is None:
            return self._run(script, origin, text, lost)
        row = inner.framework
        if row.start[:1] == ("python",):
            script = script._replace(framework=row)
        return self._run(script, origin, text, lost, row, behind=inner.path)

    def _notebook(self) -> Chosen | None:
        """Return how the notebook is served, or the folder where several lie and none has a usual name."""
        found = notebooks.find(self._tree, self._project)
        if found is None:
            return None
        entry, alone = found
        started = launch.of_entry(entry, self._project, self._python)
        if not alone:
            started = replace(started, words=started.words[:-1])
        return Chosen(started, Origin(entry.path), f"{entry.framework.title} serves it", (), entry.framework)

    def _with_imports(self, chosen: Chosen, entry: Entry) -> Chosen:
        """Return what is started with the packages that its source imports, as no manifest declares any."""
        found = imported.find(self._tree, entry)
        if found.packages or found.unknown:
            notices.imports(found, entry, self._reasons)
        wanted = tuple(dict.fromkeys((*chosen.launch.requirements, *found.packages)))
        return chosen._replace(launch=replace(chosen.launch, requirements=wanted))

    def _runners_up(self, entry: Entry) -> tuple[RunnerUp, ...]:
        lost = [
            RunnerUp(other.target, other.origin, f"`{entry.target}` ranks higher")
            for other in self._entries().entries
            if other != entry
        ]
        name = scripts.console(self._project)
        if name is not None:
            script = self._project.scripts[name]
            lost.append(RunnerUp(name, script.origin, "a server for production is better than a script"))
        return tuple(lost[:_MAX_SHOWN])

    def _console(self) -> Chosen | None:
        name = scripts.console(self._project)
        if name is None:
            return None
        script = self._project.scripts[name]
        code = scripts.target(self._tree, self._project, name)
        found = listening.find(code) if code is not None else None
        port: int | None = None
        options: tuple[str, ...] = ()
        if found is not None and code is not None:
            notices.listens(found, code.path, self._reasons)
            port, options = found.port or launch.DEFAULT_PORT, found.options
        started = Launch((name, *options), port=port, sigterm=False, directory=self._project.directory)
        return Chosen(started, script.origin, "the project's own console script", installs_project=True)

    def _script(self) -> Chosen | None:
        found = scripts.files(self._tree, self._project)
        if not found:
            return None
        best, *rest = found
        other = scripts.several(self._tree, self._project, best)
        if other is not None:
            notices.ambiguous(best, other, self._reasons)
        lost = tuple(RunnerUp(other.target, other.origin, f"`{best.path}` ranks higher") for other in rest)
        chosen = self._run(best, best.origin, "no framework is declared; this is the file to run", lost[:_MAX_SHOWN])
        return chosen if self._project.sources else self._with_imports(chosen, best)

    # --- how an entry is started ------------------------------------------------------------------------------------

    def _served(self, entry: Entry, origin: Origin, text: str, lost: tuple[RunnerUp, ...] = ()) -> Chosen:
        """Return how an entry is started, with the port that its code says."""
        if entry.kind == "file":
            return self._run(entry, origin, text, lost, entry.framework)
        self._entry = entry
        return Chosen(self._production(entry), origin, text, lost, entry.framework)

    def _production(self, entry: Entry) -> Launch:
        started = launch.of_entry(entry, self._project, self._python)
        if started.requirements:
            notices.server(started.requirements[0], entry.origin, self._reasons)
        if started.words[:1] == ("gunicorn",):
            started = replace(started, words=self._socket_words(started.words))
            path = "/".join(part for part in (started.directory, "gunicorn.conf.py") if part)
            bound = gunicorn_config.bind(self._tree, path)
            if bound is not None and not bound.reads_port and not bound.variable:
                # The command line wins over the file: https://docs.gunicorn.org/en/stable/configure.html
                bound = bound._replace(host=None, options=("--bind", f"{ports.ANYWHERE}:${{PORT}}"))
            if bound is not None:
                notices.listens(bound, path, self._reasons)
                started = replace(
                    started,
                    words=(started.words[0], *bound.options, *started.words[1:]),
                    port=bound.port or started.port,
                    own_variable=bound.variable,
                    own_address=bound.takes_address,
                )
        return started

    def _socket_words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words for Flask-SocketIO, whose clients have to meet the same process again."""
        if not self._project.has("flask-socketio"):
            return words
        if self._project.has("gevent"):
            return (words[0], "--worker-class", "gevent", "--workers", "1", *words[1:])
        return (words[0], "--workers", "1", "--threads", "100", *words[1:])

    def _run(
        self,
        entry: Entry,
        origin: Origin,
        text: str,
        lost: tuple[RunnerUp, ...] = (),
        row: Framework | None = None,
        behind: str = "",
    ) -> Chosen:
        """Return how a file is run; what it listens on is what its code says, or that of the file `behind` it."""
        started = launch.of_entry(entry, self._project, self._python)
        code = source_code.read(self._tree, entry.path)
        found = listening.find(code) if code is not None else None
        if found is None and behind:
            inner = source_code.read(self._tree, behind)
            found = listening.find(inner) if inner is not None else None
            entry = entry if found is None else entry._replace(path=behind)
        kind = entry.framework
        if kind.kind == "bot":
            return Chosen(replace(started, port=None), origin, text, lost, kind)
        if kind.transports and code is not None:
            if listening.transports(code).isdisjoint(kind.transports):
                return Chosen(
                    replace(started, port=None), origin, f"{text}; it talks over its standard input", lost, kind
                )
        elif kind.kind == "command" or (kind.port_variable and not (found and (found.port or found.reads_port))):
            return Chosen(started, origin, text, lost, kind)
        if found is None and kind.port is not None:
            found = listening.Listening(kind.port, line=entry.line)
        if found is not None:
            notices.listens(found, entry.path, self._reasons)
            port = found.port or kind.port or launch.DEFAULT_PORT
            words = (*started.words, *found.options)
            started = replace(started, words=words, port=port, port_variable="", own_variable=found.variable)
        elif row is not None and row.port is not None:
            started = replace(started, port=row.port)
        return Chosen(started, origin, text, lost, row or kind)

    def _situation(self) -> commands.Situation:
        def production(framework: str, wanted: str | None) -> Launch | None:
            entry = entry_points.asked(self._tree, self._project, wanted) if wanted else None
            if entry is None and framework == "django" and self._django is not None:
                entry = django.entry(self._tree, self._django, self._project, self._overrides, self._reasons)
            if entry is None:
                found = [item for item in self._entries().entries if item.kind != "file"]
                entry = next((item for item in found if item.framework.id == framework), next(iter(found), None))
            if entry is None:
                return None
            self._entry = entry
            return self._production(entry)

        variables = frozenset(self._overrides.variables)
        return commands.Situation(self._tree, self._project, self._python, self._reasons, production, variables)

    def _entries(self) -> entry_points.Found:
        if self._found is None:
            wanted = self._overrides.variables.get("FLASK_APP")
            named = wanted.value if wanted is not None else _flask_variable(self._tree, self._project)
            first = entry_points.asked(self._tree, self._project, named) if named else None
            if first is None and self._shipped is not None and self._shipped[0].framework is not scripts.SCRIPT:
                first = self._shipped[0]
            self._found = entry_points.discover(self._tree, self._project)
            if first is not None:
                rest = tuple(item for item in self._found.entries if item != first)
                self._found = self._found._replace(entries=(first, *rest))
        return self._found

    # --- the processes beside it ------------------------------------------------------------------------------------

    def _asked(self, main: str) -> dict[str, Chosen]:
        found = {}
        for name, request in sorted(self._overrides.processes.items()):
            if name != main:
                started = commands.resolve(name, request, self._situation())
                found[name] = Chosen(started, request.origin, "the process that was asked for")
        return found

    def _first_asked(self) -> Chosen | None:
        names = [name for name in ("worker", *sorted(self._overrides.processes)) if name != "release"]
        name = next((item for item in names if item in self._overrides.processes), None)
        if name is None:
            return None
        request = self._overrides.processes[name]
        return Chosen(
            commands.resolve(name, request, self._situation()), request.origin, "the process that was asked for"
        )

    def _release(self) -> Chosen | None:
        """Return what migrates the database: a process of its own, never part of the start."""
        project = self._project
        if self._django is not None:
            where = django.migrates(self._django)
            words: tuple[str, ...] = ("python", "manage.py", "migrate", "--noinput")
            directory = self._django.directory
            return Chosen(Launch(words, directory=directory), where, "Django migrates its database") if where else None
        base = f"{project.directory}/" if project.directory else ""
        entry = self._entry
        folder = f"{base}migrations/env.py"
        if project.has("flask-migrate") and self._tree.has(folder) and entry is not None and entry.module:
            words = ("flask", "--app", entry.target, "db", "upgrade")
            started = Launch(words, directory=entry.directory, import_path=entry.import_path)
            return Chosen(started, Origin(folder), "Flask-Migrate migrates the database")
        if project.has("alembic") and self._tree.has(f"{base}alembic.ini"):
            started = Launch(("alembic", "upgrade", "head"), directory=project.directory)
            return Chosen(started, Origin(f"{base}alembic.ini"), "Alembic migrates the database")
        return None

    # --- what is said about it --------------------------------------------------------------------------------------

    def _row(self) -> Framework | None:
        if self._django is not None:
            return frameworks.named("django")
        return self._entry.framework if self._entry is not None else None

    def _names(self, main: Chosen) -> tuple[str, ...]:
        rows = [main.framework] if main.framework is not None and main.framework is not scripts.SCRIPT else []
        rows += [frameworks.named("django")] if self._django is not None else []
        rows += frameworks.declared(self._project)
        return tuple(dict.fromkeys(row.id for row in rows))

    def _nothing(self, unclear: tuple[workers.Row, ...]) -> NoStartError:
        found = self._entries()
        looked = [f"`{path}`" for path in found.looked[:_MAX_SHOWN]]
        shown = ", ".join(looked) + (", …" if len(found.looked) > _MAX_SHOWN else "") if looked else "no Python file"
        text = f"nothing says how to start this app; looked at {shown}"
        if found.stumbled:
            place = found.stumbled[0]
            text += f"; line {place.line} of `{place.path}` could not be read"
        hint = (
            'write `start = "gunicorn module:app"` in buildplan.toml, a `web:` line in a Procfile, or add a `main.py`'
        )
        if unclear:
            hint = f"name the app object of {unclear[0].title}: `start` in buildplan.toml"
        origin = Origin(self._project.sources[0] if self._project.sources else ".")
        return NoStartError(text, origin=origin, hint=hint)


def _flask_variable(tree: SourceTree, project: Project) -> str | None:
    """Return FLASK_APP of a committed `.flaskenv`, which Flask's own command reads."""
    path = f"{project.directory}/.flaskenv" if project.directory else ".flaskenv"
    for line in (tree.text_or_none(path) or "").split("\n"):
        name, _, value = line.strip().removeprefix("export ").partition("=")
        if name.strip() == "FLASK_APP":
            return value.strip().strip("\"'") or None
    return None
