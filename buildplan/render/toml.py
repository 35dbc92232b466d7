"""Plan → TOML, for people who keep their plans in files; the same keys as the JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.render.json import tables

if TYPE_CHECKING:
    from buildplan.model.build_plan import BuildPlan


def dumps(plan: BuildPlan) -> str:
    """Return the plan as TOML text."""
    import tomlkit

    content = {key: _without_null(value) for key, value in tables(plan).items() if value is not None}
    return tomlkit.dumps(content)


def _without_null(value: object) -> object:
    """TOML has no null: a key without a value is left out."""
    if isinstance(value, dict):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_null(item) for item in value]
    return value
