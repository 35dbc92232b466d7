"""The plan of a tree without a language: Debian, the whole tree, and the command that is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.errors import NoStartError
from buildplan.language.contract import ProviderPlan
from buildplan.model.build_plan import Input, Phase, Process, Run, Runtime
from buildplan.model.origin import Origin, rule
from buildplan.model.origin import catalogue as table_of
from buildplan.model.reasons import Reasons

from . import LANGUAGE

if TYPE_CHECKING:
    from buildplan.language.contract import PlanContext
    from buildplan.model.requests import CommandRequest
    from buildplan.source import SourceTree


def plan(_: SourceTree, context: PlanContext) -> ProviderPlan:
    reasons = Reasons()
    start = context.overrides.start
    if start is None:
        raise NoStartError(
            "no language is planned, and nothing says what to start", origin=Origin("."), hint=LANGUAGE.start_help
        )
    version = catalogue.runtime("debian").default
    runtime = Runtime("debian", version)
    reasons.decide("debian.version", version, table_of("debian.default"), "no language is planned")
    reasons.decide("start", start.value.text, start.origin, "the command that is given, as it is")
    reasons.decide("run.copies", ".", rule("whole tree"), "what the command reads is not known")
    reasons.decide("run.user", "1000:1000", rule("non-root"), "a numeric user without privileges")
    reasons.decide("run.init", "true", rule("signals"), "what a shell starts may not end on SIGTERM as process 1")
    processes = [_process("web", start.value)]
    for name, asked in sorted(context.overrides.processes.items()):
        processes.append(_process(name, asked.value))
        reasons.decide(f"processes.{name}", asked.value.text, asked.origin, "the command that is given, as it is")
    return ProviderPlan(
        phases=(Phase("setup", runtime=runtime),),
        run=Run(runtime, copies=(Input("."),), init=True),
        processes=tuple(processes),
        decisions=reasons.decisions,
    )


def _process(name: str, asked: CommandRequest) -> Process:
    return Process(name, argv=asked.argv, shell=asked.shell)
