"""Base images that are pinned by digest: which a plan has, and what its lock file says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from buildplan.image import stages
from buildplan.image.instructions import From
from buildplan.model.build_plan import Decision, Diagnostic
from buildplan.model.origin import Origin

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan
    from buildplan.model.requests import Overrides

_FILE = "buildplan.lock"


def images(plan: BuildPlan) -> tuple[str, ...]:
    """Return the images that the stages start from, as the catalogue names them, without those that hold a digest.

    Raises PlanError for a plan that cannot be built.
    """
    # Other processes start from the same images; mirrors and digests change how they are written.
    lowered = stages.lower(replace(plan, mirrors=(), digests=(), platform=""))
    names = {stage.name for stage in lowered}
    heads = (item for stage in lowered for item in stage.instructions if isinstance(item, From))
    return tuple(dict.fromkeys(item.image for item in heads if item.image not in names and "@" not in item.image))


def pinned(plan: BuildPlan, overrides: Overrides) -> BuildPlan:
    """Return the plan with the digests of its lock file; images that it lacks are reported (BP946)."""
    required = overrides.lock_required
    locked = overrides.locked
    if locked is None and required is None:
        return plan
    found = images(plan)
    known = {image: locked[image] for image in found if locked is not None and image in locked}
    decisions = tuple(
        Decision(f"digests.{image}", item.value, item.origin, "pinned by `buildplan lock`")
        for image, item in known.items()
    )
    return replace(
        plan,
        digests=tuple((image, item.value) for image, item in known.items()),
        decisions=(*plan.decisions, *decisions),
        diagnostics=(
            *plan.diagnostics,
            *(
                _missing(image, is_there=locked is not None, is_error=required is not None)
                for image in found
                if image not in known and "BP946" not in {item.value for item in overrides.ignore_codes}
            ),
        ),
    )


def _missing(image: str, *, is_there: bool, is_error: bool) -> Diagnostic:
    text = f"{_FILE} has no digest of `{image}`" if is_there else f"`{image}` is not pinned: there is no {_FILE}"
    place = Origin(_FILE) if is_there else Origin("buildplan.toml", key="lock.required")
    return Diagnostic("BP946", "error" if is_error else "warning", text, place, "run `buildplan lock`, and commit it")
