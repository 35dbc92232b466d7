"""From a source tree to a build plan and a Dockerfile that you would commit.

    plan(source)         a BuildPlan; its `dockerfile()` and `dockerignore()` are text, its `to_json()` keeps it
    detect(source)       which languages claim a tree, and on what evidence
    check(source)        whether the Dockerfiles of a tree, ours or anybody's, agree with its code
    write_all(path)      the Dockerfiles of all apps of a tree, with a compose file if asked
    write_files(path)    the Dockerfile and the ignore file into a directory, hand edits kept
    merge(text, text)    the same for texts

A source is a path of a directory or an archive, the bytes of an archive, an open binary file, or path → content. All
but `write_files` and `write_all` are pure functions of their arguments: no network, no subprocess, nothing written.
What is wrong is a BuildplanError. The page of the API is docs/api.md.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.api import Options, apps, detect, open_source, plan
    from buildplan.compose.composition import Candidate
    from buildplan.drift.api import check
    from buildplan.drift.check import Report
    from buildplan.drift.findings import Edit, Finding
    from buildplan.errors import (
        BuildplanError,
        ConfigError,
        EngineError,
        FileError,
        NoProviderError,
        NoStartError,
        PlanError,
        PluginError,
        RefusedError,
        SourceError,
        VersionError,
    )
    from buildplan.model.app import App
    from buildplan.model.build_plan import (
        BuildPlan,
        Decision,
        Diagnostic,
        Evidence,
        HealthCheck,
        Input,
        Phase,
        Process,
        ProviderUse,
        Run,
        RunnerUp,
        Runtime,
        Variable,
    )
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree
    from buildplan.source.open import Source
    from buildplan.write.files import Change
    from buildplan.write.merge import Conflict, Regenerated
    from buildplan.write_api import merge, write_all, write_files

__all__ = [
    "App",
    "BuildPlan",
    "BuildplanError",
    "Candidate",
    "Change",
    "ConfigError",
    "Conflict",
    "Decision",
    "Diagnostic",
    "Edit",
    "EngineError",
    "Evidence",
    "FileError",
    "Finding",
    "HealthCheck",
    "Input",
    "NoProviderError",
    "NoStartError",
    "Options",
    "Origin",
    "Phase",
    "PlanError",
    "PluginError",
    "Process",
    "ProviderUse",
    "RefusedError",
    "Regenerated",
    "Report",
    "Run",
    "RunnerUp",
    "Runtime",
    "Source",
    "SourceError",
    "SourceTree",
    "Variable",
    "VersionError",
    "__version__",
    "apps",
    "check",
    "detect",
    "merge",
    "open_source",
    "plan",
    "write_all",
    "write_files",
]

__version__ = "0.1.0"

_HOMES = {
    "App": "buildplan.model.app",
    "BuildPlan": "buildplan.model.build_plan",
    "BuildplanError": "buildplan.errors",
    "Candidate": "buildplan.compose.composition",
    "Change": "buildplan.write.files",
    "ConfigError": "buildplan.errors",
    "Conflict": "buildplan.write.merge",
    "Decision": "buildplan.model.build_plan",
    "Diagnostic": "buildplan.model.build_plan",
    "Edit": "buildplan.drift.findings",
    "EngineError": "buildplan.errors",
    "Evidence": "buildplan.model.build_plan",
    "FileError": "buildplan.errors",
    "Finding": "buildplan.drift.findings",
    "HealthCheck": "buildplan.model.build_plan",
    "Input": "buildplan.model.build_plan",
    "NoProviderError": "buildplan.errors",
    "NoStartError": "buildplan.errors",
    "Options": "buildplan.api",
    "Origin": "buildplan.model.origin",
    "Phase": "buildplan.model.build_plan",
    "PlanError": "buildplan.errors",
    "PluginError": "buildplan.errors",
    "Process": "buildplan.model.build_plan",
    "ProviderUse": "buildplan.model.build_plan",
    "RefusedError": "buildplan.errors",
    "Regenerated": "buildplan.write.merge",
    "Report": "buildplan.drift.check",
    "Run": "buildplan.model.build_plan",
    "RunnerUp": "buildplan.model.build_plan",
    "Runtime": "buildplan.model.build_plan",
    "Source": "buildplan.source.open",
    "SourceError": "buildplan.errors",
    "SourceTree": "buildplan.source",
    "Variable": "buildplan.model.build_plan",
    "VersionError": "buildplan.errors",
    "apps": "buildplan.api",
    "check": "buildplan.drift.api",
    "detect": "buildplan.api",
    "merge": "buildplan.write_api",
    "open_source": "buildplan.api",
    "plan": "buildplan.api",
    "write_all": "buildplan.write_api",
    "write_files": "buildplan.write_api",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import buildplan` costs nothing."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `buildplan` has no attribute `{name}`")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
