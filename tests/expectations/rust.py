"""What is expected of the fixtures `rust-*`."""

from __future__ import annotations

from fixture_expectation import WEB_SERVER, Expected


def rust(framework: str | None, start: str, why: str) -> Expected:
    return Expected("rust", framework, "server", start, why)


TABLE = {
    "rust-actix": rust("actix-web", "/app/bin/rust-actix", "the only program"),
    "rust-axum": rust("axum", "/app/bin/rust-axum", "the only program"),
    "rust-leptos": rust(
        "leptos", 'LEPTOS_SITE_ADDR="0.0.0.0:$PORT" exec /app/bin/rust-leptos', "cargo-leptos builds it"
    ),
    "rust-many": rust("tiny_http", "/app/bin/rust-many", "the only program that serves, of many packages"),
    "rust-members": rust("tiny_http", "/app/bin/server", "the only program of the workspace"),
    "rust-nightly": rust(None, "/app/bin/rust-nightly", "the only program; its toolchain is pinned to a day"),
    "rust-openssl": rust("tiny_http", "/app/bin/rust-openssl", "the only program; it is linked with OpenSSL"),
    "rust-rocket": rust(
        "rocket", 'ROCKET_PORT="$PORT" exec /app/bin/rust-rocket', "Rocket reads a variable of its own"
    ),
    "rust-several-bins": rust(None, "/app/bin/site", "the Procfile names one of the programs"),
    "rust-sqlx-offline": rust("tiny_http", "/app/bin/rust-sqlx-offline", "the only program"),
    "rust-std": rust(None, "/app/bin/rust-std", "the only program"),
    "rust-trunk": Expected("rust", "trunk", "static", WEB_SERVER, "Trunk builds a site"),
    "rust-warp": rust("warp", "/app/bin/rust-warp", "the only program; its port is fixed"),
    "rust-worker": Expected("rust", None, "worker", "/app/bin/rust-worker", "nothing listens"),
    "rust-workspace": rust(None, "/app/bin/api", "the only program that listens"),
}
