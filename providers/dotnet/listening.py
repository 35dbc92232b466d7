"""Where an ASP.NET app listens when its code or its settings say so."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import json_document

from .source_code import without_comments

if TYPE_CHECKING:
    from buildplan.source import SourceTree

    from .app import App

_FILES = tuple(f"{name}.{ending}" for name in ("Program", "Startup") for ending in ("cs", "fs", "vb"))
_READS = re.compile(r"GetEnvironmentVariable\s{0,5}\(\s{0,5}\"PORT\"\s{0,5}\)|Configuration\s{0,5}\[\"PORT\"\]")
_VARIABLE = re.compile(
    r"GetEnvironmentVariable\s{0,5}\(\s{0,5}\"([A-Z][A-Z0-9_]{1,60})\""
    r"|Configuration\s{0,5}\[\"([A-Z][A-Z0-9_]{1,60})\"\]"
)
_FIXED = re.compile(
    r"\.\s{0,5}(?:UseUrls|Run|RunAsync|Urls\s{0,5}\.\s{0,5}Add)\s{0,5}\(\s{0,5}"
    r"\"https?://([^\":/\s]{1,100}):([0-9]{1,5})/?\"|\.\s{0,5}(ListenAnyIP|ListenLocalhost)\s{0,5}\(\s{0,5}([0-9]{1,5})"
)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}", re.ASCII)
_LONGEST_HEAD = 400
_MOST_CODE = 100_000
_FURTHEST = 5000


class Listening(NamedTuple):
    """`fixed` is a port in the code; `variable` is an assignment for the shell that says the port.

    `also`: beside that of ASP.NET.
    """

    fixed: int | None = None
    origin: Origin | None = None
    reads_port: bool = False
    variable: str | None = None
    also: bool = False


def find(tree: SourceTree, app: App) -> Listening:
    """Return where the app listens, and report what keeps `$PORT` from counting."""
    if app.project.kind != "web":
        return Listening()
    fixed: Listening | None = None
    for name in _FILES:
        path = posixpath.join(app.project.directory, name)
        text = tree.text_or_none(path)
        if text is None:
            continue
        code = without_comments(text[:_MOST_CODE])
        if _READS.search(code):
            return Listening(reads_port=True)
        other = _other_variable(code)
        if other is not None:
            variable, position = other
            place = Origin(path, code.count("\n", 0, position) + 1, variable)
            ports.report(Found("variable", 0, place, "", variable=variable), app.reasons)
            return Listening(variable=f'{variable}="${{{variable}:-$PORT}}"', also=True)
        match = next((item for item in _FIXED.finditer(code) if not _only_in_development(code, item.start())), None)
        if match is not None and fixed is None:
            fixed = _fixed(match, Origin(path, code.count("\n", 0, match.start()) + 1), app)
    return fixed or _settings(tree, app)


def _other_variable(code: str) -> tuple[str, int] | None:
    """Return the variable, other than `PORT`, that the code reads its port from, and where."""
    for match in _VARIABLE.finditer(code):
        name = match[1] or match[2]
        if ports.is_own(name) and not ports.is_address(name):
            return name, match.start()
    return None


def _only_in_development(code: str, position: int) -> bool:
    """Return whether a place is in a block that asks for the development environment first."""
    closed = 0
    for index in range(position - 1, max(-1, position - _FURTHEST), -1):
        if code[index] == "}":
            closed += 1
        elif code[index] == "{" and closed:
            closed -= 1
        elif code[index] == "{":
            head = code[max(0, index - _LONGEST_HEAD) : index]
            if "IsDevelopment" in re.split(r"[;{}]", head)[-1]:
                return True
    return False


def _fixed(match: re.Match[str], origin: Origin, app: App) -> Listening | None:
    port = int(match[2] or match[4])
    if not ports.is_port(port):
        return None
    fix = "remove it: the image sets the port by `$PORT`"
    app.reasons.report(Diagnostic("BP647", "warning", f"the port {port} is fixed in the code", origin, fix))
    if match[3] == "ListenLocalhost" or match[1] in ports.LOCAL:
        ports.report_local("localhost", origin, fix, app.reasons)
    return Listening(fixed=port, origin=origin)


def _settings(tree: SourceTree, app: App) -> Listening:
    """Return the variable that wins over endpoints of `appsettings.json`, which win over the usual ones."""
    for name in ("appsettings.Production.json", "appsettings.json"):
        path = posixpath.join(app.project.directory, name)
        if not tree.has(path):
            continue
        try:
            document = json_document.read(tree, path, comments=True)
        except FileError:
            continue
        endpoints = document.get("Kestrel", "Endpoints")
        if isinstance(endpoints, dict):
            for key, value in endpoints.items():
                url = value.get("Url") if isinstance(value, dict) else None
                if _NAME.fullmatch(key) and isinstance(url, str) and url.lower().startswith("http://"):
                    return Listening(variable=f'Kestrel__Endpoints__{key}__Url="http://+:$PORT"')
        key = next((key for key in document.data if key.lower() == "urls"), None)
        if key is not None:
            return Listening(variable='URLS="http://+:$PORT"')
    return Listening()
