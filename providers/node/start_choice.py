"""Which command starts the app, or that nothing does because the app is a site.

Strongest first: what was asked for; the root's `start` when it leads to the app; the app's `start`; its scripts for
production; the framework's own server; `main`; a file with a conventional name that listens.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import NoStartError
from buildplan.language.javascript import entry_files
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.origin import Origin, Sourced, catalogue, rule

from . import entry_choice, framework_start, frameworks
from . import manifest as manifests
from .follow import Unclear
from .project import report_missing_task
from .start import PRODUCTION_SCRIPTS, SERVER_SCRIPTS, Development, SiteStart, Start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.requests import CommandRequest

    from .framework_rows import Framework
    from .manifest import Manifest
    from .project import Project


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
        return framework_start.is_own(self._project, start, main)

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
            own = framework_start.is_own(project, start, main)
            if own and main.replaces_start and start.argv[:2] != main.start[:2]:
                replaced = framework_start.default(project, main)
                if replaced is not None and not framework_start.runs_output(project, start, main):
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
        start = framework_start.handler_file(self._project)
        if start is None:
            return None
        return Choice(start.origin, f"it loads what {main.title} builds", main, start)

    def _own_server(self, main: Framework) -> Choice | None:
        project = self._project
        start = framework_start.default(project, main)
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
                start = entry_choice.start_of(project, path)
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
        for entry in entry_choice.candidates(project):
            start = entry_choice.start_of(project, entry.path)
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
