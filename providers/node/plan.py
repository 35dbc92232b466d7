"""The plan of a Node app, assembled from its facts, with its build phase."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan import catalogue as tables
from buildplan.language import health_probe
from buildplan.language.contract import PlanContext, ProviderPlan
from buildplan.model.build_plan import APP_DIR, Cache, Diagnostic, HealthCheck, Input, Phase, Process, Run, Runtime
from buildplan.model.origin import Origin, catalogue, rule
from buildplan.model.reasons import Reasons

from . import frameworks, install, package_manager, required_variables, running, start_choice
from . import manifest as manifests
from . import project as projects

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .command_lines import Step
    from .install import PackageNeeds
    from .project import Project
    from .start_choice import Choice

# The phase `build`: which commands, on which files, with which caches.


# Longer lists of copies than this are no longer read: the whole tree is copied.
_MAX_COPIES = 12
_MOST_SHOWN = 6
# What no build reads.
_NOT_BUILT = re.compile(
    r"\.(?:git|env|docker|prettier|editorconfig|nvmrc|node-version|tool-versions).*|.*\.(?:md|yml|log)"
    r"|(?:LICEN[CS]E|NOTICE|Dockerfile|Procfile|Makefile).*|(?:fly|nixpacks|buildplan)\.toml",
    re.IGNORECASE,
)
# Programs that no package brings.
_SYSTEM = frozenset({"rm", "mkdir", "cp", "mv", "node"})


def plan_build(project: Project, choice: Choice, needs: PackageNeeds, installed: Phase | None) -> Phase | None:
    """Return the build phase, None when there is nothing to build."""
    lines = list(_commands(project, choice, needs))
    replaced = project.overrides.phases.get("build")
    if not lines and (replaced is None or replaced.commands is None):
        return None
    framework = project.main
    reasons = project.reasons
    if lines:
        origin, why = lines[-1][1]
        reasons.decide("phases.build.commands", " && ".join(line for line, _ in lines), origin, why)
    # What the phase before has set is still set.
    environment = dict(install.environment(project.manager)) if installed is None else {}
    if framework is not None and project.build is not None:
        for name, value in framework.build_environment.items():
            environment[name] = value
            place = catalogue(f"frameworks.{framework.id}")
            reasons.decide(f"phases.build.environment.{name}", value, place, f"{framework.title} in a build")
    before = installed.name if installed is not None else "setup"
    return Phase(
        "build",
        comment="Build the app" if project.build is not None else "Generate what the app needs",
        commands=tuple(line for line, _ in lines),
        inputs=_inputs(project, installed),
        caches=_caches(project),
        secrets=install.later_secrets(project.manager, project.tree, project.installed),
        environment=tuple(environment.items()),
        depends_on=(before,),
    )


def _commands(project: Project, choice: Choice, needs: PackageNeeds) -> list[tuple[str, tuple[Origin, str]]]:
    """Return the commands, each with its origin and the rule."""
    manager, workspace = project.manager, project.installed
    lines: list[tuple[str, tuple[Origin, str]]] = []
    for folder, found in needs.fetches.items():
        text = install.execute(manager, found.value, workspace)
        lines.append((text, (found.origin, f"fetches what goes into `{folder}`")))
    if needs.prisma is not None and _must_generate(project):
        text = install.execute(manager, "prisma generate", workspace)
        lines.append((text, (needs.prisma.origin, "the Prisma client is generated, and no script does it")))
    lines.extend(_elsewhere(project, choice))
    build = project.build
    if build is not None and build.script is not None and not (project.main is not None and project.main.meteor):
        why = f"the script `{build.script}`"
        checked = _for_checks(project)
        lines.extend(
            (f"{checked}{text}", (build.origin, why))
            for text in install.build_commands(manager, workspace, build.script)
        )
    elif project.main is not None and project.main.meteor:
        lines.extend((text, (catalogue("frameworks.meteor"), "Meteor builds a bundle")) for text in _meteor())
    elif build is not None and project.main is not None and _is_wanted(choice):
        place = catalogue(f"frameworks.{project.main.id}")
        text = install.execute(manager, project.main.build, workspace)
        lines.append((text, (place, f"the build of {project.main.title}; no script builds")))
    for name in build.more if build is not None else ():
        why = f"the script `{name}`, which builds assets too"
        lines.append((install.run_script(manager, name, workspace), (project.app.origin("scripts", name), why)))
    lines.extend(_from_start(project, choice))
    return lines


def _for_checks(project: Project) -> str:
    """Return the variables that the build looks for, with values for its time alone; reports what they are."""
    required = required_variables.find(project)
    if required is None:
        return ""
    if required.missing:
        names = ", ".join(f"`{name}`" for name in required.missing[:_MOST_SHOWN])
        text = f"the build stops without {names}, which it writes into the pages"
        fix = "give each its value in `variables` of buildplan.toml, or as a variable of the build"
        project.reasons.report(Diagnostic("BP952", "error", text, required.origin, fix))
    asked = [name for name, value in required.given.items() if value != "1"]
    if asked:
        names = ", ".join(f"`{name}`" for name in asked[:_MOST_SHOWN])
        more = f" and {len(asked) - _MOST_SHOWN} more" if len(asked) > _MOST_SHOWN else ""
        text = f"the build looks for {names}{more}, so it gets placeholders; the app needs the real values"
        fix = "set them where the container runs, not in the image"
        project.reasons.report(Diagnostic("BP633", "info", text, required.origin, fix))
    return "".join(f"{name}={shlex.quote(value)} " for name, value in required.given.items())


def _elsewhere(project: Project, choice: Choice) -> list[tuple[str, tuple[Origin, str]]]:
    """Return the installation in a started folder with packages of its own, where no script does it."""
    start = choice.start
    if start is None or project.workspace.members or start.manifest.directory in {"", project.app.directory}:
        return []
    directory, inner = start.manifest.directory, start.manifest
    names = ("preinstall", "install", "postinstall", "prepare", manifests.build_script(project.app) or "")
    if not inner.dependencies or any(
        directory in text for name in names for text in manifests.reached(project.app, name)
    ):
        return []
    word = manifests.path_word(directory, inner.origin())
    npm = "ci" if project.tree.has(f"{directory}/package-lock.json") else "install"
    own = {
        "npm": f"npm {npm} --prefix {word}",
        "pnpm": f"pnpm --dir {word} install",
        "bun": f"bun install --cwd {word}",
    }
    text = own.get(project.manager.name, f"yarn --cwd {word} install")
    return [(text, (inner.origin(), f"the app is started in `{directory}`, which has dependencies of its own"))]


def _is_wanted(choice: Choice) -> bool:
    """Return whether a framework's own build is needed although no script builds: the image holds what it makes."""
    return choice.start is None or choice.own or choice.framework is None or choice.framework.kind == "server"


