"""Phases and images made of values that carry their reasons, so that no value is without one.

    install = phase(
        "install",
        reasons,
        Stated("commands", ("bundle install",), lock, "the gems that the lock file names"),
        Stated("caches", (CACHE,), rule("caches"), "downloads are kept between builds"),
        depends_on=("setup",),
    )

The decisions are noted in the order of the values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.model.build_plan import Cache, Input, Phase, Run, Runtime

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

# Between the items of a value, in the text of its decision.
_BETWEEN = {"commands": " && ", "caches": ", ", "paths": ":"}
# Each has a decision of its own.
_PAIRS = ("environment",)


class Stated(NamedTuple):
    """A value of a phase or an image by the name of its field, where it comes from, and why.

    `note` is False where the decision is noted elsewhere. A field that is stated twice has the values of both.
    """

    field: str
    value: Any
    origin: Origin
    why: str
    note: bool = True


def phase(
    name: str,
    reasons: Reasons,
    *values: Stated | None,
    runtime: Runtime | None = None,
    apt: tuple[str, ...] = (),
    comment: str = "",
    working_dir: str = "",
    depends_on: tuple[str, ...] = (),
) -> Phase:
    """Return the phase, and note why its values are so; None and empty values are left out."""
    fields = _noted(f"phases.{name}", reasons, values)
    return Phase(
        name,
        comment=comment,
        runtime=runtime,
        apt_packages=apt,
        working_dir=working_dir,
        depends_on=depends_on,
        **fields,
    )


def run(runtime: Runtime, reasons: Reasons, *values: Stated | None, apt: tuple[str, ...] = (), **fields: Any) -> Run:
    """Return the image that is shipped, and note why its values are so; None and empty values are left out."""
    return Run(runtime, apt_packages=apt, **fields, **_noted("run", reasons, values))


def _noted(prefix: str, reasons: Reasons, values: Iterable[Stated | None]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for item in values:
        if item is None or item.value in ((), "", False, None):
            continue
        several = isinstance(item.value, tuple)
        made[item.field] = (*made.get(item.field, ()), *item.value) if several else item.value
        if not item.note:
            continue
        if item.field in _PAIRS:
            for name, value in item.value:
                reasons.decide(f"{prefix}.{item.field}.{name}", value, item.origin, item.why)
        else:
            shown = _text(item.field, item.value) if several else str(item.value)
            reasons.decide(f"{prefix}.{item.field}", shown, item.origin, item.why)
    return made


def _text(field: str, items: tuple[Any, ...]) -> str:
    return _BETWEEN.get(field, " ").join(_word(item) for item in items)


def _word(item: Any) -> str:
    if isinstance(item, Input):
        return item.path
    return item.target if isinstance(item, Cache) else str(item)
