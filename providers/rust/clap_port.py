"""The variable or the option of the command line from which clap takes the port of a server.

Sources, checked 2026-11-25:
- https://docs.rs/clap/latest/clap/_derive/index.html (`long`, `env`; names of fields become kebab case)
- https://docs.rs/clap/latest/clap/struct.Arg.html#method.env
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports

from . import source_file

if TYPE_CHECKING:
    from buildplan.model.origin import Origin
    from buildplan.read.corpus import Corpus
    from buildplan.read.syntax import Source

_FIELDS = ("port", "http_port", "listen_port", "server_port")
_ENV = re.compile(r'\benv\s*=\s*"(?P<name>[A-Z][A-Z0-9_]{0,60})"')
_LONG = re.compile(r'\blong\b(?:\s*=\s*"(?P<name>[\w-]{1,60})")?')
# `Arg::new("port").env("SHOP_PORT").long("port")`.
_BUILT = re.compile(
    r'\bArg::(?:new|with_name)\(\s*"(?P<id>port|http[-_]port|listen[-_]port)"\s*\)(?P<rest>(?:(?!\bArg::).){0,900})',
    re.DOTALL,
)
_BUILT_ENV = re.compile(r'\.env\(\s*"(?P<name>[A-Z][A-Z0-9_]{0,60})"')
_BUILT_LONG = re.compile(r'\.long\(\s*"(?P<name>[\w-]{1,60})"')
_BUILT_DEFAULT = re.compile(r'\.default_value\(\s*"(?P<number>[0-9]{2,5})"')
# "port" itself is in half of all files: `import`, `support`.
_WORDS = (*(f"#[{name}(" for name in source_file.OPTIONS), "Arg::")
_SUBCOMMANDS = ("Subcommand", "SubCommand", ".subcommand(")


class ClapPort(NamedTuple):
    """What says the port: a `variable`, or `options` of the command line; `port` is what is taken without it."""

    variable: str
    options: tuple[str, ...]
    port: int | None
    origin: Origin


def find(files: Corpus[Source]) -> ClapPort | None:
    """Return where clap takes the port from, None where it does not."""
    has_subcommands = bool(files.mentioning(_SUBCOMMANDS))
    found = next((item for file in files.mentioning(_WORDS) if (item := _of(file)) is not None), None)
    if found is not None and not found.variable and has_subcommands:
        # The option may be that of another subcommand.
        return None
    return found


def _of(file: Source) -> ClapPort | None:
    for field in source_file.fields(file, _FIELDS):
        option = next((item for item in field.attributes if item.name in source_file.OPTIONS), None)
        if option is None or field.name.text not in _FIELDS:
            continue
        text = file.text(option.start, option.end)
        port = next((int(item.text) for item in source_file.defaults(file, option) if ports.is_port(item.text)), None)
        long = _LONG.search(text)
        name = (long["name"] or field.name.text.replace("_", "-")) if long is not None else ""
        made = _made(_ENV.search(text), name, port, file.origin(field.name.line, field.name.text))
        if made is not None:
            return made
    text = file.text(0, len(file.content)) if file.mentions(("Arg::",)) else ""
    for match in _BUILT.finditer(text):
        default = _BUILT_DEFAULT.search(match["rest"])
        port = int(default["number"]) if default is not None and ports.is_port(default["number"]) else None
        long = _BUILT_LONG.search(match["rest"])
        line = text.count("\n", 0, match.start()) + 1
        name = long["name"] if long is not None else ""
        made = _made(_BUILT_ENV.search(match["rest"]), name, port, file.origin(line, match["id"]))
        if made is not None:
            return made
    return None


def _made(variable: re.Match[str] | None, name: str, port: int | None, origin: Origin) -> ClapPort | None:
    if variable is not None:
        return ClapPort(variable["name"], (), port, origin)
    return ClapPort("", (f"--{name}", "${PORT}"), port, origin) if name else None
