"""From a source tree to a build plan and a Dockerfile that you would commit.

`plan(source)` returns a `BuildPlan`; `BuildPlan.dockerfile()` renders it. Everything is a pure function of its
arguments: no network, no subprocess, nothing written.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.api import Options, apps, detect, open_source, plan
    from buildplan.drift.api import check
    from buildplan.drift.check import Report
    from buildplan.drift.findings import Finding
    from buildplan.errors import BuildplanError
    from buildplan.model.app import App
    from buildplan.model.build_plan import BuildPlan, Decision, Diagnostic
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

__all__ = [
    "App",
    "BuildPlan",
    "BuildplanError",
    "Decision",
    "Diagnostic",
    "Finding",
    "Options",
    "Origin",
    "Report",
    "SourceTree",
    "__version__",
    "apps",
    "check",
    "detect",
    "open_source",
    "plan",
]

__version__ = "0.1.0"

_HOMES = {
    "App": "buildplan.model.app",
    "BuildPlan": "buildplan.model.build_plan",
    "BuildplanError": "buildplan.errors",
    "Decision": "buildplan.model.build_plan",
    "Diagnostic": "buildplan.model.build_plan",
    "Finding": "buildplan.drift.findings",
    "Options": "buildplan.api",
    "Origin": "buildplan.model.origin",
    "Report": "buildplan.drift.check",
    "SourceTree": "buildplan.source",
    "apps": "buildplan.api",
    "check": "buildplan.drift.api",
    "detect": "buildplan.api",
    "open_source": "buildplan.api",
    "plan": "buildplan.api",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import buildplan` costs nothing."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `buildplan` has no attribute `{name}`")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
