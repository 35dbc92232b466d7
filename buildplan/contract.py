"""All that a provider of another package needs, under one name; how it is used: `buildplan/language/contract.py`.

What is here changes only together with `API_VERSION`.
"""

from __future__ import annotations

from buildplan.catalogue import Line, RuntimeTable
from buildplan.catalogue.versions import Request, Resolution, resolve
from buildplan.language.contract import API_VERSION, Detection, PlanContext, Provider, ProviderPlan, Strength
from buildplan.model.build_plan import (
    Cache,
    Decision,
    Diagnostic,
    Evidence,
    HealthCheck,
    Input,
    Phase,
    Process,
    Run,
    RunnerUp,
    Runtime,
    Variable,
)
from buildplan.model.origin import Origin, Sourced, rule
from buildplan.model.reasons import Reasons
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree

__all__ = [
    "API_VERSION",
    "Cache",
    "Decision",
    "Detection",
    "Diagnostic",
    "Evidence",
    "HealthCheck",
    "Input",
    "Line",
    "Origin",
    "Overrides",
    "Phase",
    "PlanContext",
    "Process",
    "Provider",
    "ProviderPlan",
    "Reasons",
    "Request",
    "Resolution",
    "Run",
    "RunnerUp",
    "Runtime",
    "RuntimeTable",
    "SourceTree",
    "Sourced",
    "Strength",
    "Variable",
    "resolve",
    "rule",
]
