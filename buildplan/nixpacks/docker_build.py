"""`nixpacks build`: the files that platforms read, and the call of docker.

Values of variables are on no command line and in no file: docker reads each `--build-arg NAME` from its environment.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.catalogue import platforms
from buildplan.errors import EngineError, SourceError
from buildplan.model.origin import Origin
from buildplan.source import files as file_operations

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from buildplan.model.build_plan import BuildPlan

FOLDER = ".nixpacks"


@dataclass(frozen=True, slots=True)
class Files:
    """What a build reads: the Dockerfile, and what stays out of its context."""

    dockerfile: str
    dockerignore: str
    # Variables that the Dockerfile takes as build arguments, and secrets that it mounts.
    build_arguments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    more: Mapping[str, str] = field(default_factory=dict)


def files(plan: BuildPlan, process: str | None) -> Files:
    """Return the files of a plan."""
    platform = platforms.platform(plan.platform)
    secrets = {name for phase in plan.phases for name in phase.secrets}
    arguments = {*secrets, *plan.secrets, *(item.name for item in plan.variables if item.scope != "run")}
    more = {}
    if platform.definition is not None:
        more[platform.definition] = platforms.definition_text(f"./{FOLDER}/Dockerfile")
    return Files(
        dockerfile=plan.dockerfile(process=process),
        dockerignore=plan.dockerignore(),
        build_arguments=tuple(sorted(arguments)) if platform.arguments else (),
        secrets=() if platform.arguments else tuple(sorted(secrets)),
        more=more,
    )


def write(made: Files, target: Path, command: list[str]) -> None:
    """Write `.nixpacks/` below `target`; raises SourceError where that cannot be."""
    folder = target / FOLDER
    contents = {
        folder / "Dockerfile": made.dockerfile,
        # Docker takes the ignore file that is named like the Dockerfile instead of the repository's own.
        folder / "Dockerfile.dockerignore": made.dockerignore,
        folder / "build.sh": f"#!/bin/sh\nDOCKER_BUILDKIT=1 exec {shlex.join(command)}\n",
        **{target / name: text for name, text in made.more.items()},
    }
    if folder.is_symlink():
        # The app may lie there, and strangers wrote it.
        problem = "it is a link, and what is written through it could land anywhere"
        raise SourceError(problem, origin=Origin(str(folder)), hint="remove it, or give another `--out`")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in contents.items():
            file_operations.replace_file(str(path), text.encode("utf-8"))
    except OSError as error:
        problem = f"it cannot be written: {error.strerror or error}"
        raise SourceError(problem, origin=Origin(str(error.filename or folder)), hint="give another `--out`") from error


def command(made: Files, arguments: argparse.Namespace, name: str, context: Path, dockerfile: Path) -> list[str]:
    """Return the words of the docker call, in the order of Nixpacks' own."""
    words = ["docker", "build", str(context), "-f", str(dockerfile), "-t", name]
    if arguments.verbose:
        words.append("--progress=plain")
    for host in arguments.add_host:
        words += ["--add-host", host]
    if arguments.add_host:
        words += ["--network", "host"]
    if arguments.no_cache:
        words.append("--no-cache")
    sources = [arguments.cache_from, arguments.incremental_cache_image]
    for image in filter(None, sources):
        words += ["--cache-from", image]
    for output in arguments.docker_output:
        words += ["--output", output]
    # What was pushed with the image is what an incremental cache image holds.
    if arguments.inline_cache or arguments.incremental_cache_image:
        words += ["--build-arg", "BUILDKIT_INLINE_CACHE=1"]
    for argument in made.build_arguments:
        words += ["--build-arg", argument]
    for secret in made.secrets:
        words += ["--secret", f"id={secret},env={secret}"]
    for option in ("tag", "label", "platform"):
        flag = "-t" if option == "tag" else f"--{option}"
        for value in getattr(arguments, option):
            words += [flag, value]
    if arguments.cpu_quota:
        words += ["--cpu-quota", arguments.cpu_quota]
    if arguments.memory:
        words += ["--memory", arguments.memory]
    return words


def run(made: Files, arguments: argparse.Namespace, name: str, context: Path, environment: Mapping[str, str]) -> None:
    """Build the image with docker; raises EngineError when docker is missing or fails.

    The Dockerfile lies outside of the tree while docker reads it.
    """
    docker = shutil.which("docker", path=environment.get("PATH"))
    if docker is None:
        raise EngineError(
            "Please install Docker to build the app https://docs.docker.com/engine/install/",
            hint="or write the files with `--out DIR`, and build them elsewhere",
        )
    values = {**environment, "DOCKER_BUILDKIT": "1"}
    for option in ("docker_host", "docker_tls_verify", "docker_cert_path"):
        if getattr(arguments, option):
            values[option.upper()] = getattr(arguments, option)
    # Docker fails at the name of a secret that is not there.
    made = replace(made, secrets=tuple(secret for secret in made.secrets if secret in environment))
    with tempfile.TemporaryDirectory(prefix="nixpacks-") as directory:
        file = Path(directory, "Dockerfile")
        file.write_text(made.dockerfile, encoding="utf-8")
        Path(directory, "Dockerfile.dockerignore").write_text(made.dockerignore, encoding="utf-8")
        words = command(made, arguments, name, context, file)
        done = subprocess.run([docker, *words[1:]], env=values, check=False)  # noqa: S603  # no shell
    if done.returncode:
        raise EngineError("Docker build failed", hint="the last lines of docker's output say why")
