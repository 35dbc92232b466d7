"""`railpack plan|info|prepare|build`: what a Dockerfile can serve, and an error that says so for what it cannot.

Railpack's builder reads a plan of its own, which only its BuildKit frontend can build; buildplan makes Dockerfiles. So
`plan` and `info` answer in Railpack's shape, `build` builds with docker, and `prepare` writes the result file but no
plan for the frontend. Exit codes: 0 fine, 1 failed. Source: shared/reference/railpack.md section 2.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from buildplan.errors import BuildplanError, ConfigError, NoStartError, SourceError
from buildplan.model.origin import Origin, option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from buildplan.config.options import Options
    from buildplan.model.build_plan import BuildPlan

_SCHEMA = "https://schema.railpack.com"
_FRONTEND = (
    "a plan for Railpack's BuildKit frontend cannot be written: buildplan makes Dockerfiles, and the frontend "
    "builds no Dockerfile"
)
_INSTEAD = "choose Nixpacks or Dockerfile as the platform's builder, or use `railpack build`, which calls docker"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"Incorrect Usage: {message}\n")
        raise SystemExit(1)


def _parser() -> argparse.ArgumentParser:
    made = _Parser(prog="railpack", allow_abbrev=False, description="Railpack's main calls, served by buildplan.")
    add = made.add_argument
    add("command", choices=("plan", "p", "info", "i", "prepare", "build", "b"), metavar="plan|info|prepare|build")
    add("path", metavar="DIRECTORY")
    add("-e", "--env", action="append", default=[], metavar="K[=V]", help="a variable; K alone is read from yours")
    add("--previous", action="append", default=[], help="accepted: images are chosen without earlier builds")
    add("--build-cmd", help="replaces the build commands")
    add("--start-cmd", help="replaces the start command")
    add("--config-file", help="a config file inside the directory")
    add("--error-missing-start", action="store_true", help="accepted: a missing start command always fails")
    add("-o", "--out", help="plan, info: write to a file")
    add("--format", choices=("pretty", "json"), default="pretty", help="info: the format")
    add("--plan-out", help="prepare: refused, see below")
    add("--info-out", help="prepare: the result as JSON")
    add("--show-plan", action="store_true")
    add("--hide-pretty-plan", action="store_true")
    add("--name", help="build: the image's name")
    add("--platform", help="build: passed to docker")
    add("--progress", choices=("auto", "plain", "tty"), default="auto")
    add("--cache-key", help="accepted: caches are shared by what they hold")
    add("--no-cache", action="store_true", help="build: passed to docker")
    return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    arguments = _parser().parse_intermixed_args(sys.argv[1:] if argv is None else list(argv))
    try:
        text = _run(arguments)
        sys.stdout.write(text)
        sys.stdout.flush()
    except BuildplanError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # closed with the process
    except Exception as error:  # noqa: BLE001  # whatever it is, it is ours
        sys.stderr.write(f"Error: BP000 this is a bug of buildplan: {type(error).__name__}: {error}\n")
        return 1
    return 0


def _run(arguments: argparse.Namespace) -> str:
    command = {"p": "plan", "i": "info", "b": "build"}.get(arguments.command, arguments.command)
    from buildplan.railpack import result

    if command == "prepare":
        return _prepare(arguments)
    plan = _plan(arguments)
    if command == "build":
        return _build(arguments, plan)
    if command == "plan":
        text = json.dumps({"$schema": _SCHEMA, **result.plan_tables(plan)}, indent=2, ensure_ascii=False) + "\n"
    elif arguments.format == "json":
        text = json.dumps(result.result_tables(plan, ""), indent=2, ensure_ascii=False) + "\n"
    else:
        text = _pretty(plan)
    if arguments.out:
        _write(arguments.out, text)
        return ""
    return text


def _pretty(plan: BuildPlan) -> str:
    from buildplan.render.text import plan_text

    return plan_text(plan)


def _prepare(arguments: argparse.Namespace) -> str:
    from buildplan.railpack import result

    plan, problem = None, None
    try:
        plan = _plan(arguments)
    except BuildplanError as error:
        problem = error
    if arguments.info_out:
        content = result.result_tables(plan, str(problem))
        _write(arguments.info_out, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    if problem is not None:
        raise problem
    if arguments.plan_out:
        raise ConfigError(_FRONTEND, origin=option("--plan-out"), hint=_INSTEAD)
    return "" if plan is None or arguments.hide_pretty_plan else _pretty(plan)


def _build(arguments: argparse.Namespace, plan: BuildPlan) -> str:
    from buildplan.nixpacks import arguments as nixpacks_arguments
    from buildplan.nixpacks import docker_build

    directory = Path(arguments.path).absolute()
    name = arguments.name or directory.name.lower()
    words = ["build", str(directory), "--name", name]
    words += ["--no-cache"] if arguments.no_cache else []
    words += ["--verbose"] if arguments.progress == "plain" else []
    words += ["--platform", arguments.platform] if arguments.platform else []
    call = nixpacks_arguments.parse(words, ())
    given = nixpacks_arguments.given(arguments.env, os.environ)  # noqa: TID251  # for `--env NAME`: the caller asked
    environment = {**os.environ, **given.values}  # noqa: TID251  # docker is a program of this machine
    docker_build.run(docker_build.files(plan, None), call, name, directory, environment)
    return f"Successfully built image {name}\n"


def _plan(arguments: argparse.Namespace) -> BuildPlan:
    from buildplan import api

    if not Path(arguments.path).is_dir():
        raise SourceError("there is no such directory", origin=Origin(arguments.path))
    try:
        return api.plan(arguments.path, _options(arguments))
    except NoStartError:
        if arguments.error_missing_start or arguments.command in {"build", "b"}:
            raise
        from buildplan.nixpacks.lenient_plan import planned

        made = planned(api.open_source(arguments.path), _options(arguments))
        if made.plan is None:
            raise
        return made.plan


def _options(arguments: argparse.Namespace) -> Options:
    from buildplan.config.options import Options
    from buildplan.nixpacks import arguments as nixpacks_arguments

    given = nixpacks_arguments.given(arguments.env, os.environ)  # noqa: TID251  # for `--env NAME`: the caller asked
    return Options(
        env=given.plannable,
        set=given.as_secrets,
        config=arguments.config_file,
        build_cmd=arguments.build_cmd,
        start_cmd=arguments.start_cmd,
        profile="nixpacks",
    )


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(f"it cannot be written: {error.strerror}", origin=Origin(path)) from error
