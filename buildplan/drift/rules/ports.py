"""EXPOSE against the port that the app listens on, where that is written down: in its command, or in its entry file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.drift.findings import Edit, Finding
from buildplan.drift.image_files import Presence
from buildplan.drift.rules.start import started
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.drift.subject import Subject
    from buildplan.read.dockerfile import Instruction, Stage
    from buildplan.read.shell import Command

# Program → its flags that take a port, or an address with one at its end.
_PORT_FLAGS = {
    "daphne": ("-p", "--port"),
    "fastapi": ("--port",),
    "flask": ("-p", "--port"),
    "granian": ("--port",),
    "gunicorn": ("-b", "--bind"),
    "http-server": ("-p", "--port"),
    "hypercorn": ("-b", "--bind"),
    "next": ("-p", "--port"),
    "php": ("-S",),
    "puma": ("-p", "--port"),
    "rails": ("-p", "--port"),
    "serve": ("-l", "--listen", "-p"),
    "streamlit": ("--server.port",),
    "uvicorn": ("--port",),
    "vite": ("--port",),
    "waitress-serve": ("--port", "--listen"),
}
_PORT = re.compile(r"(?:\S*:)?(\d{1,5})", re.ASCII)
_WRAPPERS = ("poetry run ", "uv run ", "pipenv run ", "bundle exec ", "pdm run ", "npx ", "python -m ", "python3 -m ")


def exposed(subject: Subject) -> Iterator[Finding]:
    """BP743: a port that is exposed and not listened on."""
    stage = subject.dockerfile.shipped
    items = [item for item in stage.history if item.name == "EXPOSE"]
    words = [word for item in items for word in item.words]
    ports = {_number(word.value) for word in words}
    if not items or None in ports:
        return
    for item, command in started(stage):
        found = _of_command(command)
        if found is not None:
            if found not in ports:
                text = f"port {_listed(ports)} is exposed, and `{command.program}` listens on {found}"
                yield _finding(subject, items, text, Origin(subject.dockerfile.path, item.first), found)
            return
    yield from _of_code(subject, stage, items, ports)


def _listed(ports: set[int | None]) -> str:
    return ", ".join(str(port) for port in sorted(port for port in ports if port is not None))


def _number(value: str | None) -> int | None:
    match = re.fullmatch(r"(\d{1,5})(?:/tcp)?", value or "", re.ASCII)
    return int(match[1]) if match else None


def _of_command(command: Command) -> int | None:
    line = " ".join(command.words)
    for prefix in _WRAPPERS:
        if line.startswith(prefix):
            line = line.removeprefix(prefix)
    words = line.split()
    program = words[0].rpartition("/")[2] if words else ""
    if "runserver" in words and words.index("runserver") + 1 < len(words):
        match = _PORT.fullmatch(words[words.index("runserver") + 1])
        return int(match[1]) if match else None
    for flag in _PORT_FLAGS.get(program, ()):
        for index, word in enumerate(words):
            value = word.removeprefix(f"{flag}=") if word.startswith(f"{flag}=") else None
            if word == flag and index + 1 < len(words):
                value = words[index + 1]
            match = _PORT.fullmatch(value) if value is not None else None
            if match is not None:
                return int(match[1])
    return None


def _of_code(subject: Subject, stage: Stage, items: list[Instruction], ports: set[int | None]) -> Iterator[Finding]:
    """Compare with the port in the entry file, when the plan has read that very file."""
    plan = subject.plan
    decision = plan.decision("port") if plan is not None else None
    if decision is None or not decision.value.isdecimal() or decision.origin.line is None:
        return
    root = subject.context.directory
    read = f"{root}/{decision.origin.path}".lstrip("/")
    if not any(_starts(subject, stage, command, read) for _, command in started(stage)):
        return
    wanted, other = int(decision.value), Origin(read, decision.origin.line)
    given = stage.variable("PORT")
    if given is not None and "fixed" not in decision.rule:
        if given.value is None or not given.value.isdecimal():
            return
        wanted, other = int(given.value), Origin(subject.dockerfile.path, given.line)
    if wanted not in ports:
        text = f"port {_listed(ports)} is exposed, and the app listens on {wanted}"
        yield _finding(subject, items, text, other, wanted)


def _starts(subject: Subject, stage: Stage, command: Command, path: str) -> bool:
    for word in command.words[1:2]:
        absolute = subject.files.absolute(stage, word)
        for suffix in ("", ".js", "/index.js"):
            found = subject.files.find(stage, absolute + suffix) if absolute is not None else None
            if found is not None and found.presence is Presence.THERE and found.path == path:
                return True
    return False


def _finding(subject: Subject, items: list[Instruction], text: str, other: Origin, wanted: int) -> Finding:
    item = items[-1]
    edits: tuple[Edit, ...] = ()
    line = subject.line(item.first)
    word = item.words[0].text if len(items) == 1 and len(item.words) == 1 else ""
    if word.isdecimal() and line.count(word) == 1:
        edits = (Edit(item.first, word, str(wanted)),)
    return Finding("BP743", "warning", text, subject.place(item), other, f"write `EXPOSE {wanted}`", edits)
