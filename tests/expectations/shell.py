"""What is expected of the fixtures `shell-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "shell-nixpacks-apt": Expected(
        "shell", None, "worker", "./start.sh", "a given command; nothing says that it listens"
    ),
}
