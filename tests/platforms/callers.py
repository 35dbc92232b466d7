"""What each platform does with the `nixpacks` on its PATH, word for word, and with the image afterwards.

Written from the calls in shared/reference/users.md section 2. A caller takes a copy of an app and returns the name of
the image that it would run; `prepare` gets the text of each Dockerfile before docker does, to fetch its base images.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHUNK = 16_384


@dataclass
class Machine:
    """A shell with `nixpacks` on its PATH."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shim = self.folder / "bin" / "nixpacks"
        shim.parent.mkdir(parents=True, exist_ok=True)
        program = os.environ.get("NIXPACKS", f"{shlex.quote(sys.executable)} -m buildplan.nixpacks")
        shim.write_text(f'#!/bin/sh\nexec {program} "$@"\n', encoding="utf-8")
        shim.chmod(0o755)

    def bash(self, script: str) -> tuple[int, str]:
        """Run a script; return its exit code and what it printed, stdout and stderr in one, each piece trimmed."""
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        process = subprocess.Popen(
            ["bash", "-c", script],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **self.environment, "PATH": path},
        )
        assert process.stdout is not None
        pieces = []
        while piece := os.read(process.stdout.fileno(), CHUNK):
            pieces.append(piece.decode("utf-8").strip())
        process.stdout.close()
        return process.wait(), "".join(pieces)

    def run(self, script: str) -> str:
        """Run a script that must succeed; return what it printed."""
        code, text = self.bash(script)
        assert code == 0, f"{script}\n{text[-6000:]}"
        return text


def options(name: str, values: dict[str, str]) -> str:
    return " ".join(f"{name} {shlex.quote(f'{key}={value}')}" for key, value in values.items())


def as_php_writes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_php_writes(item) for key, item in value.items()} or []
    return [as_php_writes(item) for item in value] if isinstance(value, list) else value


@dataclass
class Coolify:
    """plan, detect, an edit by PHP, `build -c … -o`, docker build with names of build arguments."""

    machine: Machine
    variables: dict[str, str]

    def plan(self, workdir: Path, more: str = "") -> dict[str, Any]:
        own = {"COOLIFY_URL": "https://app.example", "COOLIFY_BRANCH": "main", "COOLIFY_RESOURCE_UUID": "x1"}
        given = {name: value for name, value in self.variables.items() if name.startswith("NIXPACKS_")}
        text = self.machine.run(f"nixpacks plan -f json {options('--env', {**given, **own})} {more} {workdir}")
        content: dict[str, Any] = json.loads(text)
        return content

    def detect(self, workdir: Path) -> str:
        return self.machine.run(f"nixpacks detect {workdir}")

    def edit(self, plan: dict[str, Any]) -> dict[str, Any]:
        merged = {name: value for name, value in self.variables.items() if not name.startswith("NIXPACKS_")}
        plan["variables"] = {**plan["variables"], **merged}
        setup = plan["phases"].setdefault("setup", {})
        packages = setup.get("aptPkgs", [])
        setup["aptPkgs"] = [*packages, *(name for name in ("curl", "wget") if name not in packages)]
        return plan

    def generate(self, workdir: Path, plan: dict[str, Any], image: str) -> Path:
        game_plan = self.machine.folder / "artifacts" / "thegameplan.json"
        game_plan.parent.mkdir(exist_ok=True)
        game_plan.write_text(json.dumps(as_php_writes(plan)).replace("/", "\\/"), encoding="utf-8")
        self.machine.run(
            f"nixpacks build -c {game_plan} --cache-key 'x1' --no-error-without-start -n {image} {workdir} -o {workdir}"
        )
        return workdir / ".nixpacks" / "Dockerfile"

    def build(self, workdir: Path, image: str) -> None:
        values = {name: value for name, value in self.variables.items() if not name.startswith("NIXPACKS_")}
        file = self.machine.folder / "artifacts" / "build-time.env"
        file.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()), encoding="utf-8")
        names = " ".join(f"--build-arg {shlex.quote(name)}" for name in values)
        self.machine.run(
            f"cd {workdir} && set -a && source {file} && set +a && DOCKER_BUILDKIT=1 docker build --network host "
            f"-f {workdir}/.nixpacks/Dockerfile --progress plain -t {image} {names} "
            f"--build-arg COOLIFY_BUILD_SECRETS_HASH=0123 {workdir}"
        )

    def with_secrets(self, dockerfile: str, names: list[str]) -> str:
        """Return the Dockerfile as Coolify rewrites it for "use build secrets"."""
        mounts = " ".join(f"--mount=type=secret,id={name},env={name}" for name in names)
        lines = [] if dockerfile.startswith("# syntax=") else ["# syntax=docker/dockerfile:1"]
        for line in dockerfile.split("\n"):
            if line.lstrip().startswith("RUN") and "--mount=type=secret" not in line:
                lines.append(f"RUN {mounts} {line.lstrip().removeprefix('RUN').lstrip()}")
            else:
                lines.append(line)
        return "\n".join(lines)

    def static(self, image: str, publish: str, workdir: Path, result: str) -> None:
        """Put the published files into a web server's image, as for an app that is a static site."""
        script = f"FROM nginx:alpine\nWORKDIR /usr/share/nginx/html/\nCOPY --from={image} /app{publish} .\n"
        (workdir / "Dockerfile.static").write_text(script, encoding="utf-8")
        self.machine.run(f"cd {workdir} && DOCKER_BUILDKIT=1 docker build -f Dockerfile.static -t {result} {workdir}")


