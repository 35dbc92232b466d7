"""Random and hostile Rust trees: a plan or a typed error, and never a word that the tree wrote in a build step."""

from __future__ import annotations

import json

from hostile import examine, slowly, words
from hypothesis import given
from hypothesis import strategies as st

MAIN = 'fn main() { let port = std::env::var("PORT"); }\n'
texts = words.map(json.dumps)
lines = st.one_of(
    words,
    st.builds(
        lambda key, value: f"{key} = {value}",
        st.sampled_from(("name", "edition", "rust-version", "default-run", "path", "axum", "members", "openssl-sys")),
        st.one_of(texts, texts.map(lambda text: f"[{text}]"), texts.map(lambda text: f"{{ path = {text} }}")),
    ),
    st.sampled_from(("[package]", "[workspace]", "[[bin]]", "[dependencies]", "[lib]", "[toolchain]", "[features]")),
)
manifests = st.lists(lines, max_size=10).map("\n".join)
pieces = st.sampled_from(
    ("TcpListener::bind(", '"127.0.0.1:80"', "PORT", "//", "/*", "*/", 'r#"', "axum::", "#[launch]", "'", '"', "\n")
)
code = st.lists(st.one_of(pieces, words), max_size=15).map("".join)


@slowly(200)
@given(manifests, manifests, code)
def test_any_manifest_lock_and_code_give_a_plan_or_a_typed_error(manifest: str, lock: str, text: str) -> None:
    examine({"Cargo.toml": manifest, "Cargo.lock": lock, "rust-toolchain": lock, "src/main.rs": MAIN + text}, "rust")


@slowly(200)
@given(texts, texts, texts, texts)
def test_names_of_the_tree_never_leave_their_word(package: str, binary: str, path: str, member: str) -> None:
    manifest = (
        f'[package]\nname = {package}\nedition = "2021"\n[[bin]]\nname = {binary}\npath = {path}\n'
        f"[workspace]\nmembers = [{member}]\n"
    )
    examine({"Cargo.toml": manifest, "src/main.rs": MAIN, "src/bin/x.rs": MAIN}, "rust")


@slowly(100)
@given(words.filter(lambda word: "\n" not in word))
def test_any_start_command_gives_a_plan_or_a_typed_error(line: str) -> None:
    manifest = '[package]\nname = "shop"\nedition = "2021"\n'
    examine({"Cargo.toml": manifest, "src/main.rs": MAIN, "Procfile": f"web: {line}\n"}, "rust")


@slowly(150)
@given(manifests, words, words, words)
def test_any_configuration_and_dockerfile_give_a_plan_or_a_typed_error(
    config: str, line: str, name: str, feature: str
) -> None:
    docker = (
        f"FROM rust\nENV {name}={line}\nRUN cargo build --features {feature}\nEXPOSE {line}\nCMD [{json.dumps(line)}]\n"
    )
    manifest = f'[package]\nname = "shop"\n[features]\n{json.dumps(feature)} = []\n[dependencies]\naxum = "0.8"\n'
    tree = {"Cargo.toml": manifest, "src/main.rs": MAIN, "Dockerfile": docker, ".cargo/config.toml": config}
    examine(tree, "rust")
    start = f'ENTRYPOINT ["shop", {json.dumps(line)}]\nCMD [{json.dumps(name)}]\n'
    examine({**tree, ".cargo/config.toml": "", "Dockerfile": f"FROM rust\n{start}"}, "rust")


@slowly(100)
@given(texts, texts, texts, texts)
def test_settings_of_tools_for_the_browser_never_leave_their_word(
    output: str, site: str, program: str, dist: str
) -> None:
    settings = f"output-name = {output}\nsite-root = {site}\nbin-exe-name = {program}\n"
    manifest = f'[package]\nname = "shop"\n[package.metadata.leptos]\n{settings}'
    examine({"Cargo.toml": manifest, "src/main.rs": MAIN}, "rust")
    trunk = {"Cargo.toml": '[package]\nname = "shop"\n', "Trunk.toml": f"[build]\ndist = {dist}\n"}
    examine({**trunk, "src/main.rs": "fn main() {}"}, "rust")


@slowly(100)
@given(words, words)
def test_names_of_folders_and_files_never_leave_their_word(folder: str, file: str) -> None:
    path = f"{folder}/{file}".strip("/") or "x"
    code = f"fn main() {{ ServeDir::new({json.dumps(path)}); create_dir_all({json.dumps(path)}); }}"
    manifest = f'[package]\nname = "shop"\n[dependencies]\nlib = {{ path = {json.dumps(folder)} }}\naxum = "0.8"\n'
    tree = {"Cargo.toml": manifest, "src/main.rs": code, "static/x": ""}
    if not {"", ".", ".."} & set(path.split("/")) and "\0" not in path:
        tree[path] = ""
        tree[f"{folder.strip('/') or 'y'}/Cargo.toml"] = '[package]\nname = "lib"\n'
        tree[f"{folder.strip('/') or 'y'}/src/lib.rs"] = ""
    examine(tree, "rust")
