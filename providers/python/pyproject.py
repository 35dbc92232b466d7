"""The declarations of a `pyproject.toml`: the standard tables, and those of Poetry, PDM and uv.

Sources, checked 2026-11-24:
- https://packaging.python.org/en/latest/specifications/pyproject-toml/ and …/dependency-groups/ (PEP 621, PEP 735)
- https://python-poetry.org/docs/pyproject/ and …/dependency-specification/
- https://pdm-project.org/latest/reference/pep621/, https://docs.astral.sh/uv/reference/settings/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from buildplan.errors import FileError
from buildplan.model.origin import Sourced
from buildplan.model.version_ranges import shown

from .requirements import (
    NotARequirementError,
    Requirement,
    holds,
    is_name,
    local_path,
    normalised,
    requirement,
)

if TYPE_CHECKING:
    from buildplan.read.document import Document, Key

_MAX_INCLUDES = 20


@dataclass
class Declared:
    """What one file declares; `groups` are development's, `extras` are installed only when asked for.

    `dynamic` are the fields that only a build knows. `local` are paths of the tree that a dependency names, `indexes`
    places of packages by name (`""` where they have none).
    """

    name: str | None = None
    main: list[Requirement] = field(default_factory=list)
    groups: dict[str, list[Requirement]] = field(default_factory=dict)
    extras: dict[str, list[Requirement]] = field(default_factory=dict)
    scripts: dict[str, Sourced[str]] = field(default_factory=dict)
    python: list[Sourced[str]] = field(default_factory=list)
    dynamic: set[str] = field(default_factory=set)
    local: list[Sourced[str]] = field(default_factory=list)
    indexes: list[tuple[str, Sourced[str]]] = field(default_factory=list)


def read(document: Document) -> Declared:
    """Return what a `pyproject.toml` declares; raises FileError for values of the wrong type."""
    declared = Declared()
    _standard(document, declared)
    _groups(document, declared)
    _poetry(document, declared)
    for name, items in _lists(document, "tool", "pdm", "dev-dependencies").items():
        declared.groups.setdefault(name, []).extend(items)
    extra = _list(document, ("tool", "uv", "dev-dependencies"), "dev")
    if extra:
        declared.groups.setdefault("dev", []).extend(extra)
    _uv_sources(document, declared)
    for keys in (("tool", "uv", "index"), ("tool", "poetry", "source"), ("tool", "pdm", "source")):
        declared.indexes.extend(_indexes(document, keys))
    for item in declared.main:
        path = local_path(item.url) if item.url is not None and item.url.startswith("file:") else None
        if path is not None:
            declared.local.append(Sourced(path, item.origin))
    return declared


def _standard(document: Document, declared: Declared) -> None:
    name = document.string("project", "name")
    declared.name = name.value if name is not None and is_name(name.value) else None
    declared.main.extend(_list(document, ("project", "dependencies"), "main"))
    declared.extras.update(_lists(document, "project", "optional-dependencies"))
    python = document.string("project", "requires-python")
    if python is not None:
        declared.python.append(python)
    declared.dynamic = {item for item in document.get("project", "dynamic") or () if isinstance(item, str)}
    _scripts(document, declared, "project", "scripts")


def _scripts(document: Document, declared: Declared, *keys: Key) -> None:
    for name, target in document.table(*keys).items():
        if isinstance(target, str) and is_name(name):
            declared.scripts[name] = Sourced(target, document.origin(*keys, name))


def _indexes(document: Document, keys: tuple[Key, ...]) -> list[tuple[str, Sourced[str]]]:
    entries = document.get(*keys)
    found = []
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict) and isinstance(entry.get("url"), str):
            name = entry.get("name")
            place = document.origin(*keys, index, "url")
            found.append((name if isinstance(name, str) else "", Sourced(entry["url"], place)))
    return found


def _list(document: Document, keys: tuple[Key, ...], group: str) -> list[Requirement]:
    value = document.get(*keys)
    if value is None:
        return []
    if not isinstance(value, list):
        raise document.wrong_type(keys, value, "a list of dependencies")
    found = []
    for index, text in enumerate(value):
        if not isinstance(text, str):
            raise document.wrong_type((*keys, index), text, "a dependency as text")
        item = requirement(text, document.origin(*keys, index), group)
        if item is not None:
            found.append(item)
    return found


def _lists(document: Document, *keys: Key) -> dict[str, list[Requirement]]:
    return {
        normalised(name): _list(document, (*keys, name), normalised(name))
        for name in document.table(*keys)
        if is_name(name)
    }


def _groups(document: Document, declared: Declared) -> None:
    """Read `[dependency-groups]`, whose items may include other groups."""
    keys: tuple[Key, ...] = ("dependency-groups",)
    table = {normalised(name): name for name in document.table(*keys) if is_name(name)}

    def items(name: str, group: str, trail: tuple[str, ...]) -> list[Requirement]:
        own = (*keys, table[name])
        value = document.get(*own)
        if not isinstance(value, list):
            raise document.wrong_type(own, value, "a list of dependencies")
        if name in trail or len(trail) > _MAX_INCLUDES:
            raise FileError(
                f"the dependency group `{shown(name)}` includes itself",
                origin=document.origin(*own),
                hint="remove one of the `include-group` entries",
            )
        found: list[Requirement] = []
        for index, entry in enumerate(value):
            origin = document.origin(*own, index)
            if isinstance(entry, str):
                item = requirement(entry, origin, group)
                found.extend(() if item is None else (item,))
            elif isinstance(entry, dict) and isinstance(entry.get("include-group"), str):
                included = normalised(entry["include-group"])
                if included not in table:
                    raise FileError(f"there is no dependency group `{shown(included)}`", origin=origin)
                found.extend(items(included, group, (*trail, name)))
            else:
                raise document.wrong_type((*own, index), entry, 'a dependency or `{include-group = "…"}`')
        return found

    for name in table:
        declared.groups[name] = items(name, name, ())


# --- Poetry ---------------------------------------------------------------------------------------------------------
def _poetry(document: Document, declared: Declared) -> None:
    own: tuple[Key, ...] = ("tool", "poetry")
    if not document.table(*own):
        return
    name = document.string(*own, "name")
    if declared.name is None and name is not None and is_name(name.value):
        declared.name = name.value
    python = document.get(*own, "dependencies", "python")
    if isinstance(python, str) and not declared.python:
        declared.python.append(Sourced(python, document.origin(*own, "dependencies", "python")))
    standard = {item.name for item in declared.main}
    for item, optional in _poetry_table(document, (*own, "dependencies"), "main", declared):
        if optional:
            declared.extras.setdefault("", []).append(item)
        elif item.name not in standard:
            # Beside `[project]` this table only says where a package comes from.
            declared.main.append(item)
    _poetry_extras(document, declared)
    _scripts(document, declared, *own, "scripts")
    tables: list[tuple[str, tuple[Key, ...]]] = [("dev", (*own, "dev-dependencies"))]
    tables += [
        (normalised(group), (*own, "group", group, "dependencies"))
        for group in document.table(*own, "group")
        if is_name(group)
    ]
    for group, keys in tables:
        found = [item for item, _ in _poetry_table(document, keys, group, declared)]
        if found or group in declared.groups:
            declared.groups.setdefault(group, []).extend(found)


def _poetry_extras(document: Document, declared: Declared) -> None:
    """Sort the optional dependencies into the extras that name them."""
    optional = declared.extras.pop("", [])
    for extra, names in document.table("tool", "poetry", "extras").items():
        wanted = {normalised(name) for name in names if isinstance(name, str)} if isinstance(names, list) else set()
        members = [item for item in optional if item.name in wanted]
        if members and is_name(extra):
            declared.extras.setdefault(normalised(extra), []).extend(members)


def _poetry_table(
    document: Document, keys: tuple[Key, ...], group: str, declared: Declared
) -> list[tuple[Requirement, bool]]:
    found = []
    for name, value in document.table(*keys).items():
        if name.lower() == "python" or not is_name(name):
            continue
        # A list holds the same package for different interpreters or platforms.
        for entry in value if isinstance(value, list) else [value]:
            item = _poetry_item(document, (*keys, name), name, entry, group)
            if item is not None:
                found.append(item)
                path = entry.get("path") if isinstance(entry, dict) else None
                if isinstance(path, str):
                    declared.local.append(Sourced(path, item[0].origin))
    return found


def _poetry_item(
    document: Document, keys: tuple[Key, ...], name: str, entry: Any, group: str
) -> tuple[Requirement, bool] | None:
    origin = document.origin(*keys)
    if isinstance(entry, str):
        return Requirement(normalised(name), origin, specifier=_any(entry), group=group), False
    if not isinstance(entry, dict):
        raise document.wrong_type(keys, entry, "a version or a table")
    if _elsewhere(entry.get("platform")):
        return None
    url = next((entry[key] for key in ("git", "path", "file", "url") if isinstance(entry.get(key), str)), None)
    version, marker = entry.get("version"), _marker(document, keys, entry)
    if marker is not None and holds(marker, None) is False:
        return None
    item = Requirement(
        normalised(name),
        origin,
        frozenset(normalised(extra) for extra in entry.get("extras") or () if isinstance(extra, str)),
        _any(version) if isinstance(version, str) else "",
        marker,
        f"git+{url}" if url is not None and "git" in entry else url,
        editable=entry.get("develop") is True or entry.get("editable") is True,
        group=group,
    )
    return item, entry.get("optional") is True


def _marker(document: Document, keys: tuple[Key, ...], entry: dict[str, Any]) -> str | None:
    """Return Poetry's `markers`, or its `python = "<3.9"` as a marker."""
    marker, python = entry.get("markers"), entry.get("python")
    if isinstance(marker, str):
        try:
            holds(marker, None)
        except NotARequirementError as error:
            raise FileError(str(error), origin=document.origin(*keys)) from error
        return marker
    if isinstance(python, str) and re.fullmatch(r"[<>=!, \d.]{2,80}", python, re.ASCII):
        clauses = re.findall(r"([<>]=?|[!=]=)[ ]*(\d[\d.]*)", python, re.ASCII)
        return " and ".join(f"python_version {sign} '{version}'" for sign, version in clauses) or None
    return None


