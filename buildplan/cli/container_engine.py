"""`buildplan build`: hand the Dockerfile to the container engine that is there.

The only module that runs a program. The Dockerfile and its ignore file go into a temporary directory, never into the
tree.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.model.build_plan import BuildPlan

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
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


class Request(NamedTuple):
    """What is asked of the engine beside the Dockerfile; `arguments` and `secrets` are handed on as they are."""

    tags: tuple[str, ...]
    platform: str | None = None
    push: bool = False
    load: bool = False
    no_cache: bool = False
    arguments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def default_tag(directory: Path) -> str:
    """Return the name of an image that nobody named: that of its directory."""
    name = re.sub(r"[^a-z0-9]+", "-", directory.resolve().name.lower()).strip("-")
    return name or "app"


def build(
    plan: BuildPlan, context: Path, request: Request, environment: Mapping[str, str], *, process: str | None
) -> str:
    """Build the image, its progress on the terminal; return the engine's name, raise EngineError when it fails.

    Secrets of the plan that are set in `environment` are passed by name, so that no value is on a command line.
    """
    engine = find(environment)
    name = Path(engine).name
    with tempfile.TemporaryDirectory(prefix="buildplan-") as directory:
        file = Path(directory, "Dockerfile")
        file.write_text(plan.dockerfile(process=process), encoding="utf-8")
        ignore = Path(directory, "Dockerfile.dockerignore")
        ignore.write_text(plan.dockerignore(), encoding="utf-8")
        command = [engine, "build", "--file", str(file)]
        if name != "docker":
            command += ["--ignorefile", str(ignore)]
        command += _words(plan, request, environment, is_docker=name == "docker")
        command.append(str(context))
        _run(command, environment, f"`{name} build`")
        if request.push and name != "docker":
            for tag in request.tags:
                _run([engine, "push", tag], environment, f"`{name} push`")
    return name


def digest(engine: str, image: str, environment: Mapping[str, str]) -> str:
    """Return the digest of an image as its registry has it now: that of the list, where it has several platforms.

    Raises EngineError when it cannot be told.
    """
    name = Path(engine).name
    skopeo = shutil.which("skopeo", path=environment.get("PATH"))
    said = ""
    ways = []
    if name == "docker":
        ways.append([engine, "buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image])
    elif skopeo:
        ways.append([skopeo, "inspect", "--no-tags", "--format", "{{.Digest}}", f"docker://{image}"])
    if name != "buildah":
        # Older engines tell it of what they have pulled.
        ways.append([engine, "pull", "--quiet", image])
        ways.append([engine, "image", "inspect", "--format", '{{join .RepoDigests " "}}', image])
    for words in ways:
        done = subprocess.run(words, env=dict(environment), capture_output=True, text=True, check=False)  # noqa: S603  # no shell
        found = _DIGEST.search(done.stdout)
        if done.returncode == 0 and found is not None and words[1] != "pull":
            return found[0]
        said = (done.stderr.strip() or said).splitlines()[-1] if done.stderr.strip() or said else said
    reason = f": {said[:200]}" if said else ""
    raise EngineError(
        f"{name} cannot tell the digest of `{image}`{reason}",
        hint="`buildplan lock --from FILE` takes it from a list" + ("; or install skopeo" if not ways else ""),
    )


def _words(plan: BuildPlan, request: Request, environment: Mapping[str, str], *, is_docker: bool) -> list[str]:
    words = [word for tag in request.tags for word in ("--tag", tag)]
    if request.platform is not None:
        words += ["--platform", request.platform]
    if request.no_cache:
        words.append("--no-cache")
    # Podman and Buildah keep the image themselves and push in a step of its own.
    words += ["--push"] if request.push and is_docker else []
    words += ["--load"] if request.load and is_docker else []
    words += [word for text in request.arguments for word in ("--build-arg", text)]
    words += [word for text in request.secrets for word in ("--secret", text)]
    given = {found[1] for text in request.secrets if (found := re.search(r"(?:^|,)id=([^,]+)", text))}
    wanted = {name for phase in plan.phases for name in phase.secrets}
    for name in sorted((wanted & environment.keys()) - given):
        words += ["--secret", f"id={name},env={name}"]
    return words


def _run(command: list[str], environment: Mapping[str, str], said: str) -> None:
    done = subprocess.run(command, env={**environment, "DOCKER_BUILDKIT": "1"}, check=False)  # noqa: S603  # no shell
    if done.returncode:
        raise EngineError(
            f"{said} ended with status {done.returncode}; its last lines say why",
            hint="`buildplan explain` says where each line of the Dockerfile comes from",
        )
