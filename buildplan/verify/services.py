"""Services that an app may need beside it, and the variables that apps usually read for them.

Source of ports, variables and readiness commands: the pages of the official images, as of 2026-11.
"""

from __future__ import annotations

from typing import NamedTuple


class Service(NamedTuple):
    """An image, what it is told, how to see that it is ready, and what the app is told."""

    image: str
    environment: tuple[tuple[str, str], ...]
    ready: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]


# The password protects nothing: the container lives for one check, on a network of its own.
SERVICES = {
    "postgres": Service(
        "postgres:18",
        (("POSTGRES_USER", "app"), ("POSTGRES_PASSWORD", "app"), ("POSTGRES_DB", "app")),
        ("pg_isready", "-h", "127.0.0.1", "-U", "app", "-d", "app"),
        (
            ("DATABASE_URL", "postgresql://app:app@postgres:5432/app"),
            ("PGHOST", "postgres"),
            ("PGUSER", "app"),
            ("PGPASSWORD", "app"),
            ("PGDATABASE", "app"),
        ),
    ),
    "mysql": Service(
        "mysql:8.4",
        (
            ("MYSQL_USER", "app"),
            ("MYSQL_PASSWORD", "app"),
            ("MYSQL_DATABASE", "app"),
            ("MYSQL_ROOT_PASSWORD", "app"),
        ),
        ("mysqladmin", "ping", "-h", "127.0.0.1", "-uapp", "-papp"),
        (("DATABASE_URL", "mysql://app:app@mysql:3306/app"),),
    ),
    "mariadb": Service(
        "mariadb:11.8",
        (
            ("MARIADB_USER", "app"),
            ("MARIADB_PASSWORD", "app"),
            ("MARIADB_DATABASE", "app"),
            ("MARIADB_ROOT_PASSWORD", "app"),
        ),
        ("mariadb-admin", "ping", "-h", "127.0.0.1", "-uapp", "-papp"),
        (("DATABASE_URL", "mysql://app:app@mariadb:3306/app"),),
    ),
    "redis": Service("redis:8", (), ("redis-cli", "ping"), (("REDIS_URL", "redis://redis:6379/0"),)),
    "mongo": Service(
        "mongo:8",
        (),
        ("mongosh", "--quiet", "--eval", "db.runCommand('ping').ok"),
        (("MONGODB_URI", "mongodb://mongo:27017/app"), ("MONGO_URL", "mongodb://mongo:27017/app")),
    ),
}
