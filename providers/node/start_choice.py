"""Which command starts the app, in which file it begins, or which folder is served."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError, PlanError
from buildplan.language import web_server
from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Diagnostic, Input, RunnerUp, Site
from buildplan.model.origin import Origin, Sourced, catalogue, rule

from . import command_lines, frameworks, tables
from . import manifest as manifests
from . import project as projects
from .command_lines import PRODUCTION_SCRIPTS, SERVER_SCRIPTS, Development, SiteStart, Start, Unclear
from .frameworks import Found, NonLiteral
from .project import report_missing_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import Phase, Process, Run
    from buildplan.model.requests import CommandRequest

    from .manifest import Manifest
    from .project import Project
    from .tables import Framework

# Which file an app begins in when no script says so, and how that file is started.


# From here on Node runs TypeScript as it is.
_STRIPS_TYPES = (22, 18)
_TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
_MAX_OTHERS = 20


class Entry(NamedTuple):
    """A file of the tree that the app may begin in."""

    path: str
    why: str
    origin: Origin


def candidates(project: Project) -> Iterator[Entry]:
    """Yield the files that the app may begin in, likeliest first: those that listen, then the others."""
    named = tuple(_named(project))
    programs = tuple(_programs(project))
    # `main` of a package that installs a program of its name is what other code loads.
    if project.app.directory:
        yield from programs
    for entry in (*named, *_others(project)):
        if _is_server(project, entry.path):
            yield Entry(entry.path, f"{entry.why} that listens", entry.origin)
    yield from (*programs, *named)


def _named(project: Project) -> Iterator[Entry]:
    """Yield `main` and the files with a conventional name."""
    tree, app, code = project.tree, project.app, project.code
    seen = set()
    if app.main is not None:
        path = posixpath.normpath(project.path(app.main))
        path = entry_files.find(tree, path) or path
        source = entry_files.source(tree, path)
        if source is not None and not _is_desktop(project, source):
            seen.add(path)
            yield Entry(path, "`main`", app.origin("main"))
    for path in entry_files.conventional(tree, app.directory, code.entries if code is not None else ()):
        if path not in seen:
            seen.add(path)
            yield Entry(path, "a file with a conventional name", Origin(path))


def _programs(project: Project) -> Iterator[Entry]:
    """Yield the program that the package installs under its own name."""
    own = (project.app.name or "").rpartition("/")[2]
    if own in project.app.programs:
        path = posixpath.normpath(project.path(project.app.programs[own]))
        path = entry_files.find(project.tree, path) or path
        source = entry_files.source(project.tree, path)
        if source is not None and not _is_desktop(project, source):
            yield Entry(path, "the program that the package installs", project.app.origin("bin"))


def _others(project: Project) -> Iterator[Entry]:
    """Yield the other source files at the top of the app's directory and of `src`, if they are few."""
    for below in ("", "src"):
        directory = posixpath.join(project.app.directory, below).rstrip("/")
        names = [
            name
            for name in project.tree.directory(directory).files
            if name.endswith((".js", ".mjs", ".cjs", ".ts")) and ".config." not in name and not name.startswith(".")
        ]
        if len(names) <= _MAX_OTHERS:
            for name in names:
                path = posixpath.join(directory, name)
                yield Entry(path, "a file", Origin(path))


def _is_server(project: Project, path: str) -> bool:
    """Return whether a file listens, or loads the app's framework."""
    source = entry_files.source(project.tree, path)
    if source is None or _is_desktop(project, source):
        return False
    scanned = entry_files.scan(project.tree, source)
    code = project.code
    loaded = {place.value for place in scanned.packages}
    return scanned.listens or (code is not None and not loaded.isdisjoint((*code.any, *code.all)))


def _is_desktop(project: Project, path: str) -> bool:
    """Return whether a file is the main process of a desktop app, which no container can show."""
    return not {"electron", "electron/main"}.isdisjoint(frameworks.read_config(project.tree, path).imports())


def start_of(project: Project, path: str) -> Start | None:
    """Return the start of a file: itself, or what it is compiled to; None when nothing installed can run it."""
    origin = Origin(path)
    source = entry_files.source(project.tree, path)
    if source is None or not source.endswith(_TYPESCRIPT):
        runner: tuple[str, ...] | None = ("bun",) if is_bun(project) else ("node",)
    else:
        compiled = project.build.compiled if project.build is not None else None
        made = compiled.made_from(source) if compiled is not None else ()
        if source != path or made:
            path, runner = (path if source != path else made[0]), ("node",)
        else:
            runner = _typescript_runner(project)
    if runner is None:
        return None
    relative = posixpath.relpath(path, project.app.directory or ".")
    return project.resolver.argv((*runner, relative), project.app, origin)


