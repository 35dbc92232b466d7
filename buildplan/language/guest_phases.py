"""The phases of one provider inside the plan of another: `build` of Node becomes `node:build`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.model.build_plan import Decision, Input, Phase


def phase(own: Phase, guest: str) -> Phase:
    """Return a phase under its name in the other plan, and so all that it names of its own plan."""
    return replace(
        own,
        name=f"{guest}:{own.name}",
        inputs=tuple(result(item, guest) for item in own.inputs),
        depends_on=tuple(f"{guest}:{needed}" for needed in own.depends_on),
    )


def result(item: Input, guest: str) -> Input:
    """Return what is taken from a phase of the guest, or from the build context as it is."""
    return replace(item, phase=f"{guest}:{item.phase}") if item.phase else item


def decision(own: Decision, guest: str) -> Decision:
    """Return the reason for a value of the guest; what only an app has is kept apart from that of the app."""
    field = own.field
    if field.startswith("phases."):
        field = f"phases.{guest}:{field.removeprefix('phases.')}"
    elif field in {"start", "port"} or field.startswith(("run.", "processes.")):
        field = f"{guest}:{field}"
    return replace(own, field=field)
