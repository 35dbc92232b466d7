"""`requirements.txt` and its like, as pip reads them: `-r`, `-c`, `-e`, hashes, paths, URLs, comments of compilers.

Sources, checked 2026-11-24:
- https://pip.pypa.io/en/stable/reference/requirements-file-format/ (encodings, comments, line continuation, variables)
- https://pip-tools.readthedocs.io and https://docs.astral.sh/uv/pip/compile/ (`# via` comments)
"""

from __future__ import annotations

import codecs
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown

from .requirements import URL, Requirement, local_path, normalised, requirement

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

_MAX_FILES = 50
_INCLUDES = {"-r", "--requirement", "--requirements"}
_CONSTRAINTS = {"-c", "--constraint", "--constraints"}
_INDEXES = {"-i", "--index-url", "--extra-index-url", "-f", "--find-links"}
_OPTION = re.compile(r"(--[a-z-]+|-[a-z])[ \t=]*(.*)", re.DOTALL)
# As in pip, the first word with a dash ends the requirement; what follows are options, whichever they are.
_PER_REQUIREMENT = re.compile(r"\s-.*", re.DOTALL)
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*+[ \t]*+(?:\[[^\]]*+\][ \t]*+)?+@[ \t]*+(\S++)")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]{1,80})\}")
_ARCHIVE = re.compile(r"\.(?:whl|zip|tar\.gz|tgz|tar\.bz2)(?:\[[^\]]*\])?$", re.IGNORECASE)
_VIA = re.compile(r"#[ \t]*via\b[ \t]*(.*)")
_VIA_MORE = re.compile(r"#[ \t]{2,8}(\S.*)")


@dataclass
class Requirements:
    """What a requirements file and those that it names hold.

    `paths` are the files, `transitive` the names that a compiler pinned for others. `local` are directories and
    archives of the tree, `.` for the project itself. `variables` are environment variables that pip fills in, and
    `indexes` the other places that it looks at.
    """

    paths: list[str] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    transitive: set[str] = field(default_factory=set)
    local: list[Sourced[str]] = field(default_factory=list)
    variables: list[Sourced[str]] = field(default_factory=list)
    indexes: list[Sourced[str]] = field(default_factory=list)


class _Line(NamedTuple):
    """A logical line: continuations joined, comments off; `via` is what a compiler's comment says that it is for."""

    number: int
    text: str
    via: tuple[str, ...]


def read(tree: SourceTree, paths: tuple[str, ...], reasons: Reasons, group: str = "main") -> Requirements:
    """Return what the files hold, with all that they include.

    Raises FileError for a line that is no requirement, and for an included file that is not there.
    """
    found = Requirements()
    pinned: dict[str, tuple[str, ...] | None] = {}
    for path in paths:
        _read(tree, path, group, found, pinned, reasons)
    # A name is transitive when everything that it is there for is itself a package of these files.
    found.transitive = {
        name for name, via in pinned.items() if via and all(normalised(source) in pinned for source in via)
    }
    found.requirements = [item for item in found.requirements if item.name not in found.transitive]
    return found