def _any(version: str) -> str:
    return "" if version.strip() == "*" else version.strip()


def _elsewhere(platform: object) -> bool:
    return isinstance(platform, str) and re.fullmatch(r"(?:win|darwin|mac|cygwin).*", platform.lower()) is not None


def pipfile(document: Document) -> Declared:
    """Return what a `Pipfile` declares; raises FileError for values of the wrong type."""
    declared = Declared()
    declared.main = [item for item, _ in _poetry_table(document, ("packages",), "main", declared)]
    declared.indexes = _indexes(document, ("source",))
    declared.groups["dev"] = [item for item, _ in _poetry_table(document, ("dev-packages",), "dev", declared)]
    return declared


# --- uv -------------------------------------------------------------------------------------------------------------
def _uv_sources(document: Document, declared: Declared) -> None:
    """Note the places that `[tool.uv.sources]` gives to declared packages."""
    places: dict[str, tuple[str, bool]] = {}
    for name, value in document.table("tool", "uv", "sources").items():
        for entry in value if isinstance(value, list) else [value]:
            if not isinstance(entry, dict):
                raise document.wrong_type(("tool", "uv", "sources", name), value, "a table")
            if isinstance(entry.get("git"), str):
                places[normalised(name)] = (f"git+{entry['git']}", False)
            elif isinstance(entry.get("path"), str):
                places[normalised(name)] = (entry["path"], entry.get("editable") is True)
                declared.local.append(Sourced(entry["path"], document.origin("tool", "uv", "sources", name)))
            elif entry.get("workspace") is True:
                places[normalised(name)] = ("workspace", True)
    if not places:
        return
    for items in (declared.main, *declared.groups.values(), *declared.extras.values()):
        for index, item in enumerate(items):
            if item.name in places:
                url, editable = places[item.name]
                items[index] = Requirement(
                    item.name, item.origin, item.extras, item.specifier, item.marker, url, editable, item.group
                )
