"""Rust: Cargo packages and workspaces."""

from __future__ import annotations

from buildplan.language.declare import Language, late

LANGUAGE = Language(
    name="rust",
    title="Rust",
    detect=late(".detect:detect", __package__),
    plan=late(".plan:plan", __package__),
    dependencies=late(".dependencies:dependencies", __package__),
    versions=late(".rust_version:VERSIONS", __package__),
    below=late(".detect:below", __package__),
    members=late(".detect:members", __package__),
    start_help='a binary (`src/main.rs`, `src/bin/`), or `bin = "…"` under `[rust]`',
    manifests=("Cargo.toml",),
    code=(".rs",),
    runtimes=("rust",),
    options={
        "bin": "which binary to start",
        "features": "Cargo features to build with, with commas between",
        "musl": "`false` links with glibc",
        "package": "which package of a workspace to build",
    },
    app_option="package",
    programs=("cargo",),
)
