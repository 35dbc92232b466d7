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
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Sourced
from buildplan.read import own_dockerfile

from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.dockerfile import Instruction
    from buildplan.read.syntax import Value
    from buildplan.source import SourceTree

    from .packages import Closure
    from .source_file import GoFile

_LIBRARIES = ("github.com/spf13/cobra", "github.com/urfave/cli")
_PROGRAM = "cli.App"
_COMMANDS = ("cobra.Command", "cli.Command", _PROGRAM)
_NAME = ("Use", "Name")
_DOES = ("Run", "RunE", "Action")
_ROOT = re.compile(r"(?:.*\.)?(?:[rR]oot(?:Cmd|Command)?|app|cmd)")
_WORD = re.compile(r"[a-z][a-z0-9-]{0,40}")


class _Found(NamedTuple):
    """A command in the code: its name (empty when no text says it), its place, and whether it does something itself."""

    name: str
    origin: Origin
    does: bool
    program: bool


def find(tree: SourceTree, closure: Closure) -> Sourced[str] | None:
    """Return the sub-command that serves and what shows that it is needed; None when the program serves without one."""
    app = closure[0]
    own = {app.binary.lower(), app.default_name.lower()}
    if app.module is not None:
        own.add(app.module.base.lower())
    found = [item for file in closure.files for item in _commands(file)]
    programs = [item for item in found if item.program or not item.name or item.name in own]
    serving = {item.name: item for item in found if item.does and item not in programs and _WORD.fullmatch(item.name)}
    for line in own_dockerfile.commands(tree)[:2]:
        named = next((word for word in _words(line.value) if word in serving and word in tables.SERVING), None)
        if named is not None:
            return Sourced(named, line.origin)
    given = any(_is_given_later(file) for file in closure.files if _uses(file))
    if not programs or given or any(item.does for item in programs):
        return None
    name = next((word for word in tables.SERVING if word in serving), None)
    return Sourced(name, serving[name].origin) if name is not None else None


def _uses(file: GoFile) -> bool:
    return any(item.text.startswith(_LIBRARIES) for item in file.imports)


def _is_given_later(file: GoFile) -> bool:
    """Return whether the program's own function is set outside of its literal: `rootCmd.Run = …`."""
    names = (item.name.rpartition(".") for item in file.code.bindings(_DOES))
    return any(field in _DOES and _ROOT.fullmatch(owner) for owner, _, field in names)


def _commands(file: GoFile) -> Iterator[_Found]:
    if not _uses(file):
        return
    literals: dict[int, tuple[Value, dict[str, Value]]] = {}
    for item in file.code.matches("literals", _COMMANDS):
        kind = item["type"][0]
        if kind.text in _COMMANDS:
            _, fields = literals.setdefault(item["body"][0].start, (kind, {}))
            fields.update((key.text, value) for key in item.get("key", ()) for value in item["value"])
    for kind, fields in literals.values():
        named = next((value for name, value in fields.items() if name in _NAME), None)
        words = named.text.lower().split() if named is not None and named.kind == "string" else []
        functions = [value for name, value in fields.items() if name in _DOES]
        does = bool(functions) and not any(_only_helps(file, value) for value in functions)
        yield _Found(words[0] if words else "", file.origin(kind.line), does, kind.text == _PROGRAM)


def _only_helps(file: GoFile, function: Value) -> bool:
    """Return whether a function does no more than to show how the program is used."""
    inside = file.code.text(function.start, function.end)
    shows = any(function.start < call.start < function.end for call in file.code.calls(("Help", "Usage")))
    return shows and inside.startswith("func") and inside.count("{") == 1


def _words(command: Instruction) -> list[str]:
    if command.argv is not None:
        return list(command.argv)
    try:
        return shlex.split(command.text)
    except ValueError:
        return []
