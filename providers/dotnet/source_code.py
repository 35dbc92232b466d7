"""What the code of a .NET app says of variables and addresses: C# parsed, F# and Visual Basic by patterns.

There is no grammar of Visual Basic that is kept well, and the one of F# weighs more than all that is looked for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.model.origin import Origin, Sourced
from buildplan.read import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.read.syntax import Call, Source
    from buildplan.source import SourceTree

# What is not closed goes on to the end, so that every character is looked at once.
_COMMENTS = re.compile(r'"(?:[^"\\\n]++|\\.)*+"?|//[^\n]*|\(\*(?!\))[\s\S]*?(?:\*\)|\Z)')
_VARIABLE = re.compile(r"(?:GetEnvironmentVariable\s{0,5}\(|Configuration\s{0,5}\[)\s{0,5}\"([A-Z][A-Z0-9_]{1,60})\"")
_STARTS = re.compile(r"\.\s{0,5}(?:UseUrls|Run|RunAsync)\s{0,5}\(\s{0,5}\"([^\"\s]{1,120})\"")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,60}")
_URL = re.compile(r"https?://([^\":/\s]{1,100}):([0-9]{1,5})/?")
# Methods that are given an address, and those that are given a port.
_WITH_URL = ("UseUrls", "Run", "RunAsync", "Add")
_WITH_PORT = {"ListenAnyIP": "0.0.0.0", "ListenLocalhost": "localhost"}  # noqa: S104  # hosts that the code means
_MOST_CODE = 100_000


class Address(NamedTuple):
    """An address that the app listens on, whatever is set."""

    host: str
    port: int
    origin: Origin


class Code(NamedTuple):
    """The variables that a file reads, and the addresses that it fixes, in their order."""

    variables: tuple[Sourced[str], ...]
    addresses: tuple[Address, ...]


def read(tree: SourceTree, path: str) -> Code | None:
    """Return what a file of the program's start says; None when it is missing or not text."""
    if path.endswith(".cs"):
        file = syntax.source(tree, path, "csharp")
        return Code(tuple(_variables(file)), tuple(_addresses(file))) if file is not None else None
    text = tree.text_or_none(path)
    return _by_patterns(path, text[:_MOST_CODE]) if text is not None else None


def _variables(file: Source) -> Iterator[Sourced[str]]:
    given = [call.arguments[0] for call in file.calls(("GetEnvironmentVariable",)) if call.arguments]
    keys = file.matches("elements", ("Configuration[", "Configuration ["))
    given += [item["key"][0] for item in keys if item["of"][0].text.endswith("Configuration")]
    for value in sorted(given, key=lambda value: value.start):
        if value.kind == "string" and _NAME.fullmatch(value.text):
            yield Sourced(value.text, file.origin(value.line, value.text))


def _addresses(file: Source) -> Iterator[Address]:
    for call in file.calls((*_WITH_URL, *_WITH_PORT)):
        found = _address(call)
        if found is not None and not _only_in_development(file, call.start):
            yield Address(*found, file.origin(call.line))


def _address(call: Call) -> tuple[str, int] | None:
    if not call.receiver or not call.arguments or (call.name == "Add" and not call.receiver.endswith("Urls")):
        return None
    first = call.arguments[0]
    if call.name in _WITH_PORT:
        return (_WITH_PORT[call.name], int(first.text)) if re.fullmatch("[0-9]{1,5}", first.text) else None
    match = _URL.fullmatch(first.text) if first.kind == "string" else None
    return (match[1], int(match[2])) if match is not None else None


def _only_in_development(file: Source, start: int) -> bool:
    """Return whether a place is in a block that asks for the development environment first."""
    branches = ((item["condition"][0], item["body"][0]) for item in file.matches("branches", ("IsDevelopment",)))
    return any(
        "IsDevelopment" in condition.text and not condition.text.startswith("!") and body.start < start < body.end
        for condition, body in branches
    )


def _by_patterns(path: str, text: str) -> Code:
    code = _COMMENTS.sub(lambda match: match[0] if match[0][0] == '"' else "\n" * match[0].count("\n"), text)

    def place(match: re.Match[str]) -> int:
        return code.count("\n", 0, match.start()) + 1

    variables = (Sourced(match[1], Origin(path, place(match), match[1])) for match in _VARIABLE.finditer(code))
    urls = ((_URL.fullmatch(match[1]), place(match)) for match in _STARTS.finditer(code))
    addresses = (Address(url[1], int(url[2]), Origin(path, line)) for url, line in urls if url is not None)
    return Code(tuple(variables), tuple(addresses))
