"""The subcommand that makes a program serve, where it does nothing without one: `shop serve`.

Read from what clap derives: a field of the program's own arguments that has to hold a subcommand, and an enum with a
variant that sounds like a server.

Source, checked 2026-11-24: https://docs.rs/clap/latest/clap/_derive/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin

    from .source_file import RustFile

_FIELD = re.compile(
    r"#\[(?:command|clap|structopt|arg)\([^\[\]]{0,100}\bsubcommand\b[^\[\]]{0,100}\)\]\s{1,60}"
    r"(?:pub(?:\(crate\))? )?\w{1,40}\s?:\s?(?:\w{1,40}::){0,4}(\w{1,60})\s{0,9}[,}]"
)
_ITEM = re.compile(r"(#\[derive\([^\[\]]{0,200}\)\])|\b(struct|enum) \w{1,60}")
_PARSER = re.compile(
    r"#\[derive\([^\[\]]{0,200}\b(?:Parser|StructOpt)\b[^\[\]]{0,200}\)\][^{};]{0,400}\benum (\w{1,60})\s?\{"
)
_MAX_BODY = 20_000


def find(files: tuple[RustFile, ...]) -> tuple[str, Origin] | None:
    """Return the subcommand and its place; None where none is needed, or none sounds like a server."""
    for name in _needed(files):
        for file in files:
            match = re.search(rf"\benum {re.escape(name)}\s?\{{", file.code)
            if match is None:
                continue
            variants = dict(_variants(file.code, match.end()))
            for word in listed("subcommands"):
                if word in variants:
                    return word, file.origin(file.line_at(variants[word]), name)
    return None


def _needed(files: tuple[RustFile, ...]) -> Iterator[str]:
    """Yield the enums of subcommands that the program's arguments have to hold; those inside of others do not count."""
    for file in files:
        for match in _FIELD.finditer(file.code):
            items = list(_ITEM.finditer(file.code, 0, match.start()))
            derives = [item[1] for item in items if item[1]]
            kinds = [item[2] for item in items if item[2]]
            if kinds and kinds[-1] == "struct" and derives and re.search(r"\b(?:Parser|StructOpt)\b", derives[-1]):
                yield match[1]
        for match in _PARSER.finditer(file.code):
            yield match[1]


def _variants(code: str, position: int) -> Iterator[tuple[str, int]]:
    """Yield the variants of an enum as clap calls them, with their offsets; `position` is behind its brace."""
    depth, expects = 0, True
    for token in re.compile(r"#\[|[{}()\[\],]|\b[A-Z]\w{0,60}").finditer(code, position, position + _MAX_BODY):
        text = token[0]
        if text in {"{", "(", "[", "#["}:
            depth += 1
        elif text in {"}", ")", "]"}:
            depth -= 1
            if depth < 0:
                return
        elif text == ",":
            expects = expects or depth == 0
        elif depth == 0 and expects:
            expects = False
            yield re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", text).lower(), token.start()
