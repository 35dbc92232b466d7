"""The workspaces of uv: which members a repository has, and which of them is the app.

Source, checked 2026-11-24: https://docs.astral.sh/uv/concepts/projects/workspaces/
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import ConfigError, PlanError
from buildplan.model.build_plan import Diagnostic, RunnerUp
from buildplan.model.version_ranges import shown
from buildplan.read import toml_document

from . import tables
from .pyproject import Declared, read
from .requirements import normalised

if TYPE_CHECKING:
    from buildplan.model.origin import Sourced
    from buildplan.model.reasons import Reasons
    from buildplan.model.requests import Overrides
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

_MAX_MEMBERS = 500
_PYPROJECT = "pyproject.toml"
_USUAL = ("app", "backend", "server", "api", "web")


class Member(NamedTuple):
    """A package of a workspace; `directory` is `""` for the root."""

    directory: str
    document: Document
    declared: Declared

    @property
    def name(self) -> str:
        """Its normalised name, `""` when it has none."""
        return normalised(self.declared.name or "")

    @property
    def serves(self) -> bool:
        """Whether it declares a web framework or a server."""
        rows = (*tables.read("frameworks")["framework"], *tables.read("servers")["program"].values())
        known = {name for row in rows for name in row.get("packages", ())}
        return any(item.name in known for item in self.declared.main)


def members(tree: SourceTree, root: Document) -> tuple[Member, ...]:
    """Return the members of a workspace without its root; none when it is no workspace. Raises FileError."""
    workspace = root.table("tool", "uv", "workspace")
    wanted, left_out = (
        [item.strip("/") for item in workspace.get(key) or () if isinstance(item, str)]
        for key in ("members", "exclude")
    )
    found = []
    for path in tree.named("pyproject.toml"):
        directory = path.rpartition("/")[0]
        listed = any(_matches(directory, pattern) for pattern in wanted)
        if directory and listed and not any(_matches(directory, pattern) for pattern in left_out):
            document = toml_document.read(tree, path)
            found.append(Member(directory, document, read(document)))
        if len(found) >= _MAX_MEMBERS:
            break
    return tuple(found)


def _matches(directory: str, pattern: str) -> bool:
    """Return whether a pattern names the directory: `*` stays inside one folder name."""
    one, other = directory.split("/"), pattern.removeprefix("./").split("/")
    return len(one) == len(other) and all(fnmatch.fnmatchcase(*pair) for pair in zip(one, other, strict=True))


def app(root: Member, others: tuple[Member, ...], overrides: Overrides, reasons: Reasons) -> Member:
    """Return the member that is the app: what was asked for, else the root when it declares something, else a member.

    Raises ConfigError for a member that does not exist.
    """
    asked = overrides.option("python.app")
    if asked is not None:
        return _asked(asked, (root, *others), reasons)
    if root.declared.main or not others:
        return root
    needed = {item.name for member in others for item in member.declared.main}
    ranked = sorted(
        others,
        key=lambda member: (
            not member.serves,
            not member.declared.scripts,
            member.name in needed,
            member.directory.rpartition("/")[2] not in _USUAL,
            member.directory,
        ),
    )
    chosen, *rest = ranked
    why = "the member that declares a server" if chosen.serves else "the member that no other needs"
    lost = tuple(RunnerUp(member.directory, member.document.origin(), "it ranks below") for member in rest)
    reasons.decide("python.app", chosen.directory, chosen.document.origin(), why, lost)
    rivals = [member for member in rest if member.serves == chosen.serves]
    if rivals:
        listed = ", ".join(f"`{shown(member.directory)}`" for member in rivals[:4])
        reasons.report(
            Diagnostic(
                "BP670",
                "warning",
                f"several members of the workspace could be the app; `{chosen.directory}` is planned, not {listed}",
                chosen.document.origin(),
                "name the app in buildplan.toml: `app` under `[python]`",
            )
        )
    return chosen


def refuse(overrides: Overrides) -> None:
    """Raise ConfigError when a member was asked for where no pyproject.toml makes a workspace; the root is fine."""
    asked = overrides.option("python.app")
    if asked is not None and asked.value.strip("./"):
        problem = f"there is no member `{shown(asked.value)}`: without a pyproject.toml there is no workspace"
        raise ConfigError(problem, origin=asked.origin, hint="leave the option out, or name a folder with `--app`")


def refuse_outside(tree: SourceTree, document: Document) -> None:
    """Raise PlanError for a dependency that only a workspace which is not in the tree can resolve."""
    for name, entry in document.table("tool", "uv", "sources").items():
        if not isinstance(entry, dict) or entry.get("workspace") is not True:
            continue
        root = toml_document.read(tree, _PYPROJECT)
        inside = {member.name for member in members(tree, root)} | {normalised(read(root).name or "")}
        if normalised(name) not in inside:
            raise PlanError(
                f"`{shown(name)}` is a package of a workspace that is not in the tree",
                origin=document.origin("tool", "uv", "sources", name),
                hint="plan the root of the workspace and choose this package with `--app`",
            )


def _asked(asked: Sourced[str], everyone: tuple[Member, ...], reasons: Reasons) -> Member:
    text = asked.value.strip().removeprefix("./").strip("/")
    text = "" if text == "." else text
    for member in everyone:
        if text in {member.directory, member.directory.rpartition("/")[2]} or normalised(text) == member.name:
            reasons.decide("python.app", member.directory or ".", asked.origin, "the member that was asked for")
            return member
    known = ", ".join(f"`{shown(member.directory or member.name)}`" for member in everyone[:10])
    raise ConfigError(
        f"the workspace has no member `{shown(asked.value)}`", origin=asked.origin, hint=f"name one of {known}"
    )
