"""Every app of a tree: each place that could be one is planned, and what starts nothing is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.compose import app_choice, secrets_in_commands
from buildplan.compose.apply_requests import merge
from buildplan.compose.composition import detected, planned
from buildplan.errors import BuildplanError, NoProviderError, NoStartError, PlanError
from buildplan.language.contract import Strength
from buildplan.model.app import App
from buildplan.model.build_plan import BuildPlan, Evidence
from buildplan.model.origin import Sourced, rule
from buildplan.model.secret_spans import masked

if TYPE_CHECKING:
    from buildplan.compose.app_choice import Place
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree


def listed(tree: SourceTree, overrides: Overrides) -> tuple[App, ...]:
    """Return the apps, those of the root first; raises ConfigError for a wrong setting."""
    default = _planned(tree, replace(overrides, app=None))
    found: list[App] = []
    seen: list[BuildPlan] = []
    # The root comes last: often it is planned as one of its members, which is listed already.
    for place in sorted(app_choice.places(tree), key=lambda item: item.app == "."):
        made = _planned(tree, _asked(overrides, place))
        if isinstance(made, BuildPlan):
            if any(_is_same(made, other) for other in seen) or (seen and _is_weak(tree, overrides, place)):
                continue
            seen.append(made)
            app = _app(tree, place, made, is_default=isinstance(default, BuildPlan) and _is_same(made, default))
            # A root whose command is that of a member has no app of its own.
            if place.app != "." or all(_started(app) != _started(other) for other in found):
                found.append(app)
        elif not isinstance(made, NoStartError | NoProviderError) and type(made) is not PlanError:
            evidence = Evidence("it is declared", made.origin or place.origin)
            name = _name(tree, place)
            found.append(App(place.app, name, place.folder, "", (), None, None, evidence, problem=masked(made.problem)))
    if isinstance(default, BuildPlan) and not any(app.is_default for app in found):
        process = default.process(default.start)
        text = process.text if process is not None else None
        first = next((app for app in found if (app.provider, app.start) == (default.providers[0].name, text)), None)
        found = [replace(app, is_default=app is first) for app in found]
    return tuple(sorted(found, key=lambda app: (app.folder, app.app)))


def _started(app: App) -> tuple[str, str | None, int | None]:
    return app.provider, app.start, app.port


def _asked(overrides: Overrides, place: Place) -> Overrides:
    asked = replace(overrides, app=Sourced(place.app, rule("apps")))
    # A start command is for what is planned by itself, not for each of the apps.
    return asked if place.app == "." else replace(asked, start=None, processes={})


def _is_weak(tree: SourceTree, overrides: Overrides, place: Place) -> bool:
    """Return whether the place by itself holds tools or a library only."""
    claims = detected(tree, _asked(overrides, place))
    return not claims or claims[0].detection.strength <= Strength.TOOLING


def _name(tree: SourceTree, place: Place) -> str:
    return place.name or tree.label.rstrip("/").rpartition("/")[2]


def _app(tree: SourceTree, place: Place, made: BuildPlan, *, is_default: bool) -> App:
    use, process = made.providers[0], made.process(made.start)
    evidence = use.evidence[0]
    if place.folder and not evidence.origin.path.startswith(f"{place.folder}/"):
        evidence = Evidence("a member of the workspace", place.origin)
    return App(
        place.app,
        _name(tree, place),
        place.folder,
        use.name,
        use.frameworks,
        process.text if process is not None else None,
        process.port if process is not None else None,
        evidence,
        is_default=is_default,
    )


def _planned(tree: SourceTree, overrides: Overrides) -> BuildPlan | BuildplanError:
    try:
        made = planned(tree, overrides)
        return secrets_in_commands.removed(
            merge(tree, made.uses, made.plan, made.overrides, made.decisions, made.diagnostics)
        )
    except BuildplanError as error:
        return error


def _is_same(one: BuildPlan, other: BuildPlan) -> bool:
    """Return whether two plans build and ship the same, whoever asked for it and whatever is started."""
    return (one.phases, one.run.copies) == (other.phases, other.run.copies)
