"""Where an ASP.NET app listens when its code or its settings say so."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.language import ports
from buildplan.language.ports import Found
from buildplan.model.build_plan import Diagnostic
from buildplan.read import json_document

from . import source_code

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.source import SourceTree

    from .app import App
    from .source_code import Address

_FILES = tuple(f"{name}.{ending}" for name in ("Program", "Startup") for ending in ("cs", "fs", "vb"))
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}", re.ASCII)


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
        code = source_code.read(tree, posixpath.join(app.project.directory, name))
        if code is None:
            continue
        if any(item.value == "PORT" for item in code.variables):
            return Listening(reads_port=True)
        own = (item for item in code.variables if ports.is_own(item.value) and not ports.is_address(item.value))
        other = next(own, None)
        if other is not None:
            ports.report(Found("variable", 0, other.origin, "", variable=other.value), app.reasons)
            return Listening(variable=f'{other.value}="${{{other.value}:-$PORT}}"', also=True)
        if code.addresses and fixed is None:
            fixed = _fixed(code.addresses[0], app)
    return fixed or _settings(tree, app)


def _fixed(address: Address, app: App) -> Listening | None:
    if not ports.is_port(address.port):
        return None
    fix = "remove it: the image sets the port by `$PORT`"
    text = f"the port {address.port} is fixed in the code"
    app.reasons.report(Diagnostic("BP647", "warning", text, address.origin, fix))
    if address.host in ports.LOCAL:
        ports.report_local("localhost", address.origin, fix, app.reasons)
    return Listening(fixed=address.port, origin=address.origin)


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
