"""What is started: the release, Mix or an escript; a Procfile's lines in terms of that; and the migrations."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from buildplan.language import ports
from buildplan.model.build_plan import APP_DIR, Diagnostic, Process

from . import migrations, tasks

if TYPE_CHECKING:
    from buildplan.model.origin import Origin, Sourced
    from buildplan.model.requests import CommandRequest

    from .listening import Listening
    from .migrations import Migration
    from .project import Project
    from .shipping import Shipping

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w{0,100}=[^\s;&|<>()`]{0,500}\s+", re.ASCII)
_SERVES = re.compile(
    r"(?:elixir\s[^;&|]{0,300}\s-S\s+)?(?:exec\s+)?mix\s+(?:do\s+)?(?:phx\.server|phoenix\.server|run\b)[^;&|]{0,200}"
)
_MIGRATES = re.compile(r"(?:exec\s+)?mix\s+(?:do\s+)?ecto\.(?:migrate|setup|deploy)\b")
_OF_RELEASE = re.compile(
    r"(?:\./|/app/|\S{0,100}_build/prod/rel/[\w.-]{1,100}/|/opt/app/|\S{0,100}rel/[\w.-]{1,100}/)?bin/([\w.-]{1,100})"
)
_CONTROL = re.compile(r"[;&|<>()`\n]|\$\(")


def main(project: Project, shipping: Shipping, heard: Listening) -> tuple[Process, ...]:
    """Return the processes, the app's own first, each with a decision."""
    return _Resolver(project, shipping, heard).processes()


class _Resolver:
    def __init__(self, project: Project, shipping: Shipping, heard: Listening) -> None:
        self._project = project
        self._shipping = shipping
        self._port = heard.port
        self._variable = heard.variable
        self._reasons = project.reasons

    def processes(self) -> tuple[Process, ...]:
        overrides = self._project.overrides
        name = "web" if self._port is not None else "worker"
        asked = overrides.start or (overrides.processes.get(name) if name == "worker" else None)
        first = self._asked(name, asked, self._port) if asked is not None else None
        if first is not None and asked is not None:
            self._reasons.decide("start", first.text, asked.origin, "as it was asked for")
        else:
            first = ports.forward(Process(name, argv=self._usual(), port=self._port), self._variable)
            self._reasons.decide("start", first.text, self._shipping.origin, self._why())
        found = [first]
        migration = migrations.find(self._project)
        if migration is not None and "release" not in overrides.processes:
            found.append(self._migration(migration, migration.origin, migration.why))
        for key, command in overrides.processes.items():
            process = self._asked(key, command, None) if key != name else None
            if process is not None:
                found.append(process)
                self._reasons.decide(f"processes.{key}", process.text, command.origin, "as it was asked for")
        return tuple(found)

    def _usual(self) -> tuple[str, ...]:
        shipping = self._shipping
        if shipping.kind == "mix":
            task = self._project.server_task or tasks.of_phoenix(self._project, "server")
            is_task = self._project.server_task is not None or "phoenix" in self._project.frameworks
            return ("mix", task) if is_task else ("mix", "run", "--no-halt")
        if shipping.kind == "escript":
            return (f"{APP_DIR}/{shipping.name}",)
        return (f"{APP_DIR}/bin/{shipping.name}", "foreground" if shipping.kind == "distillery" else "start")

    def _why(self) -> str:
        return {
            "release": "the start script of the release",
            "distillery": "the start script of the release",
            "escript": "the program that is built",
            "mix": "Mix starts the app, and reads its configuration then",
        }[self._shipping.kind]

    def _migration(self, migration: Migration, origin: Origin, why: str) -> Process:
        argv = migrations.argv(self._shipping, migration)
        process = Process("release", argv=argv)
        self._reasons.decide("processes.release", process.text, origin, why)
        return process

    def _asked(self, name: str, asked: Sourced[CommandRequest], port: int | None) -> Process | None:
        """Return a process as it was asked for, in terms of what is in the image; None where it cannot be."""
        request = asked.value
        line = request.shell if request.shell is not None else shlex.join(request.argv)
        bare = _without_assignments(line)
        kept = Process(name, argv=request.argv, shell=request.shell, port=port)
        if self._shipping.kind in {"mix", "escript"}:
            return self._of_mix(name, _without_assignments(line, ("MIX_ENV=prod ",)), port)
        script = _OF_RELEASE.match(bare)
        if script is not None and not _CONTROL.search(bare):
            return self._of_release(kept, script[1], bare[script.end() :]) if line == bare else kept
        if not re.search(r"(?:^|[\s;&|])mix\s", bare):
            return kept
        usual = " ".join(self._usual())
        if _SERVES.fullmatch(bare.strip()):
            text = f"`mix` is not in the image of a release: `{usual}` stands for `{bare.strip()[:80]}`"
            self._reasons.report(
                Diagnostic("BP645", "info", text, asked.origin, f"write `bin/{self._shipping.name} start`")
            )
            return Process(name, argv=self._usual(), port=port)
        found = migrations.find(self._project)
        if _MIGRATES.match(bare) and found is not None:
            process = Process(name, argv=migrations.argv(self._shipping, found))
            if _CONTROL.search(bare):
                text = f"of `{bare.strip()[:80]}` only the migrations can run: `mix` is not in the image of a release"
                self._reasons.report(Diagnostic("BP645", "warning", text, asked.origin, "write the rest as `eval` too"))
            return process
        text = f"`mix` is not in the image of a release, so `{bare.strip()[:80]}` cannot run"
        fix = f"write it with `bin/{self._shipping.name} eval …`"
        self._reasons.report(Diagnostic("BP645", "warning", text, asked.origin, fix))
        return Process(name, argv=self._usual(), port=port) if name in {"web", "worker"} and port is not None else None

    def _of_mix(self, name: str, line: str, port: int | None) -> Process:
        """Return a plain call of Mix without a shell; what else there is stays as it was written."""
        kept = Process(name, shell=line, port=port)
        bare = _without_assignments(line, ("",))
        if _CONTROL.search(line) or "$" in line or not bare.startswith(("mix ", "elixir ")):
            return kept
        try:
            words = tuple(shlex.split(line))
        except ValueError:
            return kept
        # A shell that only sets variables would stay, and get the signals.
        return Process(name, argv=words if bare == line else ("env", *words), port=port)

    def _of_release(self, kept: Process, script: str, rest: str) -> Process:
        """Return a call of a script of the release; its path begins where the release lies."""
        if "$" in rest or kept.shell is None:
            return kept
        try:
            words = shlex.split(rest)
        except ValueError:
            return kept
        return Process(kept.name, argv=(f"{APP_DIR}/bin/{script}", *words), port=kept.port)


def _without_assignments(line: str, known: tuple[str, ...] = ("MIX_ENV=", "PORT=", "PHX_SERVER=", "POOL_SIZE=")) -> str:
    """Return a command without `MIX_ENV=prod PORT=4000` before it; the image sets what it needs."""
    rest = line.strip()
    while True:
        match = _ASSIGNMENT.match(rest)
        if match is None or not match[0].startswith(known):
            return rest
        rest = rest[match.end() :]
