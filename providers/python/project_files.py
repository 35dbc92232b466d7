"""What the files of a project declare: requirements, pyproject.toml, setup.cfg and setup.py, conda's environment."""

from __future__ import annotations

import ast
import codecs
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin, Sourced
from buildplan.model.version_ranges import shown
from buildplan.read import dockerignore, yaml_document

from . import source_code, tables

if TYPE_CHECKING:
    import configparser
    from collections.abc import Iterable

    from buildplan.model.reasons import Reasons
    from buildplan.read.document import Document, Key
    from buildplan.source import SourceTree

# One dependency: its grammar (PEP 508), whether its marker holds in the image, how names compare (PEP 503).
#
# Sources, checked 2026-11-24:
# - https://packaging.python.org/en/latest/specifications/dependency-specifiers/
# - https://packaging.python.org/en/latest/specifications/name-normalization/


# Longer than any dependency that a person or a tool writes; hashes are taken off before.
_MAX_LENGTH = 2000
_MAX_DEPTH = 20
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_HEAD = re.compile(rf"({_NAME.pattern})[ \t]*(?:\[([^\[\]]*)\])?[ \t]*")
_CLAUSE = re.compile(r"(?:~=|===?|!=|<=?|>=?)[ \t]*[A-Za-z0-9.*+!_-]+")
_TOKEN = re.compile(r"""[ \t]*(?:([()])|(===?|~=|!=|<=?|>=?)|"([^"]*)"|'([^']*)'|([A-Za-z_.]+))""")

# pip fills variables of the environment in, `${URL}`, before it reads the line.
URL = re.compile(
    r"(?:(?:git|hg|svn|bzr)\+)?[a-z]{2,10}:(?://|(?=[./]))|(?:git|hg|svn|bzr)\+\$\{[A-Z0-9_]{1,80}\}", re.IGNORECASE
)

# What holds in every image: CPython on Linux. The machine is not among it, as images are built for several.
_ENVIRONMENT = {
    "os_name": "posix",
    "sys_platform": "linux",
    "platform_system": "Linux",
    "implementation_name": "cpython",
    "platform_python_implementation": "CPython",
    # Extras of the project itself are asked for by name, and read apart.
    "extra": "",
}
_VERSIONS = {"python_version", "python_full_version", "implementation_version"}
_OPERATORS = {"==", "!=", "<", "<=", ">", ">=", "~=", "===", "in", "not in"}


class Requirement(NamedTuple):
    """A declared dependency.

    `name` is normalised (PEP 503). `specifier` is the version part as written, `""` for any. `marker` is what could not
    be decided without the interpreter; what is false on Linux is not among the requirements at all. `url` is set for
    `name @ git+https://…` and local paths. `group` is `main`, or the name of a dependency group or extra.
    """

    name: str
    origin: Origin
    extras: frozenset[str] = frozenset()
    specifier: str = ""
    marker: str | None = None
    url: str | None = None
    editable: bool = False
    group: str = "main"


class NotARequirementError(ValueError):
    """A text that is no dependency, or no marker."""


class Parsed(NamedTuple):
    """The parts of a dependency as it was written; `name` is normalised."""

    name: str
    extras: frozenset[str]
    specifier: str
    url: str | None
    marker: str | None