def _meteor() -> tuple[str, ...]:
    return (
        "meteor build --directory .meteor-build --server-only --allow-superuser",
        "npm install --omit=dev --prefix .meteor-build/bundle/programs/server",
    )


def _must_generate(project: Project) -> bool:
    """Return whether the Prisma client has a schema and a command line, and no script that generates it."""
    app = project.app
    if install.prisma_schema(project.tree, app) is None or not app.has("prisma"):
        return False
    texts = list(manifests.build_texts(app))
    for manifest in project.installed.manifests:
        for name in ("preinstall", "install", "postinstall", "prepare"):
            texts.extend(manifests.reached(manifest, name))
    return not any("prisma generate" in " ".join(text.split()) or "prisma:generate" in text for text in texts)


def _from_start(project: Project, choice: Choice) -> list[tuple[str, tuple[Origin, str]]]:
    """Return what the start command builds each time the app starts, and the build script does not."""
    start = choice.start
    if start is None or not start.builds:
        return []
    known = set(_reached_names(project))
    lines: list[tuple[str, tuple[Origin, str]]] = []
    for step in start.builds:
        if step.script in known or step.script == "":
            continue
        known.add(step.script)
        lines.append(
            (_line(project, step, start.script), (step.origin, "it makes files, so it runs once, in the build"))
        )
    return lines


def _reached_names(project: Project) -> list[str]:
    """Return the scripts that the build, or the installation before it, has run already."""
    build = project.build
    names = ("preinstall", "install", "postinstall", "prepare", build.script if build is not None else None)
    texts = {text for name in names if name is not None for text in manifests.reached(project.app, name)}
    return [name for name, text in project.app.scripts.items() if text in texts]


def _line(project: Project, step: Step, main_script: str) -> str:
    """Return the command of a step: the script that it is part of, or itself where that script starts the app too."""
    manager, workspace = project.manager, project.installed
    in_app = step.manifest.directory == project.app.directory
    if in_app and step.script != main_script and not step.script.startswith("pre"):
        return install.run_script(manager, step.script, workspace)
    if step.command.program in _SYSTEM:
        return step.command.source
    return install.execute(manager, step.command.source, workspace)


