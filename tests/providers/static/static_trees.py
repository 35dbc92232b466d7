"""What the tests of the static provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.language import registry
from buildplan.language.contract import Detection, PlanContext, ProviderPlan
from buildplan.model.origin import Origin, Sourced, option
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from buildplan.model.build_plan import Decision, Diagnostic, Phase

PROVIDER = registry.named("static", Origin("<test>"))

PAGE = "<!doctype html><title>hello</title>"


def of(files: dict[str, str | bytes]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def options(**values: str) -> Overrides:
    """Return overrides with options: `root` is `static.root`."""
    return Overrides(
        options={f"static.{name}": Sourced(value, option(f"static.{name}")) for name, value in values.items()}
    )


def versions(**values: str) -> Overrides:
    return Overrides(versions={name: Sourced(value, option(name)) for name, value in values.items()})


def detected(files: dict[str, str | bytes], overrides: Overrides | None = None) -> Detection | None:
    return PROVIDER.detect(of(files), overrides or Overrides())


def planned(files: dict[str, str | bytes], overrides: Overrides | None = None, role: str = "app") -> ProviderPlan:
    return PROVIDER.plan(of(files), PlanContext(overrides or Overrides(), "assets" if role == "assets" else "app"))


def phase(plan: ProviderPlan, name: str) -> Phase:
    return next(item for item in plan.phases if item.name == name)


def decision(plan: ProviderPlan, field: str) -> Decision:
    return next(item for item in plan.decisions if item.field == field)


def copied(plan: ProviderPlan) -> list[str]:
    assert plan.run is not None
    return [item.path for item in plan.run.copies]


def diagnostics(plan: ProviderPlan, code: str) -> list[Diagnostic]:
    return [item for item in plan.diagnostics if item.code == code]
