"""Plan ↔ JSON, and the JSON Schema of a plan. What is empty or at its default is left out."""

from __future__ import annotations

import functools
import json
from dataclasses import MISSING, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from buildplan.errors import ConfigError
from buildplan.model.build_plan import SCHEMA_VERSION, BuildPlan
from buildplan.model.origin import Origin
from buildplan.model.visible_text import half_character, json_text, on_one_line

if TYPE_CHECKING:
    from pydantic import TypeAdapter

# The plans of the largest trees have some hundred kilobytes.
MAX_PLAN_CHARACTERS = 4 * 1024 * 1024
# A reader in another language finds these keys always, also when they are empty.
_ALWAYS = {"schema_version", "providers", "phases", "processes", "variables", "start", "diagnostics", "decisions"}


def dumps(plan: BuildPlan, *, indent: int | None = 2) -> str:
    """Return the plan as JSON text; `indent` None gives one line."""
    return json_text(tables(plan), indent=indent)


def tables(value: Any) -> Any:
    """Return dataclasses as tables and tuples as lists, without what is at its default."""
    if is_dataclass(value) and not isinstance(value, type):
        result: dict[str, Any] = {}
        for field in fields(value):
            content = getattr(value, field.name)
            default = field.default
            if content == default and default is not MISSING and field.name not in _ALWAYS:
                continue
            result[field.name] = tables(content)
        if isinstance(value, BuildPlan):
            result = {"schema_version": result.pop("schema_version"), **result}
        return result
    if isinstance(value, tuple | list):
        return [tables(item) for item in value]
    return value


@functools.cache
def _adapter() -> TypeAdapter[BuildPlan]:
    """Return the validator of a plan; to make it costs four times what a small plan costs."""
    from pydantic import TypeAdapter

    return TypeAdapter(BuildPlan)


def loads(text: str) -> BuildPlan:
    """Return the plan in JSON text; raises ConfigError that names the key for anything else.

    The values are checked as those of a hostile tree are: see `plan_check`.
    """
    from pydantic import ValidationError

    origin = Origin("<plan>")
    if len(text) > MAX_PLAN_CHARACTERS:
        raise ConfigError(f"the plan has more than {MAX_PLAN_CHARACTERS:,} characters", origin=origin)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"the plan is not JSON: {error}", origin=origin) from error
    half = half_character(data)
    if half is not None:
        key = on_one_line(".".join(map(str, half))[:200])
        problem = f"the plan holds half of a character at `{key}`, which no file can hold"
        raise ConfigError(problem, origin=Origin("<plan>", key=key), hint="write the whole character")
    if isinstance(data, dict) and data.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
        raise ConfigError(
            f"the plan has schema version {data['schema_version']!r}; this release reads {SCHEMA_VERSION}",
            origin=Origin("<plan>", key="schema_version"),
            hint="make the plan again with `buildplan plan`",
        )
    from buildplan.render import plan_check

    try:
        plan = _adapter().validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"the plan has a wrong value at `{on_one_line(key[:200])}`: {first['msg'][:1].lower()}{first['msg'][1:]}",
            origin=Origin("<plan>", key=key),
            hint="`buildplan schema plan` prints what a plan may hold",
        ) from error
    plan_check.check(plan)
    return plan


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a plan."""
    result = _adapter().json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "buildplan plan", **result}
