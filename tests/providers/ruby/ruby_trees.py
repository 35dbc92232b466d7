"""What the tests of the Ruby provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import buildplan
from buildplan import registry
from buildplan.overrides import Overrides
from buildplan.provenance import Origin
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

if TYPE_CHECKING:
    from buildplan.build_plan import BuildPlan, Diagnostic
    from buildplan.contract import Detection

PROVIDER = registry.named("ruby", Origin("<test>"))

RACK = {"Gemfile": 'gem "rack"\ngem "puma"\n', "config.ru": "run ->(_env) { [200, {}, []] }\n"}
APPLICATION = 'require "rails"\n\nmodule Shop\n  class Application < Rails::Application\n  end\nend\n'
RAILS = {
    "Gemfile": 'gem "rails"\ngem "puma"\n',
    "config/application.rb": APPLICATION,
    "config.ru": "run Rails.application\n",
    "bin/rails": "#!/usr/bin/env ruby\n",
}


def lock(*specs: str, platforms: tuple[str, ...] = ("ruby",), ruby: str = "", bundler: str = "") -> str:
    """Return a lock file with these gems, `name (1.0)` each."""
    lines = ["GEM", "  remote: https://rubygems.org/", "  specs:", *(f"    {spec}" for spec in specs), ""]
    lines += ["PLATFORMS", *(f"  {name}" for name in platforms), ""]
    if ruby:
        lines += ["RUBY VERSION", f"   ruby {ruby}", ""]
    if bundler:
        lines += ["BUNDLED WITH", f"   {bundler}"]
    return "\n".join(lines) + "\n"


def of(files: dict[str, str]) -> SourceTree:
    return SourceTree(MemoryBackend(files))


def plan(files: dict[str, str], **options: Any) -> BuildPlan:
    return buildplan.plan(files, buildplan.Options(**options))


def detected(files: dict[str, str]) -> Detection | None:
    return PROVIDER.detect(of(files), Overrides())


def start(made: BuildPlan) -> str:
    process = made.process(made.start)
    assert process is not None
    return process.text


def diagnostic(made: BuildPlan, code: str) -> Diagnostic:
    found = [item for item in made.diagnostics if item.code == code]
    assert len(found) == 1, [str(item) for item in made.diagnostics]
    return found[0]


def codes(made: BuildPlan) -> set[str]:
    return {item.code for item in made.diagnostics}


def commands(made: BuildPlan, phase: str) -> tuple[str, ...]:
    found = made.phase(phase)
    assert found is not None
    return found.commands
