"""`environment.yml` of conda, as far as pip can install it: most packages have the same name on PyPI.

Source, checked 2026-11-24:
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#create-env-file-manually and
…/user-guide/concepts/pkg-specs.html (`channel::name=version=build`)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from buildplan.model.origin import Sourced
from buildplan.read import yaml_document

from . import requirements_file, tables
from .requirements import URL, Requirement, requirement

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.read.document import Document
    from buildplan.source import SourceTree

FILES = ("environment.yml", "environment.yaml")
_TABLE = "conda"
_SPEC = re.compile(r"(?:[\w./-]+::)?([A-Za-z0-9_][\w.-]*)[ \t]*(.*)", re.ASCII | re.DOTALL)
_BRACKETS = re.compile(r"\[(?>.*?version[ \t]*+=)[ \t]*+['\"]?([^'\"\]]*+)['\"]?.*\]", re.DOTALL)
# `=1.2.3=py39_0`: an export, which names the build of a release.
_EXPORTED = re.compile(r"={1,2}([\w.!+]+)=([\w.*]+)", re.ASCII)
_RELEASE = re.compile(r"={0,2}[ \t]*([0-9][\w.!+]*?)(\.\*|\*)?", re.ASCII)
_MAX_PACKAGES = 1000
_MAX_LENGTH = 300


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


def read(tree: SourceTree, path: str) -> Environment:
    """Return what the file asks for; raises FileError for what is no YAML, or a line for pip that is no requirement."""
    document = yaml_document.read(tree, path)
    found = Environment()
    listed = document.get("dependencies")
    for index, item in enumerate(listed[:_MAX_PACKAGES] if isinstance(listed, list) else ()):
        origin = document.origin("dependencies", index)
        if isinstance(item, str) and len(item) <= _MAX_LENGTH:
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
    table = tables.read(_TABLE)
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
            found.requirements.append(Requirement(requirements_file.name_of(text), origin, url=text))
        elif not text.startswith("-"):
            item = requirement(line, origin)
            if item is not None:
                found.requirements.append(item)
