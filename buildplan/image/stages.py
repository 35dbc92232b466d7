"""From a build plan to the stages of an image: how images are built, whatever the language.

A chain of phases is one stage. Where two phases go on from the same one, or the shipped image copies from a phase
that others go on from, that phase ends a stage of its own. Phases whose results nobody needs are left out.
"""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

from buildplan.catalogue import archived_suites
from buildplan.errors import PlanError
from buildplan.image import mirrors
from buildplan.image.instructions import (
    Command,
    Comment,
    Copy,
    EntryPoint,
    Environment,
    Expose,
    From,
    Health,
    Labels,
    Stage,
    Start,
    StopSignal,
    User,
    Volumes,
    WorkingDirectory,
)
from buildplan.language import web_server
from buildplan.model.build_plan import APP_DIR, Input

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from buildplan.image.instructions import Instruction
    from buildplan.model.build_plan import BuildPlan, Phase, Process, Run

# More is no plan that a person could read, and the work grows with its square.
MAX_PHASES = 500
# Stage names that people know from hand-written Dockerfiles.
_STAGE_NAMES = {"setup": "base", "install": "deps", "prune": "prod-deps"}
_INIT = "tini"
# The system's own settings and libraries: they stay root's, so that an app cannot change them.
_SYSTEM = (
    *("/etc", "/opt/java", "/usr/bin", "/usr/share/dotnet"),
    *(f"/usr/local/{name}" for name in ("bin", "cargo", "etc", "go", "lib", "rustup")),
)


def ordered(phases: Iterable[Phase]) -> tuple[Phase, ...]:
    """Return the phases, dependencies first, ties in the order given; unknown dependencies do not count.

    Raises PlanError that prints the cycle when there is one.
    """
    by_name = {phase.name: phase for phase in phases}
    if len(by_name) > MAX_PHASES:
        raise PlanError(f"the plan has {len(by_name)} phases; at most {MAX_PHASES} are built", hint="join some of them")
    result: dict[str, Phase] = {}
    for first, phase in by_name.items():
        # The way down from `first`: each phase with its dependencies that are still to be looked at.
        trail: dict[str, list[str]] = {first: _reversed(phase, by_name)} if first not in result else {}
        while trail:
            name = next(reversed(trail))
            if not trail[name]:
                result[name] = by_name[name]
                del trail[name]
                continue
            needed = trail[name].pop()
            if needed in trail:
                names = list(trail)
                cycle = " → ".join((*names[names.index(needed) :], needed))
                raise PlanError(
                    f"the phases depend on each other in a circle: {cycle}",
                    hint="remove one of these from `depends_on`",
                )
            if needed not in result:
                trail[needed] = _reversed(by_name[needed], by_name)
    return tuple(result.values())


def _reversed(phase: Phase, known: dict[str, Phase]) -> list[str]:
    return [name for name in reversed(dependencies(phase)) if name in known]


def dependencies(phase: Phase) -> tuple[str, ...]:
    """Return the names of the phases that have to be done before this one."""
    copied = tuple(item.phase for item in phase.inputs if item.phase is not None)
    return tuple(dict.fromkeys((*phase.depends_on, *copied)))


def lower(plan: BuildPlan, *, process: str | None = None) -> tuple[Stage, ...]:
    """Return the stages, the shipped one last.

    `process` names the process type to start instead of the plan's own. Raises PlanError for one that the plan does
    not have, and for phases in a circle.
    """
    started = _started(plan, process)
    needed = _needed(plan)
    bases = _bases(needed)
    stage_of = _grouped(needed, bases, plan.run)
    names = _names(needed, stage_of)
    _check_copies(plan, needed)
    stages: list[Stage] = []
    for last in dict.fromkeys(stage_of[phase.name] for phase in needed):
        members = [phase for phase in needed if stage_of[phase.name] == last]
        below = bases[members[0].name]
        base = next((stage for stage in stages if below and stage.name == names[stage_of[below]]), None)
        stages.append(_build_stage(plan, members, base, stage_of, names))
    stages.append(_shipped_stage(plan, started, stage_of, names))
    if plan.platform:
        from buildplan.image import platform_stages

        return platform_stages.fitted(tuple(stages), plan)
    return tuple(stages)


def _started(plan: BuildPlan, process: str | None) -> Process:
    name = plan.start if process is None else process
    found = plan.process(name)
    if found is None:
        known = ", ".join(f"`{item.name}`" for item in plan.processes) or "none"
        raise PlanError(f"there is no process `{name}`; the plan has {known}", hint="name one of these")
    return found


