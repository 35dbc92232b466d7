"""What is expected of the fixtures `crystal-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "crystal-http-server": Expected(
        "crystal", None, "server", "/app/bin/crystal-http-server", "the first program that the manifest names"
    ),
}
