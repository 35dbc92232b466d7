"""What is expected of the fixtures `rust-*`."""

from __future__ import annotations

from fixture_expectation import Expected

TABLE = {
    "rust-std": Expected("rust", None, "server", "/app/bin/rust-std", "the only program"),
    "rust-workspace": Expected("rust", None, "server", "/app/bin/api", "the only program that listens"),
}
