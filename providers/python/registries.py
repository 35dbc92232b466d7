"""Private indexes: the names of the variables that hold their credentials. A value never gets into the plan.

Sources, checked 2026-11-24:
- https://pip.pypa.io/en/stable/reference/requirements-file-format/#using-environment-variables
- https://docs.astral.sh/uv/concepts/indexes/#providing-credentials-directly
- https://python-poetry.org/docs/repositories/#configuring-credentials
- https://pdm-project.org/latest/usage/config/#store-credentials-with-the-index
- https://pipenv.pypa.io/en/latest/credentials.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown

from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.source import SourceTree

    from .manifest import Project

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]{0,80})\}|([A-Z_][A-Z0-9_]{0,80}))")
_URL = re.compile(r"(?:[a-z+]{2,12})://(?:([^/\s@]{1,300})@)?([A-Za-z0-9.-]{1,255})", re.IGNORECASE)
_NOT_PROJECT = {"PROJECT_ROOT"}


def secrets(tree: SourceTree, project: Project, overrides: Overrides, reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the names of the environment variables that the installation may read as secrets, each once."""
    name = project.governing.name if project.governing is not None else "pip"
    found: dict[str, Sourced[str]] = {}
    for variable in (
        *project.variables,
        *_in_urls(project),
        *_of_indexes(name, project, reasons),
        *_asked(tables.read("package_managers")[name]["prefixes"], overrides),
    ):
        if variable.value not in _NOT_PROJECT:
            found.setdefault(variable.value, variable)
    _report_plain(tree, project, reasons)
    return tuple(found.values())


def _in_urls(project: Project) -> Iterator[Sourced[str]]:
    for _, place in project.indexes:
        for match in _VARIABLE.finditer(place.value):
            yield Sourced(match[1] or match[2], place.origin)
    for item in project.requirements:
        for match in _VARIABLE.finditer(item.url or ""):
            yield Sourced(match[1] or match[2], item.origin)


def _of_indexes(name: str, project: Project, reasons: Reasons) -> Iterator[Sourced[str]]:
    """Yield the variables that a tool reads for an index with a name, where the index may want credentials."""
    forms = {"uv": "UV_INDEX_{}_{}", "hatch": "UV_INDEX_{}_{}", "setuptools": "UV_INDEX_{}_{}"}
    form = {**forms, "poetry": "POETRY_HTTP_BASIC_{}_{}"}.get(name)
    if form is None:
        return
    for index, place in project.indexes:
        match = _URL.match(place.value)
        if not index or match is None or match[1] or is_public(match[2]):
            continue
        word = re.sub(r"[^A-Za-z0-9]", "_", index).upper()
        names = [form.format(word, part) for part in ("USERNAME", "PASSWORD")]
        reasons.report(
            Diagnostic(
                "BP624",
                "info",
                f"the index `{shown(index)}` may want credentials; the build reads them from secrets",
                place.origin,
                f"give `{names[0]}` and `{names[1]}` to the build if it does",
            )
        )
        for item in names:
            yield Sourced(item, place.origin)


def is_public(host: str) -> bool:
    """Return whether a host is known to ask nobody for a password."""
    hosts = tables.read("package_managers")["public"]["hosts"]
    return any(re.fullmatch(pattern, host.lower(), re.ASCII) for pattern in hosts)


def _asked(prefixes: list[str], overrides: Overrides) -> Iterator[Sourced[str]]:
    """Yield the secrets that the owner named and the tool reads: `PIP_INDEX_URL`, `UV_DEFAULT_INDEX`."""
    for item in overrides.secrets:
        if item.value.startswith(tuple(prefixes)) or item.value == "NETRC":
            yield item


def _report_plain(tree: SourceTree, project: Project, reasons: Reasons) -> None:
    """Report passwords that are written down; the text shows the host only."""
    places = [place for _, place in project.indexes]
    places += [Sourced(item.url, item.origin) for item in project.requirements if item.url is not None]
    if tree.has("pip.conf"):
        lines = (tree.text_or_none("pip.conf") or "").split("\n")
        places += [
            Sourced(match[0], Origin("pip.conf", number))
            for number, line in enumerate(lines, 1)
            if (match := _URL.search(line)) is not None
        ]
    for place in places:
        match = _URL.search(place.value)
        user = match[1] if match is not None else None
        if match is None or not user or "$" in user or user == "git" or "ssh" in match[0].lower():
            continue
        reasons.report(
            Diagnostic(
                "BP622",
                "warning",
                f"a password for `{match[2]}` is written down; whoever reads the repository or a layer can use it",
                place.origin,
                "revoke it, and write `${INDEX_TOKEN}` in its place",
            )
        )
