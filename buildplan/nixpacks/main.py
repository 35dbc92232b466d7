"""The `nixpacks` command: Nixpacks' arguments in, Nixpacks' answers out.

Exit codes: 0 fine; 1 an error, or `build` found nothing to build; 2 a wrong command line; 101 a bug of ours (Nixpacks:
a panic). stderr is empty when all is well: platforms read stdout and stderr into one text.
Source: shared/reference/nixpacks.md section 5; traps of the callers: users.md section 2.1.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.errors import BuildplanError, ConfigError, SourceError
from buildplan.model.origin import Origin, option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from buildplan.config.options import Options
    from buildplan.nixpacks.arguments import Given
    from buildplan.nixpacks.lenient_plan import Planned
    from buildplan.source import SourceTree

_CONFIG_FILE = "NIXPACKS_CONFIG_FILE"
# A plan that was printed may have been kept under this name.
_SAVED_PLAN = "nixpacks.json"
_ERROR, _BUG, _INTERRUPTED = 1, 101, 130
_MAX_CONFIG = 4 * 2**20
_ANY_CALLER = "nixpacks"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    from buildplan.catalogue import platforms
    from buildplan.nixpacks import arguments as command_line

    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = command_line.parse(words, tuple(platforms.platforms()))
        text = _COMMANDS[arguments.command](arguments)
        # One call: callers trim each piece that they get.
        sys.stdout.write(text)
        sys.stdout.flush()
    except BuildplanError as error:
        sys.stderr.write(f"Error: {error}\n")
        return _ERROR
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  # closed with the process
        return 0
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  # whatever it is, it is ours
        sys.stderr.write(
            f"Error: BP000 this is a bug of buildplan: {type(error).__name__}: {error}\n"
            "please report it with what `buildplan plan` prints for the same tree\n"
        )
        return _BUG
    return 0


def _plan(arguments: argparse.Namespace) -> str:
    from buildplan.nixpacks import plan_shape
    from buildplan.nixpacks.lenient_plan import planned

    asked = _asked(arguments)
    content = plan_shape.tables(planned(asked.tree, asked.options), asked.tree, asked.options, asked.given)
    if arguments.format == "toml":
        import tomlkit

        return tomlkit.dumps(content)
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _detect(arguments: argparse.Namespace) -> str:
    from buildplan import api
    from buildplan.nixpacks import provider_names

    asked = _asked(arguments)
    tree, options = asked.tree, asked.options
    found = [item.provider.name for item in api.detect(tree, options)]
    names = [name for name in (provider_names.of_provider(item, tree) for item in found[:1]) if name]
    return ", ".join(_configured(tree, options, names)) + "\n"


def _configured(tree: SourceTree, options: Options, detected: list[str]) -> list[str]:
    """Return the names of a configured list of providers, as they stand there, or what was detected."""
    from buildplan.config.load import load
    from buildplan.model.origin import Sourced, rule
    from buildplan.model.requests import apply

    edit = load(tree, options).providers
    items = apply(edit, tuple(Sourced(name, rule("detected")) for name in detected))
    return [item.value for item in items]


def _build(arguments: argparse.Namespace) -> str:
    from buildplan.nixpacks import docker_build
    from buildplan.nixpacks.lenient_plan import planned

    asked = _asked(arguments)
    options = asked.options
    made = planned(asked.tree, options)
    plan = made.plan
    if plan is None:
        raise _not_planned(asked.tree, made)
    if not made.starts and not arguments.no_error_without_start:
        raise SourceError(f"No start command could be found\n\n{made.problem}")
    if arguments.dockerfile:
        return plan.dockerfile(process=options.process)
    context = Path(arguments.path)
    files = docker_build.files(plan, options.process)
    if arguments.out or arguments.current_dir:
        target = Path(arguments.out or arguments.path)
        name = arguments.name or "app"
        dockerfile = target / docker_build.FOLDER / "Dockerfile"
        docker_build.write(files, target, docker_build.command(files, arguments, name, context, dockerfile))
        if arguments.out:
            return f"\nSaved output to:\n  {target}\n"
    name = arguments.name or f"nixpacks-{os.urandom(8).hex()}"
    environment = {**os.environ, **options.env, **asked.given.values}  # noqa: TID251  # docker is a program of this machine
    docker_build.run(files, arguments, name, context.absolute(), environment)
    return f"=== Successfully Built! ===\n\nRun:\n  docker run -it {name}\n"


def _not_planned(tree: SourceTree, made: Planned) -> SourceError:
    directory = tree.directory()
    names = [*directory.files, *(f"{name}/" for name in directory.directories)]
    shown = "\n".join(f"  {name}" for name in names[:40])
    return SourceError(
        "Nixpacks was unable to generate a build plan for this app.\n\n"
        f"{made.problem}\n\nThe contents of the app directory are:\n{shown}"
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The tree of a call and everything that it asks for."""

    tree: SourceTree
    options: Options
    given: Given