def _read(
    tree: SourceTree,
    path: str,
    group: str,
    found: Requirements,
    pinned: dict[str, tuple[str, ...] | None],
    reasons: Reasons,
    *,
    constraint: bool = False,
) -> None:
    if path in found.paths:
        return
    if len(found.paths) >= _MAX_FILES:
        raise FileError(f"it is one of more than {_MAX_FILES} files that include each other", origin=Origin(path))
    found.paths.append(path)
    text = _text(tree, path, reasons)
    tree.budget.spend(40 * text.count("\n") + len(text) // 20, path)
    for line in _lines(text):
        origin = Origin(path, line.number)
        found.variables.extend(Sourced(name, origin) for name in _VARIABLE.findall(line.text))
        option = _OPTION.match(line.text)
        if option is None:
            if not constraint:
                item = _requirement(tree, line.text, origin, group, found, reasons)
                _keep(item, line, found, pinned)
            continue
        name, value = option[1], _PER_REQUIREMENT.sub("", option[2]).strip()
        if name in {"-e", "--editable"}:
            item = _requirement(tree, value, origin, group, found, reasons, editable=True)
            _keep(item, line, found, pinned)
        elif name in _INCLUDES | _CONSTRAINTS:
            included = _included(tree, path, value, origin, reasons)
            if included is not None:
                bounds = constraint or name in _CONSTRAINTS
                _read(tree, included, group, found, pinned, reasons, constraint=bounds)
        elif name in _INDEXES:
            found.indexes.append(Sourced(value, origin))


def _keep(
    item: Requirement | None, line: _Line, found: Requirements, pinned: dict[str, tuple[str, ...] | None]
) -> None:
    if item is None:
        return
    found.requirements.append(item)
    # The same name twice: declared once is declared.
    known = pinned.get(item.name, ())
    pinned[item.name] = (*known, *line.via) if line.via and known is not None else None


def _text(tree: SourceTree, path: str, reasons: Reasons) -> str:
    """Return the text of a file; pip also reads UTF-16 with a byte-order mark, as PowerShell's `>` writes it."""
    content = tree.read(path)
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return tree.text(path)
    try:
        text = content.decode("utf-16").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise FileError("it begins as UTF-16 and is not", origin=Origin(path), hint="save it as UTF-8") from error
    reasons.report(
        Diagnostic(
            "BP618",
            "warning",
            "it is UTF-16, as PowerShell's `>` writes it; pip reads it, other tools do not",
            Origin(path),
            "save it as UTF-8: `pip freeze | Out-File -Encoding utf8 requirements.txt`",
        )
    )
    return text


def _lines(text: str) -> list[_Line]:
    """Return the logical lines; comments in a line and below it belong to it."""
    found: list[tuple[int, str, list[str]]] = []
    parts: list[str] = []
    first = 0
    for number, raw in enumerate(text.split("\n"), 1):
        code, comment = _split_comment(raw)
        code = code.strip()
        if not parts and not code:
            if comment and found:
                found[-1][2].append(comment)
            continue
        first = first or number
        parts.append(code.removesuffix("\\").strip())
        if not code.endswith("\\"):
            found.append((first, " ".join(parts), [comment]))
            parts, first = [], 0
    if parts:
        found.append((first, " ".join(parts), []))
    return [_Line(number, line.strip(), _via(comments)) for number, line, comments in found]


def _via(comments: list[str]) -> tuple[str, ...]:
    """Return what a compiler's comment says that a package is there for: `flask`, `-r requirements.in`."""
    names: list[str] = []
    inside = False
    for comment in comments:
        match = _VIA.match(comment)
        more = _VIA_MORE.match(comment)
        if match is not None:
            names.extend(match[1].split(","))
        elif inside and more is not None:
            names.append(more[1])
        inside = match is not None or (inside and more is not None)
    return tuple(name.strip() for name in names if name.strip())


def _split_comment(line: str) -> tuple[str, str]:
    """Return a line and its comment; `#` counts at the start and after white space only."""
    match = re.search(r"(?:^|(?<=[ \t]))#", line)
    return (line, "") if match is None else (line[: match.start()], line[match.start() :])


def _included(tree: SourceTree, path: str, value: str, origin: Origin, reasons: Reasons) -> str | None:
    """Return the path of an included file, None for one that pip would fetch."""
    if URL.match(value):
        reasons.report(
            Diagnostic(
                "BP618",
                "warning",
                f"`{shown(value)}` is fetched while the image is built, and its content is not known here",
                origin,
                "commit the file",
            )
        )
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), value))
    if target.startswith(("/", "..")) or not tree.has(target):
        raise FileError(
            f"it includes `{shown(value)}`, which is not in the tree",
            origin=origin,
            hint="add the file, or remove the line; the path is relative to this file",
        )
    return target


def _requirement(
    tree: SourceTree,
    text: str,
    origin: Origin,
    group: str,
    found: Requirements,
    reasons: Reasons,
    *,
    editable: bool = False,
) -> Requirement | None:
    text = _PER_REQUIREMENT.sub("", text).strip()
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        text = text[1:-1]
    named = _NAMED.match(text)
    place = named[1] if named else re.split(r"(?<![ \t])[ \t]++[;#]", text)[0].strip()
    if named is None and not _is_place(place):
        return requirement(text, origin, group)
    local = local_path(place)
    if local is not None:
        _note_local(tree, local, origin, found, reasons)
    if named is not None:
        return requirement(text, origin, group, editable=editable)
    return Requirement(name_of(place), origin, url=place, editable=editable, group=group)


def _is_place(text: str) -> bool:
    """Return whether a line names a URL or a path rather than a package."""
    before_specifier = re.split(r"[=<>!~;]", text, maxsplit=1)[0]
    return bool(URL.match(text) or text.startswith((".", "/", "~")) or "/" in before_specifier or _ARCHIVE.search(text))


def _note_local(tree: SourceTree, path: str, origin: Origin, found: Requirements, reasons: Reasons) -> None:
    target = posixpath.normpath(path)
    there = target == "." or tree.has(target) or tree.has_directory(target)
    if target.startswith(("/", "..", "~")) or not there:
        where = "is outside of the tree" if target.startswith(("/", "..", "~")) else "is not in the tree"
        reasons.report(
            Diagnostic(
                "BP620",
                "error",
                f"`{shown(path)}` {where}, so it cannot be installed",
                origin,
                "write a version, `name==1.2.3`, or copy the package into the tree",
            )
        )
        return
    found.local.append(Sourced(target, origin))


def name_of(place: str) -> str:
    """Return the package's name as well as a place tells it: `#egg=`, a wheel's name, the last folder."""
    egg = re.search(r"[#&]egg=([A-Za-z0-9._-]+)", place)
    if egg is not None:
        return normalised(egg[1])
    last = re.split(r"[#@?]", place.rstrip("/").rpartition("/")[2])[0]
    match = re.match(r"[A-Za-z0-9]+(?:[._-][A-Za-z][A-Za-z0-9]*)*", last)
    return normalised(match[0].removesuffix(".git")) if match else ""
