"""What the tests of the Python provider share: trees in memory, their plans, and short ways to look at them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from buildplan.providers.python import LANGUAGE, entry_points
from buildplan.providers.python import manifest as manifests

from buildplan.language import subfolder
from buildplan.language.contract import Detection, PlanContext
from buildplan.model.origin import Origin, Sourced, option
from buildplan.model.reasons import Reasons
from buildplan.model.requests import CommandRequest, Overrides, VariableRequest
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from buildplan.providers.python.entry_points import Found

    from buildplan.language.contract import ProviderPlan
    from buildplan.model.build_plan import Decision, Diagnostic, Phase, Process, Run

Files = dict[str, str]

FLASK = "from flask import Flask\n\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SCRIPT = "import sys\n\nif __name__ == '__main__':\n    print(sys.argv)\n"


@dataclass(frozen=True)
class Planned:
    """A plan, with short ways to what tests look at."""

    plan: ProviderPlan

    @property
    def run(self) -> Run:
        assert self.plan.run is not None
        return self.plan.run

    @property
    def main(self) -> Process:
        return self.plan.processes[0]

    @property
    def start(self) -> str:
        return self.main.text

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.run.environment)

    @property
    def copies(self) -> list[tuple[str, str | None]]:
        return [(item.path, item.phase) for item in self.run.copies]

    def process(self, name: str) -> str | None:
        return next((item.text for item in self.plan.processes if item.name == name), None)

    def phase(self, name: str) -> Phase:
        return next(item for item in self.plan.phases if item.name == name)

    def decision(self, field: str) -> Decision:
        return next(item for item in self.plan.decisions if item.field == field)

    def codes(self) -> list[str]:
        return [item.code for item in self.plan.diagnostics]

    def diagnostic(self, code: str) -> Diagnostic:
        return next(item for item in self.plan.diagnostics if item.code == code)


def tree(files: Files) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def asked(
    *,
    start: str | list[str] | None = None,
    processes: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
) -> Overrides:
    """Return what a Procfile, a configuration and the environment would ask for."""
    place = Origin("Procfile", 1)
    request = None
    if start is not None:
        value = CommandRequest(shell=start) if isinstance(start, str) else CommandRequest(tuple(start))
        request = Sourced(value, place)
    return Overrides(
        start=request,
        processes={name: Sourced(CommandRequest(shell=text), place) for name, text in (processes or {}).items()},
        options={name: Sourced(text, option(name)) for name, text in (options or {}).items()},
        variables={name: VariableRequest(text, option(name)) for name, text in (variables or {}).items()},
    )


def planned(files: Files, overrides: Overrides | None = None) -> Planned:
    return Planned(subfolder.plan(LANGUAGE, tree(files), PlanContext(overrides or Overrides())))


def detected(files: Files, overrides: Overrides | None = None) -> Detection | None:
    return subfolder.detect(LANGUAGE, tree(files), overrides or Overrides())[0]


def discovered(files: Files) -> Found:
    source = tree(files)
    return entry_points.discover(source, manifests.read(source, Overrides(), Reasons()))


def targets(files: Files) -> list[str]:
    """Return the targets of all entries, the best first."""
    return [entry.target for entry in discovered(files).entries]