def _asked(arguments: argparse.Namespace) -> Asked:
    """Return the tree and everything that is asked for."""
    from buildplan import api
    from buildplan.config.options import Options
    from buildplan.nixpacks import arguments as command_line
    from buildplan.nixpacks import callers

    app = Path(arguments.path)
    if not app.is_dir():
        raise SourceError("Failed to read app source directory", origin=Origin(arguments.path))
    environment = os.environ  # noqa: TID251  # for `--env NAME`: the caller asked
    given = command_line.given(arguments.env, environment)
    options = Options(
        env={name: value for name, value in given.plannable.items() if name != _CONFIG_FILE},
        set=given.as_secrets,
        install_cmd=arguments.install_cmd,
        build_cmd=arguments.build_cmd,
        start_cmd=arguments.start_cmd,
        apt=tuple(arguments.apt),
        pkgs=(*arguments.pkgs, *arguments.libs),
        json_plan=_json_plan(arguments.json_plan),
        profile=arguments.profile,
    )
    caller = callers.profile(arguments, given)
    tree = api.open_source(arguments.path)
    config = arguments.config or given.values.get(_CONFIG_FILE)
    if config is None and tree.has(_SAVED_PLAN) and not tree.first("nixpacks.toml", "buildplan.toml"):
        config = _SAVED_PLAN
    if config is None:
        return Asked(tree, _with_profile(options, caller), given)
    from buildplan.nixpacks import read_back

    file = app / config
    options = read_back.with_config(tree, _shown(file, app), _text(file, app), options)
    return Asked(tree, _with_profile(options, caller), given)


def _with_profile(options: Options, caller: str | None) -> Options:
    """Return the options with a profile in any case: whoever calls may need what Nixpacks' images have.

    What was asked for, now or when the plan was made, is stronger than what the call looks like.
    """
    known = options.profile not in {None, _ANY_CALLER}
    return options if known else replace(options, profile=caller or _ANY_CALLER)


def _json_plan(text: str | None) -> str | None:
    """Return the plan of `--json-plan` with the types that it should have; raises ConfigError when it is no plan."""
    if text is None:
        return None
    from buildplan.nixpacks import plan_shape, read_back

    data = read_back.normalised(read_back.parsed("--json-plan.json", text))
    data.pop(plan_shape.RECORD, None)
    return json.dumps(data, ensure_ascii=False)


def _shown(file: Path, app: Path) -> str:
    """Return how messages call a config file: relative to the app, or its name when it lies elsewhere."""
    return file.absolute().relative_to(app.absolute()).as_posix() if _is_inside(file, app) else file.name


def _is_inside(file: Path, app: Path) -> bool:
    path, root = file.absolute(), app.absolute()
    return path.is_relative_to(root) and ".." not in path.relative_to(root).parts


def _text(file: Path, app: Path) -> str:
    """Return the text of a config file; a link in the tree, which strangers wrote, must not lead out of it."""
    try:
        if _is_inside(file, app) and not file.resolve().is_relative_to(app.resolve()):
            raise ConfigError(f"the config file `{file.name}` leads out of the tree", origin=option("--config"))
        if file.exists() and not file.is_file():
            raise ConfigError(f"the config file `{file.name}` is not a file", origin=option("--config"))
        with file.open("rb") as stream:
            content = stream.read(_MAX_CONFIG + 1)
        if len(content) > _MAX_CONFIG:
            raise ConfigError("the config file is larger than 4 MiB", origin=option("--config"))
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"Failed to read Nixpacks config file `{file}`: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        raise ConfigError(problem, origin=option("--config"), hint="give the path of a file") from error


_COMMANDS = {"plan": _plan, "detect": _detect, "build": _build}
