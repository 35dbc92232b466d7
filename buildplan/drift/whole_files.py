"""The files around the Dockerfiles that buildplan wrote: compose and bake file, are they what `write` would write?"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from buildplan.drift.findings import Finding
from buildplan.errors import BuildplanError, FileError
from buildplan.model.origin import Origin
from buildplan.repository import bake_file, compose_file, env_example, files
from buildplan.write.stamp import read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.source import SourceTree
    from buildplan.write.files import Change

_COMMAND = "buildplan write --update"


def paths(tree: SourceTree) -> tuple[str, ...]:
    """Return the paths of the files around the Dockerfiles that buildplan wrote, or wrote something of."""
    found = [compose_file.path(tree)] if compose_file.is_ours(tree) else []
    return (*found, bake_file.NAME) if bake_file.is_ours(tree) else tuple(found)


class WholeFiles:
    """One run: all apps are planned once, for both files."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self._changes: dict[str, Change] | None = None

    def findings(self, path: str) -> Iterator[Finding]:
        """Yield what is otherwise in one of the files that `paths` returns."""
        try:
            if self._changes is None:
                self._changes = {change.path: change for change in files.updated(self._tree).changes}
        except FileError as error:
            yield Finding("BP700", "error", error.problem, error.origin or Origin(path), None, error.hint)
            return
        except BuildplanError as error:
            text = f"buildplan wrote this file, and no plan can be made now: {error.problem}"
            yield Finding("BP702", "error", text, Origin(path, 1), error.origin, error.hint)
            return
        change = self._changes.get(path)
        if change is not None:
            yield from _of(change)
        example = self._changes.get(env_example.PATH)
        if path != bake_file.NAME and example is not None and example.result.status in {"new", "merged"}:
            text = f"{example.path} does not name all variables that it asks for"
            yield Finding("BP945", "error", text, Origin(path, 1), Origin(example.path), f"run `{_COMMAND}`")


def _of(change: Change) -> Iterator[Finding]:
    result = change.result
    if result.status == "unmerged":
        conflict = result.conflicts[0]
        hint = "decide, and remove the markers"
        yield Finding("BP701", "error", conflict.reason, Origin(change.path, conflict.line), None, hint)
        return
    fix = f"run `{_COMMAND} --conflict=mine` to keep your lines, or `--conflict=theirs` to take the plan's"
    for conflict in result.conflicts:
        yield Finding("BP945", "error", conflict.reason, Origin(change.path, conflict.line), None, fix)
    own, _ = read_stamp(change.before or "")
    new, _ = read_stamp(result.text)
    for tag, low, high, first, last in SequenceMatcher(None, own, new, autojunk=False).get_opcodes():
        lines = new[first:last] if first < last else own[low:high]
        said = next((line.strip() for line in lines if _counts(line)), None)
        if tag != "equal" and said is not None:
            text = f"the plan says `{said}` now" if first < last else f"the plan has no `{said}` any more"
            place = Origin(change.path, min(low + 1, max(len(own), 1)))
            yield Finding("BP945", "error", text, place, None, f"run `{_COMMAND}`")


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
