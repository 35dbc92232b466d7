"""The plan of a Deno app, assembled from its facts.

The cache of dependencies (`DENO_DIR`, `/deno-dir` in the official image) is part of the image: what a build downloads
is what runs, and nothing is fetched at the start. The image's entry point is an init, so the app ends on SIGTERM.

Sources, checked 2026-11-24:
- https://github.com/denoland/deno_docker (user `deno` 1993, `DENO_DIR=/deno-dir/`, tini as entry point)
- https://docs.deno.com/runtime/reference/cli/install/ (`--frozen`; since 2.0 it installs what is declared)
- https://docs.deno.com/runtime/fundamentals/security/ (`--allow-import`: which hosts code may come from, since 2.0)
- https://docs.deno.com/runtime/fundamentals/node/#npm-lifecycle-scripts (none runs unless it is allowed, and only with
  a `node_modules` beside the code)
- https://docs.deno.com/runtime/fundamentals/configuration/ (`allowScripts`)
- https://lume.land/docs/configuration/config-file/ (`dest`; `_site` without it)
- https://vite.dev/config/build-options.html#build-outdir (`build.outDir`; `dist` without it)
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import stated, web_server
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.language.javascript import build_scripts, javascript, registries
from buildplan.language.packages import Dependency
from buildplan.language.stated import Stated
from buildplan.model.build_plan import APP_DIR, Diagnostic, Input, Phase, Run, Runtime, Site
from buildplan.model.origin import Origin, rule
from buildplan.model.reasons import Reasons
from buildplan.model.version_ranges import numbers_of, shown
from buildplan.read import own_dockerfile, shell

from . import code, start, tables, tasks
from . import manifest as manifests
from . import project as projects
from .tasks import Follower, Started

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import Process
    from buildplan.model.requests import Overrides
    from buildplan.read.shell import Simple
    from buildplan.source import SourceTree

    from .manifest import Manifest, Task
    from .project import Project
    from .start import Choice


# --- packages ---------------------------------------------------------------------------------------------------------

_NPM = re.compile(r"npm:/?(@[a-z0-9._~-]{1,100}/[a-z0-9._~-]{1,100}|[a-z0-9._~-]{1,100})", re.ASCII)


def report_packages(project: Project) -> None:
    """Report that nothing holds the versions, and packages whose install scripts Deno does not run."""
    read, reasons = project.root, project.reasons
    if read.lock is None:
        text = "there is no lock file, so a build may get other versions than the authors used"
        fix = "run `deno install` and commit deno.lock"
        reasons.report(Diagnostic("BP612", "warning", text, read.origin, fix))
    if any(item.document is not None and item.document.get("allowScripts") for item in (project.app, read)):
        return
    found = package_names(project.app) | package_names(read)
    for name in build_scripts.needing_builds(frozenset(found)):
        text = f"`{name}` does not work without its install script, which Deno does not run unless it is allowed"
        fix = f'write `"allowScripts": ["npm:{name}"]` and `"nodeModulesDir": "auto"` into deno.json'
        reasons.report(Diagnostic("BP620", "warning", text, found[name], fix))


def package_names(manifest: Manifest) -> dict[str, Origin]:
    """Return the packages of npm that a manifest declares, and where."""
    found = {}
    for item in manifest.imports.values():
        match = _NPM.match(item.value)
        if match is not None:
            found[match[1]] = item.origin
    package = manifest.package
    if package is None:
        return found
    dependencies = package.get("dependencies")
    for name in dependencies if isinstance(dependencies, dict) else ():
        found[name] = package.origin("dependencies", name)
    return found


def dependencies(tree: SourceTree, overrides: Overrides) -> Iterator[Dependency]:
    """Yield the packages that the import maps and a package.json name. Raises as `plan`."""
    found = projects.read_project(tree, overrides, Reasons())
    names = package_names(found.root) | package_names(found.app)
    yield from (Dependency(name, origin) for name, origin in names.items())


# --- sites ------------------------------------------------------------------------------------------------------------

_LUME = ("_config.ts", "_config.js", "_config.tsx")
_VITE = ("vite.config.ts", "vite.config.js", "vite.config.mts", "vite.config.mjs")
_BUILDS = ("build", "lume:build", "lume")


class Files(NamedTuple):
    """The folder that is served, why, and how."""

    folder: str
    origin: Origin
    why: str
    site: Site


def find_site(project: Project) -> Files | None:
    """Return what is served; None for an app with a server of its own."""
    if project.overrides.start is not None:
        return None
    lume = project.uses("lume")
    if lume is not None and not _has_server(project):
        folder, origin, why = _written(project, _LUME, "dest", "_site", "the folder that Lume writes", lume.origin)
        return Files(folder, origin, why, Site(not_found="404.html"))
    return _vite(project)


def ship_site(project: Project, files: Files) -> tuple[Run, Process]:
    """Return the image and the process of a site."""
    project.reasons.decide("run.copies", files.folder, files.origin, files.why)
    copies = (Input(f"{files.folder}/", phase="build", dest=""),)
    return web_server.run(files.site, copies, project.reasons, files.origin)


def _has_server(project: Project) -> bool:
    """Return whether a task runs a server of the tree, not only Lume's own."""
    follower = tasks.Follower(project.tree)
    for name in tasks.START_TASKS:
        found = follower.task(project.app, name)
        file = None if found is None else found.entry
        if file is not None and project.tree.has(file) and (found is not None and not found.watched):
            return True
    return False


