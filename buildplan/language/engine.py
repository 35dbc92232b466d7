"""What a language's rules mean: its claim to a tree, the folders its app may be in, and the plan.

`Language` calls these functions for all that it does not do itself (`buildplan.language.declare`).
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from buildplan import catalogue
from buildplan.errors import BuildplanError, NoStartError, PlanError
from buildplan.language import distroless_or_debian, lower_compiled, lower_interpreted, packages, ports, start, stated
from buildplan.language import versions as version_rows
from buildplan.language.contract import Detection, ProviderPlan, Strength
from buildplan.language.distroless_or_debian import COMMON, Debian, Linked
from buildplan.language.rules import App, Compiled, Program
from buildplan.language.runtime_paths import RuntimeFiles
from buildplan.language.start import Start
from buildplan.language.stated import Stated
from buildplan.language.versions import Asking, Versions
from buildplan.model.build_plan import Evidence, Input, Phase, Runtime
from buildplan.model.origin import Origin, rule
from buildplan.model.origin import catalogue as table
from buildplan.model.reasons import Reasons
from buildplan.read.shell import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.language.contract import PlanContext
    from buildplan.language.declare import Language
    from buildplan.language.packages import Dependency
    from buildplan.language.ports import Listening
    from buildplan.language.rules import Interpreted, Rules
    from buildplan.language.subfolder import Folder
    from buildplan.model.build_plan import Run
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

F = TypeVar("F")
_PROGRAM = re.compile(r"[A-Za-z0-9_][\w.+-]{0,100}", re.ASCII)


def manifest(language: Language, tree: SourceTree) -> str | None:
    """Return the manifest at the root, None when there is none."""
    return tree.first(*language.manifests)


def detect(language: Language, tree: SourceTree, overrides: Overrides) -> Detection | None:
    """Return the claim to a tree: an app where it is known what to start; None without a manifest at the root."""
    path = manifest(language, tree)
    if path is None:
        return None
    found = Evidence(f"there is `{path}`", Origin(path))
    try:
        app = _app(language, tree, overrides, Reasons())
        own = _found(app, _programs(app))
    except BuildplanError as error:
        return Detection(Strength.MANIFEST, (Evidence(found.text, error.origin or found.origin),))
    row = app.framework
    ids = (row[0].id,) if row is not None else ()
    if overrides.start is not None:
        evidence = Evidence("a start command is given", overrides.start.origin)
    elif own is not None:
        evidence = Evidence(own.why, own.origin)
    else:
        return Detection(Strength.MANIFEST, (found,), frameworks=ids)
    return Detection(Strength.APP, (evidence, found), frameworks=ids)


def below(language: Language, tree: SourceTree, overrides: Overrides) -> tuple[Folder, ...]:
    """Return the folder of the only app near the root; none where the root itself is the language's."""
    from buildplan.language import subfolder

    endings = (*language.code, *(name.removeprefix("*") for name in language.sources))
    if manifest(language, tree) is not None or any(name.endswith(endings) for name in tree.directory().files):
        return ()
    ignored = subfolder.OTHERS | {"vendor", "lib", "spec"}
    return subfolder.only_app(tree, language.title, language.manifests, ignored, overrides, language.detect)


def versions(language: Language) -> tuple[Versions[Any], ...]:
    """Return what asks for the version of the language's runtime."""
    rules = _rules(language)
    return (Versions(language.runtimes[0], rules.versions, lambda tree, _: rules.read(tree), inside=True),)


def dependencies(language: Language, tree: SourceTree, _overrides: Overrides) -> Iterable[Dependency]:
    """Return the packages that the app has; raises FileError for a broken manifest."""
    rules = _rules(language)
    return rules.dependencies(rules.read(tree)).values()


def refuse_assets(language: str, title: str, context: PlanContext) -> None:
    """Raise PlanError where another language's app is to get files from one that makes none for others."""
    if context.role == "assets":
        raise PlanError(
            f"{title} builds no files for the app of another language",
            origin=rule("roles"),
            hint=f'name it first, `providers = ["{language}", …]`, or leave it out',
        )