def _inputs(project: Project, installed: Phase | None) -> tuple[Input, ...]:
    """Return what the build needs beside what the install copied: in a workspace only the folders of the closure."""
    whole = Input(".")
    if installed is not None and whole in installed.inputs:
        return ()
    workspace = project.installed
    if workspace.app_is_root or not workspace.members:
        project.reasons.decide("phases.build.inputs", ".", rule("build"), "a build may read any file of the tree")
        return (whole,)
    tree = project.tree
    holders = {member.directory.split("/")[0] for member in workspace.members}
    needed = [f"{member.directory}/" for member in workspace.closure]
    copied = {item.path for item in installed.inputs} if installed is not None else set()
    files = [name for name in tree.directory().files if not _NOT_BUILT.fullmatch(name) and name not in copied]
    others = [f"{name}/" for name in tree.directory().directories if name not in holders]
    others = [name for name in others if not name.startswith(".") and name not in {"docs/", "doc/", *copied}]
    if len(needed) + len(others) > _MAX_COPIES:
        project.reasons.decide("phases.build.inputs", ".", rule("build"), "the app needs many folders")
        return (whole,)
    paths = [*files, *others, *dict.fromkeys(needed)]
    why = "the app, the packages that it needs, and the root's own files"
    project.reasons.decide("phases.build.inputs", " ".join(paths), workspace.app.origin(), why)
    return tuple(Input(path) for path in paths)


def _caches(project: Project) -> tuple[Cache, ...]:
    framework = project.main
    caches = []
    if framework is not None and framework.cache:
        target = posixpath.join(APP_DIR, project.app.directory, framework.cache)
        caches.append(Cache(framework.id, target))
    if project.workspace.tool == "turbo" and not project.workspace.app_is_root:
        caches.append(Cache("turbo", f"{APP_DIR}/.turbo"))
    if project.workspace.tool == "nx":
        caches.append(Cache("nx", f"{APP_DIR}/.nx/cache"))
    for cache in caches:
        project.reasons.decide(
            f"phases.build.caches.{cache.id}", cache.target, rule("caches"), "kept between builds; never in the image"
        )
    return tuple(caches)


# The plan of a Node app, assembled from its facts.


