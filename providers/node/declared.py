"""What manifests say about the package manager: `packageManager`, `devEngines`, `volta`, `engines`.

Sources, checked 2026-11-24:
- packageManager: https://github.com/nodejs/corepack#when-authoring-packages (`pnpm@10.34.5+sha512.…`)
- devEngines: https://docs.npmjs.com/cli/v11/configuring-npm/package-json#devengines
- volta: https://docs.volta.sh/guide/understanding#managing-your-project
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.version_ranges import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

    from .manifest import Manifest

Tool = Literal["npm", "pnpm", "yarn", "bun"]
TOOLS: tuple[Tool, ...] = ("npm", "pnpm", "yarn", "bun")
_FIELD = re.compile(r"([a-z][a-z0-9_-]{0,50})(?:@([^@\n]{1,300}))?")
_VERSION = re.compile(
    r"[vV]?(\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[0-9A-Za-z.-]{1,100})?)(?:\+[0-9A-Za-z.+/=_-]{0,250})?", re.ASCII
)
_RANGE = re.compile(r"[0-9A-Za-z.^~<>=|* +-]{1,100}", re.ASCII)


class Declared(NamedTuple):
    """A package manager that a manifest names; `request` is an exact version or a range, None where it says none."""

    tool: Tool
    request: str | None
    origin: Origin


def exact(text: str) -> str | None:
    """Return the version in `v10.1.0+sha512.…` without its prefix and hash; None when it is no exact version."""
    match = _VERSION.fullmatch(text.strip())
    return match[1] if match else None


def manager(root: Manifest, reasons: Reasons) -> Declared | None:
    """Return the package manager that the root demands, `packageManager` before `devEngines`.

    Raises FileError for a text that names no package manager, or a value of a wrong type.
    """
    return _field(root, reasons) or next(_dev_engines(root, reasons), None)


def _field(root: Manifest, reasons: Reasons) -> Declared | None:
    field = root.document.string("packageManager")
    if field is None or not field.value.strip():
        return None
    text = field.value.strip()
    match = _FIELD.fullmatch(text)
    request = match[2] if match else None
    if match is None or (request is not None and exact(request) is None and not _is_plain(request)):
        raise FileError(
            f"`packageManager` is `{shown(text)}`; expected a name and a version",
            origin=field.origin,
            hint="write the name, `@` and an exact version: `pnpm@10.34.9`",
        )
    tool = _tool(match[1], field.origin, "packageManager", reasons)
    if tool is None:
        return None
    if request is None or exact(request) is None:
        reasons.report(
            Diagnostic(
                "BP614",
                "info",
                f"`packageManager` is `{shown(text)}`, which is no exact version; Corepack refuses it",
                field.origin,
                "write the exact version, as in `pnpm@10.34.9`",
            )
        )
    return Declared(tool, request if request is None or not request.startswith("http") else None, field.origin)


def _is_plain(request: str) -> bool:
    """Whether it is a range, a tag, or the address of a release, as Corepack allows for Yarn."""
    return _RANGE.fullmatch(request) is not None or re.fullmatch(r"https?://[^\s;'\"`$\\]+", request) is not None


def _tool(name: str, origin: Origin, field: str, reasons: Reasons) -> Tool | None:
    for tool in TOOLS:
        if tool == name:
            return tool
    reasons.report(
        Diagnostic(
            "BP614",
            "warning",
            f"`{field}` names `{shown(name)}`, which is no package manager that can be planned; it is ignored",
            origin,
            f"name one of {', '.join(f'`{tool}`' for tool in TOOLS)}",
        )
    )
    return None


def _dev_engines(root: Manifest, reasons: Reasons) -> Iterator[Declared]:
    value: Any = root.document.table("devEngines").get("packageManager")
    if value is None:
        return
    for index, entry in enumerate(value if isinstance(value, list) else [value]):
        keys = ("devEngines", "packageManager", *((index,) if isinstance(value, list) else ()))
        if not isinstance(entry, dict):
            raise root.document.wrong_type(keys, entry, "a table with `name` and `version`")
        name = root.document.string(*keys, "name")
        version = root.document.string(*keys, "version")
        if name is None:
            continue
        tool = _tool(name.value, name.origin, "devEngines.packageManager.name", reasons)
        if tool is not None:
            yield Declared(tool, version.value if version else None, (version or name).origin)


def pinned(root: Manifest, tool: Tool) -> Iterator[Declared]:
    """Yield weaker requests for a version of this tool, the stronger first: `volta`, then `engines`."""
    for field in ("volta", "engines"):
        table = root.document.get(field)
        value = table.get(tool) if isinstance(table, dict) else None
        if isinstance(value, str) and value.strip() not in {"", "bundled"}:
            yield Declared(tool, value, root.origin(field, tool))