def _needed(plan: BuildPlan) -> tuple[Phase, ...]:
    wanted = [item.phase for item in plan.run.copies if item.phase is not None]
    keep: set[str] = set()
    while wanted:
        name = wanted.pop()
        phase = plan.phase(name)
        if phase is not None and name not in keep:
            keep.add(name)
            wanted.extend(dependencies(phase))
    return tuple(phase for phase in ordered(plan.phases) if phase.name in keep)


def _check_copies(plan: BuildPlan, phases: tuple[Phase, ...]) -> None:
    known = {phase.name for phase in phases}
    for item in (*plan.run.copies, *(item for phase in phases for item in phase.inputs)):
        if item.phase is not None and item.phase not in known:
            raise PlanError(
                f"`{item.path[:80]}` is copied from the phase `{item.phase[:80]}`, which the plan does not have",
                hint="name one of the phases",
            )


def _bases(phases: tuple[Phase, ...]) -> dict[str, str | None]:
    """Return phase → the phase whose file system it goes on from; None for what starts from an image.

    A phase that depends on two branches goes on from the later one, which then goes on from the earlier one.
    """
    bases: dict[str, str | None] = {}
    position = {phase.name: index for index, phase in enumerate(phases)}

    def ancestors(name: str) -> set[str]:
        found: set[str] = set()
        current: str | None = name
        while current is not None and current not in found:
            found.add(current)
            current = bases.get(current)
        return found

    for phase in phases:
        if phase.runtime is not None:
            bases[phase.name] = None
            continue
        before = sorted((name for name in phase.depends_on if name in position), key=position.__getitem__)
        bases[phase.name] = before[-1] if before else None
        for earlier, later in pairwise(before):
            if earlier not in ancestors(later):
                _join(bases, earlier, later)
    return bases


def _join(bases: dict[str, str | None], earlier: str, later: str) -> None:
    """Let the branch of `later` go on from `earlier`, from where the two branches part."""
    trunk: set[str] = set()
    current: str | None = earlier
    while current is not None:
        trunk.add(current)
        current = bases.get(current)
    top = later
    while bases.get(top) is not None and bases[top] not in trunk:
        top = str(bases[top])
    if bases.get(top) is not None:
        bases[top] = earlier


def _grouped(phases: tuple[Phase, ...], bases: dict[str, str | None], run: Run) -> dict[str, str]:
    """Return phase → the last phase of its stage."""
    children: dict[str, list[str]] = {phase.name: [] for phase in phases}
    for name, base in bases.items():
        if base is not None:
            children[base].append(name)
    copied = {item.phase for item in run.copies}
    copied |= {item.phase for phase in phases for item in phase.inputs}
    stage_of: dict[str, str] = {}
    for phase in reversed(phases):
        below = children[phase.name]
        joined = len(below) == 1 and phase.name not in copied
        stage_of[phase.name] = stage_of[below[0]] if joined else phase.name
    return stage_of


def _names(phases: tuple[Phase, ...], stage_of: dict[str, str]) -> dict[str, str]:
    """Return the last phase of a stage → the stage's name."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for phase in phases:
        last = stage_of[phase.name]
        if last in names:
            continue
        provider, _, own = last.rpartition(":")
        if own == "prune" and any(item.name.endswith("build") and stage_of[item.name] == last for item in phases):
            own = "build"
        name = _STAGE_NAMES.get(own, own)
        name = f"{provider}-{name}" if provider else name
        name = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "stage"
        if not name[0].isalpha() or name in {"scratch", "context"}:
            name = f"stage-{name}"
        while name in taken:
            name += "-2"
        names[last] = name
        taken.add(name)
    return names


def _build_stage(
    plan: BuildPlan, members: list[Phase], base: Stage | None, stage_of: dict[str, str], names: dict[str, str]
) -> Stage:
    first = members[0]
    name = names[stage_of[first.name]]
    instructions: list[Instruction] = []
    if base is not None:
        instructions.append(From(base.name, name, (f"phases.{first.name}.depends_on",)))
    elif first.runtime is not None:
        image = first.runtime.image
        instructions.append(_from(plan, image, name, _image_fields(first.runtime.name, first.name)))
        commands = tuple(text for phase in members for text in phase.commands)
        instructions.extend(mirrors.trusted(plan, first.runtime.name, commands))
        instructions.append(WorkingDirectory(APP_DIR, ("run.working_dir",)))
        if any(phase.apt_packages for phase in plan.phases):
            instructions.extend(_archived(image, _image_fields(first.runtime.name, first.name)))
    else:
        raise PlanError(
            f"the phase `{first.name}` starts from nothing: it has no runtime and depends on no phase",
            hint=f'write `depends_on = ["setup"]` for the phase `{first.name}`',
        )
    for phase in members:
        # What an earlier phase of the stage, or the stage below, has copied or set is there already.
        before = {_content(item) for item in (*(base.instructions if base is not None else ()), *instructions)}
        instructions.extend(
            item
            for item in _phase(plan, phase, stage_of, names)
            if not isinstance(item, Copy | Environment) or _content(item) not in before
        )
    runtime = "" if first.runtime is None else first.runtime.name
    below = frozenset[str]() if base is None else mirrors.known(base.instructions)
    return Stage(name, mirrors.used(plan, tuple(instructions), runtime, below))


def _from(plan: BuildPlan, image: str, name: str | None, fields: tuple[str, ...]) -> From:
    """Return the first instruction of a stage: its image, from the owner's mirror and with its digest."""
    reference = mirrors.reference(image, plan.mirrors)
    digest = dict(plan.digests).get(image)
    if digest is None:
        return From(reference, name, fields)
    return From(f"{reference}@{digest}", name, (*fields, f"digests.{image}"))


