"""What platforms that build images need: rows of a dated table, which the plan and its stages are fitted to."""

from __future__ import annotations

import json
from functools import cache
from typing import NamedTuple

from buildplan.errors import ConfigError
from buildplan.model.origin import Origin
from buildplan.read import data_table


class Platform(NamedTuple):
    """One row of `platforms.toml`, which says what each of these means."""

    name: str
    title: str
    shell: bool = False
    probe: bool = False
    bash: bool = False
    login_shell: bool = False
    writable: tuple[str, ...] = ()
    output_in_app: bool = False
    output_in_first_stage: bool = False
    arguments: bool = False
    port: int | None = None
    definition: str | None = None


@cache
def platforms() -> dict[str, Platform]:
    """Return name → platform."""
    rows = {name: row for name, row in data_table.read(__file__, "platforms").items() if isinstance(row, dict)}
    return {name: Platform(name, **{**row, "writable": tuple(row.get("writable", ()))}) for name, row in rows.items()}


def is_read_by_installers(variable: str) -> bool:
    """Return whether package managers or install scripts read a variable of that name."""
    prefixes: list[str] = data_table.read(__file__, "platforms")["read_by_installers"]
    return variable.startswith(tuple(prefixes))


def definition_text(dockerfile: str) -> str:
    """Return what a `captain-definition` (schema 2) says of a Dockerfile, a path from the folder that it lies in."""
    return f'{{\n  "schemaVersion": 2,\n  "dockerfilePath": {json.dumps(dockerfile)}\n}}\n'


def platform(name: str, origin: Origin | None = None) -> Platform:
    """Return the platform of that name; raises ConfigError with the nearest known name."""
    known = platforms()
    if name in known:
        return known[name]
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known profiles: {', '.join(known)}"
    raise ConfigError(f"there is no profile `{name[:60]}`", origin=origin or Origin("<options>"), hint=hint)
