"""A Dockerfile that buildplan wrote: is it what the plan says now, and which decision changed?

What `write` would do is what `check` finds: the file, the text as it was generated and the plan are merged, and each
instruction that comes out otherwise is a finding. So a file that `write` leaves alone is never out of sync.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from buildplan.drift.findings import Finding
from buildplan.model.origin import Origin
from buildplan.render.dockerfile import render
from buildplan.write.merge import compare
from buildplan.write.stamp import read_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.build_plan import BuildPlan, Decision
    from buildplan.render.dockerfile import Line, Rendered
    from buildplan.write.merge import Comparison

_SHOWN = 100


def differences(
    path: str, text: str, plan: BuildPlan, directory: str, process: str | None, command: str
) -> Iterator[Finding]:
    """Yield BP760 for each instruction that the plan has otherwise, BP762 for lines that a person edited.

    `directory` is that of the plan in the tree, so that the plan's places can be found; `command` writes the file.
    """
    rendered = render(plan, process=process)
    own, stamp = read_stamp(text)
    comparison = compare(text, rendered.text)
    fix = f"run `{command}`"
    if any(part.conflict is not None for part in comparison.parts):
        fix = (
            f"run `{command} --conflict=mine` to keep your lines, `--conflict=theirs` to take the plan's, or "
            "`--conflict=markers` to decide in an editor; all other edits stay"
        )
    yield from _changes(path, comparison, plan, rendered, directory, fix)
    if stamp is not None and stamp.text is not None:
        edited = [number for number in _edited(own, stamp.text) if _counts([own[number - 1]])]
        if edited:
            said = f"{len(edited)} lines were edited by hand; `buildplan write` keeps them"
            if len(edited) == 1:
                said = "1 line was edited by hand; `buildplan write` keeps it"
            yield Finding("BP762", "info", said, Origin(path, edited[0]))


def edited_lines(text: str) -> frozenset[int]:
    """Return the numbers of the lines of a generated file that a person wrote; all of them where nobody can tell."""
    own, stamp = read_stamp(text)
    if stamp is None or stamp.text is None:
        return frozenset(range(1, len(own) + 1)) if stamp is not None else frozenset()
    return frozenset(_edited(own, stamp.text))


def _edited(own: tuple[str, ...], base: str) -> list[int]:
    """Return the numbers of the lines that were not generated."""
    from difflib import SequenceMatcher

    matcher = SequenceMatcher(
        None, [line.rstrip() for line in base.splitlines()], [line.rstrip() for line in own], autojunk=False
    )
    kept = {block.b + offset for block in matcher.get_matching_blocks() for offset in range(block.size)}
    return [index + 1 for index in range(len(own)) if index not in kept]


def _changes(
    path: str, comparison: Comparison, plan: BuildPlan, rendered: Rendered, directory: str, fix: str
) -> Iterator[Finding]:
    """Yield a finding for each instruction that is not, or is otherwise, in the file as it lies there."""
    place = 1
    for part in comparison.parts:
        conflict = part.conflict
        place = place if part.own is None else part.own.line
        said = part.text if conflict is None else "\n".join(conflict.generated)
        if conflict is None and part.own is not None and part.own.text == part.text:
            continue
        line = next((line for line in rendered.lines if part.new is not None and line.first == part.new.line), None)
        origin = Origin(path, place if conflict is None else conflict.line)
        if _counts(said.split("\n")):
            yield _changed(plan, line, said, origin, directory, fix)
        elif conflict is not None:
            said = f"the plan has no `{_short(conflict.own[0])}` any more, and you edited it"
            yield Finding("BP760", "error", said, origin, None, fix)
    for item in comparison.dropped:
        first = item.text.partition("\n")[0]
        if _counts([first]):
            yield Finding(
                "BP760", "error", f"the plan has no `{_short(first)}` any more", Origin(path, item.line), None, fix
            )


def _counts(lines: tuple[str, ...] | list[str]) -> bool:
    """Return whether lines hold anything but comments and empty lines."""
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _short(line: str) -> str:
    text = line.strip().rstrip("\\").strip()
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _changed(plan: BuildPlan, line: Line | None, said: str, place: Origin, directory: str, fix: str) -> Finding:
    said = _short(" ".join(text.strip().rstrip("\\").strip() for text in said.split("\n") if text.strip()))
    decision = None if line is None else _decision(plan, line, said)
    text = f"the plan says `{said}` now"
    if decision is None:
        return Finding("BP760", "error", text, place, None, fix)
    origin = decision.origin
    if not origin.path.startswith("<") and directory:
        origin = Origin(f"{directory}/{origin.path}", origin.line, origin.key)
    return Finding("BP760", "error", f"{text}, since {_reason(decision)}", place, origin, fix)


def _reason(decision: Decision) -> str:
    return f"`{decision.field}` is `{_short(decision.value)}` ({decision.rule})"


def _decision(plan: BuildPlan, line: Line, said: str) -> Decision | None:
    """Return the decision that explains a line best: one whose value is in it, one that a file made, the longest."""
    found = [decision for field in line.fields if (decision := plan.decision(field)) is not None]
    found.sort(key=lambda item: (item.value not in said, item.origin.path.startswith("<"), -len(item.value)))
    return found[0] if found else None
