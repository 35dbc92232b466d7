"""What the name of a variable says: which service it is about, and which part of its address.

`DB_HOST`, `PGPASSWORD`, `REDIS_URL`: words that name a service, then words that name a part. Words before them are the
app's own (`HC_DB_HOST`), but for those that make it a variable of something else (`TEST_DATABASE_URL`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from buildplan.services.table import Service

_PARTS = {
    "url": (
        *("URL", "URI", "DSN", "CONNECTION_STRING", "CONNECTION_URL", "CONNECTION_URI", "CONN_STRING"),
        *(
            "PRISMA_URL",
            "URL_NON_POOLING",
            "DB_URL",
            "DB_URI",
            "DATABASE_URL",
            "DATABASE_URI",
            "ENDPOINT",
            "ENDPOINT_URL",
        ),
    ),
    "address": ("ADDR", "ADDRESS", "SERVERS", "BROKERS", "BROKER", "BOOTSTRAP_SERVERS"),
    "host": ("HOST", "HOSTNAME", "SERVER", "DB_HOST"),
    "port": ("PORT", "DB_PORT"),
    "user": ("USER", "USERNAME", "LOGIN", "DB_USER", "DB_USERNAME", "ROOT_USER", "ACCESS_KEY", "ACCESS_KEY_ID"),
    "password": (
        *("PASSWORD", "PASS", "PASSWD", "PWD", "DB_PASSWORD", "DB_PASS", "MASTER_KEY", "API_KEY", "ROOT_PASSWORD"),
        *("SECRET_KEY", "SECRET_ACCESS_KEY"),
    ),
    "database": ("NAME", "DB", "DATABASE", "DBNAME", "DB_NAME", "DATABASE_NAME", "DB_DATABASE"),
    "kind": ("CONNECTION", "CLIENT", "ENGINE", "DRIVER", "TYPE", "DIALECT", "ADAPTER", "PROVIDER", "BACKEND", "VENDOR"),
}
_ROLES = {words: role for role, all_words in _PARTS.items() for words in all_words}
_DATABASE = ("DATABASE", "DB", "SQL", "JDBC")
# Words before the others that make it another database than that of the running app.
_OTHERS = frozenset(
    (
        *(
            "TEST",
            "TESTS",
            "TESTING",
            "E2E",
            "CI",
            "CYPRESS",
            "SHADOW",
            "REPLICA",
            "READ",
            "READONLY",
            "READER",
            "SLAVE",
        ),
        *(
            "BACKUP",
            "OLD",
            "LEGACY",
            "STAGING",
            "PROD",
            "PRODUCTION",
            "DEV",
            "DEVELOPMENT",
            "LOCAL",
            "EXTERNAL",
            "SOURCE",
        ),
    )
)
_PG = re.compile(r"PG(HOST|PORT|USER|PASSWORD|DATABASE)")
_DIRECT = frozenset({"DIRECT_URL", "DIRECT_DATABASE_URL"})
_MOST_WORDS = 8


def role(name: str, service: Service, *, is_database: bool) -> str | None:
    """Return which part of a service's address a variable holds, None when it is about something else.

    `is_database`: names that say only that it is a database mean this service.
    """
    if name in service.also:
        return "url"
    if is_database and (name in _DIRECT or name == "DB"):
        return "kind" if name == "DB" else "url"
    found = _PG.fullmatch(name) if "PG" in service.prefixes else None
    if found is not None:
        return _ROLES[found[1]]
    words = name.split("_")
    if len(words) > _MOST_WORDS or not _OTHERS.isdisjoint(words):
        return None
    prefixes = {tuple(prefix.split("_")) for prefix in service.prefixes}
    if is_database:
        prefixes |= {(word,) for word in _DATABASE}
    for start in range(len(words)):
        for length in (2, 1):
            if tuple(words[start : start + length]) in prefixes and (
                start == 0 or length > 1 or _is_own(words[:start])
            ):
                return _ROLES.get("_".join(words[start + length :]))
    return None


def is_prefixed(name: str, service: Service) -> bool:
    """Return whether a name begins with a word that is the app's own."""
    first = name.partition("_")[0]
    known = {prefix.partition("_")[0] for prefix in service.prefixes} | {*_DATABASE, "DIRECT"}
    return name not in service.also and first not in known and _PG.fullmatch(name) is None


def _is_own(before: list[str]) -> bool:
    """Return whether the words before are a name of the app, and not one of another thing that has a database."""
    return len(before) == 1
