"""The services and the packages that speak to them, as rows: `services.toml` and `dependencies.toml`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

from buildplan.read import data_table

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

# A variable's value: one of these roles, or a text in which they are filled in.
ROLES = ("url", "address", "host", "port", "user", "password", "database")
# What one database of a tree may be called in settings, whichever it is; the strongest comes first.
SQL = ("postgres", "mysql", "mariadb", "mssql")


class Service(NamedTuple):
    """A service: its image, what that is told, how to see that it is ready, and how apps name it.

    Texts hold `{user}`, `{password}`, `{database}`, `{host}` and `{port}`. `password` names the variable that holds its
    password, empty where it has none. `ready` is empty where nothing in the image can tell, or with `checked` where the
    image has a health check of its own. `volume` is where its data lie. `web` is the port of a page for people. `url`
    is the form of its URL, whose schemes are `urls`, the usual one first. `prefixes` are how variables about it begin,
    `also` are whole names, `kinds` are words that choose it among databases. `variables` are what apps usually read,
    `library` what the client library reads by itself. `own_user` is who is there when the image is told of none.
    """

    name: str
    title: str
    image: str
    port: int
    url: str
    urls: tuple[str, ...]
    prefixes: tuple[str, ...]
    variables: Mapping[str, str]
    images: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    ready: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    volume: str = ""
    hostname: str = ""
    password: str = ""
    user: str = "app"
    own_user: str = "app"
    database: str = "app"
    sql: bool = False
    checked: bool = False
    host_is_url: bool = False
    library: Mapping[str, str] = {}
    web: int | None = None
    eol: dt.date | None = None

    def filled(
        self, text: str, *, host: str, password: str, scheme: str = "", names: Mapping[str, str] | None = None
    ) -> str:
        """Return the value of a role, or of a text with roles in it."""
        known = {
            "host": host,
            "port": str(self.port),
            "user": (names or {}).get("user", self.user),
            "password": password,
            "database": (names or {}).get("database", self.database),
            "scheme": scheme or self.urls[0],
        }
        known["address"] = f"{host}:{self.port}"
        if text == "url" or (text == "host" and self.host_is_url):
            # A URL of JDBC has no place for a user.
            text = "{scheme}://{host}:{port}/{database}" if scheme.startswith("jdbc:") else self.url
        text = f"{{{text}}}" if text in ROLES else text
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@functools.cache
def services() -> dict[str, Service]:
    """Return all services by name."""
    return {name: _service(name, row) for name, row in data_table.read(__file__, "services")["services"].items()}


def is_past(service: Service) -> bool:
    """Return whether the image got no fixes any more when the table was made."""
    as_of: dt.date = data_table.read(__file__, "services")["as_of"]
    return service.eol is not None and service.eol < as_of


def _service(name: str, row: dict[str, Any]) -> Service:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Service(name=name, **values)


def of_image(image: str) -> Service | None:
    """Return the service that an image is, by its repository; None for any other."""
    repository = image.partition("@")[0]
    last = repository.rpartition("/")[2]
    repository = repository.removesuffix(f":{last.partition(':')[2]}") if ":" in last else repository
    repository = repository.removeprefix("docker.io/").removeprefix("library/")
    return next((service for service in services().values() if repository in service.images), None)


def speaking(language: str, name: str) -> Iterator[str]:
    """Yield the services that a package of a language speaks to; `embedded` for databases that need none."""
    for service, names in data_table.read(__file__, "dependencies").get(language, {}).items():
        if name in names or (language == "go" and any(name.startswith(f"{item}/") for item in names)):
            yield service


def framework(name: str, service: str) -> Mapping[str, str]:
    """Return the variables that a framework reads for a service, empty where it has none of its own."""
    found: Mapping[str, str] = data_table.read(__file__, "dependencies")["framework"].get(name, {}).get(service, {})
    return found


def connection_string(service: str) -> str:
    """Return the form of a connection string of .NET, empty for a service without one."""
    return str(data_table.read(__file__, "dependencies")["connection_string"].get(service, ""))


def schemes(language: str, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield service and scheme of URLs that a library takes only with the name of the driver that is there."""
    for row in data_table.read(__file__, "dependencies").get("scheme", ()):
        if row["language"] == language and row["driver"] in names and not names.isdisjoint(row["libraries"]):
            yield row["service"], row["scheme"]


def form(language: str, service: str, names: frozenset[str]) -> str:
    """Return the form of an address that the app's driver takes, empty where that is a plain URL."""
    rows = data_table.read(__file__, "dependencies")["form"]
    fitting = (row for row in rows if (row["language"], row["service"]) == (language, service))
    return next((str(row["form"]) for row in fitting if row["driver"] in names), "")


def required(framework_name: str) -> tuple[str, ...]:
    """Return the secrets without which a framework does not start."""
    return tuple(data_table.read(__file__, "dependencies")["required"].get(framework_name, ()))