def is_bun(project: Project) -> bool:
    """Return whether the app's code is meant to be run by Bun."""
    code = project.code
    types = project.app.has("@types/bun", "bun-types")
    return project.manager.name == "bun" or types or (code is not None and code.bun)


def _typescript_runner(project: Project) -> tuple[str, ...] | None:
    if is_bun(project):
        return ("bun",)
    for program in ("tsx", "ts-node"):
        if project.app.has(command_lines.package_of(program)):
            return (program,)
    return ("node",) if strips_types(project.node.version) else None


def strips_types(version: str) -> bool:
    """Return whether a Node version, or the newest of a line, runs TypeScript as it is."""
    numbers = tables.lower_bound(version)
    if numbers is None:
        return False
    return numbers[:2] >= _STRIPS_TYPES if "." in version else numbers[0] >= _STRIPS_TYPES[0]


# A framework's own server: its start command, and whether a command is that.


def is_own(project: Project, start: Start, framework: Framework) -> bool:
    """Return whether the process is the framework's own server."""
    own = (_command(framework.start), _command(tuple(framework.start_shell.split())), *framework.start_programs)
    if start.argv and any(text and frameworks.calls(" ".join(start.argv), text) for text in own):
        # A server of the app's own may have the name of the framework's: then it is in the tree.
        is_made = start.entry is None or entry_files.find(project.tree, start.entry) is None
        return is_made or runs_output(project, start, framework)
    return runs_output(project, start, framework)


def _command(words: tuple[str, ...]) -> str:
    """Return the program, with its sub-command where it has one: `next start`, `react-router-serve`."""
    program, *rest = words or ("",)
    if program == "node" or (rest and rest[0].replace("-", "").isalpha() and not rest[0].startswith("-")):
        return " ".join((program, *rest[:1]))
    return program


def runs_output(project: Project, start: Start, framework: Framework) -> bool:
    """Return whether the process runs a file that the framework built."""
    build = project.build
    if start.entry is None or not framework.output:
        return False
    output = build.output.path if build is not None and build.output is not None else framework.output
    return start.entry == output or start.entry.startswith(f"{output}/")


def default(project: Project, framework: Framework) -> Start | None:
    """Return the framework's own start."""
    app = project.app
    origin = catalogue(f"frameworks.{framework.id}")
    if framework.start_shell:
        line = f"exec {framework.start_shell}"
        return Start(origin, app, app.directory, shell=line)
    if not framework.start:
        return None
    build = project.build
    output = build.output.path if build is not None and build.output is not None else framework.output
    relative = posixpath.relpath(output, app.directory or ".") if output else ""
    words = tuple(word.replace("{output}", relative) for word in framework.start)
    start = project.resolver.argv(words, app, origin)
    if framework.nested_start and app.directory:
        nested = posixpath.join(app.directory, words[-1])
        return start._replace(directory="", argv=(*words[:-1], nested), entry=nested)
    if any(target == "" for _, target in framework.copies):
        # What is copied to the top of the image is started there.
        return start._replace(directory="")
    return start


def handler_file(project: Project) -> Start | None:
    """Return the start of a server of the app's own that loads what the framework builds (`./build/handler.js`)."""
    if not project.build or not project.build.output:
        return None
    output = project.build.output.path
    for name in ("server.js", "server.mjs", "server.ts", "index.js", "src/server.js", "server/index.js"):
        path = project.path(name)
        if not project.tree.has(path):
            continue
        for imported in frameworks.read_config(project.tree, path).imports():
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), imported))
            if imported.startswith(".") and (target == output or target.startswith(f"{output}/")):
                return project.resolver.argv(("node", name), project.app, Origin(path))
    return None


# Which command starts the app, or that nothing does because the app is a site.
#
# Strongest first: what was asked for; the root's `start` when it leads to the app; the app's `start`; its scripts for
# production; the framework's own server; `main`; a file with a conventional name that listens.


class Choice(NamedTuple):
    """What is shipped: a process, or a site when `start` is None.

    `framework` is the one whose rules apply: its own server, its files, or the library that the code uses. `own` is
    true when the framework's own server runs, whose needs are known.
    """

    origin: Origin
    rule: str
    framework: Framework | None
    start: Start | None = None
    site: SiteStart | None = None
    own: bool = False
    runners_up: tuple[RunnerUp, ...] = ()


