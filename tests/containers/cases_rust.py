"""Rust apps for the container tests: frameworks that are quick to compile, and every way to a layer of dependencies."""

from __future__ import annotations

from container_case import Case
from stand_ins import LOCK

# A lock file of Cargo holds the address of the registry, so it is made by Cargo where the test runs.
_IMAGE = "rust:1.100-slim-trixie"
_CARGO = f'docker run --rm --network host --volume "$PWD":/app --workdir /app {_IMAGE} cargo generate-lockfile'
CARGO_LOCK = (f'if [ -d "$ENGINE" ]; then flock {LOCK} "$ENGINE/base-images" {_IMAGE}; fi', _CARGO)

CASES = (
    Case("rust-axum", "src/main.rs", prepare=CARGO_LOCK, other=()),
    Case("rust-members", "server/src/main.rs", prepare=CARGO_LOCK),
    Case("rust-openssl", "src/main.rs", prepare=CARGO_LOCK),
    Case("rust-several-bins", "src/bin/site.rs", other=("migrate", "up"), says="nothing to migrate up"),
)
