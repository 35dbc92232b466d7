"""`buildplan build`: hand the Dockerfile to the container engine that is there.

The only module that runs a program. The Dockerfile and its ignore file go into a temporary directory, never into the
tree.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from buildplan.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.model.build_plan import BuildPlan

ENGINES = ("docker", "podman", "buildah")


def find(environment: Mapping[str, str]) -> str:
    """Return the path of the first engine on PATH; raises EngineError when there is none."""
    for name in ENGINES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            return found
    raise EngineError(
        f"no container engine found; looked for {', '.join(ENGINES)}",
        hint="install one, or write the Dockerfile with `buildplan . > Dockerfile` and build it elsewhere",
    )


def build(
    plan: BuildPlan, context: Path, tags: tuple[str, ...], environment: Mapping[str, str], *, process: str | None
) -> None:
    """Build the image, its progress on the terminal; raises EngineError when the engine fails.

    Secrets of the plan that are set in `environment` are passed by name, so that no value is on a command line.
    """
    engine = find(environment)
    with tempfile.TemporaryDirectory(prefix="buildplan-") as directory:
        file = Path(directory, "Dockerfile")
        file.write_text(plan.dockerfile(process=process), encoding="utf-8")
        ignore = Path(directory, "Dockerfile.dockerignore")
        ignore.write_text(plan.dockerignore(), encoding="utf-8")
        command = [engine, "build", "--file", str(file)]
        if Path(engine).name != "docker":
            command += ["--ignorefile", str(ignore)]
        for tag in tags:
            command += ["--tag", tag]
        wanted = {name for phase in plan.phases for name in phase.secrets}
        for name in sorted(wanted & environment.keys()):
            command += ["--secret", f"id={name},env={name}"]
        command.append(str(context))
        done = subprocess.run(command, env={**environment, "DOCKER_BUILDKIT": "1"}, check=False)  # noqa: S603  # no shell
    if done.returncode:
        name = Path(engine).name
        raise EngineError(
            f"`{name} build` ended with status {done.returncode}; its last lines say why",
            hint="`buildplan explain` says where each line of the Dockerfile comes from",
        )
