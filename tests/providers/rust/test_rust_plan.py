"""Plans of Rust trees in memory."""

from __future__ import annotations

from typing import Any

import dockerfile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import buildplan
from buildplan.errors import BuildplanError, NoStartError, PlanError
from buildplan.language import registry
from buildplan.language.contract import Strength
from buildplan.model.origin import Origin
from buildplan.model.requests import Overrides
from buildplan.source import SourceTree
from buildplan.source.memory import MemoryBackend

PACKAGE = '[package]\nname = "shop"\nversion = "0.1.0"\nedition = "2021"\n'
AXUM = f'{PACKAGE}[dependencies]\naxum = "0.8"\n'
SERVER = 'fn main() { let port = std::env::var("PORT").unwrap_or("3000".into()); }\n'


def plan(files: dict[str, str], **options: Any) -> buildplan.BuildPlan:
    return buildplan.plan(files, buildplan.Options(provider=("rust",), **options))


def strength(files: dict[str, str]) -> Strength:
    provider = registry.named("rust", Origin("<test>"))
    found = provider.detect(SourceTree(MemoryBackend(files)), Overrides())
    assert found is not None
    return found.strength


def codes(made: buildplan.BuildPlan) -> set[str]:
    return {item.code for item in made.diagnostics}


def test_a_server_reads_its_port() -> None:
    made = plan({"Cargo.toml": AXUM, "src/main.rs": SERVER})
    process = made.process("web")
    assert process is not None
    assert (process.argv, process.port) == (("/app/bin/shop",), 3000)
    assert made.run.init
    assert "BP612" in codes(made)


def test_an_addon_without_a_program_is_only_tooling() -> None:
    assert strength({"Cargo.toml": f'{PACKAGE}[lib]\ncrate-type = ["cdylib"]\n', "src/lib.rs": ""}) is Strength.TOOLING
    assert strength({"Cargo.toml": AXUM, "src/main.rs": SERVER}) is Strength.APP


@pytest.mark.parametrize(
    ("path", "text", "version"),
    [
        ("rust-toolchain.toml", '[toolchain]\nchannel = "1.90"\n', "1.90"),
        ("rust-toolchain", "1.89.0\n", "1.89.0"),
        ("rust-toolchain.toml", '[toolchain]\nchannel = "stable"\n', "1.100"),
        (".tool-versions", "rust 1.88.0\n", "1.88.0"),
    ],
)
def test_a_pin_decides(path: str, text: str, version: str) -> None:
    found = plan({"Cargo.toml": AXUM, "src/main.rs": SERVER, path: text}).decision("rust.version")
    assert found is not None
    assert found.value == version


def test_a_toolchain_that_is_older_than_the_crate_needs_is_not_taken() -> None:
    manifest = AXUM.replace("[package]\n", '[package]\nrust-version = "1.85"\n', 1)
    made = plan({"Cargo.toml": manifest, "src/main.rs": SERVER, "rust-toolchain": "1.70.0\n"})
    found = made.decision("rust.version")
    assert found is not None
    assert (found.value, "BP606" in codes(made)) == ("1.100", True)


def test_nightly_is_fetched_and_reported() -> None:
    made = plan(
        {"Cargo.toml": AXUM, "src/main.rs": SERVER, "rust-toolchain.toml": '[toolchain]\nchannel = "nightly"\n'}
    )
    setup = made.phase("setup")
    assert setup is not None
    assert setup.commands == ("rustup toolchain install nightly --profile minimal",)
    assert setup.environment == (("RUSTUP_TOOLCHAIN", "nightly"),)
    assert "BP830" in codes(made)


def test_a_fixed_local_port_is_reported() -> None:
    made = plan({"Cargo.toml": AXUM, "src/main.rs": 'fn main() { bind("127.0.0.1:3000"); }\n'})
    assert {"BP647", "BP649"} <= codes(made)


def test_rocket_gets_its_port_from_port() -> None:
    made = plan({"Cargo.toml": AXUM.replace("axum", "rocket"), "src/main.rs": "fn main() {}\n"})
    process = made.process("web")
    assert process is not None
    assert process.shell == 'ROCKET_PORT="$PORT" exec /app/bin/shop'
    assert ("ROCKET_ADDRESS", "0.0.0.0") in made.run.environment  # noqa: S104  # inside of a container


