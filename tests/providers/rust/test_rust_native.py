"""Which packages of Debian the crates of a program need."""

from __future__ import annotations

import planned
import pytest
from rust_trees import AXUM, SERVER, lock, package


def apt(files: dict[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    made = planned.plan({"src/main.rs": SERVER, **files})
    setup = made.phase("setup")
    assert setup is not None
    return setup.apt_packages, tuple(name for name in made.run.apt_packages if name != "ca-certificates")


OPENSSL = ("axum: openssl", "openssl: openssl-sys")
SYSTEM = (("libssl-dev", "pkg-config"), ("libssl3t64",))


def test_a_library_is_split_into_build_and_run() -> None:
    assert apt({"Cargo.toml": AXUM, "Cargo.lock": lock(*OPENSSL, "openssl-sys")}) == SYSTEM


def test_a_library_that_another_crate_compiles_in_takes_what_compiles_it() -> None:
    files = {"Cargo.toml": AXUM, "Cargo.lock": lock(*OPENSSL, "openssl-sys: openssl-src", "openssl-src")}
    assert apt(files) == (("make", "perl"), ())


@pytest.mark.parametrize("default", [False, True])
def test_a_feature_of_the_app_that_compiles_it_in_counts_only_when_it_is_on(default: bool) -> None:  # noqa: FBT001
    manifest = package("shop", 'axum = "0.8"\nopenssl = "0.10"') + '[features]\nvendored = ["openssl/vendored"]\n'
    manifest += 'default = ["vendored"]\n' if default else ""
    locked = lock("axum", "openssl: openssl-sys", "openssl-sys: openssl-src", "openssl-src")
    assert apt({"Cargo.toml": manifest, "Cargo.lock": locked}) == ((("make", "perl"), ()) if default else SYSTEM)


def test_an_optional_dependency_counts_only_with_its_feature() -> None:
    manifest = package("shop", 'axum = "0.8"\npq-sys = { version = "0.7", optional = true }')
    locked = lock("axum", "pq-sys")
    assert apt({"Cargo.toml": manifest, "Cargo.lock": locked}) == ((), ())
    manifest += '[features]\ndefault = ["db"]\ndb = ["dep:pq-sys"]\n'
    assert apt({"Cargo.toml": manifest, "Cargo.lock": locked}) == (("libpq-dev", "pkg-config"), ("libpq5",))


def test_what_only_tests_or_other_members_use_does_not_count() -> None:
    files = {
        "Cargo.toml": AXUM + '[dev-dependencies]\nopenssl-sys = "0.9"\n[workspace]\nmembers = ["tool"]\n',
        "tool/Cargo.toml": package("tool", 'pq-sys = "0.7"'),
        "tool/src/lib.rs": "",
        "Cargo.lock": lock("axum", "openssl-sys", "pq-sys"),
    }
    assert apt(files) == ((), ())


def test_what_is_built_for_other_systems_does_not_count() -> None:
    manifest = AXUM + "[target.'cfg(windows)'.dependencies]\nopenssl-sys = '0.9'\n"
    assert apt({"Cargo.toml": manifest, "Cargo.lock": lock("axum", "openssl-sys")}) == ((), ())


def test_sqlite_that_is_compiled_in_needs_nothing_and_that_of_the_system_does() -> None:
    manifest = package("shop", 'axum = "0.8"\nrusqlite = "0.32"')
    bundled = lock("axum", "rusqlite: libsqlite3-sys", "libsqlite3-sys: cc", "cc")
    assert apt({"Cargo.toml": manifest, "Cargo.lock": bundled}) == ((), ())
    system = lock("axum", "rusqlite: libsqlite3-sys", "libsqlite3-sys: pkg-config", "pkg-config")
    assert apt({"Cargo.toml": manifest, "Cargo.lock": system}) == (("libsqlite3-dev", "pkg-config"), ("libsqlite3-0",))


def test_sqlite_that_cargo_only_locks_is_not_needed() -> None:
    manifest = package("shop", 'axum = "0.8"\nsqlx = { version = "0.8", features = ["postgres"] }')
    locked = lock(
        "axum", "sqlx: sqlx-sqlite", "sqlx-sqlite: libsqlite3-sys", "libsqlite3-sys: pkg-config", "pkg-config"
    )
    assert apt({"Cargo.toml": manifest, "Cargo.lock": locked}) == ((), ())


def test_cmake_is_not_needed_for_a_crate_that_does_without_it() -> None:
    assert apt({"Cargo.toml": AXUM, "Cargo.lock": lock("axum: aws-lc-sys", "aws-lc-sys: cmake", "cmake")}) == ((), ())
    locked = lock("axum: boring-sys", "boring-sys: cmake", "cmake")
    assert apt({"Cargo.toml": AXUM, "Cargo.lock": locked})[0] == ("cmake", "g++", "make")


@pytest.mark.parametrize(
    ("dependency", "build"),
    [
        ('reqwest = "0.12"', ("libssl-dev", "pkg-config")),
        ('reqwest = "0.13"', ()),
        ('reqwest = { version = "0.12", default-features = false, features = ["rustls-tls"] }', ()),
        ('diesel = { version = "2", features = ["postgres"] }', ("libpq-dev", "pkg-config")),
    ],
)
def test_without_a_lock_file_the_usual_ways_are_known(dependency: str, build: tuple[str, ...]) -> None:
    assert apt({"Cargo.toml": package("shop", f'axum = "0.8"\n{dependency}')})[0] == build


def test_names_are_those_of_the_release_that_the_image_is_made_of() -> None:
    files = {"Cargo.toml": AXUM, "Cargo.lock": lock(*OPENSSL, "openssl-sys"), "rust-toolchain": "1.80\n"}
    made = planned.plan({"src/main.rs": SERVER, **files})
    assert "libssl3" in made.run.apt_packages
    assert made.run.runtime.version == "12"


def test_a_crate_that_asks_git_is_named() -> None:
    made = planned.plan(
        {"Cargo.toml": AXUM, "src/main.rs": SERVER, "Cargo.lock": lock("axum: git-version", "git-version")}
    )
    assert "`git-version`" in planned.diagnostic(made, "BP831").text