def plan(language: Language, tree: SourceTree, context: PlanContext) -> ProviderPlan:
    """Return the plan of the app in a tree.

    Raises FileError for a broken manifest, VersionError for a version that cannot be met, NoStartError when nothing
    says what to start, PlanError for the role `assets`.
    """
    refuse_assets(language.name, language.title, context)
    app = _app(language, tree, context.overrides, Reasons())
    rules, reasons = app.rules, app.reasons
    (wanted,) = versions(language)
    version = version_rows.resolve(wanted, Asking(tree, app.facts, app.overrides, reasons))
    needed = packages.apt(packages.matches(rules.needs, lambda name, _: app.dependency(name), app=app), reasons)
    started = _started(app, _programs(app))
    compiled = isinstance(rules.image, Compiled)
    runtime = Runtime(language.runtimes[0], version.version, version.requested, "full" if compiled else "slim")
    suite = catalogue.suite(runtime.name, version.version) or packages.NEWEST
    needs = needed.on(suite)
    setup = Phase("setup", runtime=runtime, apt_packages=tuple(sorted(needs.build)))
    for name, item in sorted(needs.build.items()):
        reasons.decide(f"apt.build.{name}", name, item.origin, f"`{item.name}` needs it")
    used = lower_interpreted.manager(tree, rules.managers)
    if used is not None and rules.reads is not None:
        used = used._replace(inputs=tuple(dict.fromkeys((*used.inputs, *rules.reads(app)))))
    first = (setup,) if used is None else (setup, lower_interpreted.install(used, tree, reasons, app.manifest))
    if isinstance(rules.image, Compiled):
        phases, run = _compiled(app, rules.image, first, started, needs, suite)
    else:
        kept = used.makes if used is not None else ()
        phases, run = _interpreted(app, rules.image, first, started, needs, kept)
    row = app.framework
    return ProviderPlan(
        phases=phases,
        run=run,
        processes=start.processes(started.name, started.main, started.others, reasons),
        artifacts=rules.image.artifacts,
        run_only_variables=rules.run_only,
        frameworks=(row[0].id,) if row is not None else (),
        decisions=reasons.decisions,
        diagnostics=reasons.diagnostics,
    )


def _rules(language: Language) -> Rules[Any]:
    assert language.rules is not None  # noqa: S101  # a language without rules has functions of its own
    return language.rules()


def _app(language: Language, tree: SourceTree, overrides: Overrides, reasons: Reasons) -> App[Any]:
    rules = _rules(language)
    return App(language, rules, tree, overrides, reasons, rules.read(tree))


# --- what is started --------------------------------------------------------------------------------------------------


class _Started(NamedTuple):
    """The processes, where the main one listens, and which programs of the app they run."""

    name: str
    main: Start
    others: dict[str, Start]
    listening: Listening | None
    programs: dict[str, Program]


def _started(app: App[F], own: tuple[Program, ...]) -> _Started:
    """Return what is started; raises NoStartError."""
    asked = app.overrides.start
    if asked is not None:
        main = Start(start.line(asked.value), asked.origin, start.ASKED)
    else:
        found = _found(app, own)
        if found is None:
            problem = f"nothing says how to start this {app.language.title} app"
            raise NoStartError(problem, origin=app.manifest, hint=f"add {app.language.start_help}")
        main = found
    listening, main = _listening(app, main)
    others = {
        name: Start(start.line(item.value), item.origin, start.PROCESS_ASKED)
        for name, item in app.overrides.processes.items()
    }
    name = "web" if listening is not None else "worker"
    others.pop(name, None)
    known = {program.name: program for program in own}
    used: dict[str, Program] = {}
    main = _by_path(main, known, used)
    others = {name: _by_path(item, known, used) for name, item in others.items()}
    if listening is not None:
        main = main._replace(port=listening.port)
    return _Started(name, main, others, listening, used or dict(list(known.items())[:1]))


def _programs(app: App[F]) -> tuple[Program, ...]:
    """Return the programs whose names can be those of files."""
    found = app.rules.programs(app) if app.rules.programs is not None else ()
    return tuple(program for program in found if _PROGRAM.fullmatch(program.name))


def _found(app: App[F], own: tuple[Program, ...]) -> Start | None:
    """Return what the language's finders find, else the first program."""
    found = start.first(app, app.rules.starts)
    if found is None and own:
        return Start(f"{lower_compiled.BIN}/{own[0].name}", own[0].origin, "the first program that the manifest names")
    return found


def _listening(app: App[F], main: Start) -> tuple[Listening | None, Start]:
    """Return where the main process listens, and the process that is told so."""
    row = app.framework
    found = app.rules.ports(app) if app.rules.ports is not None else None
    asked = app.overrides.start
    if found is None and row is not None and row[0].port is not None:
        framework, package = row
        by: ports.By = "PORT" if framework.reads_port or framework.flag else "usual"
        found = ports.Found(by, framework.port or 0, package.origin, f"where {framework.title} listens")
        if framework.flag and asked is None:
            main = main._replace(line=f"{main.line} {framework.flag.format(port='${PORT}')}")
    if found is None and asked is not None and asked.origin.path == "Procfile":
        found = ports.Found("PORT", 8080, asked.origin, "a `web` process listens on `PORT`")
    if found is None:
        return None, main
    listening = ports.decide(found, app.reasons, forwards=asked is None)
    if asked is None and listening.forwards:
        main = main._replace(line=listening.forward(main.process("web")).text)
    return listening, main