def _vite(project: Project) -> Files | None:
    """Return the site of a page that Vite builds, where nothing of the app's own answers."""
    app, tree = project.app, project.tree
    here = f"{app.directory}/" if app.directory else ""
    if project.framework is not None or project.file is not None or not tree.has(f"{here}index.html"):
        return None
    if not any("vite" in _build_words(project, name) for name in ("build", "build:prod")) or _has_server(project):
        return None
    origin = app.tasks["build" if "build" in app.tasks else "build:prod"].command
    place = app.origin if origin is None else origin.origin
    folder, place, why = _written(project, _VITE, "outDir", "dist", "the folder that Vite writes", place)
    return Files(folder, place, why, Site(fallback="index.html", immutable=("assets/",)))


def _build_words(project: Project, name: str) -> set[str]:
    """Return the names of the programs and packages that a task calls."""
    task = project.app.tasks.get(name)
    line = None if task is None or task.command is None else shell.parse(task.command.value)
    if line is None:
        return set()
    words = {word for item in line.commands for word in (item.program, *item.arguments)}
    return {word.removeprefix("npm:").lstrip("/").partition("@")[0] for word in words}


def _written(
    project: Project, files: tuple[str, ...], key: str, usual: str, why: str, origin: Origin
) -> tuple[str, Origin, str]:
    """Return the folder that a build writes: an option of the task, a literal in the configuration, the usual one."""
    here = project.app.directory
    for name in _BUILDS:
        task = project.app.tasks.get(name)
        command = None if task is None else task.command
        line = None if command is None else shell.parse(command.value)
        for word in () if line is None else (word for item in line.commands for word in item.arguments):
            flag, equals, value = word.partition("=")
            folder = manifests.inside(here, value) if flag in (f"--{key}", f"--{key.lower()}") and equals else None
            if folder is not None and command is not None:
                return folder, command.origin, f"{why}: its task says so"
    for name in files:
        path = posixpath.join(here, name)
        tokens = javascript.read(project.tree, path, (key,))
        for index, token in enumerate(tokens[:-2]):
            value_token = tokens[index + 2]
            if token.is_(key) and tokens[index + 1].is_(":") and value_token.kind == "string":
                folder = manifests.inside(here, value_token.text)
                if folder is not None:
                    return folder, Origin(path, token.line), f"{why}: its configuration says so"
    return posixpath.join(here, usual), origin, f"{why} without another word"


