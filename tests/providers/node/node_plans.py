"""What the tests of the Node provider share: the plan of a tree in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from buildplan.providers.node import LANGUAGE
from node_installs import Files, tree

from buildplan.language import subfolder
from buildplan.language.contract import Detection, PlanContext
from buildplan.model.origin import Sourced, option
from buildplan.model.requests import CommandRequest, Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import ProviderPlan
    from buildplan.model.build_plan import Decision, Diagnostic, Phase, Process, Role, Run


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
        """The command, or `site`."""
        return "site" if self.run.site is not None else self.main.text

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.run.environment)

    @property
    def copies(self) -> list[str]:
        """Path, and the phase it is from."""
        return [f"{item.path} < {item.phase}" if item.phase else item.path for item in self.run.copies]

    @property
    def codes(self) -> set[str]:
        return {item.code for item in self.plan.diagnostics}

    def phase(self, name: str) -> Phase:
        return next(phase for phase in self.plan.phases if phase.name == name)

    def commands(self, name: str) -> tuple[str, ...]:
        return next((phase.commands for phase in self.plan.phases if phase.name == name), ())

    def decision(self, field: str) -> Decision:
        return next(item for item in self.plan.decisions if item.field == field)

    def diagnostic(self, code: str) -> Diagnostic:
        found = [item for item in self.plan.diagnostics if item.code == code]
        assert len(found) == 1, self.plan.diagnostics
        return found[0]


def planned(files: Files, overrides: Overrides | None = None, role: Role = "app") -> Planned:
    return Planned(subfolder.plan(LANGUAGE, tree(files), PlanContext(overrides or Overrides(), role)))


def package(**fields: Any) -> Files:
    """Return a tree of one package."""
    return {"package.json": {"name": "app", **fields}}


def app(start: str, files: Files | None = None, **fields: Any) -> Files:
    """Return an Express app with that start script, and a server that honours PORT."""
    fields.setdefault("dependencies", {"express": "5"})
    scripts = {"start": start, **fields.pop("scripts", {})}
    server = "const app = require('express')()\napp.listen(process.env.PORT || 3001)\n"
    return {**package(scripts=scripts, **fields), "server.js": server, **(files or {})}


def starting(text: str) -> Overrides:
    return Overrides(start=Sourced(CommandRequest(shell=text), option("--start-cmd")))


def options(**values: str) -> Overrides:
    return Overrides(options={f"node.{key}": Sourced(value, option(f"node.{key}")) for key, value in values.items()})


def detected(files: Files) -> Detection | None:
    return subfolder.detect(LANGUAGE, tree(files), Overrides())[0]
