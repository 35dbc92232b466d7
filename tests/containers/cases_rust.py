"""Rust apps for the container tests: frameworks that are quick to compile, and every way to a layer of dependencies."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("rust-axum", "src/main.rs", other=()),
    Case("rust-members", "server/src/main.rs"),
    Case("rust-openssl", "src/main.rs"),
    Case("rust-several-bins", "src/bin/site.rs", other=("migrate", "up"), says="nothing to migrate up"),
)
