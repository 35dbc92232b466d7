"""A tree that no language claims, with a start command that its owner gave: a script, or programs from apt packages.

Any manifest of a language is stronger; plain files are not, since a web server for them could not run the command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.errors import NoStartError
from buildplan.language.contract import Detection, PlanContext, Provider, ProviderPlan, Strength
from buildplan.model.build_plan import Evidence, Input, Phase, Process, Run, Runtime
from buildplan.model.origin import Origin, rule
from buildplan.model.origin import catalogue as table_of
from buildplan.model.reasons import Reasons

if TYPE_CHECKING:
    from buildplan.model.requests import CommandRequest, Overrides
    from buildplan.source import SourceTree

_START_HELP = 'write `start = "./start.sh"` in buildplan.toml, or a `web:` line in a Procfile'


def detect(_: SourceTree, overrides: Overrides) -> Detection | None:
    if overrides.start is None:
        return None
    return Detection(Strength.COMMAND, (Evidence("a start command is given", overrides.start.origin),))


def plan(_: SourceTree, context: PlanContext) -> ProviderPlan:
    reasons = Reasons()
    start = context.overrides.start
    if start is None:
        raise NoStartError(
            "no language is planned, and nothing says what to start", origin=Origin("."), hint=_START_HELP
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


PROVIDER = Provider("shell", "Shell", detect, plan, _START_HELP, looks_for="a start command in the configuration")