@dataclass
class Dokploy:
    """`nixpacks build` builds the image; a static site is copied out of a container of it."""

    machine: Machine
    variables: dict[str, str]

    def command(self, workdir: Path, image: str, publish: str = "") -> str:
        last = "--no-error-without-start" if publish else ""
        return f"nixpacks build {workdir} --name {image} {options('--env', self.variables)} {last}"

    def copied_out(self, workdir: Path, image: str, publish: str) -> None:
        self.machine.run(
            f"docker create --name {image}-copy {image} && mkdir -p {workdir}/{publish} && "
            f"docker cp {image}-copy:/app/{publish}/. {workdir}/{publish}; docker rm {image}-copy"
        )


@dataclass
class Dokku:
    """`nixpacks build` with labels, then an image around it whose entry point is a bash script."""

    machine: Machine
    variables: dict[str, str]

    def command(self, workdir: Path, image: str) -> str:
        labels = (
            "--label=org.label-schema.schema-version=1.0 --label=org.label-schema.vendor=dokku "
            "--label=com.dokku.image-stage=build --label=com.dokku.builder-type=nixpacks "
            "--label=com.dokku.app-name=app --label=dokku"
        )
        names = " ".join(f"--env {name}" for name in self.variables)
        return f"cd {workdir} && nixpacks build {labels} {names} --name {image} {workdir}"

    def wrap(self, image: str, result: str) -> None:
        script = (
            f"FROM {image}\n"
            "RUN printf '#!/usr/bin/env bash\\nexec bash -l -c -- \"$*\"\\n' > /usr/local/bin/entrypoint "
            "&& chmod +x /usr/local/bin/entrypoint\n"
            'ENTRYPOINT ["/usr/local/bin/entrypoint"]\n'
        )
        (self.machine.folder / "Dockerfile.wrap").write_text(script, encoding="utf-8")
        self.machine.run(
            f"cd {self.machine.folder} && DOCKER_BUILDKIT=1 docker build -f Dockerfile.wrap -t {result} "
            f"{self.machine.folder}"
        )


@dataclass
class ZaneOps:
    """plan into a file, `build --config … --out`, docker build with values; a site gets a stage behind ours."""

    machine: Machine
    variables: dict[str, str]

    def generate(self, workdir: Path) -> tuple[dict[str, Any], Path]:
        folder = workdir / ".nixpacks"
        folder.mkdir(exist_ok=True)
        config = f"--config {workdir}/nixpacks.toml" if (workdir / "nixpacks.toml").exists() else ""
        given = options("--env", self.variables)
        text = self.machine.run(f"nixpacks plan {given} --env FORCE_COLOR=true {config} {workdir}")
        (folder / "plan.json").write_text(text, encoding="utf-8")
        plan: dict[str, Any] = json.loads(text)
        self.machine.run(
            f"nixpacks build --config {folder}/plan.json --no-error-without-start --out {workdir} {workdir}"
        )
        return plan, folder / "Dockerfile"

    def with_site(self, dockerfile: Path, publish: str) -> None:
        lines = dockerfile.read_text(encoding="utf-8").split("\n")
        lines[0] += " AS builder"
        lines += ["FROM caddy:alpine AS production", f"COPY --from=builder /app/{publish}/ /var/www/html", ""]
        dockerfile.write_text("\n".join(lines), encoding="utf-8")

    def build(self, workdir: Path, plan: dict[str, Any], image: str) -> None:
        arguments = options("--build-arg", {name: str(value) for name, value in plan["variables"].items()})
        self.machine.run(
            f"cd {workdir} && DOCKER_BUILDKIT=1 docker build -f {workdir}/.nixpacks/Dockerfile --network=host "
            f"{arguments} -t {image} {workdir}"
        )
