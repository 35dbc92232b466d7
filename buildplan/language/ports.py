"""Where an app listens, and how the `PORT` of a platform gets there: one decision for all languages.

A language's finder reads its code and its settings and says what it found, as `Found`. What follows from that is here:
the port of the image, whether `PORT` counts, what the start has to hand on, and what is reported.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from buildplan.model.build_plan import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from buildplan.model.build_plan import Process
    from buildplan.model.origin import Origin
    from buildplan.model.reasons import Reasons

ANYWHERE = "0.0.0.0"  # noqa: S104  # a container has to be reached from outside
LARGEST = 65535
# Hosts that only the container itself reaches.
LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
# Parts of the names of port variables that belong to something else: a database, a mail server, a development tool.
# fmt: off
OF_OTHERS = frozenset({
    "DB", "DATABASE", "SQL", "POSTGRES", "POSTGRESQL", "PG", "MYSQL", "MARIADB", "MONGO", "MONGODB", "REDIS", "VALKEY",
    "SMTP", "MAIL", "EMAIL", "IMAP", "RABBITMQ", "AMQP", "KAFKA", "NATS", "MQTT", "ELASTIC", "ELASTICSEARCH",
    "MEMCACHED", "TYPEORM", "CACHE", "QUEUE", "FTP", "SSH", "SFTP", "PROXY", "METRICS", "PROMETHEUS", "DEBUG",
    "INSPECT", "UDP", "LDAP", "VITE", "HMR", "CLIENT", "FRONTEND", "HTTPS", "SSL", "TLS", "MINIO", "S3",
})
# fmt: on
By = Literal["PORT", "variable", "option", "fixed", "usual"]
# A variable with such a name says where a server listens: a port, or an address with a port in it.
_OWN = re.compile(r"(?:[A-Z][A-Z0-9]*_)*(?:HTTP|SERVER|LISTEN|WEB|API|APP|BIND|SITE)_(?P<kind>PORT|ADDR|ADDRESS)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,80}", re.ASCII)


class Found(NamedTuple):
    """What the code, or a setting, says of the port of an app.

    `by` is what decides: `PORT`, another `variable`, an `option` of the command line, a number that nothing changes
    (`fixed`), or nothing that is known (`usual`). `number` is the port then, or without the variable or option. `fix`
    is how the language reads `PORT`. `takes_address`: the variable or option holds a host and a port, not a port alone.
    `read_at` is where the variable is read, if not where the number stands. `options` are the words that the start
    gives the program, with `${PORT}` in one of them.
    """

    by: By
    number: int
    origin: Origin
    why: str
    fix: str = "read `PORT` as well"
    variable: str = "PORT"
    takes_address: bool = False
    where: str = "in the code"
    read_at: Origin | None = None
    options: tuple[str, ...] = ()


def decide(found: Found, reasons: Reasons, *, forwards: bool = True) -> Listening:
    """Return where the app listens; notes why, and reports what keeps a platform from choosing the port.

    `forwards`: the start can put `PORT` into another variable.
    """
    reasons.decide("port", str(found.number), found.origin, found.why)
    return report(found, reasons, forwards=forwards)


def report(found: Found, reasons: Reasons, *, forwards: bool = True) -> Listening:
    """Return where the app listens, and report it as `decide` does; the caller notes the port itself."""
    if found.by == "option":
        text = f"the program takes its port from an option, so the start has `{' '.join(found.options)}`"
        reasons.report(Diagnostic("BP648", "info", text, found.read_at or found.origin, found.fix))
        return Listening(found.number, reads=True, options=found.options)
    if found.by == "variable" and forwards:
        what = "where it listens" if found.takes_address else "its port"
        text = f"the code reads {what} from `{found.variable}`, so the start puts the value of `PORT` there"
        reasons.report(Diagnostic("BP648", "info", text, found.read_at or found.origin, found.fix))
        return Listening(found.number, reads=True, variable=found.variable, takes_address=found.takes_address)
    if found.by == "variable":
        text = f"the code reads where it listens from `{found.variable}`, not from `PORT`"
        fix = f"set `{found.variable}` where the container runs, or read `PORT`"
        reasons.report(Diagnostic("BP648", "info", text, found.read_at or found.origin, fix))
    if found.by == "fixed":
        text = f"the port {found.number} is fixed {found.where}, so a platform cannot choose it"
        reasons.report(Diagnostic("BP647", "warning", text, found.origin, found.fix))
    return Listening(found.number, reads=found.by == "PORT")


def of_variables(names: Iterable[tuple[str, Origin]], number: int) -> Found | None:
    """Return what the variables that the code reads say of its port: `PORT` before another that is an app's own.

    `number` is the port where none of them is set.
    """
    other: Found | None = None
    for name, origin in names:
        if name == "PORT":
            return Found("PORT", number, origin, "the code reads it")
        if other is None and is_own(name):
            other = Found(
                "variable", number, origin, "the code reads it", variable=name, takes_address=is_address(name)
            )
    return other


def report_local(host: str, origin: Origin, fix: str, reasons: Reasons) -> None:
    """Report an address that nothing outside of the container reaches."""
    text = f"the app binds to {host}, so nothing outside of the container reaches it"
    reasons.report(Diagnostic("BP649", "warning", text, origin, fix))


def is_own(variable: str) -> bool:
    """Return whether a variable of that name says where the app itself listens."""
    return _OWN.fullmatch(variable) is not None and OF_OTHERS.isdisjoint(variable.split("_"))


def is_address(variable: str) -> bool:
    """Return whether a variable of that name holds a host and a port."""
    match = _OWN.fullmatch(variable)
    return match is not None and match["kind"] != "PORT"


def is_port(value: object) -> bool:
    """Return whether a number, or a text of digits, is a port of TCP."""
    if isinstance(value, str):
        return value.isascii() and value.isdecimal() and 0 < int(value[:6]) <= LARGEST
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST


class Listening(NamedTuple):
    """Where the app listens. `reads`: `PORT` decides, by way of `variable` or of `options` of the command line.

    `environment` is what the image sets.
    """

    port: int
    reads: bool
    variable: str = "PORT"
    takes_address: bool = False
    environment: tuple[tuple[str, str], ...] = ()
    options: tuple[str, ...] = ()

    @property
    def forwards(self) -> bool:
        """Whether the start has to put `PORT` into another variable or an option, which takes a shell."""
        if self.options:
            return True
        return self.reads and self.variable != "PORT" and _NAME.fullmatch(self.variable) is not None

    def forward(self, process: Process) -> Process:
        """Return the process with `PORT` in the variable or the option that the app reads."""
        if self.options and process.shell is None:
            words = " ".join(f'"{word}"' if "$" in word else shlex.quote(word) for word in self.options)
            line = f"exec {shlex.join(process.argv)} {words}"
            return replace(process, argv=(), shell=line)
        return forward(process, self.variable, takes_address=self.takes_address) if self.forwards else process


def forward(process: Process, variable: str, *, takes_address: bool = False) -> Process:
    """Return the process with `PORT` in the variable that the app reads; a value of the owner's own comes first.

    `takes_address`: the variable holds a host and a port. The same process when the variable is `PORT` itself, or a
    name that no shell can set.
    """
    if variable == "PORT" or not _NAME.fullmatch(variable):
        return process
    value = f"{ANYWHERE}:$PORT" if takes_address else "$PORT"
    given = f'{variable}="${{{variable}:-{value}}}"'
    line = f"{given} exec {shlex.join(process.argv)}"
    if process.shell is not None:
        line = f"export {given}; {process.shell}"
    return replace(process, argv=(), shell=line)
