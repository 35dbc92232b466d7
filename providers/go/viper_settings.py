"""The variable that viper reads the port of a server from: the name of the setting, with the prefix of the program.

Source, checked 2026-11-25: https://pkg.go.dev/github.com/spf13/viper#readme-working-with-environment-variables
(`AutomaticEnv`, `SetEnvPrefix`, `SetEnvKeyReplacer`; names are upper case).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Value

    from .packages import Closure

_VIPER = "github.com/spf13/viper"
_READS = ("GetInt", "GetString", "GetUint16", "GetUint", "Get", "SetDefault", "BindPFlag", "BindEnv")
# What names an option with its default, which viper takes over with `BindPFlags`.
_OPTIONS = ("Int", "IntP", "Uint", "Uint16", "String", "StringP")
_KEY = re.compile(r"(?:(?:http|server|web|app|api|listen)[._-]?)?port", re.IGNORECASE)


class PortVariable(NamedTuple):
    """A variable that decides the port, and the port without it, where the code says one."""

    name: str
    port: int | None
    origin: Origin


def find(closure: Closure) -> PortVariable | None:
    """Return the variable that viper takes the port of the server from, None when it takes none."""
    files = [file for file in closure.files if _imports(file.imports)]
    if not any(file.code.calls(("AutomaticEnv",)) for file in files):
        return None
    prefixes = [
        call.arguments[0].text for file in files for call in file.code.calls(("SetEnvPrefix",)) if call.arguments
    ]
    replaces = any(file.code.calls(("SetEnvKeyReplacer", "EnvKeyReplacer")) for file in files)
    found: PortVariable | None = None
    for file in files:
        for call in file.code.calls((*_READS, *_OPTIONS)):
            key = call.arguments[0] if call.arguments else None
            if key is None or key.kind != "string" or not _KEY.fullmatch(key.text):
                continue
            if not replaces and not key.text.isidentifier():
                continue
            name = re.sub(r"[.-]", "_", "_".join((*prefixes[:1], key.text))).upper()
            port = next((int(value.text) for value in call.arguments[1:3] if ports.is_port(value.text)), None)
            if found is None or (found.name == name and found.port is None):
                found = PortVariable(name, port, file.origin(call.line, key.text))
    return found


def _imports(imports: tuple[Value, ...]) -> bool:
    return any(item.text.startswith(_VIPER) for item in imports)