def normalised(name: str) -> str:
    """Return the name as package indexes compare it: `ruamel-yaml` for `Ruamel.YAML`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(text: str, origin: Origin, group: str = "main", *, editable: bool = False) -> Requirement | None:
    """Return the dependency that a text declares, None when its marker is false in every image.

    Raises FileError when the text is no dependency.
    """
    try:
        parsed = parse(text)
        wanted = None if parsed.marker is None else holds(parsed.marker, None)
    except NotARequirementError as error:
        raise FileError(
            f"`{shown(text.strip())}` is no dependency: {error}",
            origin=origin,
            hint="write `name`, `name>=1.2` or `name[extra]==1.2; python_version < '3.12'`",
        ) from error
    if wanted is False:
        return None
    return Requirement(parsed.name, origin, parsed.extras, parsed.specifier, parsed.marker, parsed.url, editable, group)


def local_path(place: str) -> str | None:
    """Return the path that a URL or path names (`file:./libs/x`), None when it lies elsewhere."""
    path = re.sub(r"^file:(?://(?:localhost)?(?=/)|//(?=\.))?", "", place)
    if URL.match(path):
        return None
    path = re.sub(r"\[[^\[\]]*\]$", "", path.partition("#")[0])
    # PDM and Hatch write the project's own directory so.
    return re.sub(r"^/?(?:\$\{PROJECT_ROOT\}|\{root:uri\})", ".", path)


def is_name(text: str) -> bool:
    """Return whether the text can name a package, an extra or a dependency group."""
    return _NAME.fullmatch(text) is not None


def parse(text: str) -> Parsed:
    """Return the parts of `name[extra]>=1; marker` or `name @ url ; marker`; raises NotARequirementError."""
    line = text.strip()
    if len(line) > _MAX_LENGTH:
        raise NotARequirementError(f"it has {len(line)} characters")
    head = _HEAD.match(line)
    if head is None:
        raise NotARequirementError("it does not begin with the name of a package")
    extras = [extra.strip() for extra in (head[2] or "").split(",") if extra.strip()]
    if not all(is_name(extra) for extra in extras):
        raise NotARequirementError(f"`{head[2].strip()}` are no names of extras")
    rest = line[head.end() :]
    url = None
    if rest.startswith("@"):
        url, marker = _split_url(rest[1:].strip())
        specifier = ""
    else:
        specifier, _, marker = rest.partition(";")
        specifier = specifier.strip()
        if specifier.startswith("(") and specifier.endswith(")"):
            specifier = specifier[1:-1]
        clauses = [clause.strip() for clause in specifier.split(",") if clause.strip()]
        wrong = next((clause for clause in clauses if not _CLAUSE.fullmatch(clause)), None)
        if wrong is not None:
            raise NotARequirementError(f"`{wrong}` is no version specifier")
        specifier = ",".join(clauses)
    return Parsed(
        normalised(head[1]), frozenset(normalised(extra) for extra in extras), specifier, url, marker.strip() or None
    )


def _split_url(text: str) -> tuple[str, str]:
    # In a URL a `;` may stand for itself; before a marker there is a space.
    match = re.search(r"(?<![ \t])[ \t]++[;#]", text)
    url = text if match is None else text[: match.start()]
    if not url or re.search(r"\s", url):
        raise NotARequirementError("what follows `@` is no URL")
    marker = "" if match is None or text[match.end() - 1] == "#" else text[match.end() :]
    return url, marker


def holds(marker: str, python: str | None) -> bool | None:
    """Return whether a marker holds in the image, None where that depends on the machine or on an unknown Python.

    `python` is a version or a release line (`3.13`). Raises NotARequirementError for what is no marker.
    """
    if len(marker) > _MAX_LENGTH:
        raise NotARequirementError(f"its marker has {len(marker)} characters")
    tokens = _tokens(marker)
    value, position = _either(tokens, 0, python, 0)
    if position != len(tokens):
        raise NotARequirementError(f"`{marker}` is no marker")
    return value


def _tokens(marker: str) -> list[tuple[str, str]]:
    found = []
    position = 0
    text = marker.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise NotARequirementError(f"`{marker}` is no marker")
        position = match.end()
        bracket, operator, double, single, word = match.groups()
        if bracket or operator:
            found.append(("sign", bracket or operator))
        elif word:
            found.append(("word", word))
        else:
            found.append(("text", double if double is not None else single))
    return found


def _either(tokens: list[tuple[str, str]], at: int, python: str | None, depth: int) -> tuple[bool | None, int]:
    value, at = _all(tokens, at, python, depth)
    while at < len(tokens) and tokens[at] == ("word", "or"):
        other, at = _all(tokens, at + 1, python, depth)
        value = True if True in {value, other} else None if None in {value, other} else False
    return value, at


def _all(tokens: list[tuple[str, str]], at: int, python: str | None, depth: int) -> tuple[bool | None, int]:
    value, at = _single(tokens, at, python, depth)
    while at < len(tokens) and tokens[at] == ("word", "and"):
        other, at = _single(tokens, at + 1, python, depth)
        value = False if False in {value, other} else None if None in {value, other} else True
    return value, at


def _single(tokens: list[tuple[str, str]], at: int, python: str | None, depth: int) -> tuple[bool | None, int]:
    if depth > _MAX_DEPTH:
        raise NotARequirementError("its marker is nested too deeply")
    if tokens[at : at + 1] == [("sign", "(")]:
        value, at = _either(tokens, at + 1, python, depth + 1)
        if tokens[at : at + 1] != [("sign", ")")]:
            raise NotARequirementError("its marker has a bracket that is not closed")
        return value, at + 1
    left, operator, *more = (*tokens[at : at + 4], ("", ""), ("", ""), ("", ""), ("", ""))[:4]
    name, width = operator[1], 3
    if operator == ("word", "not") and more[0] == ("word", "in"):
        name, width = "not in", 4
    right = more[width - 3]
    sides = {left[0], right[0]}
    if name not in _OPERATORS or sides not in ({"word", "text"}, {"text"}):
        raise NotARequirementError("its marker compares no variable with a text")
    return _compare(left, name, right, python), at + width


def _compare(left: tuple[str, str], operator: str, right: tuple[str, str], python: str | None) -> bool | None:
    variable = next((text for kind, text in (left, right) if kind == "word"), "")
    if variable.replace(".", "_") in _VERSIONS:
        if python is None or left[0] == "text":
            return None
        return _version_holds(_full(python) if "full" in variable else python, operator, right[1])
    own = _ENVIRONMENT.get(variable.replace(".", "_"))
    if own is None:
        return None
    one, other = (own if kind == "word" else text for kind, text in (left, right))
    return {"==": one == other, "!=": one != other, "in": one in other, "not in": one not in other}.get(operator)


def _full(python: str) -> str:
    """Return a whole version for a release line: its newest release, whatever number that has."""
    return python if python.count(".") > 1 else f"{python}.99"


def _version_holds(own: str, operator: str, wanted: str) -> bool | None:
    if operator in {"in", "not in"}:
        listed = re.split(r"[,\s]+", wanted)
        return (own in listed) == (operator == "in")
    match = re.fullmatch(r"\s*(\d{1,4}(?:\.\d{1,4}){0,3})(\.\*)?\s*", wanted, re.ASCII)
    if match is None:
        return None
    one = [int(part) for part in re.findall(r"\d+", own)[:3]]
    two = [int(part) for part in match[1].split(".")]
    if operator == "~=":
        return one >= two and one[: len(two) - 1] == two[:-1]
    if match[2]:
        same = one[: len(two)] == two
        return same if operator == "==" else not same if operator == "!=" else None
    width = max(len(one), len(two))
    one, two = ([*parts, *[0] * (width - len(parts))] for parts in (one, two))
    answers = {"==": one == two, "===": one == two, "!=": one != two}
    return (answers | {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}).get(operator)


# `requirements.txt` and its like, as pip reads them: `-r`, `-c`, `-e`, hashes, paths, URLs, comments of compilers.
#
# Sources, checked 2026-11-24:
# - https://pip.pypa.io/en/stable/reference/requirements-file-format/ (encodings, comments, line continuation,
#   variables)
# - https://pip-tools.readthedocs.io and https://docs.astral.sh/uv/pip/compile/ (`# via` comments)


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


def read_requirements(tree: SourceTree, paths: tuple[str, ...], reasons: Reasons, group: str = "main") -> Requirements:
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


# `environment.yml` of conda, as far as pip can install it: most packages have the same name on PyPI.
#
# Source, checked 2026-11-24:
# https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#create-env-file-manually and
# …/user-guide/concepts/pkg-specs.html (`channel::name=version=build`)


FILES = ("environment.yml", "environment.yaml")
_CONDA = "conda"
_SPEC = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)[ \t]*(.*)", re.ASCII | re.DOTALL)
_BRACKETS = re.compile(r"\[(?>.*?version[ \t]*+=)[ \t]*+['\"]?([^'\"\]]*+)['\"]?.*\]", re.DOTALL)
# `=1.2.3=py39_0`: an export, which names the build of a release.
_EXPORTED = re.compile(r"={1,2}([\w.!+]+)=([\w.*]+)", re.ASCII)
_RELEASE = re.compile(r"={0,2}[ \t]*([0-9][\w.!+]*?)(\.\*|\*)?", re.ASCII)
_MAX_PACKAGES = 1000
_LONGEST_LINE = 300


@dataclass
class Environment:
    """`requirements` are what pip installs, `python` the range of Python, `files` lists that pip reads.

    `apt` are packages of Debian instead, `missing` what has no other home than conda.
    """

    requirements: list[Requirement] = field(default_factory=list)
    python: Sourced[str] | None = None
    files: list[Sourced[str]] = field(default_factory=list)
    apt: list[Sourced[str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def read_conda(tree: SourceTree, path: str) -> Environment:
    """Return what the file asks for; raises FileError for what is no YAML, or a line for pip that is no requirement."""
    document = yaml_document.read(tree, path)
    found = Environment()
    listed = document.get("dependencies")
    for index, item in enumerate(listed[:_MAX_PACKAGES] if isinstance(listed, list) else ()):
        origin = document.origin("dependencies", index)
        if isinstance(item, str) and len(item) <= _LONGEST_LINE:
            _package(item, origin, found)
        elif isinstance(item, dict) and isinstance(item.get("pip"), list):
            _pip(document, index, item["pip"], found)
    return found


def words(environment: Environment) -> tuple[str, ...]:
    """Return what pip is told to install."""
    found = []
    for item in environment.requirements:
        extras = f"[{','.join(sorted(item.extras))}]" if item.extras else ""
        place = item.url or ""
        named = f"{item.name}{extras} @ {place}" if extras else place
        found.append(named if place else f"{item.name}{extras}{item.specifier}")
    return tuple(dict.fromkeys(found))


def _package(text: str, origin: Origin, found: Environment) -> None:
    match = _SPEC.fullmatch(text.strip())
    if match is None:
        return
    name, rest = match[1].lower(), match[2].strip()
    table = tables.read(_CONDA)
    specifier = _specifier(rest)
    if name == "python":
        found.python = Sourced(specifier, origin) if specifier else None
    elif name in table["apt"]:
        found.apt.append(Sourced(table["apt"][name], origin))
    elif name in table["missing"]["names"] or name.startswith(tuple(table["missing"]["prefixes"])):
        found.missing.append(name)
    elif name not in table["skipped"]["names"] and not name.startswith(tuple(table["skipped"]["prefixes"])):
        exported = _EXPORTED.fullmatch(rest)
        if exported is not None and not re.match(r"py|pyh", exported[2]):
            # The build of what is no Python package has no Python in its name.
            return
        item = requirement(f"{table['renamed'].get(name, name)}{specifier}", origin)
        if item is not None:
            found.requirements.append(item)


def _specifier(text: str) -> str:
    """Return a version of conda as one of PEP 440: `=1.2` is any `1.2`, `1.2` alone too."""
    bracket = _BRACKETS.fullmatch(text)
    text = (bracket[1] if bracket is not None else text).strip()
    exported = _EXPORTED.fullmatch(text)
    if exported is not None:
        return f"=={exported[1]}"
    release = _RELEASE.fullmatch(text)
    if release is not None:
        return f"=={release[1]}" if text.startswith("==") and not release[2] else f"=={release[1]}.*"
    plain = text.replace(" ", "")
    return plain if re.fullmatch(r"(?:(?:[<>]=?|[!~]=|==)[\w.*!+]+,?)+", plain, re.ASCII) else ""


def _pip(document: Document, index: int, lines: list[object], found: Environment) -> None:
    for number, line in enumerate(lines[:_MAX_PACKAGES]):
        origin = document.origin("dependencies", index, "pip", number)
        if not isinstance(line, str):
            continue
        text = line.strip()
        named = re.fullmatch(r"(?:-r|--requirement)[ =]++(\S+)", text)
        if named is not None:
            found.files.append(Sourced(named[1].removeprefix("file:").removeprefix("./"), origin))
        elif URL.match(text):
            found.requirements.append(Requirement(name_of(text), origin, url=text))
        elif not text.startswith("-"):
            item = requirement(line, origin)
            if item is not None:
                found.requirements.append(item)


# The declarations of a `pyproject.toml`: the standard tables, and those of Poetry, PDM and uv.
#
# Sources, checked 2026-11-24:
# - https://packaging.python.org/en/latest/specifications/pyproject-toml/ and …/dependency-groups/ (PEP 621, PEP 735)
# - https://python-poetry.org/docs/pyproject/ and …/dependency-specification/
# - https://pdm-project.org/latest/reference/pep621/, https://docs.astral.sh/uv/reference/settings/


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


def read_pyproject(document: Document) -> Declared:
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


# `setup.cfg`, and what `setup.py` says in literals: the file is parsed, never run.
#
# Sources, checked 2026-11-24: https://setuptools.pypa.io/en/latest/references/keywords.html and
# …/userguide/declarative_config.html


_MAX_ITEMS = 1000


def setup_cfg(tree: SourceTree, path: str = "setup.cfg") -> Declared:
    """Return what a `setup.cfg` declares; raises FileError for what cannot be parsed."""
    config = sections(tree, path)
    declared = Declared()
    origin = Origin(path)
    name = config.get("metadata", "name", fallback="").strip()
    declared.name = name if is_name(name) else None
    needed = config.get("options", "install_requires", fallback="")
    if needed.strip().startswith("file:"):
        declared.dynamic.add("dependencies")
    else:
        _add(declared, _split(needed), Origin(path, _line(tree, path, "install_requires"), "install_requires"))
    if config.has_section("options.extras_require"):
        for extra, text in config.items("options.extras_require"):
            items = [requirement(item, origin, normalised(extra)) for item in _split(text)]
            declared.extras[normalised(extra)] = [item for item in items if item is not None]
    python = config.get("options", "python_requires", fallback="").strip()
    if python:
        place = Origin(path, _line(tree, path, "python_requires"), "python_requires")
        declared.python.append(Sourced(python, place))
    _setup_scripts(declared, _split(config.get("options.entry_points", "console_scripts", fallback="")), origin)
    return declared


def sections(tree: SourceTree, path: str) -> configparser.ConfigParser:
    """Return a parsed INI file, without interpolation; raises FileError."""
    return tree.memo("python.ini", path, lambda: _sections(tree.text(path), path))


def _sections(text: str, path: str) -> configparser.ConfigParser:
    import configparser

    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        reason = str(error).split("\n")[0]
        raise FileError(
            f"it cannot be parsed: {reason}", origin=Origin(path, line if isinstance(line, int) else None)
        ) from error
    return config


def _line(tree: SourceTree, path: str, key: str) -> int | None:
    match = re.search(rf"(?m)^[ \t]*{key}\b", tree.text(path))
    return None if match is None else tree.text(path).count("\n", 0, match.start()) + 1


def _split(text: str) -> list[str]:
    lines = (re.split(r"(?:^|[ \t])#", line)[0].strip() for line in text.split("\n"))
    return [line for line in lines if line][:_MAX_ITEMS]


def _add(declared: Declared, texts: Iterable[str], origin: Origin) -> None:
    for text in texts:
        item = requirement(text, origin)
        if item is not None:
            declared.main.append(item)


def _setup_scripts(declared: Declared, lines: Iterable[str], origin: Origin) -> None:
    for line in lines:
        name, _, target = (part.strip() for part in line.partition("="))
        if is_name(name) and target:
            declared.scripts[name] = Sourced(target, origin)


# --- setup.py -------------------------------------------------------------------------------------------------------
def setup_py(tree: SourceTree, path: str = "setup.py") -> Declared:
    """Return what the call of `setup()` says in literals; what it computes is in `dynamic`."""
    declared = Declared()
    call, values = setup_call(tree, path)
    if call is None:
        declared.dynamic.add("dependencies")
        return declared
    for keyword in call.keywords:
        origin = Origin(path, keyword.value.lineno, keyword.arg)
        value = literal(keyword.value, values)
        if keyword.arg == "install_requires":
            texts = _texts(value)
            if texts is None:
                declared.dynamic.add("dependencies")
            else:
                _add(declared, texts, origin)
        elif keyword.arg == "extras_require" and isinstance(value, dict):
            _extras(declared, value, origin)
        elif keyword.arg == "python_requires" and isinstance(value, str):
            declared.python.append(Sourced(value, origin))
        elif keyword.arg == "name" and isinstance(value, str) and is_name(value):
            declared.name = value
        elif keyword.arg == "entry_points" and isinstance(value, dict):
            _setup_scripts(declared, _texts(value.get("console_scripts")) or (), origin)
    if any(keyword.arg is None for keyword in call.keywords):
        declared.dynamic.add("dependencies")
    return declared


def _extras(declared: Declared, value: dict[object, object], origin: Origin) -> None:
    for extra, wanted in value.items():
        texts = _texts(wanted)
        # `":python_version<'3'"` is the old way to write a marker.
        if texts is not None and isinstance(extra, str) and is_name(extra):
            items = [requirement(text, origin, normalised(extra)) for text in texts]
            declared.extras[normalised(extra)] = [item for item in items if item is not None]


def setup_call(tree: SourceTree, path: str = "setup.py") -> tuple[ast.Call | None, dict[str, ast.expr]]:
    """Return the call of `setup()` and what names of the module are bound to."""
    code = source_code.read(tree, path)
    if code is None:
        return None, {}
    values: dict[str, ast.expr] = {}
    for node in source_code.iterate(code.body):
        if isinstance(node, ast.Assign):
            values.update({target.id: node.value for target in node.targets if isinstance(target, ast.Name)})
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            # A text that is put together: `python_requires += ",<3.12"`.
            before, more = values.get(node.target.id), source_code.constant(node.value)
            known = source_code.constant(before)
            if isinstance(known, str) and isinstance(more, str):
                values[node.target.id] = ast.copy_location(ast.Constant(known + more), node)
    names = {"setuptools.setup", "distutils.core.setup", ":setup", "skbuild.setup"}
    found = next((call.node for call in code.calls if call.name in names and call.node is not None), None)
    return found, values


def literal(node: ast.expr, values: dict[str, ast.expr]) -> object:
    """Return the value of a literal, or of a name that is bound to one; None for what is computed."""
    if isinstance(node, ast.Name):
        node = values.get(node.id, node)
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _texts(value: object) -> list[str] | None:
    if isinstance(value, str):
        return _split(value)
    if isinstance(value, list | tuple | set) and all(isinstance(item, str) for item in value):
        return sorted(value) if isinstance(value, set) else list(value)[:_MAX_ITEMS]
    return None


# Where a project's import packages lie, and whether its build backend can install the project itself.
#
# Many apps have a `[build-system]` that nobody ever ran: there the backend finds no package, or several. Such a project
# is not installed; its dependencies are.
#
# Sources, checked 2026-11-24 (how each backend finds packages when nothing names them):
# - https://setuptools.pypa.io/en/latest/userguide/package_discovery.html (names that are reserved; one package only)
# - https://hatch.pypa.io/latest/plugins/builder/wheel/#default-file-selection
# - https://python-poetry.org/docs/pyproject/#packages, https://flit.pypa.io/en/stable/pyproject_toml.html
# - https://docs.astral.sh/uv/concepts/build-backend/


INIT = "__init__.py"
_BACKENDS = "build_backends"


class Layout(NamedTuple):
    """How a project lies.

    `packages` are import packages, `root` is where they lie (`""` or `src`, relative to the project). `problem` says
    why the project itself cannot be installed, None when it can; `wanted` is false when nothing asks for that.
    `version_variable` names the variable that stands for a version from the history. `makes_files`: installing the
    project writes files beside its source, so that the source of the build is what has to be shipped. `compiles`: it
    has extension modules, so that a copy is installed and not a reference to the source.
    """

    packages: tuple[str, ...] = ()
    root: str = ""
    wanted: bool = False
    problem: str | None = None
    version_variable: str | None = None
    makes_files: bool = False
    compiles: bool = False


def read_layout(tree: SourceTree, directory: str, document: Document | None, name: str | None) -> Layout:
    """Return the layout of the project in a directory."""
    base = f"{directory}/" if directory else ""
    root = "src" if _packages_in(tree, f"{base}src") else ""
    packages = _packages_in(tree, f"{base}{root}".rstrip("/"))
    named = _module_name(name)
    if named in packages:
        packages = (named, *(item for item in packages if item != named))
    has_setup = tree.has(f"{base}setup.py")
    if document is None:
        problem = _missing_readme(tree, base, None)
        return Layout(packages, root, has_setup, problem, *_extras_of_setup(tree, base))
    backend = document.get("build-system", "build-backend")
    backend = backend if isinstance(backend, str) else ""
    wanted = _wanted(document, backend, has_setup=has_setup)
    problem = None
    if wanted:
        problem = _missing_readme(tree, base, document) or _unfound(tree, base, document, backend, named)
    variable, makes_files, compiles = _extras_of_build(document, backend)
    compiles |= _extras_of_setup(tree, base)[2]
    return Layout(packages, root, wanted, problem, variable, makes_files, compiles)


def _packages_in(tree: SourceTree, directory: str) -> tuple[str, ...]:
    """Return the folders with an `__init__.py`; tests and documentation are no packages of an app."""
    prefix = f"{directory}/" if directory else ""
    return tuple(
        name
        for name in tree.directory(directory).directories
        if name.isidentifier()
        and name not in tables.read(_BACKENDS)["reserved_packages"]
        and tree.has(f"{prefix}{name}/{INIT}")
    )


def _module_name(name: str | None) -> str:
    return re.sub(r"[-_.]+", "_", name).lower() if name else ""


def _wanted(document: Document, backend: str, *, has_setup: bool) -> bool:
    """Return whether the project says that it is a package."""
    if document.get("tool", "uv", "package") is not None:
        return document.get("tool", "uv", "package") is True
    if document.get("tool", "poetry", "package-mode") is False or document.get("tool", "pdm", "distribution") is False:
        return False
    if "poetry" in document.table("tool") and not backend:
        return document.get("tool", "poetry", "name") is not None
    return bool(document.table("build-system")) or (has_setup and document.get("project", "name") is not None)


def _missing_readme(tree: SourceTree, base: str, document: Document | None) -> str | None:
    """Return a problem when a file that the metadata names is not there, or does not reach the build."""
    if document is None:
        return None
    named: list[Any] = [document.get("project", "readme"), document.get("tool", "poetry", "readme")]
    named.append(document.get("project", "license"))
    texts: list[str] = []
    for value in named:
        if isinstance(value, dict):
            value = value.get("file")  # noqa: PLW2901  # `{file = "README.md"}` is the long form of the text
        elif value is named[2]:
            continue
        texts += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    rules = dockerignore.rules(tree)
    for text in texts:
        if not tree.has(f"{base}{text}"):
            return f"its metadata names `{text[:80]}`, which is not there"
        if dockerignore.excluding(rules, f"{base}{text}") is not None:
            return f"its metadata names `{text[:80]}`, which `.dockerignore` keeps out of the build"
    return None


def _unfound(tree: SourceTree, base: str, document: Document, backend: str, name: str) -> str | None:
    """Return a problem when the backend will not find what to install."""
    if backend.startswith("poetry") or (not backend and "poetry" in document.table("tool")):
        return _unfound_by_poetry(tree, base, document, name)
    if backend.startswith("hatchling"):
        build = document.table("tool", "hatch", "build")
        target = document.table("tool", "hatch", "build", "targets", "wheel")
        keys = {"packages", "include", "only-include", "force-include", "sources", "bypass-selection"}
        if keys & (build.keys() | target.keys()):
            return None
        inside = any(tree.has(f"{base}{top}/{name}/{INIT}") for top in tree.directory(base.rstrip("/")).directories)
        return None if inside or _has_module(tree, base, name, ("", "src/")) else _no_module(name)
    if backend.startswith("uv_build"):
        settings = document.table("tool", "uv", "build-backend")
        if settings.get("namespace") is True or isinstance(settings.get("module-name"), list):
            return None
        root = settings.get("module-root", "src")
        name = str(settings.get("module-name", name)).replace(".", "/")
        return None if tree.has(f"{base}{root}/{name}/{INIT}".replace("//", "/").lstrip("/")) else _no_module(name)
    if backend.startswith("flit"):
        given = document.get("tool", "flit", "module", "name")
        name = given if isinstance(given, str) else name
        return None if _has_module(tree, base, name.replace(".", "/"), ("", "src/")) else _no_module(name)
    if backend.startswith("setuptools") or not backend:
        return _unfound_by_setuptools(tree, base, document)
    return None


def _has_module(tree: SourceTree, base: str, name: str, roots: Iterable[str]) -> bool:
    return bool(name) and any(
        tree.has(f"{base}{root}{name}.py") or tree.has(f"{base}{root}{name}/{INIT}") for root in roots
    )


def _no_module(name: str) -> str:
    return f"there is no package `{name[:80]}` to install"


def _unfound_by_poetry(tree: SourceTree, base: str, document: Document, name: str) -> str | None:
    declared = document.get("tool", "poetry", "packages")
    if not isinstance(declared, list):
        found = _has_module(tree, base, name, ("", "src/")) or tree.has_directory(f"{base}{name}")
        return None if found else _no_module(name)
    for entry in declared:
        if not isinstance(entry, dict) or not isinstance(entry.get("include"), str):
            continue
        origin = entry.get("from")
        inside = f"{origin.strip('/')}/" if isinstance(origin, str) else ""
        path = f"{base}{inside}{entry['include'].partition('*')[0].rstrip('/')}".rstrip("/")
        if path and not (tree.has(path) or tree.has(f"{path}.py") or tree.has_directory(path)):
            return _no_module(path)
    return None


def _unfound_by_setuptools(tree: SourceTree, base: str, document: Document) -> str | None:
    settings = document.table("tool", "setuptools")
    explicit = {"packages", "py-modules", "ext-modules"} & settings.keys()
    config = f"{base}setup.cfg"
    if tree.has(config):
        options = sections(tree, config)
        explicit |= {key for key in ("packages", "py_modules") if options.has_option("options", key)}
    if tree.has(f"{base}setup.py"):
        call, _ = setup_call(tree, f"{base}setup.py")
        given = {keyword.arg for keyword in call.keywords} if call is not None else {None}
        explicit |= {str(key) for key in given & {"packages", "py_modules", "ext_modules", None}}
    if explicit or tree.directory(f"{base}src").directories or tree.directory(f"{base}src").files:
        return None
    top = tree.directory(base.rstrip("/"))
    packages = [
        item
        for item in top.directories
        if item.isidentifier() and item not in tables.read(_BACKENDS)["reserved_packages"] and item[0] != "_"
    ]
    modules = [item.removesuffix(".py") for item in top.files if item.endswith(".py")]
    modules = [
        item
        for item in modules
        if item.isidentifier() and item not in tables.read(_BACKENDS)["reserved_modules"] and item[0] != "_"
    ]
    several = packages if len(packages) > 1 else modules if not packages and len(modules) > 1 else []
    if several:
        shown = ", ".join(f"`{item[:40]}`" for item in several[:4])
        return f"setuptools refuses to choose between {shown}"
    return None


def _extras_of_build(document: Document, backend: str) -> tuple[str | None, bool, bool]:
    """Return the variable that stands for a version from the history, whether files are made, whether it compiles."""
    wanted = document.get("build-system", "requires")
    wanted = wanted if isinstance(wanted, list) else []
    names = [re.split(r"[^A-Za-z0-9._-]", item, maxsplit=1)[0] for item in wanted if isinstance(item, str)]
    names = [item.lower().replace("_", "-") for item in names]
    dynamic = document.get("project", "dynamic")
    table = tables.read(_BACKENDS)
    known = table["version_variables"]
    variable = next((known[item] for item in names if item in known), None)
    if document.get("tool", "pdm", "version", "source") == "scm":
        variable = "PDM_BUILD_SCM_VERSION"
    elif isinstance(dynamic, list) and "version" not in dynamic and not backend.startswith("poetry"):
        variable = None
    written = any(document.get(*keys) is not None for keys in table["writing"])
    compiles = backend.startswith(tuple(table["compiling"]))
    return variable, written, compiles or document.get("tool", "setuptools", "ext-modules") is not None


def _extras_of_setup(tree: SourceTree, base: str) -> tuple[str | None, bool, bool]:
    if not tree.has(f"{base}setup.py"):
        return None, False, False
    call, _ = setup_call(tree, f"{base}setup.py")
    given = {keyword.arg for keyword in call.keywords} if call is not None else set()
    variable = "SETUPTOOLS_SCM_PRETEND_VERSION" if "use_scm_version" in given else None
    compiles = bool(given & {"ext_modules", "cffi_modules", "rust_extensions"})
    return ("PBR_VERSION" if "pbr" in given else variable), False, compiles
