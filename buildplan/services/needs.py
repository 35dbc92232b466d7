"""Which services an app needs, why, and with which variables it finds them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from buildplan.errors import FileError
from buildplan.model.build_plan import Diagnostic
from buildplan.model.origin import Origin
from buildplan.read import json_document
from buildplan.services import table, variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from buildplan.language.packages import Dependency
    from buildplan.services.settings import Named, Settings
    from buildplan.services.table import Service
    from buildplan.source import SourceTree

_EMBEDDED = "embedded"
_EMBEDDED_WORDS = frozenset({"sqlite", "sqlite3", "better-sqlite3", "file", "h2"})
_DATASOURCE = re.compile(r"datasource\s+\w+\s*\{([^}]{0,2000})\}")
_PROVIDER = re.compile(r"provider\s*=\s*\"([\w-]{1,40})\"")
_PRISMA = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "cockroachdb": "postgres",
    "mysql": "mysql",
    "mongodb": "mongo",
    "sqlserver": "mssql",
    "sqlite": _EMBEDDED,
}
_SWITCH = re.compile(r"(?:^|_)(?:DRIVER|STORE|CONNECTION|BACKEND|ADAPTER|DSN|URL|TRANSPORT)$")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}", re.ASCII)


class Need(NamedTuple):
    """A service that an app needs; `origin` is where that is seen, and `reason` says what is there.

    `variables` are the app's: name, and a text in which `Service.filled` puts host and password. `scheme` is that of
    URLs, `names` are the user and the database that the project has names for. `is_guess`: nothing in the tree names a
    variable, so these are the usual ones.
    """

    service: Service
    origin: Origin
    reason: str
    variables: tuple[tuple[str, str], ...]
    scheme: str = ""
    names: Mapping[str, str] = {}
    is_guess: bool = False


class Found(NamedTuple):
    """What an app needs beside it, in the order of the table, and what its owner should know of that."""

    needs: tuple[Need, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


def find(
    tree: SourceTree,
    folders: tuple[str, ...],
    language: str,
    frameworks: tuple[str, ...],
    dependencies: Iterable[Dependency],
    settings: Settings,
) -> Found:
    """Return the services that an app needs.

    `folders` hold its code; `dependencies` are what it ships with, `settings` what it reads.
    """
    evidence: dict[str, tuple[Origin, str]] = {}
    names = set()
    for item in dependencies:
        names.add(item.name)
        if item.ships:
            for name in table.speaking(language, item.name):
                evidence.setdefault(name, (item.origin, f"`{item.name}` speaks to it"))
    for name, place in _named_by_examples(settings):
        evidence.setdefault(name, place)
    diagnostics: list[Diagnostic] = []
    _choose_database(tree, folders, language, settings, evidence, diagnostics)
    if "valkey" in evidence:
        evidence.pop("redis", None)
    disabled = {name for name in evidence if name != "mongo" and _is_off(name, settings)}
    for name in disabled:
        origin = evidence[name][0]
        text = f"the app can use {table.services()[name].title} too, and runs without it"
        diagnostics.append(Diagnostic("BP942", "info", text, origin, "add it to compose.yaml, and its variables"))
    chosen = [item for item in table.services().values() if item.name in evidence and item.name not in disabled]
    database = next((item for item in chosen if item.sql), None)
    if database is None:
        database = next((item for item in chosen if item.name == "mongo"), None)
    schemes = dict(reversed(list(table.schemes(language, frozenset(names)))))
    made = []
    for service in chosen:
        readers = (*frameworks, *names)
        need = _need(service, evidence[service.name], settings, readers, is_database=service is database)
        if language == "dotnet" and need.is_guess:
            need = _with_connection_strings(need, tree, folders)
        scheme = _scheme(need, service, settings, schemes.get(service.name, ""))
        form = table.form(language, service.name, frozenset(names))
        if form and ("{scheme}" in form or not _has_scheme(need, settings)):
            filled = tuple((name, form if role == "url" else role) for name, role in need.variables)
            need = need._replace(variables=filled)
        made.append(need._replace(scheme=scheme))
        if need.is_guess:
            diagnostics.append(_guess(need))
    return Found(tuple(made), tuple(diagnostics))


def _guess(need: Need) -> Diagnostic:
    title = need.service.title
    shown = " and ".join(f"`{name}`" for name, _ in need.variables)
    text = f"{title} is needed, and nothing says from which variable the app takes it; {shown} is a guess"
    fix = "name the variables in .env.example, or edit compose.yaml"
    return Diagnostic("BP943", "warning", text, need.origin, fix)


# --- which ------------------------------------------------------------------------------------------------------------


def _named_by_examples(settings: Settings) -> Iterable[tuple[str, tuple[Origin, str]]]:
    """Yield the services that values of the example file name: by the scheme of a URL, by `redis` for a driver."""
    for item in settings.named.values():
        if not item.example or not (item.near or item.in_code):
            continue
        for service in table.services().values():
            if service.sql:
                continue
            by_scheme = any(scheme in service.urls for scheme in item.schemes) and service.urls[0] != "http"
            by_word = item.example in service.kinds and _SWITCH.search(item.name) is not None
            is_mail = service.name == "mailpit" and (
                "mailpit" in item.example
                or "mailhog" in item.example
                or (item.example == "1025" and "PORT" in item.name)
            )
            is_minio = (
                service.name == "minio"
                and item.name.endswith(("ENDPOINT", "ENDPOINT_URL", "_URL", "HOST"))
                and ("minio" in item.example)
            )
            if service.name in {"valkey", "opensearch"}:
                continue
            if (by_scheme and service.name != "mailpit") or by_word or is_mail or is_minio:
                yield service.name, (item.origin, f"`{item.name}` of the example names it")


def _is_off(name: str, settings: Settings) -> bool:
    """Return whether the app runs without a service: the example turns it off or leaves it empty, or the code asks."""
    service = table.services()[name]
    if service.sql:
        return False
    for prefix in service.prefixes:
        switch = settings.named.get(f"{prefix}_ENABLED")
        if switch is not None and (switch.example or "").lower() in {"false", "0", "no", "off"}:
            return True
    about = [
        item
        for item in settings.named.values()
        if variables.role(item.name, service, is_database=False) in {"url", "host", "address"}
        and item.name not in service.also
    ]
    if any(item.example for item in about):
        return False
    return any(item.example == "" or item.is_tested for item in about)


def _choose_database(
    tree: SourceTree,
    folders: tuple[str, ...],
    language: str,
    settings: Settings,
    evidence: dict[str, tuple[Origin, str]],
    diagnostics: list[Diagnostic],
) -> None:
    """Leave one database in the evidence: the one that settings name, else the first that there is a driver for."""
    embedded = evidence.pop(_EMBEDDED, None)
    said = _prisma(tree, folders) or _said(settings)
    drivers = [name for name in table.SQL if name in evidence]
    if said is not None:
        for name in drivers:
            if name != said[0]:
                del evidence[name]
        if said[0] != _EMBEDDED:
            evidence.setdefault(said[0], (said[1], said[2]))
        elif drivers:
            diagnostics.append(_other(drivers, said[1], "the settings choose a database in a file"))
        return
    if language == "java" and embedded is not None and drivers and not _has_datasource(tree, folders):
        # Spring starts the embedded one where nothing is configured.
        for name in drivers:
            del evidence[name]
        diagnostics.append(_other(drivers, embedded[0], "it starts with the embedded one"))
        return
    for name in drivers[1:]:
        diagnostics.append(_other([name], evidence[name][0], f"{table.services()[drivers[0]].title} is taken"))
        del evidence[name]


def _other(names: list[str], origin: Origin, why: str) -> Diagnostic:
    titles = " and ".join(table.services()[name].title for name in names)
    return Diagnostic("BP942", "info", f"the app can use {titles} too; {why}", origin, "edit compose.yaml for another")


def _prisma(tree: SourceTree, folders: tuple[str, ...]) -> tuple[str, Origin, str] | None:
    """Return the database that a schema of Prisma names.

    Source, checked 2026-11-25: https://www.prisma.io/docs/orm/reference/prisma-schema-reference#datasource
    """
    for path in tree.with_suffix(".prisma"):
        if any(not folder or path.startswith(f"{folder}/") for folder in folders):
            text = tree.text_or_none(path) or ""
            block = _DATASOURCE.search(text)
            found = _PROVIDER.search(block[1]) if block is not None else None
            if block is not None and found is not None and found[1] in _PRISMA:
                line = text.count("\n", 0, block.start(1) + found.start()) + 1
                return _PRISMA[found[1]], Origin(path, line), f"the schema of Prisma says `{found[1]}`"
    return None


def _said(settings: Settings) -> tuple[str, Origin, str] | None:
    """Return the database that the example of settings chooses, by a word or by the scheme of a URL."""
    services = [table.services()[name] for name in table.SQL]
    for item in settings.named.values():
        if not item.example or not (item.near or item.in_code):
            continue
        role = variables.role(item.name, services[0], is_database=True)
        if role == "kind" and item.example.lower() in _EMBEDDED_WORDS:
            return _EMBEDDED, item.origin, ""
        if role == "url" and item.example.lower().startswith(("sqlite:", "file:")):
            return _EMBEDDED, item.origin, ""
        for service in services:
            if role == "kind" and item.example.lower() in service.kinds:
                return service.name, item.origin, f"`{item.name}` of the example says so"
            if role == "url" and any(_base(scheme) in service.urls for scheme in item.schemes):
                return service.name, item.origin, f"`{item.name}` of the example says so"
    return None


def _has_datasource(tree: SourceTree, folders: tuple[str, ...]) -> bool:
    for name in ("application.properties", "application.yml", "application.yaml"):
        for path in tree.named(name):
            if "test" not in path.split("/") and any(not folder or path.startswith(f"{folder}/") for folder in folders):
                text = tree.text_or_none(path) or ""
                if re.search(r"jdbc:(?:postgresql|mysql|mariadb|sqlserver):|r2dbc:", text):
                    return True
    return False


# --- with which variables ---------------------------------------------------------------------------------------------


def _need(
    service: Service,
    why: tuple[Origin, str],
    settings: Settings,
    frameworks: tuple[str, ...],
    *,
    is_database: bool,
) -> Need:
    roles = {name: variables.role(name, service, is_database=is_database) for name in settings.named}
    names = [name for name, role in roles.items() if role is not None and _is_possible(role, service)]
    names = [name for name in names if settings.named[name].in_code or settings.named[name].near]
    names = [
        name for name in names if name != "DB" or _EMBEDDED_WORDS.union(service.kinds) & {*settings.named[name].words}
    ]
    listed = [name for name in names if settings.named[name].example is not None]
    own = _own_names(service, listed, roles, settings)
    for group in (listed, names):
        chosen = [name for name in group if roles[name] == "url"]
        has_host = any(roles[name] == "host" for name in group)
        is_filled = any(settings.named[name].example for name in chosen)
        if has_host and not is_filled:
            # The example leaves the URL empty, or it is one of something else: `PS_DATABASE_URI` beside `DB_HOST`.
            listed_host = any(roles[name] == "host" and settings.named[name].example for name in group)
            chosen = [name for name in chosen if not listed_host and not variables.is_prefixed(name, service)]
        if any(scheme.startswith("jdbc:") for name in chosen for scheme in settings.named[name].schemes):
            chosen += [name for name in group if roles[name] in {"user", "password"}]
        has_url = bool(chosen)
        if not chosen:
            chosen = [name for name in group if roles[name] not in {"kind", "url"}]
        has = {roles[name] for name in chosen}
        if not has_url and not has.isdisjoint({"host", "address"}):
            # What only the code names is a part of the same address.
            chosen += [name for name in names if roles[name] not in {"kind", "url", *has}]
        if any(roles[name] in {"url", "host", "address"} for name in chosen):
            kinds = [name for name in names if roles[name] == "kind"]
            values = [(name, _kind(name, service, settings, frameworks)) for name in kinds]
            values += [(name, str(roles[name])) for name in chosen]
            return Need(service, *why, tuple(values), names=own)
    for framework in frameworks:
        usual = table.framework(framework, service.name)
        if usual:
            return Need(service, *why, tuple(usual.items()), names=own)
    return Need(service, *why, tuple(service.variables.items()), names=own, is_guess=True)


def _with_connection_strings(need: Need, tree: SourceTree, folders: tuple[str, ...]) -> Need:
    """Return the need with the connection strings that an appsettings.json names.

    Source, checked 2026-11-25: https://learn.microsoft.com/aspnet/core/fundamentals/configuration/ (`__` between keys).
    """
    form = table.connection_string(need.service.name)
    for path in tree.named("appsettings.json") if form else ():
        folder = posixpath.dirname(path)
        if folder not in folders and folders != ("",):
            continue
        try:
            strings = json_document.read(tree, path, comments=True).get("ConnectionStrings")
        except FileError:
            continue
        names = [name for name in strings if _PLAIN.fullmatch(name)] if isinstance(strings, dict) else []
        is_cache = need.service.name == "redis"
        names = [name for name in names if is_cache == (name.lower() in {"redis", "cache"})]
        if names:
            told = tuple((f"ConnectionStrings__{name}", form) for name in names)
            return need._replace(variables=told, is_guess=False)
    return need


def _is_possible(role: str, service: Service) -> bool:
    """Return whether a service has the part: without a password there is no user either."""
    if role in {"user", "password"}:
        return bool(service.password)
    return role != "kind" or service.sql or service.name == "mongo"


def _own_names(
    service: Service, listed: list[str], roles: Mapping[str, str | None], settings: Settings
) -> Mapping[str, str]:
    """Return the names of user and database that the example has: those are no secrets."""
    found: dict[str, str] = {}
    for name in listed:
        role, value = roles[name], settings.named[name].example or ""
        fixed = service.user != "app" if role == "user" else service.database != "app"
        if role in {"user", "database"} and _PLAIN.fullmatch(value) and not fixed and value.lower() != "root":
            found.setdefault(role, value)
    return found


def _kind(name: str, service: Service, settings: Settings, frameworks: tuple[str, ...]) -> str:
    """Return what the code calls the database: the word of the table that stands in quotes in it."""
    if name.endswith("ENGINE") and "django" in frameworks:
        return service.kinds[-1]
    return next((word for word in service.kinds if word in settings.words), service.kinds[0])


def _base(scheme: str) -> str:
    return scheme.removeprefix("jdbc:").partition("+")[0]


def _has_scheme(need: Need, settings: Settings) -> bool:
    """Return whether the project itself writes the address as a URL."""
    return any(
        settings.named[name].schemes for name, role in need.variables if role == "url" and name in settings.named
    )


def _scheme(need: Need, service: Service, settings: Settings, usual: str) -> str:
    """Return the scheme of the URLs that the app takes: the example's, that beside the name, that of its driver."""
    for name, role in need.variables:
        item: Named | None = settings.named.get(name)
        found = [scheme for scheme in (item.schemes if item is not None else ()) if _base(scheme) in service.urls]
        if role == "url" and found:
            return found[0]
    # Where the code knows the driver's scheme it puts it in by itself.
    return "" if usual in settings.words else usual
