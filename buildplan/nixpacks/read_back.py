"""A plan that comes back: one that buildplan printed and a platform edited, or one that Nixpacks itself wrote.

Ours holds a record of how it was made. The tree is planned with it again, and what is different in the plan that came
back is what the platform edited; it is laid over everything else, as a plan given with `--json-plan`. Platforms are
careless with types: PHP writes an empty object as `[]`, variables come as numbers and null. Both are accepted.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from buildplan.config.mistakes import as_config_error
from buildplan.config.options import Options
from buildplan.config.reader import plain
from buildplan.errors import ConfigError, FileError
from buildplan.model.origin import Origin
from buildplan.nixpacks import foreign_plan, plan_shape
from buildplan.nixpacks.arguments import sorted_out
from buildplan.nixpacks.lenient_plan import planned
from buildplan.nixpacks.plan_shape import METADATA, RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from buildplan.source import SourceTree

_TABLES = ("variables", "staticAssets", "phases", "start", RECORD)
_MARKERS = ("...", "@auto")
# Lists that an edit extends; of all others the list that came back counts.
_EXTENDED = ("aptPkgs", "nixPkgs", "nixLibs")
_REPLACED = ("cmds", "dependsOn", "onlyIncludeFiles", "cacheDirectories", "paths")


def with_config(tree: SourceTree, name: str, text: str, given: Options) -> Options:
    """Return the options that a config file and a command line ask for together.

    `name` is what messages call the file, with its extension. Raises ConfigError for a file that cannot be read.
    """
    data = parsed(name, text)
    clean = normalised(data)
    record = clean.get(RECORD)
    if record is None:
        if foreign_plan.is_one(clean):
            clean = foreign_plan.owners_part(clean)
        if clean == data:
            return replace(given, config=None, nixpacks_config=(name, text))
        text = json.dumps(clean, indent=2, ensure_ascii=False)
        return replace(given, config=None, nixpacks_config=(f"{name.rpartition('.')[0]}.json", text))
    if not isinstance(record, dict):
        raise _unreadable(name)
    return laid_over(edited(tree, clean, _recorded(name, record, clean.get("variables", {}))), given)


def parsed(name: str, text: str) -> dict[str, Any]:
    """Return the data of a JSON or TOML file; raises ConfigError for text that is neither."""
    from buildplan.read import json_document, toml_document
    from buildplan.source import SourceTree
    from buildplan.source.memory import MemoryBackend

    if not name.endswith((".json", ".toml")):
        raise ConfigError(
            f"unknown file type: `{name[-80:]}`", origin=Origin(name), hint="give a `.toml` or `.json` file"
        )
    tree = SourceTree(MemoryBackend({name: text}))
    try:
        document = json_document.read(tree, name) if name.endswith(".json") else toml_document.read(tree, name)
    except FileError as error:
        raise as_config_error(error) from error
    return document.data


def normalised(data: dict[str, Any]) -> dict[str, Any]:
    """Return the same plan with the types that it had before a platform re-encoded it."""
    clean = {name: _table(value) if name in _TABLES else value for name, value in data.items() if value is not None}
    phases = clean.get("phases")
    if isinstance(phases, dict):
        clean["phases"] = {name: _without_null(_table(phase)) for name, phase in phases.items()}
    for name in ("variables", "start"):
        if name in clean:
            clean[name] = _without_null(clean[name])
    return clean


def _table(value: object) -> object:
    return {} if value == [] or value is None else value


def _without_null(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in value.items() if item is not None}


def _recorded(name: str, record: dict[str, Any], variables: object) -> Options:
    """Return the options of a record; raises ConfigError when they are not as they were written."""
    asked = record.get("options") or {}
    if not isinstance(asked, dict) or not isinstance(variables, dict):
        raise _unreadable(name)
    default = Options()
    values: dict[str, Any] = {}
    for key, value in asked.items():
        if key == "env" and isinstance(value, list):
            texts = {item: plain(variables.get(item)) for item in value if isinstance(item, str)}
            values[key] = {item: text for item, text in texts.items() if text is not None}
        elif isinstance(value, str) and getattr(default, key, ()) is None:
            values[key] = value
        elif isinstance(value, list) and all(isinstance(item, str) for item in value) and hasattr(default, key):
            values[key] = tuple(value)
        else:
            raise _unreadable(name)
    given = values.get("nixpacks_config")
    if given is not None and (not isinstance(given, tuple) or len(given) != 2):  # noqa: PLR2004  # name and text
        raise _unreadable(name)
    return replace(default, **values)


def _unreadable(name: str) -> ConfigError:
    return ConfigError(
        f"the record `{RECORD}` of the plan is not as it was written",
        origin=Origin(name, key=RECORD),
        hint="make the plan again, and edit the other keys only",
    )


def edited(tree: SourceTree, data: dict[str, Any], made_with: Options) -> Options:
    """Return the options that make the plan that came back: those that it was made with, and the edits."""
    before = plan_shape.tables(planned(tree, made_with), tree, made_with)
    variables = sorted_out(
        {
            name: text
            for name, value in _dictionary(data.get("variables")).items()
            if (text := plain(value)) is not None and text != before["variables"].get(name) and name != METADATA
        }
    )
    edits = _edits(before, data)
    plan = made_with.json_plan
    if edits:
        plan = json.dumps(merged(json.loads(plan) if plan else {}, edits), ensure_ascii=False)
    environment = {**made_with.env, **variables.plannable}
    return replace(made_with, env=environment, set=(*made_with.set, *variables.as_secrets), json_plan=plan)


def _edits(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what the plan that came back changes, as a plan of its own that is laid over the first one."""
    edits: dict[str, Any] = {}
    for name in ("providers", "buildImage", "staticAssets"):
        if name in after and after[name] != before.get(name, {} if name == "staticAssets" else None):
            edits[name] = after[name]
    phases: dict[str, Any] = {}
    old_phases, new_phases = before["phases"], _dictionary(after.get("phases"))
    for name in (*new_phases, *(name for name in old_phases if name not in new_phases)):
        changed = _phase_edits(old_phases.get(name, {}), new_phases.get(name, {}))
        if changed:
            phases[name] = changed
    if phases:
        edits["phases"] = phases
    start = _dictionary(after.get("start"))
    changed = {key: value for key, value in start.items() if value != before["start"].get(key)}
    if changed:
        edits["start"] = changed
    return edits