def _content(item: Instruction) -> tuple[object, ...]:
    """Return what makes a copy or a setting the same as another one."""
    if isinstance(item, Copy):
        return item.sources, item.destination, item.stage
    return (item.variables, item.paths) if isinstance(item, Environment) else ()


def _image_fields(runtime: str, phase: str) -> tuple[str, ...]:
    return (f"{runtime}.version", f"phases.{phase}.image")


def _phase(plan: BuildPlan, phase: Phase, stage_of: dict[str, str], names: dict[str, str]) -> Iterator[Instruction]:
    field = f"phases.{phase.name}"
    if phase.apt_packages:
        fields = tuple(f"apt.build.{name}" for name in phase.apt_packages)
        yield Comment("Packages that the build needs", fields)
        yield _apt(phase.apt_packages, fields)
    if phase.comment and (phase.commands or phase.inputs):
        yield Comment(phase.comment, (f"{field}.commands",))
    if phase.environment or phase.paths:
        names_of = tuple(f"{field}.environment.{name}" for name, _ in phase.environment)
        yield Environment(phase.environment, phase.paths, names_of or (f"{field}.paths",))
    if phase.working_dir:
        yield WorkingDirectory(_absolute(phase.working_dir), (f"{field}.working_dir",))
    # A command of the user's own may want what the user set; what installs packages must not change with it.
    own, _, _ = phase.name.rpartition(":")
    last = phase.name.removeprefix(f"{own}:")
    if phase.commands and last not in {"setup", "install", "prune"}:
        wanted = tuple((v.name, v.value) for v in plan.variables if v.scope in {"build", "both"})
        if wanted:
            yield Environment(wanted, fields=tuple(f"variables.{name}" for name, _ in wanted))
    yield from _copies(phase.inputs, stage_of, names, None, f"{field}.inputs", phase.working_dir)
    for text in phase.commands:
        yield Command((text,), phase.caches, phase.secrets, (f"{field}.commands",))
    if phase.working_dir:
        yield WorkingDirectory(APP_DIR, ("run.working_dir",))


def _shipped_stage(plan: BuildPlan, started: Process, stage_of: dict[str, str], names: dict[str, str]) -> Stage:
    run = plan.run
    image = run.runtime.image
    instructions: list[Instruction] = [_from(plan, image, None, (f"{run.runtime.name}.version", "run.image"))]
    instructions.extend(mirrors.trusted(plan, run.runtime.name, is_site=run.site is not None))
    packages = tuple(sorted({*run.apt_packages, *((_INIT,) if run.init else ())}))
    if run.site is None:
        instructions.append(WorkingDirectory(run.working_dir, ("run.working_dir",)))
    if packages:
        instructions.extend(_archived(image, (f"{run.runtime.name}.version", "run.image")))
        fields = (*(f"apt.run.{name}" for name in run.apt_packages), *(("run.init",) if run.init else ()))
        instructions.append(Comment(_purpose(run), fields))
        instructions.append(_packages(image, packages, fields))
    if not run.read_only:
        instructions.extend(_writable(run))
    if run.site is not None:
        instructions.append(Comment("Web server: listens on $PORT", ("run.site",)))
        instructions.append(_site_configuration(plan))
    environment = _run_environment(plan)
    instructions.append(Comment("The site" if run.site is not None else "The app", ("run.copies",)))
    if environment or run.paths:
        fields = tuple(_variable_field(plan, name) for name, _ in environment)
        instructions.append(Environment(environment, run.paths, fields or ("run.paths",)))
    owner_of = None if run.site is not None or run.read_only else run.user
    instructions.extend(_copies(run.copies, stage_of, names, owner_of, "run.copies", _destination(run)))
    if run.read_only:
        instructions.extend(_writable(run))
    if run.start_dir:
        instructions.append(WorkingDirectory(_absolute(run.start_dir), ("run.start_dir",)))
    if run.volumes:
        instructions.append(Volumes(run.volumes, ("run.volumes",)))
    instructions.append(User(run.user, ("run.user",)))
    port = _port(plan, started)
    if port is not None:
        instructions.append(Expose(port, ("port",)))
    if run.health_check is not None and port is not None:
        check = run.health_check
        times = (check.interval_seconds, check.timeout_seconds, check.start_period_seconds)
        instructions.append(Health(check.argv, *times, fields=("run.health_check",)))
    if run.stop_signal is not None:
        instructions.append(StopSignal(run.stop_signal, ("run.stop_signal",)))
    elif run.other_stop_signal is not None and started.name != plan.start:
        instructions.append(StopSignal(run.other_stop_signal, ("run.other_stop_signal",)))
    if run.labels:
        instructions.append(Labels(run.labels, tuple(f"run.labels.{name}" for name, _ in run.labels)))
    instructions.extend(_entry_point(run))
    argv = words_of(started)
    field = "start" if started.name == plan.start else f"processes.{started.name}"
    instructions.append(Start(argv, (field,)))
    return Stage("", mirrors.used(plan, tuple(instructions), ""))