_USER = "1000:1000"
_RUN_ONLY = ("NODE_ENV", "PORT", "HOST", "HOSTNAME")


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the Node app in a tree.

    Raises FileError for a broken manifest, VersionError for a version that cannot be met, NoStartError when nothing
    says how to start the app.
    """
    reasons = Reasons()
    facts = projects.read_project(tree, context.overrides, reasons, assets=context.role == "assets")
    choice = _assets(facts) if context.role == "assets" else start_choice.choose(facts)
    return _Planner(facts, choice).plan(context.role)


def _assets(facts: Project) -> Choice:
    """Return the choice for a role that only builds files: nothing is started."""
    origin = facts.build.origin if facts.build is not None else facts.app.origin()
    return start_choice.Choice(origin, "another language's app serves the files", facts.main)


class _Planner:
    def __init__(self, facts: Project, choice: Choice) -> None:
        self._facts = facts
        self._choice = choice
        self._reasons = facts.reasons
        # Tags did not name it before stretch.
        self._suite = tables.suite("node", facts.node.version) or "jessie"
        self._needs: PackageNeeds = install.needs(
            facts.tree, facts.installed, facts.manager, facts.node.version, self._suite
        )
        for diagnostic in self._needs.diagnostics if choice.start is not None else ():
            self._reasons.report(diagnostic)

    def plan(self, role: str) -> ProviderPlan:
        """Assemble everything."""
        choice, facts = self._choice, self._facts
        if role == "assets":
            # What is fetched (a browser) is for a process of Node, and there is none.
            self._needs.fetches.clear()
        self._note_frameworks()
        keeps_development = choice.start is None or running.reason(facts, choice) is not None
        installed, built = self._install_and_build(keeps_development=keeps_development)
        phases = [self._setup(), *(phase for phase in (installed, built) if phase is not None)]
        if role == "assets":
            return self._assets_plan(phases, built)
        if choice.start is None:
            run, served = start_choice.site(facts, choice, built)
            started: tuple[Process, ...] = (served, *running.others(facts, self._choice, ""))
        else:
            run, started, pruned = self._process(installed, built, keeps_development=keeps_development)
            whole = any(item.path == "." and item.phase is not None for item in run.copies)
            phases = [install.without_folders(phase) if whole else phase for phase in (*phases, *pruned)]
        self._about_variables()
        return ProviderPlan(
            phases=tuple(phases),
            run=run,
            processes=started,
            artifacts=self._artifacts(),
            run_only_variables=_RUN_ONLY,
            frameworks=self._names(),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    def _names(self) -> tuple[str, ...]:
        """Return the frameworks, the one that decided first."""
        names = [match.framework.id for match in self._facts.matches]
        first = [self._choice.framework.id] if self._choice.framework is not None else []
        return tuple(dict.fromkeys([*first, *names]))

    def _note_frameworks(self) -> None:
        facts, framework = self._facts, self._choice.framework
        for match in facts.matches:
            is_main = framework is not None and match.framework.id == framework.id
            if is_main:
                self._reasons.decide("node.framework", match.framework.title, match.origin, match.text)
        if framework is not None and framework.notice:
            place = next((match.origin for match in facts.matches if match.framework.id == framework.id), None)
            self._reasons.report(Diagnostic("BP632", "warning", framework.notice, place, framework.notice_fix))

    def _setup(self) -> Phase:
        facts = self._facts
        runtime = Runtime("node", facts.node.version, facts.node.requested)
        commands = list(package_manager.setup_commands(facts.manager, facts.node.version))
        if running.is_bun_alone(facts, self._choice):
            runtime, commands = running.runtime(facts, self._choice), []
        comment = package_manager.setup_comment(facts.manager, facts.node.version) if commands else ""
        paths: tuple[str, ...] = ()
        if facts.main is not None and facts.main.meteor:
            commands.append(f"npm install -g meteor{_meteor_release(facts)} --unsafe-perm")
            paths = ("/root/.meteor",)
        if commands:
            self._reasons.decide(
                "phases.setup.commands", " && ".join(commands), facts.manager.origin, "the package manager, exact"
            )
        packages = tuple(sorted(self._needs.apt.build))
        for name, why in sorted(self._needs.apt.build.items()):
            self._reasons.decide(f"apt.build.{name}", name, why.origin, "a dependency needs it to be installed")
        return Phase(
            "setup",
            comment=comment,
            runtime=runtime,
            apt_packages=packages,
            commands=tuple(commands),
            paths=paths,
        )

    def _install_and_build(self, *, keeps_development: bool) -> tuple[Phase | None, Phase | None]:
        facts = self._facts
        production = self._builds_nothing() and not keeps_development
        if not _has_dependencies(facts, production=production):
            return None, plan_build(facts, self._choice, self._needs, None)
        make = install.production_install_phase if production else install.install_phase
        phase = make(facts.manager, facts.tree, facts.installed, self._reasons)
        environment = dict(phase.environment)
        for name, found in sorted(self._needs.install_environment.items()):
            environment[name] = found.value
            self._reasons.decide(
                f"phases.install.environment.{name}",
                found.value,
                found.origin,
                "a dependency is told what to leave out",
            )
        phase = replace(phase, environment=tuple(environment.items()))
        return phase, plan_build(facts, self._choice, self._needs, phase)

    def _builds_nothing(self) -> bool:
        """Return whether no phase `build` will come, so that development dependencies are of no use."""
        replaced = self._facts.overrides.phases.get("build")
        if replaced is not None and replaced.commands is not None:
            return False
        scratch = self._facts._replace(reasons=Reasons())
        return plan_build(scratch, self._choice, self._needs, None) is None

    def _assets_plan(self, phases: list[Phase], built: Phase | None) -> ProviderPlan:
        facts = self._facts
        paths: tuple[str, ...] = ()
        if facts.build is not None:
            written, framework = facts.build.compiled.outputs, facts.main
            # A framework that the build does not call (VitePress beside an app) writes nothing.
            calls = framework is None or any(
                frameworks.calls(step.command.source, name) for step in facts.build.steps for name in framework.commands
            )
            own = (facts.build.output.path,) if facts.build.output is not None and (calls or not written) else ()
            paths = tuple(dict.fromkeys((*written, *own)))
        if built is None or not paths:
            return ProviderPlan(frameworks=self._names())
        return ProviderPlan(
            phases=tuple(phases),
            assets=tuple(Input(f"{path}/", phase="build") for path in paths),
            artifacts=self._artifacts(),
            frameworks=self._names(),
            decisions=self._reasons.decisions,
            diagnostics=self._reasons.diagnostics,
        )

    def _process(
        self, installed: Phase | None, built: Phase | None, *, keeps_development: bool
    ) -> tuple[Run, tuple[Process, ...], list[Phase]]:
        facts, choice = self._facts, self._choice
        start = choice.start
        assert start is not None  # noqa: S101  # the caller looked
        needed = _has_dependencies(facts, production=not keeps_development)
        own = choice.own and choice.framework is not None and not choice.framework.packages_at_run
        kept = running.kept(facts, choice)
        pruned: list[Phase] = []
        base = built or installed
        written = facts.build is not None and facts.build.compiled.into_packages
        into_packages = written or kept.whole is not None or self._needs.prisma is not None
        source = installed
        if own or not needed:
            source = None
        elif installed is not None and built is not None:
            source = built if into_packages else installed
            if not keeps_development:
                after = source.name
                prune = install.production_phase(facts.manager, facts.tree, facts.installed, after, self._reasons)
                if prune is not None:
                    known = set(installed.environment)
                    prune = replace(prune, environment=tuple(pair for pair in prune.environment if pair not in known))
                    pruned.append(prune)
                    source = prune
        if built is None and installed is not None and Input(".") in installed.inputs:
            # Its install-time scripts may have written anywhere.
            built = installed
        copies = self._copies(kept, built, source, base)
        port, environment, init = running.facts_of(facts, choice)
        run = self._run(copies, environment, init=init)
        main = running.main(facts, choice, port)
        return run, (main, *running.others(facts, choice, start.directory)), pruned

    def _copies(
        self, kept: running.Kept, built: Phase | None, source: Phase | None, base: Phase | None
    ) -> tuple[Input, ...]:
        facts = self._facts
        reasons = self._reasons
        packages = install.modules(facts.manager, facts.installed, source.name) if source is not None else ()
        if kept.whole is not None and built is not None:
            last = source.name if source is not None and source.name == "prune" else (base or built).name
            reasons.decide("run.copies", ".", rule("whole tree"), f"everything is kept: {kept.whole}")
            return (Input(".", phase=last),)
        if kept.whole is not None:
            paths = _closure(facts)
            why = f"the tree as it is: {kept.whole}"
            reasons.decide("run.copies", " ".join(item.path for item in (*packages, *paths)), rule("whole tree"), why)
            return (*packages, *paths)
        phase = built.name if built is not None else None
        files = (*(replace(item, phase=phase) for item in kept.from_build), *(Input(path) for path in kept.from_tree))
        fetched = tuple(Input(folder, phase=phase) for folder in self._needs.fetches) if phase is not None else ()
        shown = " ".join(item.path for item in (*packages, *files, *fetched))
        reasons.decide("run.copies", shown, self._choice.origin, "what runs, and what it reads when it runs")
        return (*packages, *files, *fetched)

    def _run(self, copies: tuple[Input, ...], environment: dict[str, str], *, init: bool) -> Run:
        facts, choice, reasons = self._facts, self._choice, self._reasons
        start, framework = choice.start, choice.framework
        assert start is not None  # noqa: S101  # the caller looked
        for name, found in sorted(self._needs.run_environment.items()):
            environment.setdefault(name, found.value)
            reasons.decide(f"run.environment.{name}", found.value, found.origin, "a dependency reads it")
        packages = tuple(sorted(self._needs.apt.run))
        for name, dependency in sorted(self._needs.apt.run.items()):
            reasons.decide(f"apt.run.{name}", name, dependency.origin, "a dependency needs it at run time")
        reasons.decide("run.user", _USER, rule("non-root"), "the user `node` of the image")
        if init and not tables.has_tini(self._suite):
            init = False
            text = f"the image of Node {facts.node.version} is on Debian {self._suite}, which has no package of an init"
            reasons.report(Diagnostic("BP626", "warning", text, start.origin, "use a supported Node version"))
        if init:
            why = "Node as process 1 ignores SIGTERM without a handler, so a small init comes before it"
            reasons.decide("run.init", "tini", rule("signals"), why)
        run = Run(
            runtime=running.runtime(facts, choice),
            copies=copies,
            apt_packages=packages,
            environment=tuple(environment.items()),
            paths=self._paths(),
            user=_USER,
            writable=self._writable(),
            working_dir=posixpath.join(APP_DIR, start.directory).rstrip("/"),
            init=init,
        )
        if framework is not None and framework.health and choice.own:
            probe = health_probe.probe(run.runtime.name, framework.health)
            if probe is not None:
                place = catalogue(f"frameworks.{framework.id}")
                reasons.decide("run.health_check", framework.health, place, f"{framework.title} answers there")
                run = replace(run, health_check=HealthCheck(probe))
        return run

    def _paths(self) -> tuple[str, ...]:
        facts, start = self._facts, self._choice.start
        if start is None or not running.use_packages(facts, self._choice) or facts.manager.linker == "pnp":
            return ()
        directories = dict.fromkeys((start.manifest.directory, facts.app.directory, ""))
        own = [name for name in directories if name == "" or facts.workspace.members or name == start.directory]
        paths = tuple(posixpath.join(APP_DIR, name, "node_modules/.bin") for name in own)
        self._reasons.decide("run.paths", ":".join(paths), start.origin, "the process is a program of the packages")
        return paths

    def _writable(self) -> tuple[str, ...]:
        """Return what the app may write to, with the folders that its code expects and the tree does not have."""
        found = self._written_places()
        folders = running.data_folders(self._facts, self._choice)
        built = self._artifacts()
        for item in folders:
            if item.value in built or item.value in found:
                continue
            found = (*found, item.value)
            why = "the code writes a file there, and the folder is not in the tree"
            self._reasons.decide("run.writable", " ".join(found), Origin(item.path, item.line), why)
        return found

    def _written_places(self) -> tuple[str, ...]:
        facts, choice, needs = self._facts, self._choice, self._needs
        if needs.writes is not None:
            self._reasons.decide("run.writable", ".", needs.writes, "this package writes files beside the app")
            return (".",)
        framework = choice.framework
        scanned = running.said_by_code(facts, choice)
        if scanned is not None and scanned.writes is not None:
            place = Origin(scanned.writes.path, scanned.writes.line)
            why = f"the code writes files (`{scanned.writes.value}`)"
            self._reasons.decide("run.writable", ".", place, why)
            return (".",)
        if not choice.own or framework is None or not framework.writable:
            return ()
        paths = tuple(facts.path(path) for path in framework.writable)
        place = catalogue(f"frameworks.{framework.id}")
        self._reasons.decide("run.writable", " ".join(paths), place, f"{framework.title} writes there")
        return paths

    def _artifacts(self) -> tuple[str, ...]:
        """Return what the build makes, which no build needs from outside."""
        facts = self._facts
        written = ["**/node_modules"]
        if facts.build is not None:
            own = (facts.build.output.path,) if facts.build.output is not None else ()
            tracked = facts.tree.has_directory
            paths = dict.fromkeys((*facts.build.compiled.outputs, *own))
            written.extend(path for path in paths if not path.startswith("..") and not tracked(path))
        return tuple(dict.fromkeys(written))

    def _about_variables(self) -> None:
        facts, framework = self._facts, self._choice.framework
        missing = [
            name
            for name in (framework.variables if framework is not None else ())
            if name not in facts.overrides.variables
        ]
        if framework is None or not missing or self._choice.start is None:
            return
        place = next((match.origin for match in facts.matches if match.framework.id == framework.id), None)
        names = ", ".join(f"`{name}`" for name in missing)
        self._reasons.report(
            Diagnostic(
                "BP633",
                "info",
                f"{framework.title} does not start without {names}",
                place,
                "set them where the container runs, not in the image",
            )
        )


def _meteor_release(facts: Project) -> str:
    """Return `@3.1` for `METEOR@3.1`; nothing for a text of another form."""
    text = facts.tree.text_or_none(".meteor/release") or ""
    name, _, number = text.strip().partition("@")
    parts = number.split(".")
    return f"@{number}" if name == "METEOR" and all(part.isdecimal() and part.isascii() for part in parts) else ""


def _has_dependencies(facts: Project, *, production: bool) -> bool:
    """Return whether there is anything to install."""
    workspace = facts.installed
    if workspace.members:
        return True
    for manifest in workspace.manifests:
        tables_of = [manifest.dependencies, manifest.optional_dependencies]
        if not production:
            tables_of.append(manifest.dev_dependencies)
        if any(tables_of):
            return True
    return False


def _closure(facts: Project) -> tuple[Input, ...]:
    """Return the app's files from the tree: in a workspace only the folders that it needs."""
    workspace = facts.workspace
    if not workspace.members or workspace.app_is_root:
        return (Input("."),)
    directories = [f"{member.directory}/" for member in workspace.production_closure]
    if f"{workspace.app.directory}/" not in directories:
        directories.insert(0, f"{workspace.app.directory}/")
    return (Input("package.json"), *(Input(path) for path in dict.fromkeys(directories)))
