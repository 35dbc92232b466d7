"""Mirrors of package registries, and a company's certificate authorities: what tells each package manager of them."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.read import data_table

if TYPE_CHECKING:
    from collections.abc import Iterable

# Nothing in it is read by a shell, XML, TOML, JSON or Groovy; there is no place for a user and a password.
URL = re.compile(r"https?://(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?)(?:/[\w.~/+-]*)?", re.ASCII)


class Part(NamedTuple):
    """A variable or a file: `value` is its content. It counts where one of `runtimes` or `programs` is."""

    name: str
    value: tuple[str, ...] = ()
    runtimes: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def counts(self, runtime: str, commands: Iterable[str]) -> bool:
        """Return whether a stage on this runtime, which runs these commands, reads it."""
        everywhere = not self.runtimes and not self.programs
        return everywhere or runtime in self.runtimes or runs(commands, self.programs)


class Mirror(NamedTuple):
    """One row of `mirrors.toml`, which says what each of these means."""

    name: str
    title: str
    example: str
    also: tuple[str, ...] = ()
    runtimes: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    variables: tuple[Part, ...] = ()
    files: tuple[Part, ...] = ()
    command: str | None = None
    edits: tuple[tuple[str, str], ...] = ()
    locks: tuple[str, ...] = ()

    def counts(self, runtime: str, commands: Iterable[str]) -> bool:
        """Return whether a stage on this runtime, which runs these commands, fetches from there."""
        return runtime in self.runtimes or runs(commands, self.programs)


@cache
def mirrors() -> dict[str, Mirror]:
    """Return name → mirror."""
    table = data_table.read(__file__, "mirrors")
    rows = {name: row for name, row in table.items() if isinstance(row, dict) and name != "certificates"}
    return {name: _mirror(name, row) for name, row in rows.items()}


def _mirror(name: str, row: dict[str, Any]) -> Mirror:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    values["variables"] = tuple(_part(item, (item["value"],)) for item in row.get("variables", ()))
    values["files"] = tuple(_part({**item, "name": item["path"]}, item["lines"]) for item in row.get("files", ()))
    values["edits"] = tuple((pattern, replacement) for pattern, replacement in row.get("edits", ()))
    return Mirror(name, **values)


def _part(item: dict[str, Any], value: Iterable[str] = ()) -> Part:
    return Part(item["name"], tuple(value), tuple(item.get("runtimes", ())), tuple(item.get("programs", ())))


@cache
def certificate_variables() -> tuple[Part, ...]:
    """Return the variables that name the file of trusted certificates."""
    return tuple(map(_part, data_table.read(__file__, "mirrors")["certificates"]["variables"]))


@cache
def java_store() -> Part:
    """Return where certificates are added to Java's own store."""
    return _part({"name": "keytool", **data_table.read(__file__, "mirrors")["certificates"]["keytool"]})


def runs(commands: Iterable[str], programs: tuple[str, ...]) -> bool:
    """Return whether one of the commands calls one of the programs, at the place where a program stands."""
    if not programs:
        return False
    names = "|".join(map(re.escape, programs))
    called = re.compile(rf"(?:^|[;&|(]\s*|\bexec |-m )(?:\w+=\S* )*(?:[\w./-]*/)?(?:{names})(?![\w./=-])")
    return any(called.search(command.strip()) for command in commands)


def image_reference(name: str, value: str) -> str | None:
    """Return what is wrong with a mirror of an image registry; None when nothing is."""
    if URL.match(value) or "://" in value:
        return f"`{value.partition('://')[2]}`: images are named without `https://`"
    return None if re.fullmatch(r"[a-z0-9][a-z0-9._:/-]{0,254}", value) else f"a registry for `{name}`"


def is_registry(name: str) -> bool:
    """Return whether the name is the host of an image registry, and not the kind of a package."""
    return "." in name or ":" in name or name == "localhost"
