"""What an app starts: a command with the reason for it, found by the first of a chain of functions.

A finder is a plain function `(App) -> Start | None` of the language; what every language does the same is here: the
start command that the owner gave, the processes of a Procfile, and how a line becomes a process.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from buildplan.model.build_plan import Process
from buildplan.read.shell import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import CommandRequest

A = TypeVar("A")

ASKED = "the start command that was asked for"
PROCESS_ASKED = "the process that was asked for"


class Start(NamedTuple):
    """A command line, why it is taken, and what its environment holds; `port` is None for what does not listen.

    `program` is what a build has to make for it, for a language that is compiled.
    """

    line: str
    origin: Origin
    why: str
    port: int | None = None
    environment: tuple[tuple[str, str], ...] = ()
    program: str = ""

    def process(self, name: str) -> Process:
        """Return the process: words where no shell is needed."""
        parsed = parse(self.line)
        if parsed is not None and len(parsed.commands) == 1:
            command = parsed.commands[0]
            if not command.assignments and not command.needs_shell and command.program != "cd":
                words = [word.text for word in command.words]
                words = words[1:] if words[0] == "exec" and len(words) > 1 else words
                return Process(name, tuple(words), None, self.port)
        return Process(name, (), self.line.strip(), self.port)


def first(app: A, finders: Iterable[Callable[[A], Start | None]]) -> Start | None:
    """Return what the first finder finds."""
    return next((found for find in finders if (found := find(app)) is not None), None)


def line(request: CommandRequest) -> str:
    """Return a command that was asked for as a line for the shell."""
    return request.shell if request.shell is not None else shlex.join(request.argv)


def processes(name: str, main: Start, others: Mapping[str, Start], reasons: Reasons) -> tuple[Process, ...]:
    """Return the main process, under its name, and the others, which do not listen; notes why they are so."""
    made = [main.process(name)]
    reasons.decide("start", made[0].text, main.origin, main.why)
    for other, found in others.items():
        process = found._replace(port=None).process(other)
        reasons.decide(f"processes.{other}", process.text, found.origin, found.why)
        made.append(process)
    return tuple(made)