# --- phases -----------------------------------------------------------------------------------------------------------

_BUILD_TASKS = ("build", "lume:build", "build:prod", "build-prod")
_SCHEMAS = ("prisma/schema.prisma", "schema.prisma")
_INSTALLS = (2, 0)
_IMPORTS = (2, 0)


class Builder(NamedTuple):
    """Makes the phases for one version of Deno; `secrets` are variables that the registries' configuration reads."""

    project: Project
    runtime: Runtime
    frozen: str
    secrets: tuple[str, ...]

    def setup(self) -> Phase:
        """Return the phase with Deno."""
        return Phase("setup", runtime=self.runtime)

    def install(self) -> Phase | None:
        """Return the phase that fetches what is declared; None when the code itself names all that it needs."""
        project, read, tree = self.project, self.project.root, self.project.tree
        every = [read, *(manifests.read_manifest(tree, folder) for folder in read.members)]
        declared = any(code.uses_npm(item) or item.package is not None for item in (*every, project.app))
        if not declared or numbers_of(self.runtime.version) < _INSTALLS:
            return None
        report_packages(project)
        paths = list(self._manifests(every))
        command = f"deno install{self.frozen}"
        origin = Origin(read.lock.path) if read.lock is not None else read.origin
        why = "exactly what the lock file says" if self.frozen else "what is declared"
        return stated.phase(
            "install",
            project.reasons,
            Stated("commands", (command,), origin, why),
            Stated("inputs", tuple(Input(path) for path in paths), read.origin, "what an installation reads"),
            Stated("secrets", self.secrets, origin, "", note=False),
            comment="Dependencies",
            depends_on=("setup",),
        )

    def _manifests(self, every: list[Manifest]) -> dict[str, None]:
        tree, root = self.project.tree, every[0]
        names = (*manifests.NAMES, manifests.PACKAGE)
        found = {name: None for name in (*names, ".npmrc") if tree.has(name)}
        found |= {path: None for path in (root.lock.path if root.lock else None, root.import_map) if path is not None}
        for item in every[1:]:
            inside = (posixpath.join(item.directory, name) for name in names)
            found |= {path: None for path in inside if tree.has(path)}
        return found

    def build(self, started: Started | None, after: str) -> Phase:
        """Return the phase that builds the app, and fills the cache with what the started file needs."""
        project = self.project
        made = tuple(self._made(started))
        cached = self._cached(started, built=bool(made))
        texts = (*made, *(() if cached is None else (cached,)))
        why = "the build of the app" if made else "what the started file needs, into the cache of the image"
        if made and cached is not None:
            why = f"{why}, and what the started file needs, into the cache of the image"
        origin = started.origin if started is not None and not made else self._origin()
        return stated.phase(
            "build",
            project.reasons,
            Stated("commands", texts, origin, why),
            Stated("inputs", (Input("."),), rule("whole tree"), "Deno runs the source itself"),
            Stated("secrets", self.secrets if texts else (), origin, "", note=False),
            comment="Build" if made else "What the app imports",
            depends_on=(after,),
        )

    def _origin(self) -> Origin:
        app = self.project.app
        tasks = (app.tasks[name] for name in _BUILD_TASKS if name in app.tasks)
        return next((task.command.origin for task in tasks if task.command is not None), app.origin)

    def _made(self, started: Started | None) -> list[str]:
        project = self.project
        names = list(dict.fromkeys(started.needed)) if started is not None else []
        here = project.app.directory
        follower = Follower(project.tree)
        own = [name for name in _BUILD_TASKS if self._builds(project.app.tasks.get(name))]
        own = [name for name in own if follower.ends(project.app, name)][:1]
        names += [(here, name) for name in own if (here, name) not in names]
        texts = [_task_line(folder, name) for folder, name in names if name.isprintable() and not name.startswith("-")]
        generated = self._generated(texts)
        if not texts and project.uses("fresh") is not None:
            before = f"cd {shlex.quote(here)} && " if here else ""
            texts = [f"{before}{text}" for text in start.fresh_build(project)]
        if not texts and started is None:
            texts = [_task_line(here, name) for name in ("lume",) if name in project.app.tasks]
        return [*generated, *texts]

    def _generated(self, texts: list[str]) -> list[str]:
        """Return the command that makes the client of Prisma, which no package holds; nothing where a task does."""
        app, here = self.project.app, self.project.app.directory
        schema = self.project.tree.first(*(posixpath.join(here, name) for name in _SCHEMAS))
        lines = {name: task.command.value for name, task in app.tasks.items() if task.command is not None}
        made = [name for name, line in lines.items() if "prisma" in line and " generate" in line]
        if schema is None or any(_task_line(here, name) in texts for name in made):
            return []
        if made:
            return [_task_line(here, made[0])]
        before = f"cd {shlex.quote(here)} && " if here else ""
        return [f"{before}deno run --allow-all npm:prisma generate"] if code.declares(app, "prisma") else []

    def _builds(self, task: Task | None) -> bool:
        """Return whether a task makes what the app needs: it does not pack it for elsewhere, or only look at it."""
        if task is None:
            return False
        line = None if task.command is None else shell.parse(task.command.value)
        if line is None:
            return True
        return not all(_is_idle(item) for item in line.commands)

    def _cached(self, started: Started | None, *, built: bool) -> str | None:
        """Return the command that fetches what the start imports, None where it is not known."""
        if started is None:
            return None
        project, call, script = self.project, started.call, started.script
        if call is None:
            files = self._several(started)
            return shlex.join(["deno", "cache", *files]) if files else None
        if script is None or (started.entry is None and ":" not in script):
            return None
        flags = [flag for flag in call.cache_flags if flag != "--unstable"]
        urls = "://" in script or code.uses_urls(project.tree, project.app, project.graph(started.entry))
        if urls and call.allows_all and numbers_of(self.runtime.version) >= _IMPORTS and not call.has("--allow-import"):
            # What may do everything may also import from everywhere; filling the cache has to be allowed to as well.
            flags.append("--allow-import")
        if not built and self.frozen and started.entry is not None and not call.has("--no-lock"):
            flags.append(self.frozen.strip())
        inside = any(not flag.startswith("-") or "=" in flag for flag in flags) and started.directory
        text = shlex.join(["deno", "cache", *flags, script if inside else started.entry or script])
        return f"cd {shlex.quote(started.directory)} && {text}" if inside else text

    def _several(self, started: Started) -> list[str]:
        """Return the files that a line of several commands runs with Deno."""
        line = shell.parse(started.text)
        found = []
        for item in () if line is None else line.commands:
            own = Started(item, item.source, started.origin, directory=started.directory)
            if own.is_deno and own.entry is not None and self.project.tree.has(own.entry):
                found.append(own.entry)
        return list(dict.fromkeys(found))