def _by_path(found: Start, known: dict[str, Program], used: dict[str, Program]) -> Start:
    """Return the start with the path of a program of the app where it is nothing else than a call of one.

    The programs that it names are used then. Where a shell runs more, it finds them in its search path.
    """
    parsed = parse(found.line)
    commands = parsed.commands if parsed is not None else ()
    for command in commands:
        words = command.words[1:] if command.program == "exec" else command.words
        name = words[0].text.rpartition("/")[2] if words else ""
        if name not in known:
            continue
        used[name] = known[name]
        text, written = found.line.strip().removeprefix("exec "), words[0].source
        if len(commands) == 1 and text.startswith(written):
            return found._replace(line=f"{lower_compiled.BIN}/{name}{text.removeprefix(written)}")
    return found


def _environment(app: App[F], started: _Started) -> tuple[Stated, ...]:
    """Return the variables of the image: those of the framework and of the start, and the port."""
    row = app.framework
    values = []
    for name, value in row[0].environment if row is not None else ():
        place = table(f"frameworks.{row[0].id}") if row is not None else rule("framework")
        values.append(lower_interpreted.variable(name, value, place, "the app runs for its users"))
    for name, value in started.main.environment:
        values.append(lower_interpreted.variable(name, value, started.main.origin, started.main.why))
    listening = started.listening
    if listening is not None and (listening.reads or app.overrides.health_check is not None):
        why = "the port of the start; `PORT` can change it"
        values.append(lower_interpreted.variable("PORT", str(listening.port), started.main.origin, why))
    return tuple(values)


# --- how it is built and shipped --------------------------------------------------------------------------------------


def _compiled(
    app: App[F],
    rows: Compiled,
    first: tuple[Phase, ...],
    started: _Started,
    needs: packages.Packages,
    suite: str,
) -> tuple[tuple[Phase, ...], Run]:
    reasons, programs = app.reasons, started.programs
    place = next(iter(programs.values())).origin if programs else started.main.origin
    outputs = tuple(rows.output.format(name=name) for name in programs)
    commands = tuple(
        rows.command.format(name=shlex.quote(name), source=shlex.quote(program.source), output=output)
        for (name, program), output in zip(programs.items(), outputs, strict=True)
    )
    built = lower_compiled.build(
        reasons,
        Stated("commands", commands, place, "the programs that are started"),
        outputs,
        *(Stated("environment", ((name, value),), place, why) for name, value, why in rows.environment),
        caches=rows.caches,
        after=first[-1].name,
    )
    base = distroless_or_debian.choose(
        Linked(rows.linked, rule("minimal image"), rows.why),
        Debian(COMMON, needs.run, "the program is linked with it", suite if needs.run else None),
        _needs_debian(app, started, needs),
        reasons,
    )
    copies = lower_compiled.programs(outputs)
    row = app.framework
    folders = [f"{name}/" for name in (row[0].folders if row is not None else ()) if app.tree.has_directory(name)]
    values = _environment(app, started)
    run = lower_compiled.run(reasons, base, copies, place, *values, files=RuntimeFiles(), scripts=folders)
    return (*first, built), run


def _needs_debian(app: App[F], started: _Started, needs: packages.Packages) -> tuple[Origin, str] | None:
    for item in (started.main, *started.others.values()):
        process = item.process("web")
        if process.shell is not None or posixpath.dirname(process.argv[0]) != lower_compiled.BIN:
            return item.origin, "the start command needs a shell or programs of the system"
    if needs.run:
        return next(iter(needs.run.values())).origin, "the program is linked with libraries that are apt packages"
    return distroless_or_debian.asks_for_debian(app.overrides, ())


def _interpreted(
    app: App[F],
    rows: Interpreted,
    first: tuple[Phase, ...],
    started: _Started,
    needs: packages.Packages,
    kept: tuple[str, ...],
) -> tuple[tuple[Phase, ...], Run]:
    reasons, place = app.reasons, started.main.origin
    for name, item in sorted(needs.run.items()):
        reasons.decide(f"apt.run.{name}", name, item.origin, f"`{item.name}` needs it")
    phases = first
    copies = [Input(path, "install") for path in kept]
    if rows.build:
        whole = Stated("inputs", (Input("."),), rule("source"), "any file may be needed")
        texts = (Stated("commands", (command,), place, why) for command, why in rows.build)
        phases = (*first, stated.phase("build", reasons, whole, *texts, comment="Build", depends_on=(first[-1].name,)))
    copies.append(Input(".", "build" if rows.build else None))
    values = (
        Stated("environment", (pair,), rule("production"), "the app runs for its users") for pair in rows.environment
    )
    run = lower_interpreted.run(
        first[0].runtime or Runtime(app.language.runtimes[0], ""),
        reasons,
        Stated("copies", tuple(copies), place, "the packages, and the source"),
        (lower_interpreted.home(), *values, *_environment(app, started)),
        writable=lower_interpreted.writable("what is written while the app runs", *rows.writable),
        apt=tuple(sorted(needs.run)),
    )
    return phases, run