def _entry_point(run: Run) -> Iterator[Instruction]:
    """Yield the entry point: an init before the owner's own."""
    words = (*((_INIT, "--") if run.init else ()), *run.entrypoint)
    fields = (*(("run.init",) if run.init else ()), *(("run.entrypoint",) if run.entrypoint else ()))
    if words:
        yield EntryPoint(words, fields)


def _writable(run: Run) -> Iterator[Instruction]:
    """Yield what makes the folders that the app may write to; before the code is copied unless that belongs to root."""
    if not run.writable:
        return
    uid, _, gid = run.user.partition(":")
    folders = [_absolute(path) for path in run.writable]
    own = [path for path in folders if run.read_only and path.startswith(f"{APP_DIR}/")]
    others = [path for path in folders if path not in own]
    lines = []
    if others:
        lines.append(f"install -d -o {uid} -g {gid or uid} {shlex.join(others)}")
    if own:
        # What is copied into them belongs to root, so they are given away with all that they hold.
        outer = [path for path in own if not any(path.startswith(f"{other}/") for other in own)]
        lines += [f"mkdir -p {shlex.join(own)}", f"chown -R {uid}:{gid or uid} {shlex.join(outer)}"]
    rest = "; all else belongs to root" if run.read_only else ""
    yield Comment(f"What the app may write to{rest}", ("run.writable",))
    yield Command((lines[0], *(f"&& {line}" for line in lines[1:])), fields=("run.writable",))


def _port(plan: BuildPlan, started: Process) -> int | None:
    """Return the port of the process; a PORT that the owner sets decides for what listens at all."""
    if started.port is None:
        return None
    value = dict(_run_environment(plan)).get("PORT", "")
    return int(value) if value.isdecimal() and 0 < int(value) < 65536 else started.port  # noqa: PLR2004  # TCP


def _run_environment(plan: BuildPlan) -> tuple[tuple[str, str], ...]:
    """Return what the shipped image sets: the provider's defaults, then what the owner set."""
    values = dict(plan.run.environment)
    values.update({item.name: item.value for item in plan.variables if item.scope in {"run", "both"}})
    return tuple(values.items())


def _variable_field(plan: BuildPlan, name: str) -> str:
    owned = any(item.name == name for item in plan.variables)
    return f"variables.{name}" if owned else f"run.environment.{name}"


def _destination(run: Run) -> str:
    return web_server.ROOT if run.site is not None else run.working_dir


def _site_configuration(plan: BuildPlan) -> Command:
    site = plan.run.site
    assert site is not None  # noqa: S101  # the caller asked
    lines = web_server.configuration(site)
    directory = web_server.TEMPLATE.rpartition("/")[0]
    quoted = [f"    {shlex.quote(line)}" if line else "    ''" for line in lines]
    quoted[-1] += f" > {web_server.TEMPLATE}"
    # The image's own server would answer on the port too; the entry point fills the template into its place.
    place = f"rm {web_server.OWN_SERVER} && mkdir {directory}"
    return Command((f"{place} && printf '%s\\n'", *quoted), fields=("run.site",))


