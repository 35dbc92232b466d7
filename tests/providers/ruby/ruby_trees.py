"""What the tests of the Ruby provider share: trees in memory and the plan of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planned import of

from buildplan.language import registry
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides

if TYPE_CHECKING:
    from buildplan.language.contract import Detection

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


def detected(files: dict[str, str]) -> Detection | None:
    return PROVIDER.detect(of(files), Overrides())
