"""The options of the command line that shape a plan: words to `Options`, and back.

A generated Dockerfile records the options that it was written with, as the command that writes it again, so that
`check` and the pre-commit hooks judge it by the same ones.
"""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from buildplan.config.options import Options, assigned
from buildplan.errors import ConfigError
from buildplan.model.origin import option
from buildplan.model.secret_spans import holds_secret, referenced
from buildplan.model.secrets import STAND_IN, looks_secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Field of Options → flag; in this order they are recorded.
_FLAGS = {
    "app": "--app",
    "provider": "--provider",
    "process": "--process",
    "config": "--config",
    "set": "--set",
    "env": "--env",
    "install_cmd": "--install-cmd",
    "build_cmd": "--build-cmd",
    "start_cmd": "--start-cmd",
    "apt": "--apt",
    "pkgs": "--pkgs",
    "profile": "--profile",
}
_MAY_HOLD_COMMANDS = frozenset({"set", "install_cmd", "build_cmd", "start_cmd"})


def add_to(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """Add the options to a parser, or to a group of one."""
    add = parser.add_argument
    add("--set", action="append", default=[], metavar="KEY=VALUE", help="any key of buildplan.toml")
    add("-e", "--env", action="append", default=[], metavar="K[=V]", help="a variable; K alone is read from yours")
    add("-c", "--config", metavar="FILE", help="the config file, instead of the one found")
    add("--provider", action="append", default=[], metavar="NAME", help="the language, instead of the one found")
    add("--app", metavar="NAME", help="which app of a workspace: its name or folder")
    add("-i", "--install-cmd", metavar="CMD", help="replaces the install commands")
    add("-b", "--build-cmd", metavar="CMD", help="replaces the build commands")
    add("-s", "--start-cmd", metavar="CMD", help="replaces the start command")
    add("-a", "--apt", action="append", default=[], metavar="PKG", help="an apt package, for the build and the image")
    add("-p", "--pkgs", action="append", default=[], metavar="PKG", help="a nix package name, translated")
    add("--profile", metavar="NAME", help="the platform that builds: coolify, dokploy, dokku, zaneops, caprover")
    add("--process", metavar="NAME", help="the process type to start: web, worker, …")


def from_arguments(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Options:
    """Return the options of a parsed command line; `environment` gives the value of an `--env NAME`.

    As `docker run --env NAME` does, a name that is not set there is left out.
    """
    given = {}
    for word in arguments.env:
        name, equals, value = word.partition("=")
        if equals:
            given[name] = value
        elif name in environment:
            given[name] = environment[name]
    return Options(
        env=given,
        config=arguments.config,
        provider=tuple(arguments.provider),
        set=tuple(arguments.set),
        install_cmd=arguments.install_cmd,
        build_cmd=arguments.build_cmd,
        start_cmd=arguments.start_cmd,
        apt=tuple(arguments.apt),
        pkgs=tuple(arguments.pkgs),
        app=arguments.app,
        process=arguments.process,
        profile=arguments.profile,
    )


def to_text(options: Options, file: str | None = None) -> str:
    """Return the options as words of a command line, and `--file` when one is given; empty when there are none.

    A variable that looks like a secret is recorded by its name: the plan uses no more. Raises ConfigError for what a
    comment cannot hold: a value of several lines, a secret given with `--set`.
    """
    words: list[str] = []
    for name, flag in _FLAGS.items():
        value = getattr(options, name)
        if name == "env":
            values = [key if holds_secret(key, text) else f"{key}={text}" for key, text in value.items()]
        else:
            values = [value] if isinstance(value, str) else list(value or ())
            if name == "set":
                _refuse_secrets(values)
            if name in _MAY_HOLD_COMMANDS:
                # The recorded command names what the container is given.
                values = [referenced(text, {}) for text in values]
        for text in values:
            if len(text.splitlines()) > 1:
                problem = "the Dockerfile records its options in one line, and this one has several"
                raise ConfigError(problem, origin=option(flag), hint="put it in buildplan.toml")
            # One word with `=`, so that a value may begin with a dash.
            words.append(f"{flag}={text}")
    if file is not None:
        words.append(f"--file={file}")
    return shlex.join(words)


def _refuse_secrets(assignments: list[str]) -> None:
    for text in assignments:
        for key, value in _leaves(assigned(text) or {}):
            if looks_secret(key, value):
                problem = f"`{key}` looks like a secret, and the Dockerfile records its options"
                raise ConfigError(problem, origin=option("--set"), hint=f"use `--env {key}`: its value is not written")


def _leaves(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            # `API_KEY = { value = "…", scope = "build" }` is the long form of `API_KEY = "…"`.
            yield from _leaves({key: value["value"]} if isinstance(value.get("value"), str) else value)
        elif isinstance(value, str):
            yield key, value


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(message, hint="correct the line, or remove it and write the file with the options anew")


def from_text(text: str) -> tuple[Options, str | None]:
    """Return what `to_text` wrote: the options, and the `--file`.

    Raises ConfigError, without a place, for text that a person has broken.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    add_to(parser)
    parser.add_argument("--file")
    try:
        words = shlex.split(text)
    except ValueError as error:
        parser.error(f"`{text[:80]}`: {error}")
    arguments = parser.parse_args(words)
    secrets = {word: STAND_IN for word in arguments.env if "=" not in word}
    return from_arguments(arguments, secrets), arguments.file
