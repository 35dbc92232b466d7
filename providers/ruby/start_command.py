"""A command that starts something, and why it is the one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Process
from buildplan.read.shell import parse

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

DEFAULT_PORT = 3000
# Where the app listens behind Thruster, which listens on PORT.
THRUSTER_TARGET = "3999"


@dataclass(frozen=True, slots=True)
class Start:
    """A command line, why it is taken, and what its environment holds; `port` is None for what does not listen."""

    line: str
    origin: Origin
    rule: str
    port: int | None = DEFAULT_PORT
    environment: dict[str, str] = field(default_factory=dict)

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
