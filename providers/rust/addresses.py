"""Addresses and ports that stand in code: `"0.0.0.0:8080"`, `([0, 0, 0, 0], 3030)`, `const PORT: u16 = 4000`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import ANYWHERE, LARGEST
from buildplan.read import data_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin

    from .source_file import RustFile

# Smaller numbers are other things than the ports of servers.
SMALLEST = 80
LOCAL = ports.LOCAL | {"127", "LOCALHOST"}
ADDRESS = re.compile(r"(?:[a-z]{2,6}://)?(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:([0-9]{2,5})/?")
# `("0.0.0.0", 8080)`, `([127, 0, 0, 1], 3030)`, `(Ipv4Addr::LOCALHOST, 3000)`; a string is its number in quotes.
_TUPLE = re.compile(
    r'(?:"(?P<text>\d+)"|(?:\[|Ipv4Addr::new\()(?P<first>127|0), ?0, ?0, ?[01][\])]'
    r"|Ipv[46]Addr::(?P<name>LOCALHOST|UNSPECIFIED))"
    r"(?:\.\w{2,20}\(\)|\))?, ?(?P<port>[0-9]{2,5})(?:u16|_u16)?\b"
)
_NAMED = re.compile(
    r"\b(?:\w{1,30}_)?(?:port|PORT)(?:_\w{1,20})?(?:: ?(?:u16|i32|usize))?\s{0,4}=\s{0,4}"
    r"([0-9]{2,5})(?:_?u16)?\s{0,4}[;,]"
)
# `fn default_port() -> u16 { 5000 }`
_FUNCTION = re.compile(r"\bfn \w{0,30}port\w{0,20}\(\) -> (?:u16|i32|usize) \{\s{1,40}([0-9]{2,5})\s{1,40}\}")
# `Settings { port: 8000, … }`
_FIELD_VALUE = re.compile(r"\b(?:http_|web_|api_|server_)?port: ([0-9]{2,5})(?:_?u16)?\s{0,40}[,}]")
# `set_default("port", 8888)`
_SETTING = re.compile(r'"(\d+)"\s{0,4},\s{0,20}([0-9]{2,5})(?:_?u16)?\b')
_SETTING_NAME = re.compile(r"(?:[\w.-]{1,40}[._-])?port", re.IGNORECASE)
# `#[default(8536)] pub port: u16`.
_DEFAULT_FIELD = re.compile(
    r"#\[(?:\w{1,20}\()?default\w{0,10}\s?[(=]\s?([0-9]{2,5})\)?[^\[\]]{0,40}\]\s{1,40}"
    r"(?:pub )?\w{0,20}port\s?:"
)
# `#[builder(default = "17170")] pub http_port: u16`
_DEFAULT_TEXT = re.compile(
    r'#\[\w{1,20}\([^\[\]"]{0,60}\bdefault\w{0,10}\s?=\s?"(\d+)"[^\[\]]{0,40}\]\s{1,40}'
    r"(?:pub )?(http_|web_|api_)?port\s?:"
)


class Address(NamedTuple):
    """A port, and whether only this machine reaches it there."""

    port: int
    local: bool
    origin: Origin


def find(files: tuple[RustFile, ...]) -> Iterator[Address]:
    """Yield the addresses of all files, what says most first within a file."""
    for file in files:
        for _, literal in file.strings():
            match = ADDRESS.fullmatch(literal.text)
            if match is not None and match[1] is not None and "://" not in literal.text and int(match[2]) <= LARGEST:
                yield Address(int(match[2]), match[1] in LOCAL, file.origin(literal.line))
        for match in _TUPLE.finditer(file.code):
            host = match["first"] or match["name"] or file.literal(match["text"]).text
            is_host = host in LOCAL or host in {ANYWHERE, "0", "UNSPECIFIED", "::", "[::]"}
            if is_host and int(match["port"]) <= LARGEST:
                yield Address(int(match["port"]), host in LOCAL, file.origin(file.line_at(match.start())))
        for match in (
            found for pattern in (_NAMED, _DEFAULT_FIELD, _FUNCTION) for found in pattern.finditer(file.code)
        ):
            if is_port(match[1]):
                yield Address(int(match[1]), local=False, origin=file.origin(file.line_at(match.start())))
        for match in sorted(_DEFAULT_TEXT.finditer(file.code), key=lambda found: found[2] is None):
            literal = file.literal(match[1])
            if re.fullmatch(r"[0-9]{2,5}", literal.text) and is_port(literal.text):
                yield Address(int(literal.text), local=False, origin=file.origin(literal.line))
        for match in sorted(_SETTING.finditer(file.code), key=lambda found: file.literal(found[1]).text != "port"):
            name = file.literal(match[1])
            if _SETTING_NAME.fullmatch(name.text) and is_port(match[2]):
                yield Address(int(match[2]), local=False, origin=file.origin(name.line))
        for match in _FIELD_VALUE.finditer(file.code):
            if is_port(match[1]):
                yield Address(int(match[1]), local=False, origin=file.origin(file.line_at(match.start())))


def is_port(text: str) -> bool:
    """Return whether a number can be the port of an app: it is none of a database or a mail server."""
    return SMALLEST <= int(text) <= LARGEST and int(text) not in data_table.read(__file__, "words")["other_ports"]
