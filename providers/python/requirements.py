"""One dependency: its grammar (PEP 508), whether its marker holds in the image, how names compare (PEP 503).

Sources, checked 2026-11-24:
- https://packaging.python.org/en/latest/specifications/dependency-specifiers/
- https://packaging.python.org/en/latest/specifications/name-normalization/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.version_ranges import shown

if TYPE_CHECKING:
    from buildplan.model.origin import Origin

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
