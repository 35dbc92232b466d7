"""The subcommand that makes a program serve, where it does nothing without one: `shop serve`.

Read from what clap derives: a field of the program's own arguments that has to hold a subcommand, and an enum with a
variant that sounds like a server.

Source, checked 2026-11-24: https://docs.rs/clap/latest/clap/_derive/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from . import source_file, tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from buildplan.model.origin import Origin
    from buildplan.read.corpus import Corpus
    from buildplan.read.syntax import Source, Value

_PROGRAM = ("Parser", "StructOpt")
_TYPE = re.compile(r"(?:\w{1,40}::){0,4}(\w{1,60})")


def find(files: Corpus[Source]) -> tuple[str, Origin] | None:
    """Return the subcommand and its place; None where none is needed, or none sounds like a server."""
    for name in _needed(files):
        for file in files.mentioning((f"enum {name}",)):
            variants = _variants(file, name)
            for word in tables.SUBCOMMANDS:
                if word in variants:
                    return word, file.origin(variants[word], name)
    return None


def _needed(files: Corpus[Source]) -> Iterator[str]:
    """Yield the enums of subcommands that the program's arguments have to hold; those inside of others do not count."""
    for file in files.mentioning(_PROGRAM):
        programs = [
            item for item in file.matches("types") if source_file.derives(file, item["type"][0].start, _PROGRAM)
        ]
        structs = [item["type"][0] for item in programs if not _is_enum(item["type"][0])]
        for field in source_file.fields(file, ("",)) if structs and file.mentions(("subcommand",)) else ():
            match = _TYPE.fullmatch(field.type.text)
            is_own = any(item.start < field.name.start < item.end for item in structs)
            asks = any(value.text == "subcommand" for row in field.attributes[-1:] for value in row.arguments)
            if match is not None and is_own and asks:
                yield match[1]
        yield from (item["name"][0].text for item in programs if _is_enum(item["type"][0]))


def _is_enum(value: Value) -> bool:
    return re.match(r"(?:pub(?:\([^()]*\))? )?enum\b", value.text) is not None


def _variants(file: Source, name: str) -> dict[str, int]:
    """Return the variants of an enum as clap calls them, with their lines; nothing in a file that does not hold it."""
    for item in file.matches("types"):
        body = item["type"][0]
        if item["name"][0].text == name and _is_enum(body):
            found = (variant["name"][0] for variant in file.matches("variants"))
            inside = (variant for variant in found if body.start < variant.start < body.end)
            return {re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", item.text).lower(): item.line for item in inside}
    return {}
