"""A plan where Nixpacks makes one and buildplan would refuse: nobody knows the tree, or nothing starts it.

Nixpacks prints a plan without phases for a tree that it does not know, and one without a start command for an app that
nothing starts; only `nixpacks build` is an error then. Source: shared/reference/nixpacks.md sections 5.1 and 5.3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from buildplan import api
from buildplan.errors import NoProviderError, NoStartError

if TYPE_CHECKING:
    from buildplan.config.options import Options
    from buildplan.model.build_plan import BuildPlan
    from buildplan.source import SourceTree

# What the app is planned with, and what its container runs: it says so instead of ending without a word.
_NOTHING = "true"
_STAND_IN = "echo 'This image has no start command. Set one, or run it with a command.' >&2; exit 1"


@dataclass(frozen=True, slots=True)
class Planned:
    """`plan` is None where nobody knows the tree; `starts` is false where the start command is a stand-in.

    `problem` says what is missing, empty when nothing is.
    """

    plan: BuildPlan | None
    starts: bool
    problem: str = ""


def planned(tree: SourceTree, options: Options) -> Planned:
    """Return what can be planned; raises a BuildplanError for all but a missing provider and a missing start."""
    try:
        return Planned(api.plan(tree, options), starts=True)
    except NoProviderError as error:
        return Planned(None, starts=False, problem=str(error))
    except NoStartError as error:
        without = error
    asked = options
    if not options.provider:
        # Without this the stand-in would count as evidence for a tree of no language.
        found = [item.provider.name for item in api.detect(tree, options)]
        asked = replace(options, provider=tuple(found[:1]))
    try:
        plan = api.plan(tree, replace(asked, start_cmd=_NOTHING))
    except NoStartError:
        return Planned(None, starts=False, problem=str(without))
    processes = tuple(
        replace(process, argv=("sh", "-c", _STAND_IN), shell=None) if process.name == plan.start else process
        for process in plan.processes
    )
    return Planned(replace(plan, processes=processes), starts=False, problem=str(without))
