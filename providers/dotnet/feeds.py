"""Credentials of package sources in a NuGet.config: names of variables, which become secrets of the build.

Sources, checked 2026-11-24:
- https://learn.microsoft.com/nuget/reference/nuget-config-file#packagesourcecredentials
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Sourced
from buildplan.read import xml

if TYPE_CHECKING:
    from buildplan.model.reasons import Reasons
    from buildplan.source import SourceTree

_VARIABLE = re.compile(r"%([A-Za-z_]\w{0,60})%", re.ASCII)


def secrets(tree: SourceTree, paths: tuple[str, ...], reasons: Reasons) -> tuple[Sourced[str], ...]:
    """Return the variables that the credentials are read from; a password in plain text is reported."""
    found: dict[str, Sourced[str]] = {}
    for path in paths:
        if posixpath.basename(path).lower() != "nuget.config":
            continue
        section = xml.read(tree, path).first("packageSourceCredentials")
        for item in section.walk() if section is not None else ():
            value = item.attributes.get("value", "")
            names = _VARIABLE.findall(value)
            for name in names:
                found.setdefault(name, Sourced(name, item.origin("packageSourceCredentials")))
            if not names and value and "password" in item.attributes.get("key", "").lower():
                text = "a password of a package source is written in plain text"
                fix = 'write `value="%NUGET_TOKEN%"`, and give the variable to the build as a secret'
                reasons.report(Diagnostic("BP622", "warning", text, item.origin("packageSourceCredentials"), fix))
    for name, source in found.items():
        text = f"the package source asks for credentials, so the build needs the secret `{name}`"
        reasons.report(Diagnostic("BP623", "info", text, source.origin, f"build with `--secret id={name},env={name}`"))
    return tuple(found.values())
