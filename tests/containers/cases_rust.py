"""Rust apps for the container tests."""

from __future__ import annotations

from container_case import Case

CASES = (
    Case("rust-std", "src/main.rs"),
    Case("rust-workspace", "api/src/main.rs"),
)