def _is_idle(item: Simple) -> bool:
    call = tasks.read_call(item)
    makes_nothing = call is not None and call.verb in tables.MAKES_NOTHING
    return makes_nothing or item.program in tables.FOR_ELSEWHERE


def _task_line(folder: str, name: str) -> str:
    where = f" --cwd {shlex.quote(folder)}" if folder else ""
    return f"deno task{where} {shlex.quote(name)}"


def secrets(project: Project) -> tuple[str, ...]:
    """Return the variables that `.npmrc` reads, and report a token that is written into it."""
    registries.report_literal_tokens(project.tree, project.reasons)
    found = registries.variables(project.tree, ("", project.app.directory), names=(".npmrc",))
    if found:
        names = " ".join(item.value for item in found)
        for phase in ("install", "build"):
            why = "the registry's configuration reads it"
            project.reasons.decide(f"phases.{phase}.secrets", names, found[0].origin, why)
    return tuple(item.value for item in found)


# --- the plan ---------------------------------------------------------------------------------------------------------

_USER = "1993:1993"
_DENO_DIR = "/deno-dir/"


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Deno app in a tree.

    Raises FileError for a broken file, VersionError for a version that cannot be met, NoStartError without a start,
    PlanError for a member of the workspace that is not there.
    """
    reasons = Reasons()
    project = projects.read_project(tree, context.overrides, reasons)
    version = projects.resolve_version(tree, project.root, project.overrides, reasons)
    builder = Builder(
        project,
        Runtime("deno", version.version, version.requested),
        manifests.frozen_flag(project.root.lock, version.version, reasons),
        secrets(project),
    )
    setup, install = builder.setup(), builder.install()
    first = (setup,) if install is None else (setup, install)
    files = find_site(project)
    if files is not None:
        built = builder.build(None, first[-1].name)
        run, process = ship_site(project, files)
        made = ProviderPlan(phases=(*first, built), run=run, processes=(process,), artifacts=(files.folder,))
    else:
        made = _server(project, builder, first, version.version)
    return ProviderPlan(
        phases=made.phases,
        run=made.run,
        processes=made.processes,
        secrets=builder.secrets,
        artifacts=(*made.artifacts, *_made_elsewhere(project)),
        run_only_variables=("PORT",),
        frameworks=tuple(match.id for match in project.matches),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _server(project: Project, builder: Builder, first: tuple[Phase, ...], version: str) -> ProviderPlan:
    """Return the phases, the image and the processes of an app that runs."""
    reasons = project.reasons
    choice = start.choose(project)
    started = start.modern(project, choice.started, version)
    _report_start(project, choice)
    build = builder.build(started, first[-1].name)
    shipped = start.ship(project, started, version)
    reasons.decide("start", shipped.main.text, choice.origin, choice.why, choice.others)
    copies = (Input(".", phase="build"), Input(_DENO_DIR, phase="build"))
    reasons.decide("run.copies", f". {_DENO_DIR}", rule("Deno"), "Deno runs the source, from a full cache")
    reasons.decide("run.user", _USER, rule("non-root"), "the user `deno` of the official image")
    directory = posixpath.join(APP_DIR, started.directory).rstrip("/")
    if started.directory:
        reasons.decide("run.working_dir", directory, started.origin, "the folder that the start runs in")
        copies = (Input(".", phase="build", dest=f"{APP_DIR}/"), copies[1])
    run = Run(
        builder.runtime,
        copies=copies,
        environment=shipped.environment,
        user=_USER,
        writable=start.writable(project, started),
        working_dir=directory,
    )
    return ProviderPlan(phases=(*first, build), run=run, processes=(shipped.main, *shipped.others))


def _made_elsewhere(project: Project) -> tuple[str, ...]:
    """Return what the build makes, so that a copy from a developer's machine stays out."""
    found = ("**/node_modules",) if project.app.has_local_modules or project.root.has_local_modules else ()
    return (*found, "**/_fresh") if project.uses("fresh") is not None else found


def _report_start(project: Project, choice: Choice) -> None:
    """Report what of a start is left out, and one that only a Dockerfile says, which ours would take the place of."""
    if choice.origin.path == own_dockerfile.PATH:
        text = "the start is what the Dockerfile runs, and a generated one takes its place"
        fix = f'add a task to deno.json: `"start": {json.dumps(shown(choice.started.text))}`'
        project.reasons.report(Diagnostic("BP844", "info", text, choice.origin, fix))
    if choice.started.watched:
        text = "watching for changes is for development, so it is taken off"
        fix = "add a task `start` without `--watch`"
        project.reasons.report(Diagnostic("BP640", "info", text, choice.origin, fix))