def test_openssl_is_split_into_build_and_run() -> None:
    lock = (
        'version = 4\n\n[[package]]\nname = "axum"\nversion = "0.8.1"\ndependencies = [\n "openssl-sys",\n]\n'
        '\n[[package]]\nname = "openssl-sys"\nversion = "0.9.1"\n'
    )
    made = plan({"Cargo.toml": AXUM, "src/main.rs": SERVER, "Cargo.lock": lock})
    setup = made.phase("setup")
    assert setup is not None
    assert setup.apt_packages == ("libssl-dev", "pkg-config")
    assert "libssl3t64" in made.run.apt_packages


def test_several_programs_one_is_asked_for() -> None:
    files = {"Cargo.toml": AXUM, "src/main.rs": SERVER, "src/bin/admin.rs": SERVER}
    made = plan(files, set=("rust.bin=admin",))
    process = made.process("web")
    assert process is not None
    assert process.argv == ("/app/bin/admin",)
    with pytest.raises(PlanError, match="there is no program"):
        plan(files, set=("rust.bin=nothing",))


def test_a_framework_of_a_member_makes_its_user_a_server() -> None:
    files = {
        "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n',
        "crates/web/Cargo.toml": AXUM.replace("shop", "web"),
        "crates/web/src/lib.rs": "",
        "crates/zed/Cargo.toml": PACKAGE.replace("shop", "zed") + '[dependencies]\nweb = { path = "../web" }\n',
        "crates/zed/src/main.rs": SERVER,
        "crates/cli/Cargo.toml": PACKAGE.replace("shop", "cli"),
        "crates/cli/src/main.rs": "fn main() {}\n",
    }
    made = plan(files)
    assert made.providers[0].frameworks == ("axum",)
    process = made.process("web")
    assert process is not None
    assert process.argv == ("/app/bin/zed",)


def test_of_several_servers_the_one_that_is_called_so_is_the_app() -> None:
    one = AXUM.replace("shop", "shop_relay")
    two = AXUM.replace("shop", "shop_server")
    files = {"Cargo.toml": '[workspace]\nmembers = ["a", "b"]\n', "a/Cargo.toml": one, "b/Cargo.toml": two}
    made = plan({**files, "a/src/main.rs": SERVER, "b/src/main.rs": SERVER})
    process = made.process("web")
    assert process is not None
    assert process.argv == ("/app/bin/shop_server",)
    assert "BP670" in codes(made)


def test_features_are_an_option_and_never_more() -> None:
    files = {"Cargo.toml": AXUM, "src/main.rs": SERVER}
    build = plan(files, set=("rust.features=sqlite,tls",)).phase("build")
    assert build is not None
    assert " --features sqlite,tls " in build.commands[0]
    with pytest.raises(BuildplanError, match="no names of features"):
        plan(files, set=("rust.features=a; touch /tmp/evil",))


def test_a_library_has_nothing_to_start() -> None:
    with pytest.raises(NoStartError, match="no package has a program"):
        plan({"Cargo.toml": PACKAGE, "src/lib.rs": ""})


def test_a_desktop_app_is_refused() -> None:
    with pytest.raises(PlanError, match="desktop app"):
        plan({"Cargo.toml": AXUM.replace("axum", "tauri"), "src/main.rs": "fn main() {}\n"})


NASTY = ("x\nRUN touch /tmp/evil", "$(touch /tmp/evil)", "a'; touch /tmp/evil; '", "../../etc", "", "--flag", "[")


@given(
    name=st.one_of(st.sampled_from(NASTY), st.text(max_size=12)), raw=st.text(max_size=60), channel=st.text(max_size=9)
)
@settings(max_examples=60, deadline=None)
def test_a_hostile_tree_gives_a_plan_or_a_typed_error(name: str, raw: str, channel: str) -> None:
    import json

    manifest = f"[package]\nname = {json.dumps(name)}\n[[bin]]\nname = {json.dumps(name)}\n{raw}"
    tree = {"Cargo.toml": manifest, "src/main.rs": raw, "rust-toolchain": channel}
    try:
        text = plan(tree).dockerfile()
    except BuildplanError:
        return
    for command in dockerfile.parse_string(text):
        assert command.cmd.upper() in {"FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "EXPOSE", "ENTRYPOINT", "CMD"}
        assert "evil" not in " ".join(command.value)
