"""The container engine, as a program: docker, podman or nerdctl with the options that all three know.

Everything that is made here carries the label `buildplan.verify=RUN`, and nothing without it is removed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from buildplan.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ENGINES = ("docker", "podman", "nerdctl")
LABEL = "buildplan.verify"
_QUICK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Built:
    """What a build printed, how long it took, and whether it made an image; `timed_out` when it was stopped."""

    ok: bool
    log: str
    seconds: float
    timed_out: bool = False


class Engine:
    """One container engine; every call raises EngineError where the engine itself cannot be used."""

    def __init__(self, environment: Mapping[str, str], run: str) -> None:
        self._environment = {**environment, "DOCKER_BUILDKIT": "1"}
        self._label = f"{LABEL}={run}"
        self.program = _find(environment)
        self.name = Path(self.program).name

    def call(self, *words: str, seconds: float = _QUICK_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run the engine with these words; the caller looks at the status."""
        try:
            return subprocess.run(  # noqa: S603  # no shell
                [self.program, *words],
                env=self._environment,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(
                f"`{self.name} {words[0]}` did not answer within {seconds:.0f} s",
                hint=f"see whether `{self.name} version` answers",
            ) from error

    def must(self, *words: str, seconds: float = _QUICK_SECONDS) -> str:
        """Run the engine and return what it printed; raises EngineError when it fails."""
        done = self.call(*words, seconds=seconds)
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
            raise EngineError(f"`{self.name} {words[0]}` failed: {last[0][:300]}", hint=_hint(self.name, last[0]))
        return done.stdout.strip()

    def build(  # what a build needs, each by name
        self,
        context: Path,
        dockerfile: Path,
        tag: str,
        *,
        options: tuple[str, ...],
        seconds: float,
        progress: Callable[[str], None],
    ) -> Built:
        """Build the image; `progress` is called with each line of the log as it comes."""
        words = [self.program, "build", "--file", str(dockerfile), "--tag", tag, "--label", self._label, *options]
        ignore = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        if self.name == "podman" and ignore.exists():
            words += ["--ignorefile", str(ignore)]
        elif self.name != "podman":
            words += ["--progress", "plain"]
        started = time.monotonic()
        lines: list[str] = []
        with subprocess.Popen(  # noqa: S603  # no shell
            [*words, str(context)],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            timer = _Timer(process, seconds)
            try:
                for line in process.stdout or ():
                    lines.append(line)
                    progress(line.rstrip())
            except BaseException:
                process.kill()
                raise
            finally:
                timer.cancel()
        return Built(process.returncode == 0, "".join(lines), time.monotonic() - started, timer.fired)

    def start(
        self,
        image: str,
        *,
        network: str | None,
        port: int | None,
        options: tuple[str, ...],
        words: tuple[str, ...] = (),
    ) -> str:
        """Start a container in the background and return its id; its `port` is published on 127.0.0.1.

        `words` take the place of the image's command.
        """
        called = ["run", "--detach", "--label", self._label, *options]
        if network is not None:
            called += ["--network", network]
        if port is not None:
            called += ["--publish", f"127.0.0.1::{port}"]
        return self.must(*called, image, *words, seconds=600).splitlines()[-1]

    def published(self, container: str, port: int) -> int | None:
        """Return the port of this machine that leads to the container's, None once the container has ended."""
        done = self.call("port", container, f"{port}/tcp")
        first = done.stdout.split()
        return int(first[0].rpartition(":")[2]) if first else None

    def state(self, container: str) -> dict[str, Any]:
        """Return `State` of `inspect`: Running, ExitCode, OOMKilled, Pid, Health."""
        return dict(json.loads(self.must("inspect", "--format", "{{json .State}}", container)))

    def config(self, image: str) -> dict[str, Any]:
        """Return `Config` of an image and its `Size` in bytes."""
        found = json.loads(self.must("image", "inspect", image))[0]
        return {**found.get("Config", {}), "Size": int(found.get("Size") or 0)}

    def log(self, container: str) -> str:
        """Return the end of what a container printed."""
        done = self.call("logs", "--tail", "200", container)
        return done.stdout + done.stderr

    def user_ids(self, container: str) -> tuple[str, ...]:
        """Return the numeric users of the container's processes; empty where the engine cannot tell."""
        done = self.call("top", container, *(("-eo", "pid,uid,args") if self.name != "podman" else ("huser",)))
        rows = done.stdout.splitlines()[1:] if done.returncode == 0 else []
        column = 0 if self.name == "podman" else 1
        return tuple(row.split()[column] for row in rows if len(row.split()) > column)

    def written(self, container: str) -> tuple[str, ...]:
        """Return the files and folders that the container has added or changed."""
        done = self.call("diff", container)
        return tuple(line[2:] for line in done.stdout.splitlines() if line[:1] in "AC")

    def stop(self, container: str, seconds: int) -> tuple[float, int]:
        """Send SIGTERM, after `seconds` SIGKILL; return how long it took and the exit code (137: it was killed)."""
        started = time.monotonic()
        self.must("stop", "--time", str(seconds), container, seconds=seconds + _QUICK_SECONDS)
        return time.monotonic() - started, int(self.state(container)["ExitCode"])

    def network(self, name: str) -> str:
        """Make a network of this run and return its name."""
        self.must("network", "create", "--label", self._label, name)
        return name

    def clean(self) -> None:
        """Remove the containers, images and networks of this run, and nothing else."""
        mine = ("--filter", f"label={self._label}")
        for kind, remove in (
            (("ps", "--all", "--quiet"), ("rm", "--force", "--volumes")),
            (("images", "--quiet"), ("rmi", "--force")),
            (("network", "ls", "--quiet"), ("network", "rm")),
        ):
            found = tuple(dict.fromkeys(self.call(*kind, *mine).stdout.split()))
            if found:
                self.call(*remove, *found, seconds=300)


class _Timer:
    """Kills a process when its time is over."""

    def __init__(self, process: subprocess.Popen[str], seconds: float) -> None:
        import threading

        self.fired = False
        self._process = process
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True
        self._timer.start()

    def _fire(self) -> None:
        self.fired = True
        self._process.kill()

    def cancel(self) -> None:
        self._timer.cancel()


def _find(environment: Mapping[str, str]) -> str:
    for name in ENGINES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            return found
    raise EngineError(f"no container engine found; looked for {', '.join(ENGINES)}", hint="install one of them")


def _hint(name: str, line: str) -> str:
    if "Cannot connect" in line or "connection refused" in line or "daemon" in line:
        return f"{name} is installed but its daemon does not answer: start it, or check DOCKER_HOST"
    return f"`{name} info` says whether it works"
