"""The layer of dependencies: what is copied before it, and what is left of the placeholders."""

from __future__ import annotations

import planned
import pytest
from rust_trees import APP, AXUM, SERVER, lock, package

DEPENDENCY = 'log = "0.4"'


def install(files: dict[str, str]) -> tuple[list[str], str]:
    phase = planned.plan(files).phase("install")
    assert phase is not None
    return [item.path for item in phase.inputs], phase.commands[0]


def test_only_manifests_are_copied_and_the_placeholder_is_forgotten() -> None:
    paths, command = install({**APP, "Cargo.lock": lock("axum")})
    assert paths == ["Cargo.lock", "Cargo.toml"]
    assert command.startswith("mkdir -p src && echo 'fn main() {}' > src/main.rs && cargo build --release --locked ")
    assert command.endswith(" && cargo clean --release --package shop")


def test_every_target_that_cargo_wants_has_a_placeholder() -> None:
    manifest = AXUM + '[[bench]]\nname = "speed"\n[[example]]\nname = "odd"\npath = "odd/it.rs"\n'
    files = {
        "Cargo.toml": manifest,
        "src/main.rs": SERVER,
        "src/lib.rs": "",
        "build.rs": "fn main() {}",
        "benches/speed.rs": "",
        "odd/it.rs": "",
    }
    _, command = install(files)
    assert "for file in src/main.rs src/lib.rs build.rs odd/it.rs benches/speed.rs; do" in command


def test_packages_by_path_come_with_their_manifests() -> None:
    files = {
        "Cargo.toml": package("shop", f'{DEPENDENCY}\ngreeting = {{ path = "libs/greeting" }}'),
        "src/main.rs": SERVER,
        "libs/greeting/Cargo.toml": package("greeting", DEPENDENCY),
        "libs/greeting/src/lib.rs": "",
    }
    paths, command = install(files)
    assert paths == ["Cargo.toml", "libs/greeting/Cargo.toml"]
    assert command.endswith("cargo clean --release --package shop --package greeting")


def test_what_stands_in_for_a_crate_of_the_registry_is_copied_whole() -> None:
    files = {
        "Cargo.toml": AXUM + '[patch.crates-io]\nlog = { path = "vendored/log" }\n',
        "src/main.rs": SERVER,
        "vendored/log/Cargo.toml": package("log"),
        "vendored/log/src/lib.rs": "",
    }
    paths, command = install(files)
    assert "vendored/log/" in paths
    assert "vendored" not in command
    assert "--package log" not in command


def test_vendored_sources_are_copied_with_the_configuration_that_names_them() -> None:
    config = '[source.crates-io]\nreplace-with = "own"\n[source.own]\ndirectory = "vendor"\n'
    paths, _ = install({**APP, ".cargo/config.toml": config, "vendor/axum/Cargo.toml": package("axum")})
    assert paths == [".cargo/config.toml", "Cargo.toml", "vendor/"]


def test_many_manifests_are_gathered_in_a_stage_of_their_own() -> None:
    files = {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n'}
    for number in range(12):
        files[f"crates/m{number}/Cargo.toml"] = package(f"m{number}", DEPENDENCY)
        files[f"crates/m{number}/src/main.rs"] = SERVER
    made = planned.plan(files)
    gathers, phase = made.phase("manifests"), made.phase("install")
    assert gathers is not None
    assert phase is not None
    assert phase.inputs[0].phase == "manifests"
    assert "{}'" not in gathers.commands[0], "`find` would take braces in a word for its own"
    assert "COPY --from=manifests /manifests ./\n" in made.dockerfile()


def test_an_own_package_with_the_name_of_a_crate_is_named_with_its_version() -> None:
    text = lock("axum") + '\n[[package]]\nname = "shop"\nversion = "0.1.0"\n' + lock("shop").partition("\n")[2]
    _, command = install({**APP, "Cargo.lock": text})
    assert command.endswith("--package shop@0.1.0")


def test_without_dependencies_there_is_no_layer() -> None:
    made = planned.plan({"Cargo.toml": package("shop"), "src/main.rs": SERVER})
    assert made.phase("install") is None
    build = made.phase("build")
    assert build is not None
    assert build.caches == ()


def test_a_path_that_leads_nowhere_is_reported() -> None:
    files = {"Cargo.toml": package("shop", 'axum = "0.8"\nlib = { path = "../lib" }'), "src/main.rs": SERVER}
    assert "`../lib`" in planned.diagnostic(planned.plan(files), "BP833").text


def test_a_variable_that_changes_how_crates_are_compiled_is_there_for_both() -> None:
    phase = planned.plan(APP, env={"RUSTFLAGS": "-C target-cpu=x86-64-v2"}).phase("install")
    assert phase is not None
    assert phase.environment == (("RUSTFLAGS", "-C target-cpu=x86-64-v2"),)


@pytest.mark.parametrize(
    ("config", "holds"),
    [
        ('[build]\ntarget = "x86_64-unknown-linux-musl"\n', "/app/target/x86_64-unknown-linux-musl/release/shop"),
        ('[build]\ntarget-dir = "/tmp/elsewhere"\n', " --bin shop --target-dir target"),
        ('[build]\nrustc-wrapper = "sccache"\n', "RUSTC_WRAPPER= cargo build"),
        (
            '[target.x86_64-unknown-linux-gnu]\nlinker = "clang"\nrustflags = ["-C", "link-arg=-fuse-ld=mold"]\n',
            "clang mold",
        ),
        ('[target.x86_64-apple-darwin]\nlinker = "clang"\n', "FROM rust"),
    ],
)
def test_the_configuration_of_cargo_is_followed(config: str, holds: str) -> None:
    text = planned.plan({**APP, ".cargo/config.toml": config}).dockerfile()
    assert holds in text
    assert ("apt-get install -y --no-install-recommends clang" in text) == ("mold" in config)


def test_a_private_registry_is_asked_with_a_secret() -> None:
    config = '[registries.acme-corp]\nindex = "sparse+https://crates.acme.example/"\n'
    manifest = AXUM + 'thing = { version = "1", registry = "acme-corp" }\n'
    made = planned.plan({**APP, "Cargo.toml": manifest, ".cargo/config.toml": config})
    assert made.secrets == ("CARGO_REGISTRIES_ACME_CORP_TOKEN",)
    assert "BP623" in planned.codes(made)


def test_a_crate_over_ssh_is_reported() -> None:
    manifest = AXUM + 'thing = { git = "ssh://git@git.acme.example/thing.git" }\n'
    assert "BP834" in planned.codes(planned.plan({**APP, "Cargo.toml": manifest}))
