"""The word that makes a program serve (`app serve`), where the program without it only prints its help.

Read from the two libraries that most programs with sub-commands use: which command serves by its name, and whether the
program itself does something. What the authors' own image starts wins over both.

Sources, checked 2026-11-24:
- https://pkg.go.dev/github.com/spf13/cobra#Command (`Use`, `Run`, `RunE`)
- https://cli.urfave.org/ (`Name`, `Action`)
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import own_dockerfile

from .words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.dockerfile import Instruction
    from buildplan.source import SourceTree

    from .packages import Package
    from .source_file import GoFile

_LIBRARIES = ("github.com/spf13/cobra", "github.com/urfave/cli")
_COMMAND = re.compile(r"\b(?:cobra|cli)\.(Command|App)\s*\{")
_NAME = re.compile(r'\b(?:Use|Name)\s*:\s*(?:"(\d+)"|[\w.]+)')
_DOES = re.compile(r"\b(?:RunE?|Action)\s*:")
_GIVEN_LATER = re.compile(r"\b(?:[rR]oot(?:Cmd|Command)?|app|cmd)\.(?:RunE?|Action)\s*=")
# A program whose own function does no more than to show how it is used.
_HELP = re.compile(r"\bRunE?\s*:\s*func\s*\([^()]{0,200}\)\s*(?:error\s*)?\{[^{}]{0,200}\.(?:Help|Usage)\(\)")
_WORD = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True)
class _Found:
    """A command in the code: its name (empty when no text says it), its place, and whether it does something itself."""

    name: str
    origin: Origin
    does: bool
    program: bool


def find(tree: SourceTree, closure: tuple[Package, ...]) -> Sourced[str] | None:
    """Return the sub-command that serves and what shows that it is needed; None when the program serves without one."""
    app = closure[0]
    own = {app.binary.lower(), app.default_name.lower()}
    if app.module is not None:
        own.add(app.module.base.lower())
    found = [item for package in closure for file in package.files for item in _commands(file)]
    programs = [item for item in found if item.program or not item.name or item.name in own]
    serving = {item.name: item for item in found if item.does and item not in programs and _WORD.fullmatch(item.name)}
    for line in own_dockerfile.commands(tree)[:2]:
        named = next((word for word in _words(line.value) if word in serving and word in listed("serving")), None)
        if named is not None:
            return Sourced(named, line.origin)
    given = any(_GIVEN_LATER.search(file.code) for package in closure for file in package.files if _uses(file))
    if not programs or given or any(item.does for item in programs):
        return None
    name = next((word for word in listed("serving") if word in serving), None)
    return Sourced(name, serving[name].origin) if name is not None else None


def _uses(file: GoFile) -> bool:
    return any(item.text.startswith(_LIBRARIES) for item in file.imports)


def _commands(file: GoFile) -> Iterator[_Found]:
    if not _uses(file):
        return
    for match in _COMMAND.finditer(file.code):
        body = _body(file.code, match.end())
        fields = _outermost(body)
        named = _NAME.search(fields)
        text = file.literal(named[1]).text if named is not None and named[1] is not None else ""
        name = text.split()[0].lower() if text.split() else ""
        does = _DOES.search(fields) is not None and _HELP.search(body) is None
        yield _Found(name, file.origin(file.line_at(match.start())), does, match[1] == "App")


def _body(code: str, start: int) -> str:
    depth = 1
    for match in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return code[start : match.start()]
    return code[start:]


def _outermost(body: str) -> str:
    """Return the text without what stands in brackets of its own."""
    kept: list[str] = []
    depth = position = 0
    for match in re.finditer(r"[{}]", body):
        if not depth:
            kept.append(body[position : match.start()])
        depth += 1 if match[0] == "{" else -1
        position = match.end()
    if not depth:
        kept.append(body[position:])
    return "".join(kept)


def _words(command: Instruction) -> list[str]:
    if command.argv is not None:
        return list(command.argv)
    try:
        return shlex.split(command.text)
    except ValueError:
        return []
