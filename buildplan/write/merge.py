"""Generated files that live in a repository: what was edited by hand survives the next generation.

A generated file ends in one line, the stamp, with a digest of every generated line. So the text that was generated
last time is known well enough for a three-way merge, without a second file: lines that nobody touched follow the plan,
edits stay, and where both changed it is a conflict that shows both sides. A file that was written with options has
them in the line above the stamp, as the command that writes it again.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from buildplan import __version__
from buildplan.read.own_dockerfile import KEPT

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMAND = "# buildplan write "
_STAMP = re.compile(r"# buildplan (?P<version>\S{1,40}) wrote: (?P<lines>[A-Za-z0-9_-]*)\s*")
# Four characters of base64 a line: two of 60 lines share a digest once in 10,000 files, and then only align worse.
_DIGEST_BYTES = 3
_DIGEST_CHARACTERS = 4

Status = Literal["new", "unchanged", "regenerated", "merged", "foreign", "conflict"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a generated file says of itself: the release that wrote it, the digest of each line, the options' words.

    `line` is the number of the line of the options, from 1; that of the stamp when there are none. `kept` are the
    comments with instructions of the file that it took the place of.
    """

    version: str
    digests: tuple[str, ...]
    options: str
    line: int
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines that were edited by hand and that the plan changes too. `line` is in the file as it is, from 1."""

    line: int
    own: tuple[str, ...]
    generated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Regenerated:
    """The text to write, stamp included, and how it came about.

    `new`: there was no file. `unchanged`: it is already this text. `regenerated`: nobody had edited it. `merged`:
    edits were kept. `foreign`: a person wrote the file; `conflict`: edits and plan disagree. For the last two the text
    is what `--force` would write.
    """

    text: str
    status: Status
    conflicts: tuple[Conflict, ...] = ()


def stamped(text: str, options: str = "", kept: tuple[str, ...] = ()) -> str:
    """Return the generated text with its stamp; `options` are the words that it was written with."""
    digests = "".join(_digest(line) for line in text.splitlines())
    before = "".join(f"{line}\n" for line in kept)
    command = f"{_COMMAND}{options}\n" if options else ""
    return f"{text}{before}{command}# buildplan {__version__} wrote: {digests}\n"


def read_stamp(text: str) -> tuple[tuple[str, ...], Stamp | None]:
    """Return the lines of a file without its stamp, and the stamp; None when it has none."""
    lines = text.replace("\r\n", "\n").splitlines()
    for index in range(len(lines) - 1, -1, -1):
        found = _STAMP.fullmatch(lines[index])
        if found:
            packed = found["lines"]
            size = _DIGEST_CHARACTERS
            digests = tuple(packed[start : start + size] for start in range(0, len(packed), size))
            above = lines[index - 1] if index else ""
            first = index - 1 if above.startswith(_COMMAND) else index
            options = above.removeprefix(_COMMAND).strip() if first < index else ""
            top = first
            while top and lines[top - 1].startswith(KEPT):
                top -= 1
            stamp = Stamp(found["version"], digests, options, first + 1, tuple(lines[top:first]))
            return (*lines[:top], *lines[index + 1 :]), stamp
    return tuple(lines), None


def _digest(line: str) -> str:
    content = hashlib.sha256(line.rstrip().encode()).digest()[:_DIGEST_BYTES]
    return base64.urlsafe_b64encode(content).decode()


def regenerate(existing: str | None, generated: str, options: str = "", kept: tuple[str, ...] = ()) -> Regenerated:
    """Return what becomes of a file when the plan says `generated`; `existing` is None when there is no file.

    `options` are the words that the plan was made with, `kept` the comments that keep a person's instructions.
    """
    if existing is None:
        return Regenerated(stamped(generated, options), "new")
    own, stamp = read_stamp(existing)
    if stamp is None:
        return Regenerated(stamped(generated, options, kept), "foreign")
    whole = stamped(generated, options, stamp.kept)
    generated_lines = generated.splitlines()
    digests = tuple(_digest(line) for line in own)
    if digests == stamp.digests:
        same = whole == existing.replace("\r\n", "\n")
        return Regenerated(whole, "unchanged" if same else "regenerated")
    merged, conflicts = _merge(stamp.digests, own, digests, generated_lines)
    if conflicts:
        return Regenerated(whole, "conflict", conflicts)
    # The stamp stays that of the generated text: the edits must be seen as edits next time too.
    text = "".join(f"{line}\n" for line in merged) + whole.removeprefix(generated)
    return Regenerated(text, "unchanged" if text == existing.replace("\r\n", "\n") else "merged")


def generated_line(existing: str, generated: str, number: int) -> int | None:
    """Return which line of the generated text the line `number` of a file is; both count from 1.

    None for a line that a person edited, that the plan has otherwise now, or that is not there.
    """
    from difflib import SequenceMatcher

    own, _ = read_stamp(existing)
    matcher = SequenceMatcher(None, own, generated.splitlines(), autojunk=False)
    for block in matcher.get_matching_blocks():
        if block.a < number <= block.a + block.size:
            return block.b + number - block.a
    return None


def _merge(
    base: Sequence[str], own: Sequence[str], own_digests: Sequence[str], generated: Sequence[str]
) -> tuple[list[str], tuple[Conflict, ...]]:
    """Return the merged lines and the conflicts; the base is known by its digests only."""
    from merge3 import Merge3

    generated_digests = [_digest(line) for line in generated]
    text_of = dict(zip(generated_digests, generated, strict=True)) | dict(zip(own_digests, own, strict=True))
    merged: list[str] = []
    conflicts = []
    for region in Merge3(list(base), list(own_digests), generated_digests).merge_regions():
        kind, start, end = region[0], region[1], region[2]
        if kind == "unchanged":
            merged += [text_of[digest] for digest in base[start:end]]
        elif kind in {"a", "same"}:
            merged += own[start:end]
        elif kind == "b":
            merged += generated[start:end]
        else:
            own_start, own_end, new_start, new_end = (int(part) for part in region[3:])
            conflict = Conflict(own_start + 1, tuple(own[own_start:own_end]), tuple(generated[new_start:new_end]))
            conflicts.append(conflict)
    return merged, tuple(conflicts)
