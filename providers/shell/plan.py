"""The plan of a tree without a language: the whole tree and the command that is given, in an image that can run it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan import catalogue
from buildplan.catalogue.versions import Request, resolve
from buildplan.errors import NoStartError
from buildplan.language import registry, start_program
from buildplan.language.contract import ProviderPlan
from buildplan.model.build_plan import Input, Phase, Process, Run, Runtime
from buildplan.model.origin import Origin, rule
from buildplan.model.origin import catalogue as table_of
from buildplan.model.reasons import Reasons

from . import LANGUAGE

if TYPE_CHECKING:
    from buildplan.language.contract import PlanContext
    from buildplan.model.requests import CommandRequest, Overrides
    from buildplan.source import SourceTree


def plan(tree: SourceTree, context: PlanContext) -> ProviderPlan:
    reasons = Reasons()
    start = context.overrides.start
    if start is None:
        raise NoStartError(
            "no language is planned, and nothing says what to start", origin=Origin("."), hint=LANGUAGE.start_help
        )
    runtime = _runtime(tree, context.overrides, reasons)
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


def _runtime(tree: SourceTree, overrides: Overrides, reasons: Reasons) -> Runtime:
    """Return the runtime that brings a program of the start command, else plain Debian.

    With source code of its language in the tree it is the one that can compile.
    """
    for language in registry.languages().values():
        if not language.runtimes or not start_program.brings(language, overrides, tree):
            continue
        name = language.runtimes[0]
        images = catalogue.runtime(name).images
        code = tree.with_suffix(*(ending.removeprefix("*") for ending in language.sources)) if language.sources else ()
        wanted = ("full", "slim") if code else ("slim", "full")
        flavour = next((item for item in wanted if item in images), next(iter(images)))
        asked = overrides.versions.get(name)
        requests = () if asked is None else (Request(asked.value, asked.origin),)
        found = resolve(name, requests, reasons)
        return Runtime(name, found.version, found.requested, flavour=flavour)
    version = catalogue.runtime("debian").default
    reasons.decide("debian.version", version, table_of("debian.default"), "no language is planned")
    return Runtime("debian", version)


def _process(name: str, asked: CommandRequest) -> Process:
    return Process(name, argv=asked.argv, shell=asked.shell)