def _purpose(run: Run) -> str:
    libraries = "Libraries and programs that the app needs"
    init = "an init as process 1, so that the app ends on SIGTERM"
    if run.apt_packages and run.init:
        return f"{libraries}; {init}"
    return libraries if run.apt_packages else f"{init[:1].upper()}{init[1:]}"


def _packages(image: str, packages: tuple[str, ...], fields: tuple[str, ...]) -> Command:
    """Return the instruction that installs packages; raises PlanError for an image that cannot take them."""
    name = image.rpartition("/")[2]
    if "alpine" in name and packages == (_INIT,):
        return Command((f"apk add --no-cache {_INIT}",), fields=fields)
    if "alpine" in name or "distroless" in image:
        raise PlanError(
            f"`{image}` has no apt, and the app needs {', '.join(packages)}",
            hint="choose a Debian or Ubuntu image in `base_images`",
        )
    return _apt(packages, fields)


def _archived(image: str, fields: tuple[str, ...]) -> Iterator[Instruction]:
    """Let apt find the packages of a release that Debian's mirrors no longer have."""
    if archived_suites().isdisjoint(image.partition("@")[0].rpartition(":")[2].split("-")):
        return
    yield Comment("This release of Debian is in its archive only", fields)
    script = "sed -i -e 's!//[a-z]*\\.debian\\.org!//archive.debian.org!' -e '/-updates/d' /etc/apt/sources.list"
    yield Command((script,), fields=fields)


def _apt(packages: tuple[str, ...], fields: tuple[str, ...]) -> Command:
    listed = " ".join(sorted(set(packages)))
    return Command(
        (
            "apt-get update",
            f"&& apt-get install -y --no-install-recommends {listed}",
            "&& rm -rf /var/lib/apt/lists/*",
        ),
        fields=fields,
    )


def _copies(
    inputs: tuple[Input, ...],
    stage_of: dict[str, str],
    names: dict[str, str],
    owner: str | None,
    field: str,
    directory: str,
) -> Iterator[Instruction]:
    """Group files that go from one place into one directory; a directory is a line of its own."""
    groups: dict[tuple[str | None, str], list[str]] = {}

    def flush() -> Iterator[Instruction]:
        for (stage, destination), sources in groups.items():
            yield Copy(tuple(sources), destination, stage, _owner(destination, owner), (field,))
        groups.clear()

    for item in inputs:
        stage = None if item.phase is None else names[stage_of[item.phase]]
        source = item.path if stage is None else _absolute(item.path)
        if item.path == "." or item.path.endswith("/"):
            yield from flush()
            target = _directory(item, directory)
            yield Copy((source.rstrip("/") or "/",), target, stage, _owner(target, owner), (field,))
            continue
        if item.dest is not None:
            destination = _relative(item.dest, directory)
        else:
            parent = item.path.rpartition("/")[0]
            destination = _relative(f"{parent}/" if parent else "", directory)
        groups.setdefault((stage, destination), []).append(source)
    yield from flush()


def _owner(target: str, owner: str | None) -> str | None:
    return None if any(target == top or target.startswith(f"{top}/") for top in _SYSTEM) else owner


def _directory(item: Input, directory: str) -> str:
    own = "" if item.path == "." else item.path
    target = (own if item.dest is None else item.dest).rstrip("/")
    if item.path == "." and item.dest is None and directory in {"", APP_DIR}:
        return "."
    return _relative(target, directory)


def _relative(path: str, directory: str) -> str:
    """Return the destination for a path of the app directory (or of the site's root) from the working directory."""
    if path.startswith("/"):
        return path
    if directory == web_server.ROOT:
        return f"{directory}/{path}" if path else f"{directory}/"
    if directory in {"", APP_DIR}:
        return f"./{path}"
    return f"{APP_DIR}/{path}"


def _absolute(path: str) -> str:
    if path.startswith("/"):
        return path
    if path in {"", "."}:
        return APP_DIR
    return f"{APP_DIR}/{path.rstrip('/')}"


def words_of(process: Process) -> tuple[str, ...]:
    """Return the words that start a process in the image, behind its entry point."""
    return process.argv if process.shell is None else ("sh", "-c", _exec(process.shell))


def _exec(line: str) -> str:
    """Let a single simple command take the place of its shell, so that it gets the signals."""
    if re.search(r"[;&|<>()`\n]|\$\(", line) or line.startswith("exec ") or re.match(r"\w+=", line):
        return line
    first = line.split(maxsplit=1)[0] if line.split() else ""
    builtins = {"cd", "export", "set", "if", "for", "while", "case", "until", "test", "[", "eval", "source", ".", ""}
    return line if first in builtins else f"exec {line}"
