"""Addresses and ports that stand in code: `"0.0.0.0:8080"`, `([0, 0, 0, 0], 3030)`, `const PORT: u16 = 4000`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.language import ports
from buildplan.language.ports import ANYWHERE, LARGEST

from . import source_file, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.corpus import Corpus
    from buildplan.read.syntax import Attribute, Source, Value

# Smaller numbers are other things than the ports of servers.
SMALLEST = 80
LOCAL = ports.LOCAL | {"127", "LOCALHOST"}
ADDRESS = re.compile(r"(?:[a-z]{2,6}://)?(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])?:([0-9]{2,5})/?")
# What a file has in it with an address that is not a text, or with a port that is set, returned or a field's default.
_HOST_WORDS = ("::LOCALHOST", "::UNSPECIFIED")
_SET = r'\w{0,20}"?\s{0,9}(?::\s{0,9}(?:[ui]\d\d|usize)\s{0,9})?[:=,]\s{0,20}[0-9]{2}'
_MAY_SET = (
    re.compile(rb", 0, 0, [01][\])]{1,3}, ?[0-9]{2}"),
    re.compile(rb",0,0,[01][\])]{1,3}, ?[0-9]{2}"),
    re.compile(rb"port" + _SET.encode()),
    re.compile(rb"PORT" + _SET.encode()),
    re.compile(rb"port\w{0,20}\(\)\s{0,9}->"),
    re.compile(rb'default\w{0,10}\s?[(=]\s?"?[0-9]{2}[^\[\]]{0,80}\]\s{1,40}(?:pub )?\w{0,20}port\s?:'),
)
# `[127, 0, 0, 1]`, `Ipv4Addr::new(0, 0, 0, 0)`, `IpAddr::V4(Ipv4Addr::LOCALHOST)`, `"::".parse()`
_HOST = re.compile(
    r"(?:\[|Ipv4Addr::new\()(127|0), ?0, ?0, ?[01][\])]|Ipv[46]Addr::(LOCALHOST|UNSPECIFIED)|^\"([^\"]{2,20})\"\."
)
_TEXT_HOSTS = ports.LOCAL | {ANYWHERE, "::", "[::]"}
_HOSTS = LOCAL | {ANYWHERE, "0", "UNSPECIFIED", "::", "[::]"}
_NUMBER = re.compile(r"([0-9]{2,5})(?:_?u16)?")
_NAMED = re.compile(r"(?:.*\.)?(?:\w{1,30}_)?(?:port|PORT)(?:_\w{1,20})?")
_FUNCTION = re.compile(r"\w{0,30}port\w{0,20}")
_FIELD = re.compile(r"(?:http_|web_|api_|server_)?port")
_SETTING = re.compile(r"(?:[\w.-]{1,40}[._-])?port", re.IGNORECASE)


class Address(NamedTuple):
    """A port, and whether only this machine reaches it there."""

    port: int
    local: bool
    origin: Origin


def find(files: Corpus[Source]) -> Iterator[Address]:
    """Yield the addresses of all files, what says most first within a file."""
    may = (files.quoting(_says_host), files.mentioning(_HOST_WORDS), files.fitting(*_MAY_SET))
    for file in files.among(*may):
        for literal in file.strings():
            match = ADDRESS.fullmatch(literal.text)
            if match is not None and match[1] is not None and "://" not in literal.text and int(match[2]) <= LARGEST:
                yield Address(int(match[2]), match[1] in LOCAL, file.origin(literal.line))
        pairs = [(item["first"][0], item["number"][0]) for item in file.matches("pairs")]
        for first, number in pairs:
            host, port = _host(first), number_of(number.text)
            if host in _HOSTS and port is not None and port <= LARGEST:
                yield Address(port, host in LOCAL, file.origin(first.line))
        settings = [item for item in pairs if item[0].kind == "string" and _SETTING.fullmatch(item[0].text)]
        settings.sort(key=lambda item: item[0].text != "port")
        for name, value in (*_named(file), *settings, *_initialized(file)):
            port = _port_of(value.text)
            if port is not None:
                yield Address(port, local=False, origin=file.origin(name.line))


def _says_host(text: str) -> bool:
    """Return whether a text is a host, or an address with one."""
    match = ADDRESS.fullmatch(text)
    return text in _TEXT_HOSTS or (match is not None and match[1] is not None)


def _host(value: Value) -> str:
    """Return the host that an expression is: `127` for `[127, 0, 0, 1]`; empty for what is none."""
    if value.kind == "string":
        return value.text
    match = _HOST.search(value.text)
    return (match[1] or match[2] or match[3]) if match is not None else ""


def _named(file: Source) -> Iterator[tuple[Value, Value]]:
    """Yield what is set under the name of a port, the defaults of such fields, and what such functions return."""
    for binding in file.bindings(("port", "PORT")):
        if _NAMED.fullmatch(binding.name):
            yield binding.value._replace(line=binding.line), binding.value
    fields = list(source_file.fields(file, ("port",)))
    # An option that is read from a variable too is not fixed.
    rows = ((field.name, item) for field in fields for item in field.attributes if not _is_variable(item))
    defaults = [(name, value) for name, item in rows for value in source_file.defaults(file, item)]
    yield from ((value, value) for _, value in defaults if value.kind != "string")
    for item in file.matches("constants"):
        if _FUNCTION.fullmatch(item["name"][0].text):
            yield item["name"][0], item["value"][0]
    texts = [item for item in defaults if item[1].kind == "string" and _FIELD.fullmatch(item[0].text)]
    yield from ((value, value) for _, value in sorted(texts, key=lambda item: item[0].text == "port"))


def _is_variable(attribute: Attribute) -> bool:
    return attribute.name in source_file.OPTIONS and any(item.text == "env" for item in attribute.arguments)


def _initialized(file: Source) -> Iterator[tuple[Value, Value]]:
    """Yield the fields of `Settings { port: 80 }` with their values."""
    for item in file.matches("initializers"):
        if _FIELD.fullmatch(item["name"][0].text):
            yield item["name"][0], item["value"][0]


def number_of(text: str) -> int | None:
    """Return the number of two to five digits that a literal is: 8080 of `8080_u16`."""
    match = _NUMBER.fullmatch(text)
    return int(match[1]) if match is not None else None


def _port_of(text: str) -> int | None:
    """Return the port of an app that a literal is; None for one of a database or a mail server."""
    port = number_of(text)
    return port if port is not None and SMALLEST <= port <= LARGEST and port not in tables.OTHER_PORTS else None