# A package manager, or a variable that only it sets.
_NEEDS_MANAGER = re.compile(r"(?:^|[\s&;|(])(?:npm|pnpm|yarn|bun|npx)\s|\$\{?(?:npm_|INIT_CWD)")


def choose(project: Project) -> Choice:
    """Return how the app starts; raises NoStartError when nothing says so."""
    choice = _Chooser(project).choose()
    _report_missing(project, choice)
    return choice


def _report_missing(project: Project, choice: Choice) -> None:
    """Report a file that is started, is not in the tree, and that nothing is known to make."""
    start, build = choice.start, project.build
    if start is None or choice.own or start.entry is None or entry_files.source(project.tree, start.entry) is not None:
        return
    made = build is not None and (not build.compiled.known or build.compiled.holds(posixpath.normpath(start.entry)))
    if made or start.builds or any(project.app.script(name) for name in ("install", "postinstall", "prepare")):
        return
    project.reasons.report(
        Diagnostic(
            "BP644",
            "warning",
            f"`{start.entry[:120]}` is started, but it is not in the tree and no build makes it",
            start.origin,
            "commit the file, or add a `build` script that makes it",
        )
    )


class _Chooser:
    def __init__(self, project: Project) -> None:
        self._project = project
        self._losers: list[RunnerUp] = []
        self._site: SiteStart | None = None
        self._unclear: tuple[Origin, str, str] | None = None
        self._weak: Start | None = None

    def choose(self) -> Choice:
        project = self._project
        asked = project.overrides.start
        if asked is not None:
            return self._asked(asked)
        if project.asked("spa") is True and project.main is not None:
            option = project.overrides.option("node.spa")
            return Choice(option.origin if option else rule("site"), "a site was asked for", project.main)
        for manifest, name in self._scripts():
            found = self._script(manifest, name)
            if found is not None:
                return found
        choice = self._nx() or self._framework() or self._unresolved() or self._code()
        if choice is None:
            raise self._nothing()
        if choice.start is None:
            self._report_no_server()
        return choice._replace(runners_up=(*choice.runners_up, *self._losers))

    def _asked(self, asked: Sourced[CommandRequest]) -> Choice:
        project = self._project
        why = "the start command that was asked for"
        found = project.resolver.request(asked, project.workspace.root)
        if isinstance(found, Start):
            return self._process(found, why)
        if isinstance(found, SiteStart) and project.asked("spa") is not False:
            return Choice(asked.origin, f"{why} serves files", project.main, site=found)
        if isinstance(found, Development):
            instead = self._framework()
            if instead is not None:
                self._report_development(asked.value.text, asked.origin)
                return instead
        reason = found.reason if isinstance(found, Unclear) else "nothing else is known to start this app"
        words = asked.value
        start = Start(asked.origin, project.app, "", argv=words.argv, shell=words.shell)
        project.reasons.report(
            Diagnostic(
                "BP645",
                "warning",
                f"`{words.text[:120]}` is started as it is: {reason}",
                asked.origin,
                "name the program itself: `node server.js`",
            )
        )
        return self._process(start, f"{why}, as it is")

    def _report_development(self, text: str, origin: Origin) -> None:
        self._project.reasons.report(
            Diagnostic(
                "BP640",
                "info",
                f"`{text[:120]}` is a development server, so it is not what the image starts",
                origin,
                "keep it in a `dev` script, and let `start` be the command for production",
            )
        )

    def _report_no_server(self) -> None:
        """Say that a site is a site although the owner wants a program of the app to serve it."""
        option = self._project.overrides.option("node.spa")
        if option is not None and self._project.asked("spa") is False:
            self._project.reasons.report(
                Diagnostic(
                    "BP664",
                    "warning",
                    f"`{option.origin.key or 'spa'}` has no effect: no script of this app starts a server, "
                    "so a web server serves what the build makes",
                    option.origin,
                    "add a `start` script that serves the files, or give a start command",
                )
            )

    def _scripts(self) -> Iterator[tuple[Manifest, str]]:
        project = self._project
        workspace = project.workspace
        task = project.overrides.option("node.moon_start_task")
        if task is not None and project.app.script(task.value):
            yield project.app, task.value
        elif task is not None:
            report_missing_task(task, project.app, project.reasons)
        if not workspace.app_is_root:
            yield from (
                (workspace.root, name) for name in ("start", *PRODUCTION_SCRIPTS) if workspace.root.script(name)
            )
        is_site = project.main is not None and project.main.kind == "static"
        for name in ("start", *PRODUCTION_SCRIPTS, *(() if is_site else SERVER_SCRIPTS)):
            if project.app.script(name):
                yield project.app, name

    def _script(self, manifest: Manifest, name: str) -> Choice | None:
        """Return the choice that a script makes; None when it starts nothing that can be shipped."""
        project = self._project
        text = manifest.script(name)
        assert text is not None  # noqa: S101  # the caller looked
        found = project.resolver.script(manifest, name)
        if isinstance(found, Start) and found.manifest.directory != project.app.directory:
            return None if manifest is not project.app else self._accepted(found, name)
        if isinstance(found, Start) and self._serves_nothing(found):
            self._losers.append(RunnerUp(text.value, text.origin, "the build is files, which it would not serve"))
            return None
        if isinstance(found, Start):
            return self._accepted(found, name)
        if isinstance(found, SiteStart):
            if project.asked("spa") is False and name == "start":
                return self._process(self._as_it_is(name, text.origin), "the site is served by its own program")
            self._site = self._site or found
            self._losers.append(RunnerUp(text.value, text.origin, "it only serves files"))
        elif isinstance(found, Development):
            self._losers.append(RunnerUp(text.value, text.origin, "it is for development"))
            if name == "start":
                self._report_development(found.text, found.origin)
        elif name == "start" and self._unclear is None:
            self._unclear = (text.origin, name, found.reason)
        return None

    def _serves_nothing(self, start: Start) -> bool:
        """Return whether a process is the server of a framework that only writes files here (`output: 'export'`)."""
        main = self._project.main
        if main is None or main.kind != "static" or not main.start:
            return False
        return is_own(self._project, start, main)

    def _accepted(self, found: Start, name: str) -> Choice | None:
        if name == "start" or name in PRODUCTION_SCRIPTS:
            shown = f"the script `{name}`" + (" runs this in the end" if found.script != name else "")
            return self._process(found, shown)
        if found.shell is None and (found.entry is None or self._is_there(found)) and self._weak is None:
            self._weak = found._replace(script=name)
        return None

    def _is_there(self, start: Start) -> bool:
        entry = start.entry or ""
        if entry_files.find(self._project.tree, entry) is not None:
            return True
        build = self._project.build
        return build is not None and build.compiled.holds(entry)

    def _process(self, start: Start, why: str) -> Choice:
        """Return the choice of a process, with the framework whose server it is."""
        project = self._project
        main = project.main
        if main is not None and main.kind == "server":
            own = is_own(project, start, main)
            if own and main.replaces_start and start.argv[:2] != main.start[:2]:
                replaced = default(project, main)
                if replaced is not None and not runs_output(project, start, main):
                    environment = tuple({**dict(start.environment), **dict(replaced.environment)}.items())
                    lost = RunnerUp(start.text, start.origin, f"the build of {main.title} starts otherwise")
                    found = replaced._replace(environment=environment, port=start.port, builds=start.builds)
                    return Choice(start.origin, why, main, found, own=True, runners_up=(lost, *self._losers))
            return Choice(start.origin, why, main, start, own=own, runners_up=tuple(self._losers))
        return Choice(start.origin, why, self._library(start), start, runners_up=tuple(self._losers))

    def _library(self, start: Start) -> Framework | None:
        """Return the framework that the started code uses: one that it loads, else the strongest."""
        project = self._project
        matches = project.matches
        if start.directory != project.app.directory and project.tree.has(f"{start.directory}/package.json"):
            # The root's script starts a package of its own: `cd server && npm start`.
            matches = frameworks.match(project.tree, manifests.read(project.tree, start.directory)) or matches
        candidates = [match.framework for match in matches if match.framework.kind in {"code", "worker"}]
        source = entry_files.source(project.tree, start.entry) if start.entry is not None else None
        if source is None or len(candidates) < 2:  # noqa: PLR2004  # nothing to choose
            return candidates[0] if candidates else None
        loaded = {place.value for place in entry_files.scan(project.tree, source).packages}
        return next((row for row in candidates if not loaded.isdisjoint((*row.any, *row.all))), candidates[0])

    def _nx(self) -> Choice | None:
        """Return what an Nx project without a manifest of its own is started by."""
        project = self._project
        found = project.build.nx if project.build is not None else None
        if found is None:
            return None
        why = "what the Nx target `build` makes"
        if found.kind == "static":
            return Choice(found.origin, why, None, site=SiteStart(found.origin, found.output, single_page=True))
        words = ("next", "start") if found.kind == "next" else ("node", found.entry or "")
        start = project.resolver.argv(words, project.workspace.root, found.origin)
        directory = found.output if found.kind == "next" else ""
        return Choice(found.origin, why, None, start._replace(directory=directory))

    def _framework(self) -> Choice | None:
        project = self._project
        main = project.main
        if main is None:
            return None
        if main.kind == "static":
            custom = self._serving_file() if project.asked("spa") is not True else None
            if custom is not None:
                return custom
            if not self._is_site(main):
                return None
            origin = self._site.origin if self._site is not None else project.matches[0].origin
            return Choice(origin, f"{main.title} builds files", main, site=self._site)
        if main.kind == "server":
            return self._handler(main) or self._own_server(main)
        return None

    def _is_site(self, main: Framework) -> bool:
        """Return whether a bundler's files are a site: they are when there is a page to start from, or no server."""
        project = self._project
        if not main.build_script or self._site is not None or project.code is None:
            return True
        directories = ("", "src", "public", "client", "app", "frontend", "web")
        return any(project.tree.has(project.path(posixpath.join(name, "index.html"))) for name in directories)

    def _handler(self, main: Framework) -> Choice | None:
        start = handler_file(self._project)
        if start is None:
            return None
        return Choice(start.origin, f"it loads what {main.title} builds", main, start)

    def _own_server(self, main: Framework) -> Choice | None:
        project = self._project
        start = default(project, main)
        if start is not None:
            return Choice(catalogue(f"frameworks.{main.id}"), f"the server of {main.title}", main, start, own=True)
        if main.no_start and self._weak is None:
            raise NoStartError(
                f"{main.title} cannot be started on a server of its own: {main.no_start}",
                origin=project.matches[0].origin,
                hint=main.no_start_fix,
            )
        return None

    def _serving_file(self) -> Choice | None:
        """Return the start of a server beside a site, which a production dependency and its text give away."""
        project = self._project
        code = project.code
        if code is None or code.kind != "code":
            return None
        if not any(name in project.app.dependencies for name in (*code.any, *code.all)):
            return None
        for name in ("server.js", "server.mjs", "server.cjs", "server/index.js", "server/server.js", "server.ts"):
            path = project.path(name)
            if project.tree.has(path) and entry_files.scan(project.tree, path).listens:
                start = start_of(project, path)
                if start is not None:
                    return Choice(Origin(path), "it listens, and a server framework is a dependency", code, start)
        return None

    def _unresolved(self) -> Choice | None:
        """Return the weaker starts: a script of another name, and a line that only a shell understands."""
        project = self._project
        if self._weak is not None:
            return self._process(self._weak, f"the script `{self._weak.script}`")
        if self._unclear is None:
            return None
        origin, name, reason = self._unclear
        start = self._as_it_is(name, origin)
        project.reasons.report(
            Diagnostic(
                "BP645",
                "warning",
                f"the script `{name}` is run by {'a shell' if start.shell is not None else '`npm`'}: {reason}",
                origin,
                "let `start` be one command, such as `node server.js`",
            )
        )
        return self._process(start, f"the script `{name}`, as it is")

    def _as_it_is(self, name: str, origin: Origin) -> Start:
        """Return the start of a script that is not followed: its text, or through npm where it needs a manager."""
        app = self._project.app
        text = app.scripts[name]
        if _NEEDS_MANAGER.search(text):
            # Every image of Node holds npm, and all managers run scripts alike.
            return Start(origin, app, app.directory, argv=("npm", "run", name), script=name)
        return Start(origin, app, app.directory, shell=text, script=name)

    def _code(self) -> Choice | None:
        """Return the start of the file that the app's code begins in."""
        project = self._project
        for entry in candidates(project):
            start = start_of(project, entry.path)
            if start is not None:
                return Choice(entry.origin, entry.why, project.code, start._replace(origin=entry.origin))
        if self._site is not None and project.main is None:
            return Choice(self._site.origin, "its start command serves files", None, site=self._site)
        if project.main is not None and project.main.kind == "static":
            return Choice(project.matches[0].origin, f"{project.main.title} builds files", project.main)
        return None

    def _nothing(self) -> NoStartError:
        project = self._project
        app = project.app
        looked = ["`start`", "`main`", "server.js, app.js, index.js (also below src/)"]
        main = app.main
        if main is not None and entry_files.source(project.tree, project.path(main)) is None:
            return NoStartError(
                f"`main` is `{main[:80]}`, which is not in the tree, and there is no `start` script",
                origin=app.origin("main"),
                hint='add a script: `"start": "node server.js"`',
            )
        if self._losers:
            return NoStartError(
                f"its only start command is for development: `{self._losers[0].value[:80]}`",
                origin=self._losers[0].origin,
                hint='add a script that starts it in production: `"start": "node server.js"`',
            )
        return NoStartError(
            f"nothing says how to start this app; looked for {', '.join(looked)}",
            origin=app.origin("scripts"),
            hint='add a script: `"start": "node server.js"`',
        )


