"""A command that the image starts, before it is a process of the plan: words, and what they need."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.language import ports
from buildplan.model.build_plan import Process

from . import servers

if TYPE_CHECKING:
    from .entry_points import Entry
    from .manifest import Project

DEFAULT_PORT = 8000
_VARIABLE = "${PORT}"


@dataclass(frozen=True, slots=True)
class Launch:
    """What is started.

    `words` hold `${PORT}` where a shell has to fill it in; `shell` is set instead for a line that needs one anyway.
    `port_variable` is what a framework reads instead of PORT, `own_variable` what the app's own code does;
    `own_address`: it holds an address.
    `port` is the port without PORT, None for what does not listen. `requirements` are exact requirements that nobody
    declares and that are installed for it. `directory` is where it starts, `import_path` what its imports need.
    """

    words: tuple[str, ...] = ()
    shell: str | None = None
    port: int | None = None
    port_variable: str = ""
    own_variable: str = ""
    own_address: bool = False
    sigterm: bool = True
    requirements: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    directory: str = ""
    import_path: str | None = None

    @property
    def text(self) -> str:
        """The command on one line."""
        process = self.process("")
        return process.text

    def process(self, name: str) -> Process:
        """Return the process of that name: exec form, unless a shell has to fill in the port."""
        if self.shell is not None:
            return Process(name, (), self.shell, self.port)
        if self.own_variable:
            return ports.forward(
                Process(name, self.words, None, self.port), self.own_variable, takes_address=self.own_address
            )
        if self.port_variable:
            line = " ".join(shlex.quote(word) for word in self.words)
            return Process(name, (), f"{self.port_variable}={_VARIABLE} exec {line}", self.port)
        if any(_VARIABLE in word for word in self.words):
            return Process(name, (), " ".join(_quoted(word) for word in self.words), self.port)
        return Process(name, self.words, None, self.port)


def _quoted(word: str) -> str:
    """Return a word for a shell that fills in the port and nothing else."""
    if _VARIABLE not in word:
        return shlex.quote(word)
    rest = word.replace(_VARIABLE, "")
    if shlex.quote(rest) == rest or not rest:
        return word
    if re.search(r'["\\\\`$!]', rest) is None:
        return f'"{word}"'
    return _VARIABLE.join(shlex.quote(part) if part else "" for part in word.split(_VARIABLE))


def of_entry(entry: Entry, project: Project, python: str) -> Launch:
    """Return how an entry is started: by the server that the project declares, or by the framework's own program.

    `requirements` holds the server when nothing declares one.
    """
    row = entry.framework
    if entry.kind == "file":
        return _of_file(entry, project, python)
    interface = "wsgi" if row.kind == "wsgi" else row.kind
    server, there = servers.choose(entry, project, interface)
    program = servers.program(server.program)
    wanted = None if there else program.requirement(python)
    return Launch(
        words=server.words(entry, interface),
        port=row.port or DEFAULT_PORT,
        sigterm=program.sigterm,
        requirements=(wanted,) if wanted else (),
        environment=dict(row.environment),
        directory=entry.directory,
        import_path=entry.import_path,
    )


def _of_file(entry: Entry, project: Project, python: str) -> Launch:
    row = entry.framework
    words = file_words(entry, row.start or ("python", "{file}"))
    program = servers.known_program(words[0])
    wanted = None
    if program is not None and not servers.installed(program.packages, project):
        wanted = program.requirement(python)
    return Launch(
        words=words,
        port=row.port,
        port_variable=row.port_variable,
        sigterm=row.sigterm if row.start else False,
        requirements=(wanted,) if wanted else (),
        environment=dict(row.environment),
        directory=entry.directory,
        import_path=None if words[:2] == ("python", "-m") and entry.root == entry.directory else entry.import_path,
    )


def file_words(entry: Entry, start: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command for a file; a module of a package is run with `python -m`, so that its imports work."""
    folder = entry.path.rpartition("/")[0]
    if (
        start[:2] == ("python", "{file}")
        and entry.module
        and (entry.root != folder or entry.path.endswith("/__main__.py"))
    ):
        return ("python", "-m", entry.module, *start[2:])
    module = entry.module or ""
    values = {"{file}": entry.file, "{module}": module, "{function}": entry.attribute}
    for name, value in values.items():
        start = tuple(word.replace(name, value) for word in start)
    return start
