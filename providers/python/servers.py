"""The rows of `servers.toml`: programs that serve, how they are told where to listen, and how they are given an app."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from . import tables

if TYPE_CHECKING:
    from .entry_points import Entry
    from .manifest import Project

# The built-in ASGI worker of gunicorn came with this version.
_GUNICORN_ASGI = 24


class Program(NamedTuple):
    """A program, as its row in the table says."""

    name: str
    packages: tuple[str, ...]
    subcommand: str = ""
    bind: tuple[str, ...] = ()
    host: tuple[str, ...] = ()
    port: tuple[str, ...] = ()
    unix: tuple[str, ...] = ()
    listen_bind: tuple[str, ...] = ()
    listen_host: tuple[str, ...] = ()
    listen_port: tuple[str, ...] = ()
    reads_port: bool = False
    configures_itself: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    sigterm: bool = True
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def listen(self) -> tuple[str, ...]:
        """The words that make it listen on every address and on $PORT."""
        return (*self.listen_bind, *self.listen_host, *self.listen_port)

    def requirement(self, python: str) -> str | None:
        """Return the exact requirement to install for a version of Python, None when there is none for it."""
        numbers = _numbers(python)
        fitting = (version for oldest, version in self.versions if _numbers(oldest) <= numbers)
        version = next(fitting, None)
        return None if version is None else f"{self.packages[0]}=={version}"


class Server(NamedTuple):
    """A way to serve an app with a program."""

    id: str
    program: str
    start: tuple[str, ...]
    factory: Literal["call", "flag", "name", "none"]
    factory_flags: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    def words(self, entry: Entry, interface: str) -> tuple[str, ...]:
        """Return the command that serves an entry; `${PORT}` in it is for a shell to fill in."""
        target = entry.target
        flags: tuple[str, ...] = ()
        if entry.kind == "factory":
            target = f"{target}()" if self.factory == "call" else target
            flags = self.factory_flags
        listen = program(self.program).listen
        words: list[str] = []
        for word in (*self.start[:1], *flags, *self.start[1:], *(() if "{listen}" in self.start else ("{listen}",))):
            if word == "{listen}":
                words.extend(listen)
            else:
                filled = word.replace("{target}", target).replace("{interface}", interface)
                words.append(filled.replace("{file}", entry.file))
        return tuple(words)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version)[:2])


@functools.cache
def program(name: str) -> Program:
    """Return the row of a program that is in the table."""
    row = tables.row(tables.read("servers")["program"][name])
    row["versions"] = tuple((str(oldest), str(version)) for oldest, version in row.get("versions", ()))
    return Program(name=name, **row)


def known_program(name: str) -> Program | None:
    """Return the row of a program, None when the table has none."""
    return program(name) if name in tables.read("servers")["program"] else None


@functools.cache
def server(identifier: str) -> Server:
    """Return the row of a server that is in the table."""
    return Server(id=identifier, **tables.row(tables.read("servers")["server"][identifier]))


def choose(entry: Entry, project: Project, interface: str) -> tuple[Server, bool]:
    """Return the server for an entry, and whether the project installs it.

    That is the first one that production declares, or that the framework brings along; else the interface's usual one.
    """
    row = tables.read("servers")["interface"][interface]
    for identifier in entry.framework.servers or row["servers"]:
        candidate = server(identifier)
        if installed(program(candidate.program).packages, project) and _fits(candidate, entry, project):
            return candidate, True
    return server(row["install"]), False


def _fits(candidate: Server, entry: Entry, project: Project) -> bool:
    if candidate.factory == "none" and entry.kind == "factory":
        return False
    if not all(installed((name,), project) for name in candidate.needs):
        return False
    if candidate.id == "gunicorn-asgi":
        requirement = project.requirement("gunicorn")
        pinned = re.match(r"\s*={2,3}\s*(\d{1,6})", requirement.specifier) if requirement is not None else None
        return pinned is None or int(pinned[1]) >= _GUNICORN_ASGI
    return True


def installed(packages: tuple[str, ...], project: Project) -> bool:
    """Return whether the production environment holds one of the packages: declared, or brought by what is declared."""
    if project.has(*packages) or not project.transitive.isdisjoint(packages):
        return True
    for name, brought in tables.read("servers")["brings"].items():
        if not set(brought).isdisjoint(packages):
            package, _, extra = name.rstrip("]").partition("[")
            if project.has(package) and (not extra or extra in project.extras_of(package)):
                return True
    return False