# An app that is files in the end: which folder is served, and how.


# Folders whose files are copied into a site as they are.
_AS_THEY_ARE = ("public", "static")


def site(project: Project, choice: Choice, built: Phase | None) -> tuple[Run, Process]:
    """Return the image and the process of a site.

    Raises PlanError when nothing says where the files are.
    """
    found = project.build.output if project.build is not None else None
    served = choice.site.root if choice.site is not None else None
    folder = found.path if found is not None else served
    if folder is None:
        raise PlanError(
            "the build makes files, but nothing says where",
            origin=choice.origin,
            hint='name the folder: `output = "dist"` under `[node]` in buildplan.toml',
        )
    if found is not None:
        project.reasons.decide("run.copies", found.path, found.origin, found.rule, found.runners_up)
    else:
        project.reasons.decide("run.copies", folder, choice.origin, "the folder that the start command serves")
    is_built = built is not None and (found is not None or not project.tree.has_directory(folder))
    files = Input(f"{folder}/", phase=built.name if built is not None and is_built else None, dest="")
    copies = (files, *_for_base(project, choice, files))
    return web_server.run(_rules(project, choice), copies, project.reasons, choice.origin)


def _for_base(project: Project, choice: Choice, files: Input) -> tuple[Input, ...]:
    """Return the files once more at the path that their addresses begin with: a build for `user.github.io/repo/`."""
    if choice.framework is None or project.build is None:
        return ()
    found = projects.base(
        project.tree, project.app, choice.framework, project.build.steps, project.overrides, project.reasons
    )
    if found is None:
        return ()
    path, origin = found
    project.reasons.report(
        Diagnostic(
            "BP637",
            "info",
            f"the site is built for `/{path}/`, so it is served there and at the root",
            origin,
            "build it for `/` where it has a server of its own",
        )
    )
    return (Input(files.path, files.phase, f"{path}/"),)


