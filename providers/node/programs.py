"""What the programs that scripts call are for, from `programs.toml`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

from buildplan.read import data_table

if TYPE_CHECKING:
    from buildplan.read.shell import Simple

Use = Literal["development", "site", "build", "nothing", "watcher", "supervisor", "parallel", "process"]

_USES: tuple[Use, ...] = ("nothing", "watcher", "supervisor", "parallel", "site", "build", "development")


@functools.cache
def table() -> dict[str, Any]:
    """Return the whole table."""
    return data_table.read(__file__, "programs")


def use(command: Simple) -> Use:
    """Return what a command is for; `process` when no table knows it."""
    program, arguments = named(command)
    flags = table()["watch_flags"]
    if program in flags["programs"] and any(word in flags["flags"] for word in arguments):
        return "development"
    wildcard: Use = "process"
    for candidate in _USES:
        subcommands = table()[candidate].get(program)
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
    return str(table()["package"].get(program, program))


def runs_typescript(program: str) -> bool:
    """Return whether it is a program that runs TypeScript without a build."""
    return program in table()["typescript"]["programs"]


def port_options(program: str) -> tuple[str, ...]:
    """Return the options of a program that set its port, when it also reads PORT."""
    return tuple(table()["port_options"].get(program, ()))
