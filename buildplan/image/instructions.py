"""The instructions of a stage: what lowering makes and a renderer writes down. Values, no behaviour.

`fields` of each are the plan fields that it comes from, for `explain`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.model.build_plan import Cache


@dataclass(frozen=True, slots=True)
class From:
    """Starts a stage; `image` is an image reference or the name of an earlier stage."""

    image: str
    name: str | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """One line that says what the following instructions are for."""

    text: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkingDirectory:
    """The directory of what follows."""

    path: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables with literal values; `paths` go in front of PATH."""

    variables: tuple[tuple[str, str], ...] = ()
    paths: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """A build argument, which the commands behind it see as a variable; None is one without a default."""

    name: str
    default: str | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """Copies from the build context, or from the stage named `stage`."""

    sources: tuple[str, ...]
    destination: str
    stage: str | None = None
    owner: str | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """Runs a shell command; `lines` are joined with a line continuation."""

    lines: tuple[str, ...]
    caches: tuple[Cache, ...] = ()
    secrets: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """The numeric user of what follows."""

    user: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expose:
    """The port that the image listens on."""

    port: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """The command that tells whether the app answers."""

    argv: tuple[str, ...]
    interval_seconds: int
    timeout_seconds: int
    start_period_seconds: int
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of the image."""

    labels: tuple[tuple[str, str], ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Volumes:
    """Directories that hold data of their own."""

    paths: tuple[str, ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopSignal:
    """The signal that ends the app."""

    name: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """What every command is started by."""

    argv: tuple[str, ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
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


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, its `From` first."""

    name: str
    instructions: tuple[Instruction, ...]
