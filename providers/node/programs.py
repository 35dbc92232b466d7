"""What the programs that scripts call are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from . import program_rows as rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.read.shell import Simple

Use = Literal["development", "site", "build", "nothing", "watcher", "supervisor", "parallel", "process"]

_USES: dict[Use, Mapping[str, tuple[str, ...]]] = {
    "nothing": rows.NOTHING,
    "watcher": rows.WATCHER,
    "supervisor": rows.SUPERVISOR,
    "parallel": rows.PARALLEL,
    "site": rows.SITE,
    "build": rows.BUILD,
    "development": rows.DEVELOPMENT,
}


def use(command: Simple) -> Use:
    """Return what a command is for; `process` when no table knows it."""
    program, arguments = named(command)
    if program in rows.WATCHING and any(word in rows.WATCH_FLAGS for word in arguments):
        return "development"
    wildcard: Use = "process"
    for candidate, table in _USES.items():
        subcommands = table.get(program)
        if subcommands is None:
            continue
        words = [word for word in arguments if not word.startswith("-")]
        subcommand = words[0] if words else ""
        if subcommand in subcommands or " ".join(words[:2]) in subcommands:
            return candidate
        if "*" in subcommands and wildcard == "process":
            wildcard = candidate
    return wildcard


def named(command: Simple) -> tuple[str, tuple[str, ...]]:
    """Return the program without directory and version, and its arguments; `node ace serve` is `ace serve`."""
    program, arguments = command.program.partition("@")[0] or command.program, command.arguments
    if program == "node" and arguments and arguments[0] in {"ace", "ace.js"}:
        return "ace", arguments[1:]
    return program, arguments


def package_of(program: str) -> str:
    """Return the name of the package that brings a program."""
    return rows.PACKAGES.get(program, program)


def runs_typescript(program: str) -> bool:
    """Return whether it is a program that runs TypeScript without a build."""
    return program in rows.RUN_TYPESCRIPT


def port_options(program: str) -> tuple[str, ...]:
    """Return the options of a program that set its port, when it also reads PORT."""
    return rows.PORT_OPTIONS.get(program, ())
