"""Stages as the platform that builds the image needs them: build arguments, where built files lie, the first line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.catalogue import platforms
from buildplan.image.instructions import Argument, Command, Comment, Copy, Environment, From, Stage, User
from buildplan.language import web_server
from buildplan.model.build_plan import APP_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.image.instructions import Instruction
    from buildplan.model.build_plan import BuildPlan, Input

_INSTALLING = {"setup", "install", "prune", "server"}


def fitted(stages: tuple[Stage, ...], plan: BuildPlan) -> tuple[Stage, ...]:
    """Return the stages for the platform of the plan."""
    platform = platforms.platform(plan.platform)
    if not platform.arguments:
        stages = (*(_with_settings(stage, plan) for stage in stages[:-1]), stages[-1])
    if platform.arguments:
        stages = (*(_with_arguments(stage, plan) for stage in stages[:-1]), stages[-1])
    if platform.output_in_app and plan.run.site is not None:
        stages = (*stages[:-1], _served_from_app(stages[-1], plan))
    if platform.bash and plan.run.site is not None:
        stages = (*stages[:-1], _with_bash(stages[-1], plan))
    if platform.login_shell and plan.run.site is None:
        stages = (*stages[:-1], _with_login_path(stages[-1]))
    if platform.output_in_first_stage:
        stages = _output_first(stages)
    return stages


def _with_arguments(stage: Stage, plan: BuildPlan) -> Stage:
    """Return a build stage where variables are build arguments, declared right before the first step that reads them.

    The higher an argument stands, the more steps run again when its value changes.
    """
    instructions: list[Instruction] = []
    declared: set[str] = set()

    def declare(arguments: Iterator[Argument]) -> None:
        for argument in arguments:
            if argument.name not in declared:
                declared.add(argument.name)
                instructions.append(argument)

    for item in stage.instructions:
        if isinstance(item, Environment) and any(field.startswith("variables.") for field in item.fields):
            continue
        if isinstance(item, Command):
            declare(Argument(name, None, ("platform",)) for name in item.secrets)
            if _is_own_step(item):
                declare(_arguments(plan))
            elif _installs(item):
                declare(item for item in _arguments(plan) if platforms.is_read_by_installers(item.name))
            instructions.append(item._replace(secrets=()))
            continue
        instructions.append(item)
    return stage._replace(instructions=tuple(instructions))


def _with_settings(stage: Stage, plan: BuildPlan) -> Stage:
    """Return a build stage whose packages are installed with the variables that package managers read."""
    settings = tuple(
        (item.name, item.value)
        for item in plan.variables
        if item.scope != "run" and platforms.is_read_by_installers(item.name)
    )
    place = next((index for index, item in enumerate(stage.instructions) if _installs(item)), None)
    if not settings or place is None:
        return stage
    added = Environment(settings, fields=tuple(f"variables.{name}" for name, _ in settings))
    return stage._replace(instructions=(*stage.instructions[:place], added, *stage.instructions[place:]))


def _installs(item: Instruction) -> bool:
    """Return whether it is a command that installs packages."""
    phases = [
        field.removeprefix("phases.").removesuffix(".commands").rpartition(":")[2]
        for field in item.fields
        if isinstance(item, Command) and field.startswith("phases.") and field.endswith(".commands")
    ]
    return any(phase in {"install", "prune"} for phase in phases)


def _is_own_step(item: Command) -> bool:
    """Return whether it is a command of a phase that the owner's variables are for."""
    for field in item.fields:
        if field.startswith("phases.") and field.endswith(".commands"):
            phase = field.removeprefix("phases.").removesuffix(".commands")
            return phase.rpartition(":")[2] not in _INSTALLING
    return False


def _arguments(plan: BuildPlan) -> Iterator[Argument]:
    for variable in plan.variables:
        if variable.scope in {"build", "both"}:
            yield Argument(variable.name, variable.value, (f"variables.{variable.name}",))
    for name in plan.secrets:
        yield Argument(name, None, ("platform",))