def _rules(project: Project, choice: Choice) -> Site:
    """Return how the files are served."""
    framework = choice.framework
    single = choice.site is not None and choice.site.single_page
    if framework is None:
        return Site(fallback="index.html" if single else None)
    fallback = framework.fallback or ("index.html" if single else "")
    if framework.fallback_call:
        fallback = _called(project, framework) or fallback
    prefixes = tuple(
        prefix
        for prefix in _hashed(project, framework)
        # Files below such a folder of the source have no hash in their names.
        if not any(project.tree.has_directory(project.path(f"{folder}/{prefix}")) for folder in _AS_THEY_ARE)
    )
    not_found = framework.not_found if not fallback else ""
    return Site(fallback=fallback or None, not_found=not_found or None, immutable=prefixes)


def _hashed(project: Project, framework: Framework) -> tuple[str, ...]:
    """Return the folders whose file names hold a hash of the content."""
    found = frameworks.literal(project.tree, project.app, framework, framework.immutable_key)
    if isinstance(found, Found) and isinstance(found.value, str):
        return (found.value.strip("/"),)
    return framework.immutable if found is None else ()


def _called(project: Project, framework: Framework) -> str | None:
    found = projects.call_literal(project.tree, project.app, framework, framework.fallback_call)
    if isinstance(found, Found) and isinstance(found.value, str):
        return found.value
    if isinstance(found, NonLiteral):
        project.reasons.report(
            Diagnostic(
                "BP636",
                "warning",
                f"the page that answers unknown paths is `{found.text}`, which only running the file would tell",
                Origin(project.app.path),
                "write it as a literal",
            )
        )
    return None
