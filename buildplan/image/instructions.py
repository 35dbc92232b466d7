"""The instructions of a stage: what lowering makes and a renderer writes down. Values, no behaviour.

`fields` of each are the plan fields that it comes from, for `explain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from buildplan.model.build_plan import Cache


class From(NamedTuple):
    """Starts a stage; `image` is an image reference or the name of an earlier stage."""

    image: str
    name: str | None
    fields: tuple[str, ...] = ()


class Comment(NamedTuple):
    """One line that says what the following instructions are for."""

    text: str
    fields: tuple[str, ...] = ()


class WorkingDirectory(NamedTuple):
    """The directory of what follows."""

    path: str
    fields: tuple[str, ...] = ()


class Environment(NamedTuple):
    """Variables with literal values; `paths` go in front of PATH."""

    variables: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Argument(NamedTuple):
    """A build argument, which the commands behind it see as a variable; None is one without a default."""

    name: str
    default: str | None = None
    fields: tuple[str, ...] = ()


class Copy(NamedTuple):
    """Copies from the build context, or from the stage named `stage`."""

    sources: tuple[str, ...]
    destination: str
    stage: str | None = None
    owner: str | None = None
    fields: tuple[str, ...] = ()


class Command(NamedTuple):
    """Runs a shell command; `lines` are joined with a line continuation."""

    lines: tuple[str, ...]
    caches: tuple[Cache, ...] = ()
    secrets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class User(NamedTuple):
    """The numeric user of what follows."""

    user: str
    fields: tuple[str, ...] = ()


class Expose(NamedTuple):
    """The port that the image listens on."""

    port: int
    fields: tuple[str, ...] = ()


class Health(NamedTuple):
    """The command that tells whether the app answers."""

    argv: tuple[str, ...]
    interval_seconds: int
    timeout_seconds: int
    start_period_seconds: int
    fields: tuple[str, ...] = ()


class Labels(NamedTuple):
    """Labels of the image."""

    labels: tuple[tuple[str, str], ...]
    fields: tuple[str, ...] = ()


class Volumes(NamedTuple):
    """Directories that hold data of their own."""

    paths: tuple[str, ...]
    fields: tuple[str, ...] = ()


class StopSignal(NamedTuple):
    """The signal that ends the app."""

    name: str
    fields: tuple[str, ...] = ()


class EntryPoint(NamedTuple):
    """What every command is started by."""

    argv: tuple[str, ...]
    fields: tuple[str, ...] = ()


class Start(NamedTuple):
    """The command that is run when none is given."""

    argv: tuple[str, ...]
    fields: tuple[str, ...] = ()


Instruction = (
    From
    | Comment
    | WorkingDirectory
    | Environment
    | Argument
    | Copy
    | Command
    | User
    | Expose
    | Health
    | Labels
    | Volumes
    | StopSignal
    | EntryPoint
    | Start
)


class Stage(NamedTuple):
    """One stage, its `From` first."""

    name: str
    instructions: tuple[Instruction, ...]
