"""`buildplan verify`: build the image, run it, and say whether it answers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.errors import ConfigError
from buildplan.model.origin import option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from buildplan.model.build_plan import BuildPlan
    from buildplan.services.needs import Need

DESCRIPTION = "Build the image, run it with an unusual PORT, and check that it answers, stops and rebuilds."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `verify`; `--env` is for the running container here, not for the plan."""
    from buildplan.services import table

    parser.set_defaults(env=[])
    add = parser.add_argument
    add(
        "-e",
        "--env",
        action="append",
        default=[],
        dest="run_env",
        metavar="K=V",
        help="a variable of the container; K alone takes it from here",
    )
    add("--env-file", metavar="FILE", help="a file of K=V lines, as docker run takes it")
    known = ", ".join(table.services())
    text = f"start it beside the app: `auto` for what the code needs, or {known}"
    add("--service", action="append", default=[], metavar="NAME", help=text)
    add("--http", default="/", metavar="PATH", help="the path to ask for (default /)")
    add("--file", metavar="FILE", help="verify this Dockerfile of the tree instead of the generated one")
    add("--wait", type=float, default=60, metavar="SECONDS", help="how long it may take to answer (default 60)")
    add(
        "--build-timeout",
        type=float,
        default=1800,
        metavar="SECONDS",
        help="how long the build may take (default 1800)",
    )
    add("--memory", metavar="LIMIT", help="memory limit of the container, such as 512m")
    add("--no-rebuild", action="store_true", help="leave out the second build after a change of a source file")
    add("--no-release", action="store_true", help="do not run the `release` process before the app")
    add("--build-option", action="append", default=[], metavar="WORD", help="one more word for the engine's `build`")
    add("-f", "--format", choices=("text", "json"), default="text")


def run(arguments: argparse.Namespace, plan: BuildPlan) -> str:
    """Verify and return the report; sets exit code 1 where a check failed."""
    from buildplan.verify.verify import Settings, verify

    context = Path(arguments.path)
    if not context.is_dir():
        raise ConfigError(
            f"`{arguments.path}` is not a directory", origin=option("PATH"), hint="the engine builds from a directory"
        )
    needs = _needs(arguments, plan) if arguments.service else ()
    found = [need.service.name for need in needs]
    names = [name for asked in arguments.service for name in (found if asked == "auto" else [asked])]
    settings = Settings(
        environment=_environment(arguments),
        services=tuple(dict.fromkeys(names)),
        needs=needs,
        path=arguments.http if arguments.http.startswith("/") else f"/{arguments.http}",
        process=arguments.process,
        file=arguments.file,
        wait=arguments.wait,
        build_timeout=arguments.build_timeout,
        memory=arguments.memory,
        rebuild=not arguments.no_rebuild,
        release=not arguments.no_release,
        build_options=tuple(arguments.build_option),
    )
    report = verify(plan, context, settings, os.environ, _progress(verbose=arguments.verbose))  # noqa: TID251  # PATH, DOCKER_HOST
    if not report.ok:
        arguments.code = 1
    return (report.to_json() if arguments.format == "json" else report.to_text()) + "\n"


def _needs(arguments: argparse.Namespace, plan: BuildPlan) -> tuple[Need, ...]:
    from buildplan import api
    from buildplan.config import command_line
    from buildplan.repository import targets

    options = command_line.from_arguments(arguments, os.environ)  # noqa: TID251  # for `--env NAME`: the caller asked
    return targets.needed(api.open_source(arguments.path), plan, options).needs


def _environment(arguments: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    words = []
    if arguments.env_file is not None:
        try:
            text = Path(arguments.env_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"`{arguments.env_file}` cannot be read: {error}",
                origin=option("--env-file"),
                hint="name a file of K=V lines",
            ) from error
        words = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    pairs = []
    for word in (*words, *arguments.run_env):
        name, given, value = word.partition("=")
        if not given:
            value = os.environ.get(name, "")  # noqa: TID251  # `--env NAME`: the caller asked
        if not name.isidentifier():
            raise ConfigError(
                f"`{name[:60]}` is not a valid variable name", origin=option("--env"), hint="write `--env NAME=value`"
            )
        pairs.append((name, value))
    return tuple(pairs)


def _progress(*, verbose: bool) -> Callable[[str], None]:
    """Return what shows a line of progress: all lines when verbose, else the last one, and only on a terminal."""

    def all_lines(line: str) -> None:
        print(line, file=sys.stderr)

    def last_line(line: str) -> None:
        if line:
            print(f"\r\x1b[K{line[:100]}", end="", file=sys.stderr, flush=True)

    if verbose:
        return all_lines
    return last_line if sys.stderr.isatty() else lambda _: None
