"""The option of the command line that says where a program listens, so that the start can give it `PORT`.

Only options that the started program surely takes count: those of the standard library's `flag`, of pflag and kingpin,
of the root command of cobra (or of the command that is started), and the fields that go-flags reads.

Sources, checked 2026-11-25:
- https://pkg.go.dev/flag, https://pkg.go.dev/github.com/spf13/pflag (names, one dash or two)
- https://pkg.go.dev/github.com/spf13/cobra#Command.PersistentFlags
- https://pkg.go.dev/github.com/alecthomas/kingpin/v2, https://pkg.go.dev/github.com/jessevdk/go-flags (`long:"name"`)
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports

from . import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.syntax import Call

    from .packages import Closure
    from .source_file import GoFile

_FLAG, _PFLAG, _COBRA = "flag", "github.com/spf13/pflag", "github.com/spf13/cobra"
_KINGPIN = ("github.com/alecthomas/kingpin", "gopkg.in/alecthomas/kingpin")
_GO_FLAGS = "github.com/jessevdk/go-flags"
_PLAIN = ("String", "StringVar", "Int", "IntVar", "Uint", "UintVar")
_SHORT = ("StringP", "StringVarP", "IntP", "IntVarP", "UintP", "UintVarP", "Uint16P", "Uint16VarP")
_CALLS = (*_PLAIN, *_SHORT)
# `rootCmd.PersistentFlags()`, `serveCmd.Flags()`.
_FLAGS_OF = re.compile(r"(?:\w{1,60}\.)?(?P<command>\w{1,60})\.(?P<kind>Flags|PersistentFlags)\(\)")
_ROOT = re.compile(r"root(?:cmd|command)?|app|cmd", re.IGNORECASE)
_IS_ROOT = re.compile(r"root(?:cmd|command)?", re.IGNORECASE)
_TAG = re.compile(r'\blong:"(?P<name>[\w.-]{1,60})"(?:(?!\blong:).){0,300}?\bdefault:"(?P<default>[^"]{1,80})"')
_PORT_NAME = re.compile(r"(?:(?:http|web|server|listen|api|app)[._-]?)?port|http|listen", re.IGNORECASE)
_ADDRESS_NAME = re.compile(
    r"(?:(?:http|web|server|listen|api|app|bind)[._-]?)?(?:addr|address|listen-address|bind|listen)|http", re.IGNORECASE
)
_HOST_NAME = re.compile(
    r"(?:(?:http|web|server|listen|bind)[._-]?)?(?:host|ip|addr|address|interface)|bind", re.IGNORECASE
)
_LAST = re.compile(r'[(,]\s*"?(?P<text>[\w.]{0,60}:?[0-9]{2,5})"?\s*\)\s*$')
_ADDRESS = re.compile(r"(?P<host>[\w.\[\]:-]{0,60}):(?P<port>[0-9]{2,5})")


class PortOption(NamedTuple):
    """The words that make a program listen on `${PORT}`, and the port that it takes without them.

    `sets_host`: without the words it listens on localhost only.
    """

    words: tuple[str, ...]
    port: int
    origin: Origin
    sets_host: bool = False


class _Option(NamedTuple):
    name: str
    default: str
    dashes: str
    origin: Origin

    def given(self, value: str) -> tuple[str, ...]:
        return (f"{self.dashes}{self.name}", value)


def find(closure: Closure, word: str | None) -> PortOption | None:
    """Return the option of the program that is started, with the sub-command `word`; None when nothing names one."""
    options = [item for file in closure.files for item in _options(file, word)]
    for option in options:
        address = _ADDRESS.fullmatch(option.default)
        number = option.default if address is None else address["port"]
        if not ports.is_port(number) or number in tables.OTHER_PORTS:
            continue
        if address is not None and (_ADDRESS_NAME.fullmatch(option.name) or _PORT_NAME.fullmatch(option.name)):
            words = option.given(f"{ports.ANYWHERE}:${{PORT}}")
            return PortOption(words, int(number), option.origin, address["host"] in ports.LOCAL)
        if address is None and _PORT_NAME.fullmatch(option.name):
            host = _host(option, options)
            return PortOption((*host, *option.given("${PORT}")), int(number), option.origin, bool(host))
    return None


def _host(port: _Option, options: list[_Option]) -> tuple[str, ...]:
    """Return the words that make a program listen on all addresses, where it takes localhost without them."""
    local = [item for item in options if _HOST_NAME.fullmatch(item.name) and item.default in ports.LOCAL]
    if any(item.name == "port" for item in options if item is not port):
        # `--host` and `--port` are those of something else then.
        local = [item for item in local if item.name != "host"]
    return local[0].given(ports.ANYWHERE) if local else ()


def _options(file: GoFile, word: str | None) -> Iterator[_Option]:
    imported = {item.text for item in file.imports}
    if not imported.isdisjoint((_FLAG, _PFLAG, _COBRA)) and file.code.mentions(_CALLS):
        sets = [item["command"] for item in _FLAGS_OF.finditer(file.code.text(0, len(file.code.content)))]
        of_root = any(map(_IS_ROOT.fullmatch, sets)) and all(map(_ROOT.fullmatch, sets))
        for call in file.code.calls(_CALLS):
            dashes = _dashes(call, imported, word, of_root=of_root)
            named = next((index for index, item in enumerate(call.arguments) if item.kind == "string"), None)
            if dashes is None or named is None:
                continue
            for value in call.arguments[named + (2 if call.name in _SHORT else 1) :][:1]:
                default = value.text
                if value.kind not in {"string", "number"}:
                    # `env("SHOP_PORT", "8080")`: what stands last is taken without the variable.
                    written = file.code.text(value.start, value.end)
                    last = _LAST.search(written)
                    named_here = (item for item in file.code.bindings((written,)) if item.name == written)
                    default = last["text"] if last is not None else next((item.value.text for item in named_here), "")
                yield _Option(call.arguments[named].text, default, dashes, file.origin(call.line))
    if any(path.startswith(_KINGPIN) for path in imported):
        for call in file.code.calls(("Default",)):
            on = call.on
            while on is not None and on.name != "Flag":
                on = on.on
            if on is not None and on.arguments and call.arguments:
                yield _Option(on.arguments[0].text, call.arguments[0].text, "--", file.origin(call.line))
    if _GO_FLAGS in imported:
        for literal in file.code.strings(("long:",)):
            for match in _TAG.finditer(literal.text):
                yield _Option(match["name"], match["default"], "--", file.origin(literal.line))


def _dashes(call: Call, imported: set[str], word: str | None, *, of_root: bool) -> str | None:
    """Return how an option is written, None for one that the started program may not take."""
    if call.receiver == "flag" and _FLAG in imported:
        return "-" if word is None else None
    if call.receiver in {"flag", "pflag"} and _PFLAG in imported:
        return "--" if word is None else None
    if call.receiver == "flags" and _COBRA in imported and of_root:
        return "--" if word is None else None
    match = _FLAGS_OF.fullmatch(call.receiver) if _COBRA in imported else None
    if match is None:
        return None
    if _ROOT.fullmatch(match["command"]):
        return "--" if word is None or match["kind"] == "PersistentFlags" else None
    return "--" if word is not None and match["command"].lower().startswith(word) else None