def _served_from_app(stage: Stage, plan: BuildPlan) -> Stage:
    """Return the web server's stage with the files where the app's own folder has them, such as `/app/dist`."""
    folder = _published(plan.run.copies)
    root = f"{APP_DIR}/{folder}".rstrip("/")
    instructions: list[Instruction] = []
    for item in stage.instructions:
        if isinstance(item, Copy) and item.destination.startswith(web_server.ROOT):
            moved = f"{root}{item.destination.removeprefix(web_server.ROOT)}"
            instructions.append(item._replace(destination=moved))
        elif isinstance(item, Command):
            lines = tuple(line.replace(web_server.ROOT, root) for line in item.lines)
            instructions.append(item._replace(lines=lines))
        else:
            instructions.append(item)
    return stage._replace(instructions=tuple(instructions))


def _with_bash(stage: Stage, plan: BuildPlan) -> Stage:
    """Return the web server's stage with bash and a folder for programs that its user may write to.

    The image's own user, who comes back at the end of the stage, may do neither.
    """
    uid, _, gid = plan.run.user.partition(":")
    fields = ("platform",)
    added = (
        User("0:0", fields),
        Command(("apk add --no-cache bash", f"&& install -d -o {uid} -g {gid or uid} /usr/local/bin"), fields=fields),
    )
    return stage._replace(instructions=(stage.instructions[0], *added, *stage.instructions[1:]))


def _with_login_path(stage: Stage) -> Stage:
    """Return the shipped stage with its PATH where login shells find it: `/etc/profile` of Debian sets another one."""
    fields = ("platform",)
    added = (
        Comment("The same programs for a login shell", fields),
        Command(("printf 'export PATH=%s\\n' \"$PATH\" > /etc/profile.d/app.sh",), fields=fields),
    )
    place = next(index for index, item in enumerate(stage.instructions) if isinstance(item, User))
    return stage._replace(instructions=(*stage.instructions[:place], *added, *stage.instructions[place:]))


def _published(copies: tuple[Input, ...]) -> str:
    """Return the folder of the app that is served, `""` for the app's folder itself."""
    for item in copies:
        if item.path.endswith("/") and item.dest == "":
            path = item.path.rstrip("/")
            return path.removeprefix(APP_DIR).strip("/") if path.startswith(f"{APP_DIR}/") else path.strip("/")
    return ""


def _output_first(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """Return the stages with the one that holds the output first and without a name: a platform gives it one.

    A stage without a name can be copied from by its number, but not gone on from: stages that went on from it begin
    with its instructions instead. A builder runs equal instructions once.
    """
    *building, last = stages
    if not building:
        return stages
    copied = [item.stage for item in last.instructions if isinstance(item, Copy) and item.stage is not None]
    wanted = next((stage for stage in building if stage.name == (copied[0] if copied else None)), building[0])
    whole = [_inlined(stage, building) for stage in building]
    used = {item.stage for stage in (*whole, last) for item in stage.instructions if isinstance(item, Copy)}
    first = next(stage for stage in whole if stage.name == wanted.name)
    if any(isinstance(item, Copy) and item.stage is not None for item in first.instructions):
        first = whole[0]
    others = [stage for stage in whole if stage.name != first.name and stage.name in used]
    renamed = [_copying_by_number(stage, first.name) for stage in (first, *others, last)]
    top = renamed[0]
    head = top.instructions[0]
    assert isinstance(head, From)  # noqa: S101  # each stage begins with one
    renamed[0] = Stage("", (head._replace(name=None), *top.instructions[1:]))
    return tuple(renamed)


def _inlined(stage: Stage, stages: list[Stage]) -> Stage:
    head = stage.instructions[0]
    below = next((item for item in stages if isinstance(head, From) and item.name == head.image), None)
    if below is None:
        return stage
    base = _inlined(below, stages)
    first = base.instructions[0]
    assert isinstance(first, From)  # noqa: S101  # each stage begins with one
    return Stage(stage.name, (first._replace(name=stage.name), *base.instructions[1:], *stage.instructions[1:]))


def _copying_by_number(stage: Stage, name: str) -> Stage:
    items = tuple(
        item._replace(stage="0") if isinstance(item, Copy) and item.stage == name else item
        for item in stage.instructions
    )
    return stage._replace(instructions=items)