def _phase_edits(old: dict[str, Any], new: object) -> dict[str, Any]:
    if not isinstance(new, dict):
        return {}
    names = {**_ALIASES, **{name: name for name in (*_EXTENDED, *_REPLACED)}}
    new = {names.get(key, key): value for key, value in new.items()}
    changed: dict[str, Any] = {}
    for key in _EXTENDED:
        known = old.get(key, [])
        items = new.get(key) or []
        added = [item for item in items if item not in known] if isinstance(items, list) else items
        if added:
            changed[key] = [*added, "..."] if isinstance(added, list) else added
    for key in _REPLACED:
        if new.get(key, []) != old.get(key, []):
            changed[key] = new.get(key, [])
    return changed


_ALIASES = {
    "aptPackages": "aptPkgs",
    "commands": "cmds",
    "envPaths": "paths",
    "nixLibraries": "nixLibs",
    "nixPackages": "nixPkgs",
}


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Return one plan that does what `low` and then `high` would do."""
    result = dict(low)
    for key, value in high.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            result[key] = merged(below, value)
        elif isinstance(below, list) and isinstance(value, list) and any(item in _MARKERS for item in value):
            own = [item for item in value if item not in _MARKERS]
            result[key] = [*own, *(item for item in below if item not in own)]
        else:
            result[key] = value
    return result


def laid_over(low: Options, given: Options) -> Options:
    """Return the options of a command line over those of a plan."""
    plan = low.json_plan
    if given.json_plan:
        plan = json.dumps(merged(json.loads(plan) if plan else {}, json.loads(given.json_plan)), ensure_ascii=False)
    return replace(
        low,
        env={**low.env, **given.env},
        set=(*low.set, *given.set),
        install_cmd=given.install_cmd or low.install_cmd,
        build_cmd=given.build_cmd or low.build_cmd,
        start_cmd=given.start_cmd or low.start_cmd,
        apt=(*low.apt, *given.apt),
        pkgs=(*low.pkgs, *given.pkgs),
        json_plan=plan,
        profile=given.profile or low.profile,
    )
